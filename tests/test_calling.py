"""What no letter can carry is called; and the truth about letters: failed, forgotten, waiting too long."""

import contextlib
import datetime
import smtplib

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.models import Message
from tests.factories import (
    change_facts,
    in_days,
    make_call,
    make_city_session,
    make_group,
    make_message,
    make_registration,
    make_told_session,
    sign_up,
)
from tests.outcomes import letters

pytestmark = pytest.mark.django_db


def record(message, outcome, by="aigul"):
    return actions.record_call(message=message, outcome=outcome, by=by)


# What came of a call


@pytest.mark.parametrize(
    ("outcome", "status", "error"), [("told", "told", ""), ("wrong-number", "unreachable", "wrong-number")]
)
def test_call_that_is_done_says_who_and_when(outcome, status, error):
    message = record(make_call(), outcome)
    message.refresh_from_db()
    assert (message.status, message.error, message.done_by, message.attempts) == (status, error, "aigul", 1)
    assert timezone.now() - message.done_at < datetime.timedelta(minutes=1)
    assert list(Message.objects.to_call()) == []


def test_call_without_an_answer_stays_on_the_list_and_is_counted():
    message = make_call()
    record(message, "no-answer")
    record(message, "no-answer")
    message.refresh_from_db()
    assert (message.status, message.error, message.attempts, message.done_at) == ("queued", "no-answer", 2, None)
    assert list(Message.objects.to_call()) == [message]


def test_last_word_about_a_call_counts():
    message = make_call()
    for outcome in ["told", "no-answer", "wrong-number", "told"]:
        record(message, outcome)
    message.refresh_from_db()
    assert (message.status, message.error, message.attempts) == ("told", "", 4)


def test_outcome_that_is_none_is_a_mistake_of_the_program():
    message = make_call()
    with pytest.raises(ValueError, match="maybe"):
        record(message, "maybe")
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)


@pytest.mark.parametrize(("outcome", "status"), [("no-answer", "withdrawn"), ("told", "told")])
def test_call_that_was_taken_back_comes_back_by_no_outcome(outcome, status):
    message = make_call(status="withdrawn", done_at=timezone.now())
    record(message, outcome)
    message.refresh_from_db()
    assert message.status == status


def test_letter_is_no_call():
    with pytest.raises(Message.DoesNotExist):
        record(make_message(), "told")


# Which calls are to be made


def test_call_may_wait_for_its_time():
    now = timezone.now()
    call = make_call(send_after=now + datetime.timedelta(minutes=2))
    assert list(Message.objects.to_call()) == []
    with time_machine.travel(now + datetime.timedelta(minutes=3)):
        assert list(Message.objects.to_call()) == [call]


@pytest.mark.parametrize(
    ("date", "kind", "is_made"),
    [
        (-1, "session-changed", False),
        (0, "session-changed", True),
        (None, "session-changed", True),
        (-1, "after-missed", True),
    ],
)
def test_calls_about_days_gone_by_are_no_longer_made(date, kind, is_made):
    day = in_days(date) if date is not None else None
    times = {"start_time": None, "end_time": None}
    make_call(make_registration(make_city_session(date=day, **times)), kind=kind)
    assert Message.objects.to_call().exists() is is_made


# Who gets a call


def test_person_without_email_is_called_when_a_place_becomes_free():
    city_session = make_city_session(hall_capacity=1)
    first = sign_up(city_session).contact
    second = sign_up(city_session, placing="queue").contact
    actions.cancel(registration=first)
    call = Message.objects.to_call().get()
    assert (call.registration, call.kind) == (second, "promoted")


def test_member_without_a_number_is_called_through_the_contact():
    city_session = make_city_session(hall_capacity=2)
    _contact, member = make_group(city_session, size=2)
    actions.cancel(registration=member, by="organiser")
    assert Message.objects.to_call().get().registration == member


def test_what_a_page_has_said_already_needs_no_call():
    registration = sign_up(make_city_session()).contact
    actions.change(registration=registration, position="төрага")
    actions.switch(registration=registration, mode="online")
    actions.cancel(registration=registration)
    assert Message.objects.count() == 0


# Letters that fail


def send(message, error=None, *, for_good=True):
    class Letter:
        def send(self):
            if error:
                raise error

    with contextlib.suppress(smtplib.SMTPException):
        actions.send_letter(
            message_id=message.pk, compose=lambda message: Letter(), refusal_of=lambda error: 550 if for_good else 450
        )
    message.refresh_from_db()
    return message.status


GREYLISTED = smtplib.SMTPDataError(451, b"Later")
REFUSED = smtplib.SMTPDataError(550, b"No such user a@example.org")


def test_letter_that_fails_becomes_a_call_with_all_that_belongs_to_it():
    city_session = make_told_session()
    person = make_registration(city_session, email="a@example.org", language="ru")
    change_facts(city_session, state="cancelled")
    notice = actions.announce(city_session=city_session, by="aigul")
    letter = notice.messages.get()
    assert send(letter, REFUSED) == "failed"
    call = Message.objects.to_call().get()
    assert (call.registration, call.notice, call.kind, call.language, call.is_urgent) == (
        person,
        notice,
        "session-cancelled",
        "ru",
        notice.is_urgent,
    )
    assert letter.error == "SMTPDataError 550"  # not the address


