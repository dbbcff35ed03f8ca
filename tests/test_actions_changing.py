"""Changes of mind: details, hall or online, another city, somebody else, cancelling and coming back."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from consultations import actions
from consultations.models import CitySession, Message, Need, Registration
from tests.factories import (
    make_city_session,
    make_consent_text,
    make_consultation,
    make_details,
    make_group,
    make_need,
    make_registration,
    sign_up,
)
from tests.outcomes import (
    IN_THE_HALL,
    ONLINE,
    ONLINE_AND_WAITING,
    WAITING,
    WAITING_FOR_ONLINE,
    calls,
    forget_messages,
    letters,
    place,
    places,
    refusal,
    stored,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def is_over(city_session):
    return time_machine.travel(city_session.ends_at, tick=False)


def has_begun(city_session):
    return time_machine.travel(city_session.starts_at, tick=False)


# Details


def test_details_are_corrected_and_places_are_not_touched():
    registration = make_registration(make_city_session(hall_capacity=1), email="a@example.org")
    changed = actions.change(
        registration=registration,
        full_name="Жаңы Ысым",
        phone="+996700000001",
        organisation="Айыл өкмөтү",
        language="ru",
        listed_publicly=True,
    )
    registration.refresh_from_db()
    assert changed == registration
    assert (registration.full_name, registration.phone) == ("Жаңы Ысым", "+996700000001")
    assert (registration.organisation, registration.language, registration.listed_publicly) == (
        "Айыл өкмөтү",
        "ru",
        True,
    )
    assert (place(registration), registration.email, registration.version) == (IN_THE_HALL, "a@example.org", 2)
    assert letters() == [("a@example.org", "details-changed")]


def test_change_uses_what_is_stored_not_what_the_page_had():
    stale = make_registration()
    actions.cancel(registration=Registration.objects.get(pk=stale.pk))
    actions.change(registration=stale, position="адис")
    stale.refresh_from_db()
    assert (stale.status, stale.position) == ("cancelled", "адис")


@pytest.mark.parametrize(
    "name", ["status", "mode", "code", "checked_in_at", "city_session", "source", "group", "consent_text", "pk"]
)
def test_change_is_of_details_alone(name):
    with pytest.raises(TypeError):
        actions.change(registration=make_registration(), **{name: None})


def test_change_that_takes_away_the_only_contact_is_refused():
    registration = make_registration()
    assert refusal(actions.change, registration=registration, phone="").code == "no-contact"
    actions.change(registration=registration, phone="", email="a@example.org")
    contact, member = make_group(size=2)
    actions.change(registration=member, position="адис")
    assert member.contact == contact


def test_change_into_somebody_registered_already_is_refused():
    first = make_registration()
    second = make_registration(first.city_session)
    refused = refusal(actions.change, registration=second, full_name=first.full_name, phone=first.phone)
    assert refused.code == "known"
    _contact, one, other = make_group(size=3)
    assert refusal(actions.change, registration=one, full_name=other.full_name).code == "same-name"


def test_change_of_address_tells_the_old_one_without_delay():
    registration = make_registration(email="old@example.org")
    actions.change(registration=registration, email="new@example.org")
    assert letters() == [("old@example.org", "address-changed"), ("new@example.org", "details-changed")]


def test_change_of_an_addresss_letters_alone_is_no_change_of_address():
    registration = make_registration(email="a@example.org")
    actions.change(registration=registration, email="A@example.org")
    assert letters() == [("A@example.org", "details-changed")]


def test_change_of_needs_keeps_those_that_were_answered():
    registration = make_registration()
    answered = make_need(registration, kind="step-free", state="arranged", reply="Пандус бар")
    make_need(registration, kind="large-print")
    actions.change(
        registration=registration,
        needs=[{"kind": "step-free", "text": "коляска"}, {"kind": "other", "text": "суу"}],
    )
    found = {need.kind: (need.text, need.state, need.reply) for need in registration.needs.all()}
    assert found == {"step-free": ("коляска", "arranged", "Пандус бар"), "other": ("суу", "asked", "")}
    assert registration.needs.get(kind="step-free") == answered


def test_change_without_a_word_of_needs_leaves_them_and_with_none_takes_them_away():
    registration = make_need().registration
    actions.change(registration=registration, position="адис")
    assert registration.needs.count() == 1
    actions.change(registration=registration, needs=[])
    assert Need.objects.count() == 0


# Hall or online


def test_switch_to_online_frees_the_seat_for_the_next():
    city_session = make_city_session(hall_capacity=1)
    first, second, third = (sign_up(city_session, make_details(email=f"{n}@example.org")).contact for n in range(3))
    forget_messages()
    actions.switch(registration=first, mode="online")
    assert places(stored([first, second, third])) == [ONLINE, IN_THE_HALL, WAITING]
    assert third.queue_place() == 1
    assert letters() == [("0@example.org", "switched"), ("1@example.org", "promoted")]


def test_switch_to_a_full_online_session_is_refused_and_keeps_the_seat():
    registration = make_registration(make_city_session(hall_capacity=1, online_capacity=0))
    refused = refusal(actions.switch, registration=registration, mode="online")
    assert (refused.code, refused.free) == ("online-full", 0)
    assert places(stored([registration])) == [IN_THE_HALL]


def test_switch_to_online_is_possible_to_the_end_of_the_session():
    city_session = make_city_session()
    in_time, late = make_registration(city_session), make_registration(city_session)
    with time_machine.travel(city_session.ends_at - datetime.timedelta(seconds=1), tick=False):
        assert place(actions.switch(registration=in_time, mode="online")) == ONLINE
    with is_over(city_session):
        assert refusal(actions.switch, registration=late, mode="online").code == "over"


def test_switch_to_the_hall_takes_a_seat_like_a_registration():
    city_session = make_city_session(hall_capacity=1, online_capacity=1)
    online = make_registration(city_session, mode="online")
    waiting = sign_up(city_session, mode="online").contact
    actions.switch(registration=online, mode="hall")
    assert places(stored([online, waiting])) == [IN_THE_HALL, ONLINE]


def test_switch_to_a_full_hall_keeps_the_online_place_and_queues():
    city_session = make_city_session(hall_capacity=1)
    make_registration(city_session)
    waiting = sign_up(city_session).contact
    online = make_registration(city_session, mode="online")
    assert place(actions.switch(registration=online, mode="hall")) == ONLINE_AND_WAITING
    assert [row.queue_place() for row in stored([waiting, online])] == [1, 2]


def test_switch_to_a_full_hall_while_waiting_for_online_is_one_turn_in_one_queue():
    city_session = make_city_session(hall_capacity=0, online_capacity=0)
    registration = sign_up(city_session, mode="online").contact
    switched = actions.switch(registration=registration, mode="hall")
    assert place(switched) == WAITING
    assert switched.online_wanted_at is None


def test_switch_of_somebody_waiting_to_online_leaves_the_queue():
    city_session = make_city_session(hall_capacity=0)
    waiting = sign_up(city_session).contact
    assert place(actions.switch(registration=waiting, mode="online")) == ONLINE


@pytest.mark.parametrize("mode", ["hall", "online"])
def test_switch_to_where_one_is_changes_and_tells_nothing(mode):
    registration = make_registration(mode=mode, email="a@example.org")
    actions.switch(registration=registration, mode=mode)
    assert (stored([registration])[0].version, letters()) == (1, [])


@pytest.mark.parametrize("asked_at", [None, NOW])
def test_switch_is_an_answer_where_one_was_asked_for(asked_at):
    registration = make_registration(hall_answer_asked_at=asked_at)
    switched = actions.switch(registration=registration, mode="online")
    assert (switched.hall_answered_at is None) == (asked_at is None)


def test_switch_of_somebody_who_cancelled_is_refused():
    registration = make_registration(status="cancelled")
    assert refusal(actions.switch, registration=registration, mode="online").code == "cancelled"


def test_switch_twice_keeps_ones_turn():
    city_session = make_city_session(hall_capacity=0)
    first, second = (make_registration(city_session, mode="online") for _ in range(2))
    for registration in [first, second, first]:
        actions.switch(registration=registration, mode="hall")
    assert [row.queue_place() for row in stored([first, second])] == [1, 2]


def test_switch_to_the_hall_is_refused_when_hall_registration_has_closed():
    city_session = make_city_session()
    online = make_registration(city_session, mode="online")
    with has_begun(city_session):
        assert refusal(actions.switch, registration=online, mode="hall").code == "hall-closed"


def test_switch_of_somebody_checked_in_is_refused():
    registration = make_registration(checked_in_at=NOW)
    assert refusal(actions.switch, registration=registration, mode="online").code == "came"


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_switch_waits_until_the_session_stands(state):
    registration = make_registration(make_city_session(state=state))
    assert refusal(actions.switch, registration=registration, mode="online").code == "closed"


def test_taking_part_online_meanwhile_keeps_ones_turn():
    city_session = make_city_session(hall_capacity=0)
    first, second = (sign_up(city_session).contact for _ in range(2))
    assert place(actions.take_part_online_meanwhile(registration=first)) == ONLINE_AND_WAITING
    assert [row.queue_place() for row in stored([first, second])] == [1, 2]
    actions.change_places(city_session=city_session, hall_capacity=1, online_capacity=None)
    assert places(stored([first, second])) == [IN_THE_HALL, WAITING]


def test_taking_part_online_meanwhile_is_stored_and_told():
    waiting = sign_up(make_city_session(hall_capacity=0), make_details(email="a@example.org")).contact
    forget_messages()
    for _ in range(2):
        actions.take_part_online_meanwhile(registration=waiting)
    assert places(stored([waiting])) == [ONLINE_AND_WAITING]
    assert waiting.version == 2
    assert letters() == [("a@example.org", "switched")]


def test_taking_part_online_meanwhile_is_too_late_when_cancelled_or_over():
    city_session = make_city_session(hall_capacity=0)
    cancelled, waiting = (make_registration(city_session, status=status) for status in ["cancelled", "waiting"])
    assert refusal(actions.take_part_online_meanwhile, registration=cancelled).code == "cancelled"
    with is_over(city_session):
        assert refusal(actions.take_part_online_meanwhile, registration=waiting).code == "over"


def test_taking_part_online_meanwhile_needs_an_online_place():
    waiting = sign_up(make_city_session(hall_capacity=0, online_capacity=0)).contact
    assert refusal(actions.take_part_online_meanwhile, registration=waiting).code == "online-full"
    assert places(stored([waiting])) == [WAITING]


def test_taking_part_online_meanwhile_is_for_those_who_wait():
    registration = make_registration()
    assert place(actions.take_part_online_meanwhile(registration=registration)) == IN_THE_HALL


def test_leaving_the_queue_keeps_the_online_place():
    city_session = make_city_session(hall_capacity=0)
    registration = sign_up(city_session, make_details(email="a@example.org"), placing="online-meanwhile").contact
    forget_messages()
    for _ in range(2):
        assert place(actions.leave_queue(registration=registration)) == ONLINE
    assert places(stored([registration])) == [ONLINE]
    assert letters() == [("a@example.org", "switched")]


def test_leaving_the_queue_is_not_for_those_who_only_wait():
    waiting = sign_up(make_city_session(hall_capacity=0)).contact
    assert place(actions.leave_queue(registration=waiting)) == WAITING


# Cancelling and coming back


def test_cancelling_frees_the_seat_for_the_next_who_is_told():
    city_session = make_city_session(hall_capacity=1)
    first, second, third = (sign_up(city_session, make_details(email=f"{n}@example.org")).contact for n in range(3))
    forget_messages()
    cancelled = actions.cancel(registration=first)
    assert places(stored([first, second, third])) == [("hall", "cancelled", False), IN_THE_HALL, WAITING]
    assert (cancelled.cancelled_by, cancelled.cancelled_at is None, cancelled.version) == ("participant", False, 2)
    assert letters() == [("0@example.org", "left"), ("1@example.org", "promoted")]


def test_cancelling_again_changes_and_tells_nothing():
    city_session = make_city_session(hall_capacity=1)
    first = sign_up(city_session, make_details(email="a@example.org")).contact
    for _ in range(2):
        sign_up(city_session)
    forget_messages()
    for _ in range(3):
        actions.cancel(registration=first)
    assert letters() == [("a@example.org", "left")]
    assert city_session.registrations.confirmed().count() == 1
    assert stored([first])[0].version == 2


def test_cancelling_by_the_organiser_is_told_also_by_telephone():
    registration = make_registration()
    actions.cancel(registration=registration, by="organiser")
    assert stored([registration])[0].cancelled_by == "organiser"
    assert calls() == [(registration, "cancelled")]


@pytest.mark.parametrize("status", ["waiting", "confirmed"])
def test_cancelling_leaves_every_queue(status):
    city_session = make_city_session(hall_capacity=1)
    placing = "online-meanwhile" if status == "confirmed" else None
    sign_up(city_session)
    queued = sign_up(city_session, placing=placing).contact
    last = sign_up(city_session).contact
    actions.cancel(registration=queued)
    assert stored([queued])[0].queue_place() is None
    assert last.queue_place() == 1


def test_cancelling_online_frees_an_online_place():
    city_session = make_city_session(online_capacity=1)
    first, second = (sign_up(city_session, mode="online").contact for _ in range(2))
    assert place(second) == WAITING_FOR_ONLINE
    actions.cancel(registration=first)
    assert places(stored([second])) == [ONLINE]


def test_cancelling_one_of_a_group_leaves_the_others():
    contact, *members = make_group(size=3)
    actions.cancel(registration=contact)
    assert [row.is_live for row in stored([contact, *members])] == [False, True, True]


def test_cancelling_is_refused_after_the_session_and_for_whoever_came():
    city_session = make_city_session()
    registration = make_registration(city_session)
    with is_over(city_session):
        assert refusal(actions.cancel, registration=registration).code == "over"
    came = make_registration(city_session, checked_in_at=NOW)
    assert refusal(actions.cancel, registration=came).code == "came"


def test_coming_back_takes_the_seat_that_is_still_free():
    city_session = make_city_session(hall_capacity=1)
    registration = sign_up(city_session, make_details(email="a@example.org")).contact
    actions.cancel(registration=registration)
    forget_messages()
    back = actions.come_back(registration=registration)
    assert (place(back), back.cancelled_at, back.cancelled_by, back.version) == (IN_THE_HALL, None, "", 3)
    assert (back.code, back.pass_number) == (registration.code, registration.pass_number)
    assert letters() == [("a@example.org", "confirmed")]


def test_coming_back_to_a_full_hall_is_the_end_of_the_queue():
    city_session = make_city_session(hall_capacity=1)
    first, second, third = (sign_up(city_session).contact for _ in range(3))
    actions.cancel(registration=first)
    back = actions.come_back(registration=first)
    assert places(stored([second, third])) == [IN_THE_HALL, WAITING]
    assert (place(back), back.queue_place()) == (WAITING, 2)


def test_coming_back_keeps_the_mode_and_its_limit():
    city_session = make_city_session(hall_capacity=0, online_capacity=1)
    online = make_registration(city_session, mode="online")
    actions.cancel(registration=online)
    sign_up(city_session, mode="online")
    assert place(actions.come_back(registration=online)) == WAITING_FOR_ONLINE


def test_coming_back_without_having_left_changes_nothing():
    registration = make_registration(email="a@example.org")
    actions.come_back(registration=registration)
    assert (stored([registration])[0].version, letters()) == (1, [])


def test_coming_back_twice_is_coming_back_once():
    registration = make_registration(email="a@example.org", status="cancelled")
    for _ in range(2):
        actions.come_back(registration=registration)
    assert letters() == [("a@example.org", "confirmed")]


def test_coming_back_is_refused_where_registration_is_closed():
    city_session = make_city_session()
    hall, online = (make_registration(city_session, mode=mode, status="cancelled") for mode in ["hall", "online"])
    with has_begun(city_session):
        assert refusal(actions.come_back, registration=hall).code == "hall-closed"
        assert place(actions.come_back(registration=online)) == ONLINE
    with is_over(city_session):
        assert refusal(actions.come_back, registration=hall).code == "over"
    CitySession.objects.update(state="cancelled")
    assert refusal(actions.come_back, registration=hall).code == "closed"


def test_coming_back_is_refused_to_whoever_registered_anew_meanwhile():
    city_session = make_city_session()
    details = make_details()
    first = sign_up(city_session, details).contact
    actions.cancel(registration=first)
    sign_up(city_session, details)
    assert refusal(actions.come_back, registration=first).code == "known"


# Another city


def two_cities(here=None, there=None):
    consultation = make_consultation()
    return make_city_session(consultation, **here or {}), make_city_session(consultation, **there or {})


def test_moving_takes_a_seat_there_and_frees_the_one_here():
    here, there = two_cities({"hall_capacity": 1}, {"hall_capacity": 1})
    registration = sign_up(here, make_details(email="a@example.org")).contact
    waiting = sign_up(here, make_details(email="b@example.org")).contact
    forget_messages()
    moved = actions.move(registration=registration, city_session=there)
    assert (moved.pk, moved.city_session, place(moved)) == (registration.pk, there, IN_THE_HALL)
    assert (moved.code, moved.pass_number, moved.version) == (registration.code, registration.pass_number, 2)
    assert places(stored([waiting])) == [IN_THE_HALL]
    assert letters() == [("a@example.org", "confirmed"), ("b@example.org", "promoted")]


def test_moving_to_a_full_hall_is_refused_and_the_old_seat_kept():
    here, there = two_cities(there={"hall_capacity": 0})
    registration = make_registration(here)
    refused = refusal(actions.move, registration=registration, city_session=there)
    assert (refused.code, refused.free) == ("hall-full", 0)
    assert (stored([registration])[0].city_session, registration.version) == (here, 1)


def test_moving_to_a_full_hall_queues_where_that_was_chosen():
    here, there = two_cities(there={"hall_capacity": 0})
    sign_up(there)
    moved = actions.move(registration=make_registration(here), city_session=there, if_full="queue")
    assert (place(moved), moved.queue_place()) == (WAITING, 2)


def test_moving_does_not_overtake_the_queue():
    here, there = two_cities(there={"hall_capacity": 1, "promotion_stops_at": NOW})
    make_registration(there, status="waiting")
    assert refusal(actions.move, registration=make_registration(here), city_session=there).code == "hall-full"


def test_moving_somebody_who_waits_is_a_seat_where_there_is_one():
    here, there = two_cities({"hall_capacity": 0}, {"hall_capacity": 1})
    assert place(actions.move(registration=sign_up(here).contact, city_session=there)) == IN_THE_HALL


def test_moving_while_online_and_in_the_queue():
    """A seat there needs no online place there; in the queue there, one keeps an online place if there is one."""
    here, there = two_cities({"hall_capacity": 0}, {"hall_capacity": 1, "online_capacity": 0})
    first, second = (sign_up(here, placing="online-meanwhile").contact for _ in range(2))
    assert place(actions.move(registration=first, city_session=there)) == IN_THE_HALL
    assert place(actions.move(registration=second, city_session=there, if_full="queue")) == WAITING
    third = sign_up(here, placing="online-meanwhile").contact
    far = make_city_session(here.consultation, hall_capacity=0)
    assert place(actions.move(registration=third, city_session=far, if_full="queue")) == ONLINE_AND_WAITING


def test_moving_online_does_not_mind_a_full_hall_there():
    here, there = two_cities(there={"hall_capacity": 0})
    online = make_registration(here, mode="online")
    assert place(actions.move(registration=online, city_session=there)) == ONLINE
    assert stored([online])[0].city_session == there


def test_moving_online_has_the_online_limit_there():
    here, there = two_cities(there={"online_capacity": 0})
    online = make_registration(here, mode="online")
    assert refusal(actions.move, registration=online, city_session=there).code == "online-full"
    assert place(actions.move(registration=online, city_session=there, if_full="queue")) == WAITING_FOR_ONLINE


def test_moving_to_where_one_is_changes_nothing():
    registration = make_registration(email="a@example.org")
    moved = actions.move(registration=registration, city_session=registration.city_session)
    assert (moved, moved.version, letters()) == (registration, 1, [])


def test_moving_twice_from_one_old_page_moves_once():
    here, there = two_cities()
    registration = make_registration(here, email="a@example.org")
    for stale in [Registration.objects.get(pk=registration.pk) for _ in range(2)]:
        moved = actions.move(registration=stale, city_session=there)
    assert (moved.city_session, moved.version) == (there, 2)
    assert letters() == [("a@example.org", "confirmed")]


def test_moving_from_an_old_page_starts_where_one_really_is():
    here, there = two_cities({"hall_capacity": 1}, {"hall_capacity": 1})
    far = make_city_session(here.consultation)
    stale = make_registration(here)
    actions.move(registration=Registration.objects.get(pk=stale.pk), city_session=there)
    waiting = sign_up(there).contact
    moved = actions.move(registration=stale, city_session=far)
    assert moved.city_session == far
    assert places(stored([waiting])) == [IN_THE_HALL]


@pytest.mark.parametrize(
    "act", ["change", "cancel", "come_back", "leave_queue", "promote", "take_part_online_meanwhile"]
)
def test_old_page_of_somebody_who_moved_still_works(act):
    here, there = two_cities()
    stale = make_registration(here, status="cancelled" if act == "come_back" else "confirmed")
    Registration.objects.filter(pk=stale.pk).update(city_session=there)
    done = getattr(actions, act)(registration=stale)
    assert done.city_session == there


def test_moving_takes_along_the_number_but_not_what_was_done_for_the_old_session():
    here, there = two_cities()
    registration = make_registration(here, mode="online", submission_key="k", zoom_form_done_at=NOW)
    moved = actions.move(registration=registration, city_session=there)
    assert (moved.zoom_form_done_at, moved.submission_key) == (None, "")


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_moving_away_from_a_session_that_does_not_happen_is_possible(state):
    here, there = two_cities({"state": state})
    assert actions.move(registration=make_registration(here), city_session=there).city_session == there


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "cancelled"}, "closed"),
        ({"is_published": False}, "closed"),
        ({"registration_closes_at": NOW}, "hall-closed"),
        ({"registration_opens_at": NOW + datetime.timedelta(days=1)}, "closed"),
    ],
)
def test_moving_to_where_registration_is_closed_is_refused(fields, code):
    here, there = two_cities(there=fields)
    assert refusal(actions.move, registration=make_registration(here), city_session=there).code == code


def test_moving_is_within_one_consultation():
    assert refusal(actions.move, registration=make_registration(), city_session=make_city_session()).code == "closed"


def test_moving_is_refused_when_cancelled_over_or_come():
    here, there = two_cities(there={"date": None, "start_time": None, "end_time": None})
    cancelled, came, joined, late = (
        make_registration(here, **fields)
        for fields in [{"status": "cancelled"}, {"checked_in_at": NOW}, {"joined_online_at": NOW}, {}]
    )
    assert refusal(actions.move, registration=cancelled, city_session=there).code == "cancelled"
    assert refusal(actions.move, registration=came, city_session=there).code == "came"
    assert refusal(actions.move, registration=joined, city_session=there).code == "came"
    with is_over(here):
        assert refusal(actions.move, registration=late, city_session=there).code == "over"


def test_moving_to_where_one_is_registered_already_is_refused():
    here, there = two_cities()
    details = make_details()
    registration = sign_up(here, details).contact
    sign_up(there, details)
    assert refusal(actions.move, registration=registration, city_session=there).code == "known"


# Somebody else comes instead


def replace(registration, **details):
    defaults = {
        "full_name": "Жаңы Киши",
        "phone": "+996777000001",
        "language": "ru",
        "consent_text": make_consent_text(registration.city_session.consultation),
    }
    return actions.replace_person(registration=registration, **defaults | details)


def test_somebody_else_gets_the_same_seat_and_new_secrets():
    city_session = make_city_session(hall_capacity=1)
    registration = make_registration(city_session)
    waiting = sign_up(city_session).contact
    before = Registration.objects.get(pk=registration.pk)
    consent = make_consent_text(city_session.consultation)
    instead = replace(registration, email="new@example.org", consent_text=consent)
    assert (instead.pk, place(instead), instead.version) == (registration.pk, IN_THE_HALL, 2)
    for secret in ["code", "join_code", "pass_number"]:
        assert getattr(instead, secret) != getattr(before, secret)
    assert (instead.full_name, instead.phone, instead.email, instead.language) == (
        "Жаңы Киши",
        "+996777000001",
        "new@example.org",
        "ru",
    )
    assert (instead.consent_text, instead.consent_channel) == (consent, "web")
    assert instead.consented_at > before.consented_at
    assert places(stored([waiting])) == [WAITING]
    assert letters() == [("new@example.org", "instead")]


def test_somebody_else_takes_over_the_turn_in_the_queue():
    city_session = make_city_session(hall_capacity=0)
    first, second = (sign_up(city_session).contact for _ in range(2))
    instead = replace(first)
    assert (place(instead), instead.queue_place(), second.queue_place()) == (WAITING, 1, 2)


def test_of_the_first_person_nothing_stays():
    written = {
        "full_name": "Биринчи Киши",
        "phone": "+996555000111",
        "email": "first@example.org",
        "organisation": "Биринчи уюм",
        "organisation_type": "ngo",
        "position": "төрага",
        "home_place": "Баткен",
        "gender": "female",
        "age_group": "25-34",
        "question": "Биринчи суроо",
        "listed_publicly": True,
        "photo_consent": True,
        "needs": [{"kind": "other", "text": "биринчинин керектөөсү"}],
    }
    registration = sign_up(None, written, submission_key="k").contact
    actions.mark_zoom_form_done(registration=registration)
    actions.unsubscribe(registration=registration)
    before = Registration.objects.get(pk=registration.pk)
    [instead] = stored([replace(registration)])
    for name in written.keys() - {"needs", "full_name", "phone"}:
        assert getattr(instead, name) in ("", False), name
    assert (instead.zoom_form_done_at, instead.unsubscribed_at, instead.submission_key) == (None, None, "")
    assert Need.objects.count() == 0
    [told] = Message.objects.values_list("address", "kind")
    assert told == ("first@example.org", "given-away")  # until it has left: see test_emails.py
    kept = {field.name for field in Registration._meta.concrete_fields if getattr(instead, field.name)} & {
        field.name
        for field in Registration._meta.concrete_fields
        if getattr(instead, field.name) == getattr(before, field.name)
    }
    assert kept == {"id", "city_session", "mode", "status", "source", "consent_channel", "created_at"}


def test_whoever_had_the_place_hears_of_it_at_their_own_address_and_in_their_language():
    """And in one way alone: whoever has no address of their own is told by whoever asked somebody else."""
    _contact, member = make_group(size=2)
    Registration.objects.filter(pk=member.pk).update(email="first@example.org", language="ky")
    replace(member, email="new@example.org", language="ru")
    assert set(Message.objects.values_list("address", "kind", "language")) == {
        ("", "instead", "ru"),
        ("first@example.org", "given-away", "ky"),
    }
    replace(member, phone="", email="NEW@example.org")
    assert not Message.objects.filter(address="new@example.org").exists()
    assert Message.objects.filter(address="first@example.org").count() == 1  # still waiting to leave


def test_whoever_has_no_address_of_their_own_is_not_written_to():
    contact, member = make_group(size=2)
    Registration.objects.filter(pk=contact.pk).update(email="contact@example.org")
    replace(member, phone="")
    assert letters() == [("contact@example.org", "instead")]


def test_somebody_else_has_details_and_needs_of_their_own():
    registration = make_need(kind="step-free").registration
    instead = replace(
        registration,
        organisation="Жаңы уюм",
        gender="male",
        photo_consent=True,
        listed_publicly=True,
        needs=[{"kind": "other", "text": "суу"}],
    )
    assert (instead.organisation, instead.gender, instead.photo_consent, instead.listed_publicly) == (
        "Жаңы уюм",
        "male",
        True,
        True,
    )
    assert list(instead.needs.values_list("kind", "text")) == [("other", "суу")]


def test_somebody_else_may_be_of_a_group_and_need_no_own_contact():
    contact, member = make_group(size=2)
    assert replace(member, phone="").contact == contact
    assert refusal(replace, contact, phone="").code == "no-contact"


def test_somebody_else_who_is_registered_already_is_refused_and_nothing_is_forgotten():
    registration, other = make_registration(email="a@example.org"), make_registration()
    Registration.objects.filter(pk=other.pk).update(city_session=registration.city_session)
    before = Registration.objects.filter(pk=registration.pk).values().get()
    assert refusal(replace, registration, full_name=other.full_name, phone=other.phone).code == "known"
    assert Registration.objects.filter(pk=registration.pk).values().get() == before


def test_somebody_else_is_too_late_when_cancelled_over_or_come():
    city_session = make_city_session()
    cancelled, came, joined, late = (
        make_registration(city_session, **fields)
        for fields in [{"status": "cancelled"}, {"checked_in_at": NOW}, {"joined_online_at": NOW}, {}]
    )
    assert refusal(replace, cancelled).code == "cancelled"
    assert refusal(replace, came).code == "came"
    assert refusal(replace, joined).code == "came"
    with is_over(city_session):
        assert refusal(replace, late).code == "over"
