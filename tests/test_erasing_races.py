"""Erasing while people register, change, cancel and are let in: nothing comes back, no place is lost or given twice."""

from functools import partial

import pytest
from django.db import transaction

from consultations import actions
from consultations.actions import erasing, places
from consultations.models import Registration
from tests.factories import in_days, make_registration
from tests.test_races import at_once, deadlocks, forms_for, prepared_session, quick_emptying, words  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def is_whole(registration):
    """Either everything of this person is there, or nothing."""
    if registration.anonymised_at is None:
        return bool(registration.full_name and registration.phone)
    return not (registration.full_name or registration.phone or registration.email or registration.position)


def test_change_and_deletion_at_once_leave_all_or_nothing():
    registrations = [make_registration(position="Төрага") for _ in range(6)]
    calls = []
    for row in registrations:
        calls.append(lambda row=row: actions.change(registration=row, full_name="Жаңы Аты", position="Катчы"))
        calls.append(lambda row=row: actions.anonymise(registration=row))
    found = words(at_once(*calls))
    assert set(found) <= {"done", "erased"}
    rows = Registration.objects.all()
    assert [row.anonymised_at is None for row in rows] == [False] * 6
    assert all(is_whole(row) for row in rows)


def test_without_the_refusal_a_change_would_write_the_person_back(monkeypatch):
    """The control."""
    real = places.lock_registration
    monkeypatch.setattr(
        places, "lock_registration", lambda *rows, **options: real(*rows, **options | {"even_erased": True})
    )
    registration = make_registration()
    actions.anonymise(registration=registration)
    actions.change(registration=registration, full_name="Жаңы Аты")
    registration.refresh_from_db()
    assert not is_whole(registration)


def test_deleted_seat_is_given_once():
    city_session = prepared_session(hall_capacity=1)
    leaving = make_registration(city_session)
    waiting = [make_registration(city_session, status="waiting") for _ in range(3)]
    erase, cancel = (partial(action, registration=leaving) for action in (actions.anonymise, actions.cancel))
    assert words(at_once(erase, cancel, erase, cancel))["done"] == 4
    states = [Registration.objects.get(pk=row.pk).status for row in waiting]
    assert states == ["confirmed", "waiting", "waiting"]


def test_erasing_a_consultation_while_people_come_and_go(monkeypatch):
    monkeypatch.setattr(erasing, "AT_ONCE", 3)
    seen = deadlocks()
    city_session = prepared_session(hall_capacity=12)
    old = [make_registration(city_session) for _ in range(10)]
    queue = [make_registration(city_session, status="waiting") for _ in range(3)]
    calls = [
        *(lambda row=row: actions.cancel(registration=row) for row in old[:4]),
        *(lambda row=row: actions.change(registration=row, position="Катчы") for row in old[4:7]),
        *(lambda row=row: actions.switch(registration=row, mode="online") for row in old[7:]),
        *(lambda row=row: actions.anonymise(registration=row) for row in queue),
        *forms_for(city_session, times=5),
        *[lambda: actions.erase_consultation(consultation=city_session.consultation)] * 2,
    ]
    found = words(at_once(*calls))
    assert set(found) <= {"done", "erased"}
    rows = list(Registration.objects.all())
    assert len(rows) == 18
    assert all(is_whole(row) for row in rows)
    assert Registration.objects.filter(city_session=city_session).holding_hall_seats().count() <= 12
    assert {row.pk for row in rows if row.anonymised_at is None}.isdisjoint(row.pk for row in old)
    assert deadlocks() == seen


def test_erasing_waits_for_nobody_and_goes_on_next_time():
    city_session = prepared_session(date=in_days(-400))
    registration = make_registration(city_session)
    with transaction.atomic():
        places.lock_city_session(city_session.pk)
        erase = partial(actions.erase_consultation, consultation=city_session.consultation)
        [erased] = at_once(erase, patience="100ms")
    assert (erased.people, erased.postponed) == (0, 1)
    assert erase().people == 1
    registration.refresh_from_db()
    assert registration.anonymised_at is not None