def test_letter_that_fails_twice_is_one_call():
    letter = make_message(make_registration(email="a@example.org"))
    send(letter, REFUSED)
    Message.objects.filter(pk=letter.pk).update(status="queued", done_at=None)
    send(letter, REFUSED)
    assert Message.objects.to_call().count() == 1


def test_failed_letter_that_is_sent_again_needs_no_call_until_it_fails_again():
    letter = make_message(make_registration(email="a@example.org"))
    send(letter, REFUSED)
    assert actions.send_again(messages=Message.objects.all()) == 1
    assert Message.objects.to_call().count() == 0
    assert letters() == [("a@example.org", letter.kind)]
    assert send(letter, REFUSED) == "failed"
    assert Message.objects.to_call().count() == 1
    actions.send_again(messages=Message.objects.all())
    assert send(letter, None) == "sent"
    assert Message.objects.to_call().count() == 0
    assert actions.send_again(messages=Message.objects.all()) == 0


@pytest.mark.parametrize(
    ("fields", "hours", "status"),
    [
        ({}, 23, "queued"),
        ({}, 25, "failed"),
        ({"is_urgent": True}, 0.9, "queued"),
        ({"is_urgent": True}, 1.1, "failed"),
    ],
)
def test_letter_refused_for_now_all_day_long_becomes_a_call(fields, hours, status):
    letter = make_message(
        make_registration(email="a@example.org"), created_at=timezone.now() - datetime.timedelta(hours=hours), **fields
    )
    assert send(letter, GREYLISTED, for_good=False) == status
    assert Message.objects.to_call().count() == (status == "failed")


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"phone": ""}, {}),
        ({}, {"kind": "confirmed"}),
        ({}, {"kind": "address-changed", "address": "old@example.org"}),
    ],
)
def test_failed_letter_without_a_number_or_of_what_was_seen_is_no_call(person, message):
    letter = make_message(make_registration(**{"email": "a@example.org"} | person), **message)
    assert send(letter, REFUSED) == "failed"
    assert Message.objects.to_call().count() == 0


def test_passing_error_is_no_call_yet():
    letter = make_message(make_registration(email="a@example.org"))
    assert send(letter, smtplib.SMTPDataError(451, b"later"), for_good=False) == "queued"
    assert Message.objects.to_call().count() == 0


# Who may not know yet


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"status": "queued"}, False),
        ({"status": "sent"}, True),
        ({"status": "failed"}, False),
        ({"status": "withdrawn"}, True),
        ({"status": "queued", "kind": "confirmed"}, True),
        ({"status": "queued", "kind": "reminder-evening"}, True),
        ({"channel": "call", "status": "queued"}, False),
        ({"channel": "call", "status": "unreachable"}, False),
        ({"channel": "call", "status": "told"}, True),
    ],
)
def test_person_is_told_or_not(fields, is_told):
    done = {"done_at": timezone.now(), "done_by": "aigul"} if fields["status"] != "queued" else {}
    make_message(**fields | done)
    assert Message.objects.not_told().exists() is not is_told


def test_failed_letter_is_told_by_its_call():
    letter = make_message(make_registration(email="a@example.org"))
    send(letter, REFUSED)
    call = Message.objects.to_call().get()
    assert list(Message.objects.not_told()) == [call]
    record(call, "told")
    assert list(Message.objects.not_told()) == []


# Letters that nobody sends


def jobs():
    return [arguments["message_id"] for arguments in ProcrastinateJob.objects.values_list("args", flat=True)]


def test_forgotten_letter_is_handed_to_the_worker_again_once():
    long_ago = timezone.now() - datetime.timedelta(hours=2)
    forgotten = make_message(created_at=long_ago)
    make_message()
    make_message(created_at=long_ago, send_after=timezone.now() + datetime.timedelta(minutes=1))
    make_message(created_at=long_ago, status="sent", done_at=timezone.now())
    make_call(created_at=long_ago)
    assert [actions.requeue_forgotten_letters() for _again in range(3)] == [1, 0, 0]
    assert jobs() == [forgotten.pk]


def test_letter_whose_job_gave_up_is_handed_over_again():
    letter = make_message(created_at=timezone.now() - datetime.timedelta(hours=9))
    actions.requeue_forgotten_letters()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert actions.requeue_forgotten_letters() == 1
    assert jobs() == [letter.pk, letter.pk]


def test_age_of_the_queue_is_that_of_the_oldest_letter_that_may_go():
    assert actions.queue_age() == (None, 0)
    now = timezone.now()
    make_message(created_at=now - datetime.timedelta(minutes=7))
    make_message(created_at=now - datetime.timedelta(minutes=3))
    make_message(created_at=now - datetime.timedelta(minutes=9), send_after=now + datetime.timedelta(minutes=1))
    make_call(created_at=now - datetime.timedelta(days=3))
    age, count = actions.queue_age()
    assert (round(age.total_seconds() / 60), count) == (7, 2)
