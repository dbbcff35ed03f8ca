"""At the door: what is said of each person, what is recorded, and that nothing is recorded twice."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from consultations import actions
from consultations.models import DoorEntry, Message, Notice, Registration
from consultations.models.door import DoorEntry as Entry
from tests.factories import (
    change_facts,
    make_city_session,
    make_consent_text,
    make_details,
    make_group,
    make_message,
    make_registration,
    make_session_now,
    make_told_session,
)
from tests.outcomes import letters, refusal

pytestmark = pytest.mark.django_db

Outcome = Entry.Outcome
MINUTE = datetime.timedelta(minutes=1)


def arrive(registration, *, city_session=None, nonce="nonce-1", **options):
    return actions.arrive(
        city_session=city_session or registration.city_session,
        number=registration.pass_number,
        nonce=nonce,
        by="Кире бериш",
        **options,
    )


def come(city_session, *, nonce="nonce-1", person=None, **options):
    """Somebody without registration."""
    consultation = city_session.consultation
    return actions.walk_in(
        city_session=city_session,
        person=person or make_details(organisation="Жайыт комитети"),
        nonce=nonce,
        by="Кире бериш",
        language="ky",
        consent_text=consultation.current_consent or make_consent_text(consultation),
        **options,
    )


def is_in(registration):
    registration.refresh_from_db()
    return registration.checked_in_at is not None


WAITING = {"status": "waiting"}
ONLINE_AND_WAITING = {"mode": "online", "hall_wanted_at": timezone.now()}


@pytest.mark.parametrize(
    ("fields", "outcome", "comes_in"),
    [
        ({}, Outcome.WELCOME, True),
        ({"source": "paper"}, Outcome.WELCOME, True),
        (WAITING, Outcome.QUEUE, False),
        (ONLINE_AND_WAITING, Outcome.QUEUE, False),
        ({"mode": "online"}, Outcome.ONLINE, False),
        ({"status": "cancelled"}, Outcome.CANCELLED, False),
        ({"checked_in_at": timezone.now()}, Outcome.ALREADY, True),
    ],
)
def test_what_the_door_says(fields, outcome, comes_in):
    registration = make_registration(make_session_now(), **fields)
    assert actions.expected_outcome(registration.city_session, registration) == outcome
    entry = arrive(registration)
    assert (entry.outcome, entry.registration, is_in(registration)) == (outcome, registration, comes_in)


@pytest.mark.parametrize("fields", [WAITING, ONLINE_AND_WAITING, {"mode": "online"}])
def test_whoever_has_no_seat_is_let_in_by_the_volunteer(fields):
    registration = make_registration(make_session_now(hall_capacity=0), **fields)
    entry = arrive(registration, let_in=True)
    assert (entry.outcome, is_in(registration)) == (Outcome.WELCOME, True)
    assert registration.status == fields.get("status", "confirmed"), "a promise is not what the door records"


def test_ticket_of_another_session_is_named_and_not_recorded():
    here, there = make_session_now(), make_session_now()
    registration = make_registration(there)
    entry = arrive(registration, city_session=here)
    assert (entry.outcome, entry.city_session, is_in(registration)) == (Outcome.ELSEWHERE, here, False)


def test_number_of_nobody_is_unknown():
    erased = make_registration(make_session_now(), anonymised_at=timezone.now())
    assert (arrive(erased).outcome, arrive(erased).registration) == (Outcome.UNKNOWN, None)


# Not told of the change


def test_while_nobody_announced_the_new_hall_nobody_was_told():
    city_session = make_told_session(venue_ky="Китепкана", venue_ru="Библиотека")
    registration = make_registration(city_session)
    change_facts(city_session, venue_ky="Театр", venue_ru="Театр")
    entry = arrive(registration)
    assert (entry.outcome, is_in(registration)) == (Outcome.NOT_TOLD, True)


def test_another_link_to_zoom_matters_to_nobody_in_the_hall():
    city_session = make_told_session()
    change_facts(city_session, zoom_join_url="https://zoom.example/j/2")
    assert arrive(make_registration(city_session)).outcome == Outcome.WELCOME


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        ("queued", "session-changed", Outcome.NOT_TOLD),
        ("failed", "session-changed", Outcome.NOT_TOLD),
        ("sent", "session-changed", Outcome.WELCOME),
        ("queued", "announcement", Outcome.WELCOME),
    ],
)
def test_whom_no_letter_about_the_change_reached_was_not_told(status, kind, outcome):
    registration = make_registration(make_session_now())
    make_message(registration, kind=kind, status=status, done_at=None if status == "queued" else timezone.now())
    assert arrive(registration).outcome == outcome


def test_member_of_a_group_is_told_through_the_contact():
    contact, member, _other = make_group(make_session_now())
    notice = Notice.objects.create(city_session=contact.city_session, kind=Notice.Kind.CHANGED, created_by="aigul")
    make_message(contact, notice=notice, kind="session-changed", channel=Message.Channel.CALL)
    assert arrive(member).outcome == Outcome.NOT_TOLD


# Once


def test_nonce_sent_again_repeats_the_first_answer():
    registration = make_registration(make_session_now())
    first = arrive(registration, nonce="the-same")
    assert arrive(registration, nonce="another").outcome == Outcome.ALREADY
    actions.take_back(city_session=registration.city_session, number=registration.pass_number, nonce="x", by="desk")
    again = arrive(registration, nonce="the-same")
    assert (again.pk, again.outcome, is_in(registration)) == (first.pk, Outcome.WELCOME, False)
    assert DoorEntry.objects.count() == 3


def test_walk_in_sent_again_is_one_person():
    city_session = make_session_now()
    person = make_details()
    assert come(city_session, person=person).pk == come(city_session, person=person).pk
    assert Registration.objects.count() == 1


# When


def test_moment_is_counted_back_and_stays_within_the_doors_hours():
    city_session = make_city_session()
    registrations = [make_registration(city_session) for _ in range(3)]
    now = city_session.starts_at + MINUTE
    agos = [5 * MINUTE, -5 * MINUTE, datetime.timedelta(days=400)]
    with time_machine.travel(now, tick=False):
        for registration, ago in zip(registrations, agos, strict=True):
            arrive(registration, nonce=f"nonce-{ago}", ago=max(ago, datetime.timedelta(0)), was_offline=True)
    moments = [Registration.objects.get(pk=one.pk).checked_in_at for one in registrations]
    assert moments == [now - 5 * MINUTE, now, city_session.door_opens_at]


def test_what_was_decided_without_network_is_a_fact():
    """The list on the phone said that there was a place; meanwhile the person was moved to the queue."""
    registration = make_registration(make_session_now(), **WAITING)
    entry = arrive(registration, was_offline=True)
    assert (entry.outcome, entry.was_offline, is_in(registration)) == (Outcome.WELCOME, True, True)


# Without registration


def test_walk_in_is_outside_the_count_and_the_closing_time_and_gets_no_letter():
    city_session = make_session_now(hall_capacity=0, registration_closes_at=timezone.now() - MINUTE)
    entry = come(city_session, person=make_details(email="a@example.org"), past_capacity=True)
    registration = entry.registration
    assert (entry.outcome, registration.source, registration.consent_channel) == (Outcome.WALK_IN, "desk", "desk")
    assert (registration.mode, registration.status, is_in(registration)) == ("hall", "confirmed", True)
    assert city_session.registrations.holding_hall_seats().count() == 0
    assert letters() == []


def test_walk_in_past_the_halls_places_is_asked_about():
    city_session = make_session_now(hall_capacity=1)
    assert come(city_session, nonce="nonce-1").outcome == Outcome.WALK_IN
    assert refusal(come, city_session, nonce="nonce-2").code == "hall-reached"
    assert come(city_session, nonce="nonce-2", past_capacity=True).outcome == Outcome.WALK_IN
    assert actions.in_the_hall(city_session) == 2


def test_walk_in_who_is_registered_arrives_as_registered():
    city_session = make_session_now(hall_capacity=1)
    registration = make_registration(city_session, full_name="Асанова Айгүл", phone="+996555000111", **WAITING)
    entry = come(city_session, person={"full_name": "айгул асанова", "phone": "+996555000111", "email": ""})
    assert (entry.registration, entry.outcome, is_in(registration)) == (registration, Outcome.WELCOME, True)
    assert Registration.objects.count() == 1


# Taken back


def take_back(registration, **options):
    return actions.take_back(
        city_session=registration.city_session, number=registration.pass_number, nonce="undo-1", by="desk", **options
    )


def test_arrival_is_taken_back():
    registration = make_registration(make_session_now())
    arrive(registration)
    assert (take_back(registration).outcome, is_in(registration)) == (Outcome.TAKEN_BACK, False)
    assert arrive(registration, nonce="nonce-2").outcome == Outcome.WELCOME


def test_walk_in_that_is_taken_back_is_cancelled():
    registration = come(make_session_now()).registration
    take_back(registration)
    assert (is_in(registration), registration.status, registration.cancelled_by) == (False, "cancelled", "organiser")


def test_arrival_elsewhere_cannot_be_taken_back_from_here():
    registration = make_registration(make_session_now(), checked_in_at=timezone.now())
    registration.city_session = make_session_now()
    assert take_back(registration).outcome == Outcome.UNKNOWN
    assert Registration.objects.get().checked_in_at is not None


# Passes


def test_pass_is_of_the_sessions_day():
    city_session = make_session_now()
    made = actions.make_door_pass(city_session=city_session, label="Айгүл", by="organiser")
    assert (made.day, made.state, made.signature) == (city_session.date, "new", f"№ {made.pk}, Айгүл")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"date": None, "start_time": None, "end_time": None}, "undated"),
        ({"date": datetime.date(2025, 6, 9)}, "pass-over"),
    ],
)
def test_pass_needs_a_day_to_come(fields, code):
    city_session = make_city_session(**fields)
    assert refusal(actions.make_door_pass, city_session=city_session, label="Айгүл", by="organiser").code == code


def test_pass_opens_on_one_phone():
    made = actions.make_door_pass(city_session=make_session_now(), label="Айгүл", by="organiser")
    assert len(actions.open_door_pass(door_pass=made).device) == 22
    assert refusal(actions.open_door_pass, door_pass=made).code == "pass-used"


def test_pass_that_is_revoked_opens_no_phone_and_remembers_who_did_it():
    made = actions.make_door_pass(city_session=make_session_now(), label="Айгүл", by="organiser")
    actions.revoke_door_pass(door_pass=made, by="organiser")
    assert refusal(actions.open_door_pass, door_pass=made).code == "pass-revoked"
    again = actions.revoke_door_pass(door_pass=made, by="somebody else")
    assert (again.revoked_by, again.state) == ("organiser", "revoked")


def test_pass_ends_when_the_session_moves_and_twelve_hours_after_its_end():
    city_session = make_city_session()
    made = actions.make_door_pass(city_session=city_session, label="Айгүл", by="organiser")
    with time_machine.travel(city_session.ends_at + datetime.timedelta(hours=12), tick=False):
        assert refusal(actions.open_door_pass, door_pass=made).code == "pass-over"
    city_session.date += datetime.timedelta(days=1)
    city_session.save()
    assert refusal(actions.open_door_pass, door_pass=made).code == "pass-moved"


def test_door_is_open_from_a_day_before_to_half_a_day_after():
    city_session = make_city_session()
    opens = city_session.starts_at - datetime.timedelta(hours=24)
    closes = city_session.ends_at + datetime.timedelta(hours=12)
    found = []
    for moment in [opens - MINUTE, opens, closes - MINUTE, closes]:
        with time_machine.travel(moment, tick=False):
            found.append(city_session.door_is_open)
    assert found == [False, True, True, False]
    assert not make_city_session(date=None, start_time=None, end_time=None).door_is_open
