"""Ways back to one's own page: for the person, and for nobody else (P 61, P 65)."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from consultations import actions
from consultations.models import Message
from tests.factories import make_city_session, make_consultation, make_details, make_group, make_registration, sign_up
from tests.outcomes import letters

pytestmark = pytest.mark.django_db

PHONE = "+996555000111"


def find(registration, phone=PHONE):
    return actions.find_by_number(pass_number=registration.pass_number, phone=phone)


def test_number_and_own_phone_find_the_registration_also_a_cancelled_one():
    for status in ["confirmed", "waiting", "cancelled"]:
        registration = make_registration(phone=PHONE, status=status)
        assert find(registration) == registration


def test_number_and_the_contacts_phone_find_a_member():
    contact, member = make_group(size=2, phone=PHONE)
    assert find(member) == member
    assert find(contact) == contact


def test_number_and_the_contacts_phone_do_not_find_a_member_with_a_phone_of_their_own():
    contact = make_registration(phone=PHONE)
    member = make_registration(contact.city_session, group=contact, phone="+996555000222")
    assert find(member) is None
    assert find(member, "+996555000222") == member


@pytest.mark.parametrize("phone", ["", "+996555000112", "555", "%"])
def test_number_with_another_phone_finds_nothing(phone):
    assert find(make_registration(phone=PHONE), phone) is None


def test_phone_is_understood_as_people_here_write_it():
    registration = make_registration(phone=PHONE)
    assert find(registration, "0555 00-01-11") == registration


def test_number_without_phone_finds_nobody_who_has_none():
    registration = make_registration(phone="", email="a@example.org")
    assert find(registration, "") is None


def test_phone_with_another_number_finds_nothing():
    make_registration(phone=PHONE)
    assert actions.find_by_number(pass_number="00000000", phone=PHONE) is None
    assert actions.find_by_number(pass_number="", phone=PHONE) is None


def test_number_finds_nobody_who_was_anonymised():
    assert find(make_registration(phone=PHONE, anonymised_at=timezone.now())) is None


@pytest.mark.parametrize("address", ["a@example.org", "A@Example.ORG"])
def test_links_of_everybody_of_an_address_go_there_in_one_letter(address, run_jobs, mailoutbox):
    first = make_registration(email="a@example.org", full_name="Асанова Айгүл", language="ru")
    other_city = make_city_session(first.city_session.consultation, city_ky="Талас", city_ru="Талас")
    second = make_registration(other_city, email="A@example.org", full_name="Бакыт Асанов", language="ru")
    make_registration(email="b@example.org")
    actions.send_links(address=address)
    run_jobs()
    [letter] = mailoutbox
    assert letter.to == ["A@example.org"]
    text = letter.body
    assert [text.count(row.get_absolute_url().replace("/ky/", "/ru/")) for row in (first, second)] == [1, 1]
    city = first.city_session.city_ru
    assert f"{first.pass_number_spaced} — Асанова Айгүл, {city} (подтверждено)" in text
    assert first.pass_number_spaced in letter.alternatives[0].content


@pytest.mark.parametrize("address", ["stranger@example.org", "", "%", "a@example.or_", "a@example.org\n"])
def test_links_are_silent_for_strangers(address):
    make_registration(email="a@example.org")
    make_group(size=2, email="contact@example.org")
    actions.send_links(address=address)
    assert Message.objects.count() == 0


def test_links_of_those_who_cancelled_or_whose_session_is_over_are_not_sent():
    make_registration(email="a@example.org", status="cancelled")
    unpublished = make_city_session(make_consultation(is_published=False))
    make_registration(unpublished, email="a@example.org")
    over = make_city_session()
    make_registration(over, email="a@example.org")
    with time_machine.travel(over.ends_at, tick=False):
        actions.send_links(address="a@example.org")
    assert Message.objects.count() == 0


def test_links_are_sent_once_a_day():
    make_registration(email="a@example.org")
    now = timezone.now()
    for hours in [0, 0, 24]:
        with time_machine.travel(now + datetime.timedelta(hours=hours), tick=False):
            actions.send_links(address="a@example.org")
    assert letters() == [("a@example.org", "link")] * 2


def test_link_asked_for_and_link_of_somebody_known_are_one_letter_a_day():
    city_session = make_city_session()
    details = make_details(email="a@example.org")
    sign_up(city_session, details)
    actions.send_links(address="a@example.org")
    with pytest.raises(actions.RegistrationRefused):
        sign_up(city_session, details)
    assert letters() == [("a@example.org", "confirmed"), ("a@example.org", "link")]
