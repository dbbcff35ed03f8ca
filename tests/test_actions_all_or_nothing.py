"""Whichever statement of an action fails, nothing of it is left: no place without its letter, no half move (P 12)."""

import pytest
from django.db import DatabaseError, connection
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.models import CitySession, Message, Need, Registration
from tests.factories import make_city_session, make_consent_text, make_consultation, make_details, sign_up

pytestmark = pytest.mark.django_db

TABLES = [Registration, Need, Message, ProcrastinateJob, CitySession]
TRANSACTION_CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
MOST_STATEMENTS = 60


class Broken(DatabaseError):
    pass


@pytest.fixture
def here():
    """A full hall with a queue, in a consultation of two cities."""
    consultation = make_consultation()
    make_consent_text(consultation)
    city_session = make_city_session(consultation, hall_capacity=2, online_capacity=1)
    make_city_session(consultation, hall_capacity=1)
    for number in range(4):
        sign_up(city_session, make_details(email=f"{number}@example.org", needs=[{"kind": "other", "text": "суу"}]))
    sign_up(city_session, make_details(email="online@example.org"), mode="online")
    sign_up(city_session, make_details(email="waits@example.org"), mode="online")
    return city_session


def one(city_session, place):
    """One of the people above, as the table has them now."""
    return city_session.registrations.order_by("pk")[place]


def register(city_session):
    people = [make_details(email=f"new-{n}@example.org", needs=[{"kind": "step-free", "text": ""}]) for n in range(3)]
    consent = city_session.consultation.current_consent
    sign_up(city_session, *people, consent_text=consent, placing="queue")


def register_one_more(city_session):
    contact = one(city_session, 0)
    actions.add_to_group(
        contact=contact,
        people=[make_details(email="more@example.org", needs=[{"kind": "step-free"}])],
        mode="hall",
        submission_key="more",
        consent_text=contact.consent_text,
    )


def register_again(city_session):
    known = one(city_session, 0)
    details = {"full_name": known.full_name, "phone": known.phone, "email": known.email}
    with pytest.raises(actions.RegistrationRefused):
        sign_up(city_session, details, consent_text=known.consent_text)


def cancel(city_session):
    actions.cancel(registration=one(city_session, 0))


def switch(city_session):
    actions.switch(registration=one(city_session, 4), mode="hall")


def move(city_session):
    there = city_session.consultation.city_sessions.exclude(pk=city_session.pk).get()
    actions.move(registration=one(city_session, 0), city_session=there)


def change(city_session):
    needs = [{"kind": "step-free", "text": ""}]
    actions.change(registration=one(city_session, 0), email="other@example.org", needs=needs)


def replace_person(city_session):
    registration = one(city_session, 0)
    details = make_details(email="instead@example.org", needs=[{"kind": "step-free"}])
    actions.replace_person(registration=registration, language="ru", consent_text=registration.consent_text, **details)


def enlarge(city_session):
    actions.change_places(city_session=city_session, hall_capacity=4, online_capacity=None)


def rows():
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


@pytest.mark.parametrize(
    "act",
    [register, register_one_more, register_again, cancel, switch, move, change, replace_person, enlarge],
    ids=lambda act: act.__name__,
)
def test_whichever_statement_fails_nothing_is_left(act, here):
    before = rows()
    for failing in range(1, MOST_STATEMENTS):
        run = 0

        def fail(execute, sql, params, many, context, failing=failing):
            nonlocal run
            run += not sql.startswith(TRANSACTION_CONTROL)
            if run == failing:
                run = MOST_STATEMENTS
                raise Broken
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(fail):
                act(here)
        except Broken:
            assert rows() == before, f"statement {failing} failed"
        else:
            break
    assert 5 < failing < MOST_STATEMENTS
    assert rows() != before
