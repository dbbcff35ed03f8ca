"""Many at once, on real connections that really commit: P 1-13 of the promises, each race with its negative control.

A control takes one protection away (the lock, a trigger, an index) and lets everybody read before anybody writes: what
the test forbids then happens, or is seen to be stopped by the next protection. So a green test here says something.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import TransactionTestCase
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.actions import attending, changing, places, registering
from consultations.actions.refusals import constraint_name
from consultations.models import CitySession, Message, RateCount, Registration
from consultations.models.registration_queries import RegistrationQuerySet
from tests.factories import (
    make_city_session,
    make_consent_text,
    make_consultation,
    make_details,
    make_registration,
    sign_up,
)
from tests.outcomes import forget_messages, letters

HERE = Path(__file__).resolve().parent.parent
race = threading.local()  # its `gate`: where the threads of this race wait for each other


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True, scope="module")
def quick_emptying():
    """Django's flush truncates forty tables and makes every permission anew, which takes a second a test."""

    def empty_our_tables(test_case):
        tables = [model._meta.db_table for model in apps.get_app_config("consultations").get_models()]
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:  # whose triggers keep history from being deleted
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while a check of it waits
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_our_tables)
        yield


def at_once(*calls, patience="60s"):
    """Run each call in a thread with a connection of its own, all let go together; results or refusals, in order.

    Any other exception is the test's failure, except database errors, which a test may expect. How long a lock is
    waited for is a test of its own: here a slow machine must not make anybody "busy".
    """
    start, gate = threading.Barrier(len(calls)), threading.Barrier(len(calls))

    def run(call):
        race.gate = gate
        try:
            if patience:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
            start.wait(20)
            return call()
        except (actions.RegistrationRefused, IntegrityError, OperationalError) as error:
            return error
        finally:
            gate.abort()  # who is through waits for nobody, and nobody waits for them
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


def meet():
    """Wait until every thread of this race has come so far; outside of a race, for nobody."""
    if not hasattr(race, "gate"):
        return
    with contextlib.suppress(threading.BrokenBarrierError):
        race.gate.wait(20)


def words(results):
    """How often each refusal, constraint or other result came out."""
    return Counter(
        result.code
        if isinstance(result, actions.RegistrationRefused)
        else constraint_name(result) or type(result.__cause__).__name__
        if isinstance(result, Exception)
        else "done"
        for result in results
    )


def prepared_session(**fields):
    """A session with its consent text, as the page finds it: nobody has to write either under the lock."""
    city_session = make_city_session(**fields)
    CitySession.objects.filter(pk=city_session.pk).update(told_facts=city_session.facts)
    make_consent_text(city_session.consultation)
    return city_session


def forms_for(city_session, *, times, **options):
    """So many calls that register somebody, each somebody else unless told otherwise; to be run at once."""
    consent = city_session.consultation.current_consent
    details = options.pop("details", None)
    people = [details or make_details() for _ in range(times)]
    return [
        lambda person=person: sign_up(city_session, person, **{"consent_text": consent} | options) for person in people
    ]


def mode_and_status(city_session):
    return Counter(city_session.registrations.values_list("mode", "status"))


def queue_places(city_session):
    """The places in the queue, as its people are told them, in the order of their rows."""
    return [row.queue_place() for row in city_session.registrations.wanting_the_hall().order_by("pk")]


