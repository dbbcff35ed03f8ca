"""Places: freed ones go to the first in the queue until the evening before; limits are changed with open eyes."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from consultations import actions
from consultations.models import CitySession, Registration
from tests.factories import (
    in_days,
    make_city_session,
    make_consultation,
    make_details,
    make_group,
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

SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


def at(moment):
    return time_machine.travel(moment, tick=False)


def evening_before(city_session):
    day = city_session.date - datetime.timedelta(days=1)
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(18)))


def full_hall_and_queue(waiting=1, **fields):
    """The one who holds the only seat, and those who wait for it."""
    city_session = make_city_session(**{"hall_capacity": 1} | fields)
    return [sign_up(city_session).contact for _ in range(1 + waiting)]


# To whom a freed seat goes


def test_freed_seats_go_out_in_queue_order():
    city_session = make_city_session(hall_capacity=3)
    holders = [sign_up(city_session).contact for _ in range(3)]
    queue = [sign_up(city_session).contact for _ in range(3)]
    for gone, expected in zip(holders, [1, 2, 3], strict=True):
        actions.cancel(registration=gone)
        assert places(stored(queue)) == [IN_THE_HALL] * expected + [WAITING] * (3 - expected)


def test_whoever_queued_earlier_is_first_also_with_a_later_row():
    now = timezone.now()
    city_session = make_city_session(hall_capacity=1)
    holder = make_registration(city_session)
    late, early = (
        make_registration(city_session, status="waiting", hall_wanted_at=now - datetime.timedelta(hours=hours))
        for hours in [1, 2]
    )
    actions.cancel(registration=holder)
    assert places(stored([early, late])) == [IN_THE_HALL, WAITING]


def test_of_two_who_queued_at_the_same_moment_the_first_row_is_first():
    moment = timezone.now()
    city_session = make_city_session(hall_capacity=1)
    holder = make_registration(city_session)
    first, second = (make_registration(city_session, status="waiting", hall_wanted_at=moment) for _ in range(2))
    assert [first.queue_place(), second.queue_place()] == [1, 2]
    actions.cancel(registration=holder)
    assert places(stored([first, second])) == [IN_THE_HALL, WAITING]


def test_whoever_takes_part_online_meanwhile_has_the_same_turn_and_leaves_the_online_place():
    city_session = make_city_session(hall_capacity=1, online_capacity=1)
    holder = sign_up(city_session).contact
    meanwhile = sign_up(city_session, placing="online-meanwhile").contact
    in_both_queues = [sign_up(city_session).contact, sign_up(city_session, mode="online").contact]
    assert places([meanwhile, *in_both_queues]) == [ONLINE_AND_WAITING, WAITING, WAITING_FOR_ONLINE]
    actions.cancel(registration=holder)
    assert places(stored([meanwhile, *in_both_queues])) == [IN_THE_HALL, WAITING, ONLINE]


def test_seats_kept_back_are_not_given_out():
    city_session = make_city_session(hall_capacity=2, hall_reserved=1)
    first, second = (sign_up(city_session).contact for _ in range(2))
    actions.cancel(registration=first)
    assert places(stored([second])) == [IN_THE_HALL]
    third = sign_up(city_session).contact
    assert place(third) == WAITING


def test_a_walk_in_who_is_cancelled_frees_nothing():
    city_session = make_city_session(hall_capacity=1)
    sign_up(city_session)
    waiting = sign_up(city_session).contact
    walk_in = make_registration(city_session, source="desk")
    actions.cancel(registration=walk_in)
    assert places(stored([waiting])) == [WAITING]


def test_one_city_does_not_give_its_seats_to_another():
    holder, waiting = full_hall_and_queue()
    elsewhere = sign_up(make_city_session(waiting.city_session.consultation, hall_capacity=0)).contact
    actions.cancel(registration=holder)
    assert places(stored([waiting, elsewhere])) == [IN_THE_HALL, WAITING]


def test_promoted_person_is_told_once_by_letter_or_else_by_telephone():
    city_session = make_city_session(hall_capacity=2)
    holders = [sign_up(city_session).contact for _ in range(2)]
    by_letter = sign_up(city_session, make_details(email="a@example.org")).contact
    by_telephone = sign_up(city_session).contact
    forget_messages()
    for holder in holders:
        actions.cancel(registration=holder)
    assert letters() == [("a@example.org", "promoted")]
    assert calls() == [(by_telephone, "promoted")]
    assert [row.version for row in stored([by_letter, by_telephone])] == [2, 2]


def test_promoted_member_of_a_group_is_told_to_the_contact():
    city_session = make_city_session(hall_capacity=2)
    people = [make_details(email="contact@example.org"), make_details(phone=""), make_details(phone="")]
    contact, _member, waiting = sign_up(city_session, *people, placing="queue").registrations
    forget_messages()
    actions.cancel(registration=contact)
    assert places(stored([waiting])) == [IN_THE_HALL]
    assert letters() == [("contact@example.org", "left"), ("contact@example.org", "promoted")]


def test_promoted_in_the_language_of_that_person():
    holder, waiting = full_hall_and_queue()
    actions.change(registration=waiting, language="ru")
    actions.cancel(registration=holder)
    assert [message.language for message in waiting.messages.filter(kind="promoted")] == ["ru"]


# Until when


def test_freed_seats_go_out_until_six_in_the_evening_before():
    holder, waiting = full_hall_and_queue()
    with at(evening_before(holder.city_session) - SECOND):
        actions.cancel(registration=holder)
    assert places(stored([waiting])) == [IN_THE_HALL]


def test_freed_seats_stay_for_the_door_from_six_in_the_evening_before():
    holder, waiting = full_hall_and_queue()
    with at(evening_before(holder.city_session)):
        actions.cancel(registration=holder)
        assert places(stored([waiting])) == [WAITING]
        assert calls() == []
        newcomer = sign_up(holder.city_session).contact
        assert (place(newcomer), newcomer.queue_place()) == (WAITING, 2)


@pytest.mark.parametrize(("hours", "after"), [(-30, WAITING), (-1, IN_THE_HALL)])
def test_freed_seats_go_out_as_long_as_the_organiser_set(hours, after):
    """Set an hour before the beginning: the evening before does not count."""
    holder, waiting = full_hall_and_queue()
    city_session = holder.city_session
    stops_at = city_session.starts_at + datetime.timedelta(hours=hours)
    CitySession.objects.filter(pk=city_session.pk).update(promotion_stops_at=stops_at)
    with at(evening_before(city_session) + SECOND):
        actions.cancel(registration=holder)
    assert places(stored([waiting])) == [after]


def test_freed_seats_of_an_undated_session_always_go_out():
    holder, waiting = full_hall_and_queue(date=None, start_time=None, end_time=None)
    actions.cancel(registration=holder)
    assert places(stored([waiting])) == [IN_THE_HALL]


def test_online_places_go_out_to_the_end_of_the_session():
    city_session = make_city_session(online_capacity=1)
    first, second, third = (sign_up(city_session, mode="online").contact for _ in range(3))
    with at(city_session.ends_at - SECOND):
        actions.cancel(registration=first)
        assert places(stored([second, third])) == [ONLINE, WAITING_FOR_ONLINE]


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_nobody_is_let_into_a_session_that_does_not_stand(state):
    holder, waiting = full_hall_and_queue()
    CitySession.objects.update(state=state)
    actions.cancel(registration=holder)
    assert places(stored([waiting])) == [WAITING]
    CitySession.objects.update(state="planned")
    assert actions.settle(city_session=holder.city_session) == [waiting]
    assert places(stored([waiting])) == [IN_THE_HALL]


# Limits


def change(city_session, hall=None, online=None, reserved=0, **options):
    return actions.change_places(
        city_session=city_session, hall_capacity=hall, online_capacity=online, hall_reserved=reserved, **options
    )


def test_raised_capacity_goes_to_the_queue_at_once():
    _holder, *queue = full_hall_and_queue(3)
    promoted = change(queue[0].city_session, hall=3)
    assert promoted == queue[:2]
    assert places(stored(queue)) == [IN_THE_HALL, IN_THE_HALL, WAITING]


def test_fewer_places_kept_back_go_to_the_queue():
    city_session = make_city_session(hall_capacity=3, hall_reserved=3)
    queue = [sign_up(city_session).contact for _ in range(3)]
    change(city_session, hall=3, reserved=1)
    assert places(stored(queue)) == [IN_THE_HALL, IN_THE_HALL, WAITING]


def test_no_limit_any_more_lets_everybody_in():
    city_session = make_city_session(hall_capacity=0, online_capacity=0)
    hall = [sign_up(city_session).contact for _ in range(3)]
    online = [sign_up(city_session, mode="online").contact for _ in range(3)]
    change(city_session)
    assert places(stored(hall + online)) == [IN_THE_HALL] * 3 + [ONLINE] * 3


def test_raised_capacity_after_the_evening_before_waits_for_the_door():
    _holder, waiting = full_hall_and_queue()
    with at(evening_before(waiting.city_session)):
        assert change(waiting.city_session, hall=5) == []
    assert places(stored([waiting])) == [WAITING]


@pytest.mark.parametrize("hall", [None, 5])
def test_newcomers_do_not_overtake_the_queue_of_a_hall_opened_after_the_evening_before(hall):
    _holder, waiting = full_hall_and_queue()
    city_session = waiting.city_session
    with at(evening_before(city_session)):
        change(city_session, hall=hall)
        late = sign_up(city_session).contact
        group = refusal(sign_up, city_session, *[make_details() for _ in range(2)])
        online = sign_up(city_session, mode="online").contact
        turned = actions.switch(registration=online, mode="hall")
    assert (places([late]), place(turned)) == ([WAITING], ONLINE_AND_WAITING)
    assert (group.code, group.free) == ("too-few", 0)
    assert [row.queue_place() for row in (waiting, late, turned)] == [1, 2, 3]


def test_hall_without_a_limit_and_without_a_queue_takes_everybody():
    assert (
        places(sign_up(make_city_session(), *[make_details() for _ in range(20)]).registrations) == [IN_THE_HALL] * 20
    )


@pytest.mark.parametrize(
    ("limits", "count"), [({"hall": 2}, 3), ({"hall": 4, "reserved": 2}, 3), ({"hall": 3, "online": 1}, 2)]
)
def test_fewer_places_than_people_asks_with_the_number_and_changes_nothing(limits, count):
    city_session = make_city_session(hall_capacity=5)
    for mode in ["hall"] * 3 + ["online"] * 2:
        make_registration(city_session, mode=mode)
    make_registration(city_session, source="desk")
    refused = refusal(change, city_session, **limits)
    assert (refused.code, refused.count) == ("below-confirmed", count)
    city_session.refresh_from_db()
    assert (city_session.hall_capacity, city_session.online_capacity, city_session.hall_reserved) == (5, None, 0)


def test_exactly_as_many_places_as_people_does_not_ask():
    city_session = make_city_session()
    make_registration(city_session)
    change(city_session, hall=1)


def test_lowered_capacity_once_confirmed_throws_nobody_out_and_new_ones_queue():
    city_session = make_city_session(hall_capacity=3)
    holders = [make_registration(city_session) for _ in range(3)]
    change(city_session, hall=1, confirmed=True)
    newcomer = sign_up(city_session).contact
    assert places([*stored(holders), newcomer]) == [IN_THE_HALL] * 3 + [WAITING]
    # They stay editable, and can be checked in.
    actions.change(registration=holders[0], position="адис")
    assert actions.check_in(registration=holders[1], by="desk") is True
    # Who leaves an overfull hall frees nothing, until it is below its limit.
    actions.cancel(registration=holders[0])
    actions.cancel(registration=holders[2])
    assert places(stored([newcomer])) == [WAITING]
    actions.undo_check_in(registration=holders[1])
    actions.cancel(registration=holders[1])
    assert places(stored([newcomer])) == [IN_THE_HALL]


def test_settling_gives_out_what_other_edits_freed_and_nothing_twice():
    _holder, waiting = full_hall_and_queue()
    CitySession.objects.update(hall_capacity=2)
    assert actions.settle(city_session=waiting.city_session) == [waiting]
    assert actions.settle(city_session=waiting.city_session) == []
    assert calls() == [(waiting, "promoted")]


# Out of turn


def test_organiser_lets_one_in_out_of_turn_where_a_seat_is_free():
    holder, first, second = full_hall_and_queue(2)
    with at(evening_before(holder.city_session)):
        actions.cancel(registration=holder)
        assert place(actions.promote(registration=second)) == IN_THE_HALL
    assert places(stored([first])) == [WAITING]
    assert calls() == [(second, "promoted")]


def test_organiser_cannot_let_anybody_into_a_full_hall():
    _holder, waiting = full_hall_and_queue()
    refused = refusal(actions.promote, registration=waiting)
    assert (refused.code, refused.free) == ("hall-full", 0)


def test_organiser_lets_in_somebody_waiting_for_an_online_place():
    city_session = make_city_session(online_capacity=1)
    _first, second, third = (sign_up(city_session, mode="online").contact for _ in range(3))
    refused = refusal(actions.promote, registration=third)
    assert (refused.code, refused.free) == ("online-full", 0)
    CitySession.objects.update(online_capacity=2)
    assert place(actions.promote(registration=third)) == ONLINE
    assert places(stored([second])) == [WAITING_FOR_ONLINE]


def test_online_place_of_somebody_let_into_the_hall_goes_to_the_next_online():
    city_session = make_city_session(hall_capacity=0, online_capacity=1)
    meanwhile = sign_up(city_session, placing="online-meanwhile").contact
    waiting = sign_up(city_session, mode="online").contact
    CitySession.objects.update(hall_capacity=1)
    actions.promote(registration=meanwhile)
    assert places(stored([meanwhile, waiting])) == [IN_THE_HALL, ONLINE]


def test_promoting_twice_or_somebody_who_does_not_wait_changes_and_tells_nothing():
    registration = make_registration()
    actions.promote(registration=registration)
    assert stored([registration])[0].version == 1
    _holder, waiting = full_hall_and_queue()
    CitySession.objects.update(hall_capacity=2)
    for _ in range(2):
        actions.promote(registration=waiting)
    assert calls() == [(waiting, "promoted")]


def test_promoting_somebody_who_cancelled_is_refused():
    assert refusal(actions.promote, registration=make_registration(status="cancelled")).code == "cancelled"


# The queue as it is shown


def test_queue_place_counts_both_kinds_of_waiting_and_nobody_else():
    city_session = make_city_session(hall_capacity=0)
    sign_up(make_city_session(city_session.consultation, hall_capacity=0))
    make_registration(city_session, status="cancelled")
    queue = [sign_up(city_session, placing=placing).contact for placing in [None, "online-meanwhile", None]]
    assert [row.queue_place() for row in queue] == [1, 2, 3]
    assert list(city_session.registrations.wanting_the_hall().in_queue_order()) == queue


def test_whose_data_is_erased_stands_in_no_queue_and_is_let_in_nowhere():
    """Kept as waiting by the nightly erasure, in a session that got its date too late."""
    consultation = make_consultation(retention_days=1)
    make_city_session(consultation, date=in_days(-10))
    undated = make_city_session(consultation, date=None, hall_capacity=1, online_capacity=0)
    holder = sign_up(undated).contact
    erased = [sign_up(undated, mode=mode).contact for mode in ("hall", "online")]
    Registration.objects.filter(pk__in=[row.pk for row in erased]).update(created_at=timezone.now() - 9 * DAY)
    actions.erase_what_is_due()
    assert [row.anonymised_at is None for row in stored([holder, *erased])] == [True, False, False]
    known = [sign_up(undated, mode=mode).contact for mode in ("hall", "online")]
    assert CitySession.objects.with_places().get(pk=undated.pk).hall_queue == 1
    assert [row.queue_place() for row in known] == [1, 1]
    assert [
        row.queue_place()
        for row in Registration.objects.with_queue_places().in_bulk([row.pk for row in known]).values()
    ] == [1, 1]
    change(undated, hall=2, online=1)
    assert places(stored([*erased, *known])) == [WAITING, WAITING_FOR_ONLINE, IN_THE_HALL, ONLINE]


def test_counts_of_a_session_are_those_of_its_rows():
    city_session = make_city_session(hall_capacity=6, hall_reserved=1, online_capacity=3)
    make_group(city_session, size=2)
    make_registration(city_session, checked_in_at=timezone.now())
    make_registration(city_session, source="paper")
    make_registration(city_session, status="waiting")
    make_registration(city_session, status="cancelled")
    make_registration(city_session, mode="online")
    make_registration(city_session, mode="online", hall_wanted_at=timezone.now())
    make_registration()
    counted = CitySession.objects.with_places().get(pk=city_session.pk)
    assert (counted.hall_held, counted.hall_free, counted.hall_queue) == (3, 2, 2)
    assert (counted.online_held, counted.online_free) == (2, 1)
    assert counted.hall_is_full
