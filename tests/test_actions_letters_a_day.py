"""Nobody is flooded through our forms: so many letters to one address and day, counted in the table (P 65)."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from consultations import actions
from consultations.actions.telling import LETTERS_A_DAY
from consultations.models import Message, Registration
from tests.factories import make_city_session, make_consultation, make_details, make_registration, sign_up
from tests.outcomes import letters

pytestmark = pytest.mark.django_db

VICTIM = "victim@example.org"
MIDDAY = timezone.now().replace(hour=12, minute=0)


@pytest.fixture(autouse=True)
def midday():
    """So that no day ends in the middle of a test."""
    with time_machine.travel(MIDDAY, tick=False):
        yield


@pytest.fixture
def city_session():
    return make_city_session()


def sign_up_at(city_session, address=VICTIM, **options):
    return sign_up(city_session, make_details(email=address), **options).contact


def withheld():
    return list(Message.objects.filter(status="withdrawn").order_by("pk").values_list("kind", "error"))


def test_as_many_letters_as_allowed_go_to_one_address_and_everybody_is_registered(city_session):
    for number in range(LETTERS_A_DAY + 2):
        sign_up_at(city_session, VICTIM.upper() if number % 2 else VICTIM)
    assert len(letters()) == LETTERS_A_DAY
    assert withheld() == [("confirmed", Message.TOO_MANY)] * 2
    assert Registration.objects.confirmed().count() == LETTERS_A_DAY + 2


def test_other_addresses_and_the_next_day_are_counted_apart(city_session):
    for _ in range(LETTERS_A_DAY + 1):
        sign_up_at(city_session)
    sign_up_at(city_session, "other@example.org")
    assert letters()[-1] == ("other@example.org", "confirmed")
    with time_machine.travel(MIDDAY + datetime.timedelta(days=1), tick=False):
        sign_up_at(city_session)
    assert letters().count((VICTIM, "confirmed")) == LETTERS_A_DAY + 1


def test_letters_of_one_form_to_one_address_count_each(city_session):
    people = [make_details(email=VICTIM) for _ in range(LETTERS_A_DAY + 3)]
    sign_up(city_session, *people, make_details(email="other@example.org"))
    assert letters() == [(VICTIM, "confirmed")] * LETTERS_A_DAY + [("other@example.org", "confirmed")]
    assert len(withheld()) == 3


def test_changes_to_and_fro_are_not_a_way_around(city_session, run_jobs, mailoutbox):
    registration = sign_up_at(city_session, "own@example.org")
    run_jobs()
    for number in range(6):
        actions.change(registration=registration, email=[VICTIM, "own@example.org"][number % 2])
        actions.switch(registration=registration, mode=["online", "hall"][number % 2])
        actions.cancel(registration=registration)
        actions.come_back(registration=registration)
        run_jobs()
    sent = [letter.to[0] for letter in mailoutbox]
    assert [sent.count(address) for address in (VICTIM, "own@example.org")] == [LETTERS_A_DAY] * 2


def test_refused_action_counts_nothing(city_session):
    registration = sign_up_at(city_session)
    Registration.objects.filter(pk=registration.pk).update(checked_in_at=timezone.now(), checked_in_by="desk")
    for _ in range(LETTERS_A_DAY):
        with pytest.raises(actions.RegistrationRefused):
            actions.cancel(registration=registration)
    actions.change(registration=registration, organisation="Ак-Суу")
    assert letters() == [(VICTIM, "confirmed"), (VICTIM, "details-changed")]


def test_staff_who_write_down_many_of_one_office_are_not_counted(city_session):
    for _ in range(LETTERS_A_DAY + 1):
        sign_up_at(city_session, source="telephone")
    assert len(letters()) == LETTERS_A_DAY + 1


def test_what_others_do_is_told_however_much_was_written_before():
    city_session = make_city_session(hall_capacity=LETTERS_A_DAY + 1)
    first, *_others = [sign_up_at(city_session) for _ in range(LETTERS_A_DAY + 1)]
    waiting = sign_up_at(city_session)
    actions.cancel(registration=first, by="organiser")
    actions.write_to_people(city_session=city_session, by="aigul", words_ky="Кош келиңиз", words_ru="Ждём")
    assert [kind for _address, kind in letters()[LETTERS_A_DAY:]] == ["cancelled", "promoted"] + ["announcement"] * 6
    assert Registration.objects.get(pk=waiting.pk).is_confirmed


def test_links_asked_for_through_the_form_count_too_and_go_once_a_day():
    consultation = make_consultation()
    details = make_details(email=VICTIM)
    for _ in range(3):
        city_session = make_city_session(consultation)
        sign_up(city_session, details)
        with pytest.raises(actions.RegistrationRefused):
            sign_up(city_session, details)
    actions.send_links(address=VICTIM)
    assert [kind for _address, kind in letters()] == ["confirmed", "link", "confirmed", "link", "confirmed"]


def test_own_page_says_that_no_letter_was_sent(client, city_session):
    for _ in range(LETTERS_A_DAY + 1):
        registration = sign_up_at(city_session)
    page = client.get(registration.get_absolute_url()).content.decode()
    assert f"Бүгүн {VICTIM} дарегине" in page


def test_own_page_says_nothing_of_a_letter_to_an_address_that_was_given_up(client):
    registration = make_registration(email=VICTIM)
    actions.change(registration=registration, email="")
    assert letters() == [(VICTIM, "address-changed")]
    page = client.get(registration.get_absolute_url()).content.decode()
    assert "жөнөтүл" not in page
