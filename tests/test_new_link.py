"""A link that got into other hands is made worthless, by the person and by the organiser (P 44)."""

import pytest
from django.urls import reverse

from consultations import actions
from consultations.models import Message, Registration
from tests.answers import make_open_session
from tests.factories import make_city_session, make_details, make_group, make_registration, sign_up
from tests.outcomes import letters, place, refusal
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db

SECRETS = ["code", "join_code"]


def secrets(registration):
    return {name: Registration.objects.values_list(name, flat=True).get(pk=registration.pk) for name in SECRETS}


def differ(before, after):
    return [before[name] != after[name] for name in SECRETS] == [True] * len(SECRETS)


@pytest.fixture
def registration():
    return make_registration(make_open_session(), email="own@example.org", language="ru")


@pytest.fixture
def organiser(client):
    client.force_login(make_organiser())
    return client


def test_new_link_opens_the_page_and_the_old_ones_open_nothing(client, registration):
    before, number = secrets(registration), registration.pass_number
    old_pages = [registration.get_absolute_url(), reverse("join", args=[registration.join_code])]
    answer = client.post(f"{registration.get_absolute_url()}new-link/")
    registration.refresh_from_db()
    assert answer["Location"] == registration.get_absolute_url()
    assert differ(before, secrets(registration))
    assert [client.get(page).status_code for page in old_pages] == [404, 404]
    assert client.get(answer["Location"]).status_code == 200
    assert registration.pass_number == number


def test_page_asks_and_looking_changes_nothing(client, registration):
    before = secrets(registration)
    page = client.get(f"{registration.get_absolute_url()}new-link/").content.decode()
    assert "own@example.org" in page
    assert secrets(registration) == before


def test_phone_that_knew_the_old_link_knows_the_new_one(client):
    city_session = make_open_session()
    contact = sign_up(city_session, make_details(email="own@example.org")).contact
    client.post(reverse("ticket-find"), {"pass_number": contact.pass_number, "phone": str(contact.phone)})
    client.post(f"{contact.get_absolute_url()}new-link/")
    contact.refresh_from_db()
    assert contact.code in client.get(reverse("my-tickets")).content.decode()


def test_letter_brings_the_new_link_and_the_calendar_entry_with_it(registration, run_jobs, mailoutbox):
    actions.renew_link(registration=registration)
    run_jobs()
    [letter] = mailoutbox
    new = Registration.objects.get()
    assert (letter.to, letter.subject) == (
        ["own@example.org"],
        f"Новая ссылка на вашу страницу: {registration.city_session.city_ru}",
    )
    assert f"/ru/r/{new.code}/" in letter.body
    [entry] = [content for name, content, _type in letter.attachments if name == "invite.ics"]
    unfolded = entry.replace("\r\n ", "").replace("\n ", "")
    assert f"/r/{new.code}/" in unfolded
    assert "SEQUENCE:1" in unfolded


def test_place_and_turn_stay_and_nobody_is_called(registration):
    waiting = make_registration(registration.city_session, status="waiting")
    renewed = actions.renew_link(registration=waiting)
    assert (place(renewed), renewed.hall_wanted_at) == (place(waiting), waiting.hall_wanted_at)
    assert not Message.objects.exists()


def test_links_of_the_whole_group_are_new_for_they_stood_on_the_same_page():
    contact, *members = make_group(size=3, email="contact@example.org")
    own = make_registration(make_city_session(), group=contact, phone="", email="member@example.org")
    before = {row.pk: secrets(row) for row in [contact, own, *members]}
    actions.renew_link(registration=contact)
    assert all(differ(before[row.pk], secrets(row)) for row in [contact, own, *members])
    assert sorted(letters()) == [
        ("contact@example.org", "new-link"),
        ("member@example.org", "new-link"),
    ]


def test_member_gets_a_new_link_without_the_others():
    contact, member, _other = make_group(size=3)
    before = secrets(contact)
    actions.renew_link(registration=member)
    assert secrets(contact) == before


def test_form_sent_again_does_not_lead_to_the_new_link():
    city_session = make_city_session()
    person = make_details()
    contact = sign_up(city_session, person, submission_key="form").contact
    actions.renew_link(registration=contact)
    assert refusal(sign_up, city_session, person, submission_key="form").code == "known"


def test_of_somebody_erased_no_link_is_made(registration):
    actions.anonymise(registration=registration)
    assert refusal(actions.renew_link, registration=registration).code == "erased"


def test_organiser_makes_one_and_reads_how_it_is_found(organiser, registration):
    before = secrets(registration)
    chosen = {"action": "renew_link", "_selected_action": registration.pk, "on_detail": "1", "index": "0"}
    answer = organiser.post(reverse("admin:consultations_registration_changelist"), chosen, follow=True)
    assert differ(before, secrets(registration))
    assert reverse("ticket-find") in answer.content.decode()
    assert letters() == [("own@example.org", "new-link")]