def deadlocks(*, at_least=0):
    """How many this database has seen; a backend reports them when it goes, so wait a moment for `at_least`."""
    deadline = time.monotonic() + 5
    while True:
        time.sleep(0.2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            [seen] = cursor.fetchone()
        if seen >= at_least or time.monotonic() > deadline:
            return seen


@pytest.fixture
def without_the_lock(monkeypatch):
    """The actions as somebody might have written them: read, then write. Here everybody reads before anybody writes."""

    def read_city_sessions(*pks):
        found = CitySession.objects.with_places().select_related("consultation").in_bulk(pks)
        meet()
        return [found[pk] for pk in pks]

    def then_meet(read):
        def read_and_meet(*args, **options):
            found = read(*args, **options)
            meet()
            return found

        return read_and_meet

    read_registration = then_meet(places.lock_registration)
    for module in [places, changing]:
        monkeypatch.setattr(module, "lock_city_sessions", read_city_sessions)
        monkeypatch.setattr(module, "lock_registration", read_registration)
    monkeypatch.setattr(registering, "_earlier_and_known", then_meet(registering._earlier_and_known))
    monkeypatch.setattr(RegistrationQuerySet, "select_for_update", lambda registrations, **_options: registrations)


@pytest.fixture
def without_the_trigger(transactional_db):
    """The capacity triggers switched off, and on again at the end."""
    with connection.cursor() as cursor:
        for word in ["DISABLE", "ENABLE"]:
            for trigger in ["registration_capacity_on_insert", "registration_capacity_on_update"]:
                cursor.execute(f"ALTER TABLE consultations_registration {word} TRIGGER {trigger}")
            if word == "DISABLE":
                yield


@contextlib.contextmanager
def without_the_index(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
        [definition] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {name}")
        try:
            yield
        finally:
            Message.objects.all().delete()
            Registration.objects.all().delete()
            cursor.execute(definition)


# The last seats


def test_last_seats_are_given_once_and_everybody_else_waits_in_order():
    city_session = prepared_session(hall_capacity=4, hall_reserved=1)
    results = at_once(*forms_for(city_session, times=20))
    assert words(results) == {"done": 20}
    assert mode_and_status(city_session) == {("hall", "confirmed"): 3, ("hall", "waiting"): 17}
    assert queue_places(city_session) == list(range(1, 18))


def test_control_without_lock_and_trigger_the_hall_is_oversold(without_the_lock, without_the_trigger):
    city_session = prepared_session(hall_capacity=3)
    at_once(*forms_for(city_session, times=12))
    assert city_session.registrations.confirmed().count() > 3


def test_control_without_lock_the_trigger_refuses_in_words(without_the_lock):
    city_session = prepared_session(hall_capacity=3)
    results = at_once(*forms_for(city_session, times=12))
    assert city_session.registrations.confirmed().count() == 3
    assert words(results)["hall-full"] > 0
    assert words(results).keys() <= {"done", "hall-full"}


def test_last_online_places_are_given_once():
    city_session = prepared_session(online_capacity=2)
    at_once(*forms_for(city_session, times=12, mode="online"))
    assert mode_and_status(city_session) == {("online", "confirmed"): 2, ("online", "waiting"): 10}


def blind_insert(city_session):
    def insert():
        with transaction.atomic():
            make_registration(city_session, consent_text=None)

    return insert


def test_blind_inserts_stop_at_the_capacity():
    """The admin, an import, a shell: no lock taken, none needed."""
    city_session = prepared_session(hall_capacity=5)
    results = at_once(*[blind_insert(city_session)] * 12)
    assert words(results) == {"done": 5, "registration_hall_capacity": 7}
    assert city_session.registrations.count() == 5


def test_control_blind_inserts_without_the_trigger_do_not_stop(without_the_trigger):
    city_session = prepared_session(hall_capacity=5)
    at_once(*[blind_insert(city_session)] * 12)
    assert city_session.registrations.count() == 12


def test_blind_inserts_and_the_page_share_one_limit():
    city_session = prepared_session(hall_capacity=6)
    results = at_once(*forms_for(city_session, times=8), *[blind_insert(city_session)] * 8)
    assert words(results).keys() <= {"done", "registration_hall_capacity"}
    assert city_session.registrations.holding_hall_seats().count() == 6


def test_groups_are_whole_or_not_at_all():
    city_session = prepared_session(hall_capacity=10)
    consent = city_session.consultation.current_consent
    groups = [[make_details() for _ in range(4)] for _ in range(6)]
    results = at_once(
        *[lambda people=people: sign_up(city_session, *people, consent_text=consent) for people in groups]
    )
    assert words(results) == {"done": 2, "too-few": 4}
    assert {result.free for result in results if isinstance(result, actions.RegistrationRefused)} == {2}
    assert city_session.registrations.count() == 8


# Twice


def test_same_form_twenty_times_is_one_registration_and_one_letter():
    city_session = prepared_session(hall_capacity=5)
    details = make_details(email="a@example.org")
    results = at_once(*forms_for(city_session, times=20, details=details, submission_key="k"))
    assert words(results) == {"done": 20}
    assert Counter(outcome.repeated for outcome in results) == {False: 1, True: 19}
    registration = Registration.objects.get()
    assert {outcome.contact for outcome in results} == {registration}
    assert letters() == [("a@example.org", "confirmed")]
    assert Message.objects.count() == ProcrastinateJob.objects.count() == 1


def test_control_same_form_without_lock_is_stopped_by_the_table_alone(without_the_lock):
    city_session = prepared_session()
    results = at_once(*forms_for(city_session, times=8, submission_key="k"))
    assert words(results) == {"done": 1, "registration_once_per_submission": 7}


def test_same_person_in_twenty_forms_is_one_registration():
    city_session = prepared_session()
    details = make_details(email="a@example.org")
    results = at_once(*forms_for(city_session, times=20, details=details))
    assert words(results) == {"done": 1, "known": 19}
    assert Registration.objects.count() == 1
    assert letters() == [("a@example.org", "confirmed"), ("a@example.org", "link")]


def test_control_same_person_without_lock_is_stopped_by_the_table_in_words(without_the_lock):
    city_session = prepared_session()
    results = at_once(*forms_for(city_session, times=8, details=make_details()))
    assert words(results) == {"done": 1, "known": 7}


def test_control_same_person_without_lock_and_index_is_stored_often(without_the_lock):
    city_session = prepared_session()
    with without_the_index("registration_one_live_per_name_and_phone"):
        at_once(*forms_for(city_session, times=8, details=make_details()))
        assert Registration.objects.count() > 1


def test_family_of_six_with_one_phone_registers_at_once():
    city_session = prepared_session(hall_capacity=6)
    consent = city_session.consultation.current_consent
    family = [make_details(phone="+996555000111") for _ in range(6)]
    results = at_once(*[lambda person=person: sign_up(city_session, person, consent_text=consent) for person in family])
    assert words(results) == {"done": 6}
    assert mode_and_status(city_session) == {("hall", "confirmed"): 6}


def test_letters_asked_for_ten_times_at_once_are_one():
    make_registration(email="a@example.org")
    results = at_once(*[lambda: actions.send_links(address="a@example.org")] * 10)
    assert words(results) == {"done": 10}
    assert letters() == [("a@example.org", "link")]


# Freed seats


def full_hall(capacity, waiting):
    """Those who hold the seats, and those who wait, in order."""
    city_session = prepared_session(hall_capacity=capacity)
    registrations = [
        sign_up(city_session, make_details(email=f"{n}@example.org")).contact for n in range(capacity + waiting)
    ]
    forget_messages()
    return registrations[:capacity], registrations[capacity:]


def cancelling(registrations):
    """Calls that cancel these, each from a page of its own."""
    pages = [Registration.objects.select_related("city_session").get(pk=row.pk) for row in registrations]
    return [lambda page=page: actions.cancel(registration=page) for page in pages]


def test_one_ticket_cancelled_twenty_times_frees_one_seat_once():
    [holder], queue = full_hall(1, 3)
    results = at_once(*cancelling([holder] * 20))
    assert words(results) == {"done": 20}
    assert len({result.cancelled_at for result in results}) == 1
    assert {result.version for result in results} == {2}
    assert list(holder.city_session.registrations.confirmed()) == queue[:1]
    assert letters() == [("0@example.org", "left"), ("1@example.org", "promoted")]


def test_control_one_ticket_cancelled_without_lock_is_cancelled_over_and_over(without_the_lock):
    [holder], _queue = full_hall(1, 3)
    results = at_once(*cancelling([holder] * 8))
    assert len({result.cancelled_at for result in results}) > 1


def test_ten_cancel_at_once_and_ten_are_promoted_in_order():
    holders, queue = full_hall(10, 12)
    results = at_once(*cancelling(holders))
    assert words(results) == {"done": 10}
    city_session = holders[0].city_session
    assert list(city_session.registrations.confirmed().order_by("pk")) == queue[:10]
    promoted = Message.objects.filter(kind="promoted").order_by("pk").values_list("registration", flat=True)
    assert list(promoted) == [row.pk for row in queue[:10]]
    assert queue_places(city_session) == [1, 2]


def test_control_ten_cancel_without_lock_and_seats_are_lost(without_the_lock, monkeypatch):
    """Each sees its own seat alone become free, and all give it to the same first one."""
    holders, _queue = full_hall(10, 10)
    count = CitySession.hall_free.fget

    def count_together(city_session):
        free = count(city_session)
        meet()
        return free

    monkeypatch.setattr(CitySession, "hall_free", property(count_together))
    at_once(*cancelling(holders))
    assert holders[0].city_session.registrations.confirmed().count() == 1


def test_one_free_seat_is_promoted_to_once():
    _holders, queue = full_hall(1, 6)
    CitySession.objects.update(hall_capacity=2)
    results = at_once(*[lambda row=row: actions.promote(registration=row) for row in queue])
    assert words(results) == {"done": 1, "hall-full": 5}
    assert Message.objects.filter(kind="promoted").count() == 1


def test_a_newcomer_and_a_cancellation_leave_no_seat_empty_and_nobody_overtaken():
    """Whoever of the two comes first: the seat goes to the one who waited."""
    for _ in range(5):
        [holder], [waiting] = full_hall(1, 1)
        at_once(*cancelling([holder]), *forms_for(holder.city_session, times=3))
        waiting.refresh_from_db()
        assert waiting.is_confirmed
        assert mode_and_status(holder.city_session) == {
            ("hall", "confirmed"): 1,
            ("hall", "cancelled"): 1,
            ("hall", "waiting"): 3,
        }


# Hall and online


def switching(city_session, *, times, mode, to):
    people = [make_registration(city_session, mode=mode) for _ in range(times)]
    return [lambda person=person: actions.switch(registration=person, mode=to) for person in people]


def test_last_seat_is_switched_to_once():
    city_session = prepared_session(hall_capacity=1)
    results = at_once(*switching(city_session, times=10, mode="online", to="hall"))
    assert words(results) == {"done": 10}
    assert mode_and_status(city_session) == {("hall", "confirmed"): 1, ("online", "confirmed"): 9}
    assert sorted(queue_places(city_session)) == list(range(1, 10))


def test_control_last_seat_without_lock_and_trigger_is_switched_to_often(without_the_lock, without_the_trigger):
    city_session = prepared_session(hall_capacity=1)
    at_once(*switching(city_session, times=6, mode="online", to="hall"))
    assert mode_and_status(city_session)["hall", "confirmed"] > 1


def test_last_online_place_is_switched_to_once_and_the_others_keep_their_seats():
    city_session = prepared_session(hall_capacity=10, online_capacity=1)
    results = at_once(*switching(city_session, times=10, mode="hall", to="online"))
    assert words(results) == {"done": 1, "online-full": 9}
    assert mode_and_status(city_session) == {("hall", "confirmed"): 9, ("online", "confirmed"): 1}


def test_hall_and_online_are_changed_in_opposite_directions_at_once():
    city_session = prepared_session(hall_capacity=5, online_capacity=5)
    to_online = switching(city_session, times=5, mode="hall", to="online")
    to_hall = switching(city_session, times=5, mode="online", to="hall")
    assert words(at_once(*to_online, *to_hall)).keys() <= {"done", "online-full"}
    assert city_session.registrations.holding_hall_seats().count() <= 5
    assert city_session.registrations.holding_online_places().count() <= 5


# Deadlocks


def test_crossing_moves_and_registrations_never_deadlock():
    consultation = make_consultation()
    make_consent_text(consultation)
    cities = [make_city_session(consultation, hall_capacity=100) for _ in range(2)]
    people = [make_registration(cities[n % 2]) for n in range(4)]
    seen = deadlocks()

    def to_and_fro(person, first):
        for step in range(50):
            actions.move(registration=person, city_session=cities[(first + step) % 2])
            person.refresh_from_db()

    moving = [lambda n=n, person=person: to_and_fro(person, n + 1) for n, person in enumerate(people)]
    newcomers = [forms_for(city_session, times=20) for city_session in cities]
    registering_them = [lambda calls=calls: [call() for call in calls] for calls in newcomers]
    assert words(at_once(*moving, *registering_them)) == {"done": 6}
    assert deadlocks() == seen
    assert sorted(city_session.registrations.count() for city_session in cities) == [22, 22]
    assert sum(Registration.objects.filter(pk__in=[row.pk for row in people]).values_list("version", flat=True)) == 204


def lock_one_after_the_other(*pks):
    """As given, not in pk order."""
    for pk in pks:
        CitySession.objects.select_for_update(no_key=True).get(pk=pk)
        if pk == pks[0]:
            meet()
    found = CitySession.objects.with_places().select_related("consultation").in_bulk(pks)
    return [found[pk] for pk in pks]


def test_control_crossing_moves_in_any_order_deadlock(monkeypatch):
    consultation = make_consultation()
    here, there = (make_city_session(consultation) for _ in range(2))
    going, coming = make_registration(here), make_registration(there)
    monkeypatch.setattr(changing, "lock_city_sessions", lock_one_after_the_other)
    seen = deadlocks()
    results = at_once(
        lambda: actions.move(registration=going, city_session=there),
        lambda: actions.move(registration=coming, city_session=here),
    )
    assert words(results) == {"done": 1, "DeadlockDetected": 1}
    assert deadlocks(at_least=seen + 1) == seen + 1


@pytest.fixture
def old_pages(monkeypatch):
    """Two who moved past each other, as pages that were opened before still believe them to be."""
    here, there = (make_city_session(make_consultation()) for _ in range(2))
    pages = [make_registration(here), make_registration(there)]
    for page, now in zip(pages, [there, here], strict=True):
        Registration.objects.filter(pk=page.pk).update(city_session=now)
    lock = places.lock_city_sessions

    def lock_together(*pks):
        found = lock(*pks)
        meet()
        return found

    monkeypatch.setattr(places, "lock_city_sessions", lock_together)
    return pages


def test_old_pages_of_people_who_moved_never_deadlock(old_pages):
    seen = deadlocks()
    results = at_once(*[lambda page=page: actions.cancel(registration=page) for page in old_pages])
    assert words(results) == {"done": 2}
    assert deadlocks() == seen
    assert Registration.objects.live().count() == 0


def test_control_old_pages_that_follow_with_the_first_lock_held_deadlock(old_pages, monkeypatch):
    def follow(registration, **_options):
        pk = registration.city_session_id
        while True:
            city_session = places.lock_city_session(pk)
            current = Registration.objects.get(pk=registration.pk)
            if current.city_session_id == pk:
                return current, city_session
            pk = current.city_session_id

    monkeypatch.setattr(changing, "lock_with_session", follow)
    results = at_once(*[lambda page=page: actions.cancel(registration=page) for page in old_pages])
    assert words(results) == {"done": 1, "DeadlockDetected": 1}


def anything(chance, person, city_session, consent):
    """One of all the things that people may do, not done yet."""
    details, mode = make_details(), chance.choice(["hall", "online"])
    return chance.choice(
        [
            lambda: sign_up(city_session, details, consent_text=consent),
            lambda: sign_up(city_session, details, consent_text=consent, placing="online-meanwhile"),
            lambda: sign_up(city_session, details, make_details(phone=""), consent_text=consent),
            lambda: actions.cancel(registration=person),
            lambda: actions.come_back(registration=person),
            lambda: actions.switch(registration=person, mode=mode),
            lambda: actions.move(registration=person, city_session=city_session, if_full="queue"),
            lambda: actions.promote(registration=person),
            lambda: actions.take_part_online_meanwhile(registration=person),
            lambda: actions.leave_queue(registration=person),
            lambda: actions.change(registration=person, position="адис"),
            lambda: actions.settle(city_session=city_session),
            lambda: actions.replace_person(registration=person, language="ru", consent_text=consent, **details),
        ]
    )


def test_whatever_moves_at_once_keeps_every_promise():
    """A storm of everything: no deadlock, no error but refusals, no seat too many, nobody waits beside a free one."""
    consultation = make_consultation()
    consent = make_consent_text(consultation)
    cities = [make_city_session(consultation, hall_capacity=4, online_capacity=6) for _ in range(2)]
    for city_session in cities:
        for _ in range(6):
            sign_up(city_session)
    seen = deadlocks()
    refused = Counter()

    def storm(seed):
        chance = random.Random(seed)
        for _ in range(15):
            person, city_session = chance.choice(Registration.objects.order_by("pk")), chance.choice(cities)
            try:
                anything(chance, person, city_session, consent)()
            except actions.RegistrationRefused as refusal:
                refused[refusal.code] += 1

    assert words(at_once(*[lambda seed=seed: storm(seed) for seed in range(8)])) == {"done": 8}
    assert deadlocks() == seen
    assert "busy" not in refused
    for city_session in CitySession.objects.with_places():
        assert city_session.hall_held <= 4
        assert city_session.online_held <= 6
        assert city_session.hall_free == 0 or city_session.hall_queue == 0
        assert city_session.online_free == 0 or not city_session.registrations.wanting_online().exists()
        assert sorted(queue_places(city_session)) == list(range(1, city_session.hall_queue + 1))


# Waiting is bounded


@contextlib.contextmanager
def held(rows):
    """Somebody else's transaction holds these rows and does not end."""
    has_begun, may_end = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                list(rows.select_for_update())
                has_begun.set()
                may_end.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert has_begun.wait(10)
    try:
        yield may_end
    finally:
        may_end.set()
        holder.join()


def seconds(act, *, patience=None):
    began = time.monotonic()
    [result] = at_once(act, patience=patience)
    return time.monotonic() - began, words([result])


def test_lock_that_is_not_had_is_busy_within_four_seconds():
    city_session = prepared_session()
    [register] = forms_for(city_session, times=1)
    with held(CitySession.objects.filter(pk=city_session.pk)):
        waited, result = seconds(register)
    assert result == {"busy": 1}
    assert 2.5 < waited < 4
    assert Registration.objects.count() == 0
    assert words(at_once(register)) == {"done": 1}


def test_control_lock_without_a_limit_is_waited_for():
    city_session = prepared_session()
    [register] = forms_for(city_session, times=1)

    with held(CitySession.objects.filter(pk=city_session.pk)) as may_end:
        threading.Timer(3.5, may_end.set).start()
        waited, result = seconds(register, patience="0")
    assert result == {"done": 1}
    assert waited > 3.3


def test_ticket_is_not_given_to_somebody_else_while_a_letter_about_it_is_leaving():
    """At once, not after three seconds during which nobody could register for this session."""
    registration = make_registration(email="a@example.org")
    actions.change(registration=registration, position="адис")
    consent = registration.consent_text

    def replace():
        return actions.replace_person(
            registration=registration, language="ky", consent_text=consent, full_name="Асан", phone="+996555000111"
        )

    with held(Message.objects.all()):
        waited, result = seconds(replace)
    assert result == {"busy": 1}
    assert waited < 1
    assert words(at_once(replace)) == {"done": 1}


# At the door


def two_scanners(tickets):
    """Each ticket held before both at the same moment; how often each was welcomed."""

    def scan(by):
        answers = []
        for ticket in tickets:
            meet()
            answers.append(actions.check_in(registration=ticket, by=by))
        return answers

    return [sum(both) for both in zip(*at_once(lambda: scan("left"), lambda: scan("right")), strict=True)]


def test_two_scanners_welcome_each_ticket_once():
    city_session = make_city_session()
    tickets = [make_registration(city_session) for _ in range(40)]
    assert two_scanners(tickets) == [1] * 40


def test_control_two_scanners_without_lock_welcome_twice(monkeypatch):
    def read(registration):
        found = Registration.objects.get(pk=registration.pk)
        meet()
        return found

    monkeypatch.setattr(attending, "_current", read)
    city_session = make_city_session()
    assert two_scanners([make_registration(city_session) for _ in range(3)]) == [2] * 3


# Limits


@pytest.mark.parametrize(("slug", "seen"), [("osh", "LockNotAvailable"), ("naryn", "done")])
def test_two_who_write_one_address_into_both_tables_take_turns(slug, seen):
    """The second would not see the first, which has not committed; so it waits. Another word is let through."""
    consultation = make_consultation()
    with transaction.atomic():
        make_consultation(slug="osh")
        found = at_once(lambda: make_city_session(consultation, slug=slug), patience="100ms")
    assert words(found) == {seen: 1}


def test_limit_counts_every_one_of_many_at_once():
    results = at_once(*[lambda: actions.within_limit(key="find:192.0.2.1", limit=7, minutes=1000000)] * 20)
    assert Counter(results) == {True: 7, False: 13}


def test_control_limit_that_reads_and_then_writes_counts_too_few(monkeypatch):
    def count():
        row, _is_new = RateCount.objects.get_or_create(
            key="find", window_start="2026-01-01T00:00Z", defaults={"count": 0}
        )
        meet()
        row.count += 1
        row.save()
        return row.count <= 7

    assert Counter(at_once(*[count] * 20))[True] > 7


# Two processes, as the web server runs them

REGISTER_MANY = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
from django.conf import settings
import django
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.db import connection
from consultations import actions
from consultations.actions import places
from consultations.models import CitySession

plan = json.loads(sys.argv[2])
city_session = CitySession.objects.select_related("consultation").get(pk=plan["city_session"])
consent = city_session.consultation.current_consent

if plan["without_the_lock"]:
    everybody_has_read = threading.Barrier(4)
    def read(*pks):
        found = CitySession.objects.with_places().select_related("consultation").in_bulk(pks)
        everybody_has_read.wait(20)
        return [found[pk] for pk in pks]
    places.lock_city_sessions = read

def register(person):
    try:
        outcome = actions.register(
            city_session=city_session, people=[person["details"]], mode="hall", submission_key=person["key"],
            language="ky", consent_text=consent,
        )
        return outcome.contact.pk
    except actions.RegistrationRefused as refusal:
        return refusal.code
    finally:
        connection.close()

connection.close()
with ThreadPoolExecutor(4) as pool:
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(list(pool.map(register, plan["people"]))))
"""


def two_processes(city_session, people_of_each, *, without_the_lock=False):
    """What two servers answer that get these people at the same time."""
    processes = []
    try:
        for people in people_of_each:
            plan = {"city_session": city_session.pk, "people": people, "without_the_lock": without_the_lock}
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", REGISTER_MANY, settings.DATABASES["default"]["NAME"], json.dumps(plan)],
                    cwd=HERE,
                    env=os.environ | {"DJANGO_SETTINGS_MODULE": "consultations.settings"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def people_to_register(count, prefix):
    return [{"details": make_details(), "key": f"{prefix}-{n}"} for n in range(count)]


def test_two_processes_share_the_last_seats_and_know_each_others_forms():
    city_session = prepared_session(hall_capacity=15)
    same = people_to_register(8, "same")
    left, right = two_processes(
        city_session, [same + people_to_register(10, "left"), same + people_to_register(10, "right")]
    )
    assert left[:8] == right[:8]
    assert len(set(left + right)) == city_session.registrations.count() == 28
    assert mode_and_status(city_session) == {("hall", "confirmed"): 15, ("hall", "waiting"): 13}
    assert queue_places(city_session) == list(range(1, 14))


def test_control_two_processes_without_lock_and_trigger_oversell(without_the_trigger):
    city_session = prepared_session(hall_capacity=5)
    people = [people_to_register(8, "left"), people_to_register(8, "right")]
    two_processes(city_session, people, without_the_lock=True)
    assert city_session.registrations.confirmed().count() > 5
