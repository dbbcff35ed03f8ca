"""Forgetting people: one at once, when they ask; everybody, so many days after the consultation (Law 58, P 77).

A row stays, because numbers stay: how somebody took part, what organisation, gender and age group, when. Whatever says
who it was is emptied, by the one table below; the models say which columns those are, and a test compares the two.
"""

import contextlib
import datetime
import logging
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Case, F, Max, Q, Value, When
from django.db.models.functions import Concat, Greatest
from django.utils import timezone

from consultations.models import (
    ChangeRecord,
    Consultation,
    DataRequest,
    ExportRecord,
    Message,
    Need,
    OwnAnswer,
    Registration,
    UploadedList,
)
from consultations.models.counting import counted
from consultations.models.credentials import new_pass_number, new_secret
from consultations.models.fields import local_date

from .keeping_numbers import keep_places, note_same_people
from .numbering import unused_pass_numbers
from .places import give_out_freed_places, lock_city_session, lock_with_session
from .refusals import RegistrationRefused, all_or_nothing

logger = logging.getLogger(__name__)

AT_ONCE = 500  # people in one transaction: nobody who registers meanwhile waits long for the lock
REQUESTS_ARE_KEPT = datetime.timedelta(days=30)  # after the answer: long enough for a complaint about it
JOBS_ARE_KEPT = datetime.timedelta(days=7)  # after their end, for whoever looks into a failure

NOBODY = "—"  # where a constraint wants a word

# What becomes of each personal column. A function: drawn anew for each row, since it must be unique, so that no link,
# ticket or list on paper leads to the row any more. `None`: the database computes it from the others.
EMPTIED = {
    Registration: {
        **dict.fromkeys(
            [
                "full_name",
                "phone",
                "email",
                "organisation",
                "position",
                "home_place",
                "question",
                "question_reply",
                "submission_key",
            ],
            "",
        ),
        "name_key": None,
        "sort_key": None,
        "code": new_secret,
        "join_code": new_secret,
        "pass_number": new_pass_number,
        "checked_in_by": NOBODY,
    },
    Need: {"text": "", "reply": ""},
    OwnAnswer: {"choice": None, "text": ""},  # of questions that say something about the person
    Message: {"address": "", "done_by": NOBODY},
    ExportRecord: {"reason_text": NOBODY},
    DataRequest: {"full_name": "", "phone": "", "email": "", "words": "", "remark": ""},
    UploadedList: {"people": []},
}


# One person, at once


@all_or_nothing
def anonymise(*, registration, by=Registration.CancelledBy.PARTICIPANT):
    """Forget this person now. A seat that was still to be used goes to the queue, as if they had cancelled.

    Whoever has come, or whose session is over, stays counted as such. A letter that is leaving at this very moment
    refuses ("busy"). Nobody is told: there is no address left to write to. Repeatable.
    """
    current, city_session = lock_with_session(registration, even_erased=True)
    if current.anonymised_at is not None:
        return current
    came = current.checked_in_at is not None or current.joined_online_at is not None
    if current.is_live and not came and not city_session.is_over:
        current.status = Registration.Status.CANCELLED
        current.cancelled_at, current.cancelled_by = timezone.now(), by
        current.hall_wanted_at = current.online_wanted_at = None
        current.save(update_fields=["status", "cancelled_at", "cancelled_by", "hall_wanted_at", "online_wanted_at"])
    _empty([current])
    give_out_freed_places(city_session)
    return Registration.objects.get(pk=current.pk)


def anonymise_group(*, contact, by=Registration.CancelledBy.PARTICIPANT):
    """Forget a contact together with those who can be reached through nobody else; the contact last.

    One by one, since they may be in several cities by now: when one is refused, the contact's page is still there.
    """
    for member in reached_through(contact):
        anonymise(registration=member, by=by)
    return anonymise(registration=contact, by=by)


def reached_through(contact):
    """Those this person registered who have neither phone nor e-mail of their own."""
    return list(contact.members.identified().filter(phone="", email="").order_by("pk"))


def unreachable():
    """People with a place ahead whom nobody can tell anything: their contact's data is deleted, and they have none."""
    ahead = Q(city_session__date=None) | Q(city_session__date__gte=local_date())
    found = Registration.objects.identified().live().filter(ahead, phone="", email="")
    return found.filter(group__anonymised_at__isnull=False)


# Everybody, when the time has come


def with_erasure_days(consultations):
    """Adds `ended_on`, the latest of the last dated session and `closed_on`, and `undated_people`: how many are
    registered, and not erased yet, for sessions without a date. Undated sessions never hold the day back.
    """
    people = Registration.objects.identified()
    of_consultation = "city_session__consultation"
    return consultations.annotate(
        ended_on=Greatest(Max("city_sessions__date"), F("closed_on")),
        people=counted(people, by=of_consultation),
        undated_people=counted(people.filter(city_session__date=None), by=of_consultation),
    )


def erased_on(consultation):
    """The day on which the data of an ended consultation's people goes, as a date; None while no end is known.

    `consultation` comes from `with_erasure_days`.
    """
    if consultation.ended_on is None or consultation.retention_days is None:
        return None
    return consultation.ended_on + datetime.timedelta(days=consultation.retention_days)


def erasure_day(registration):
    """The day on which this person's data goes by itself, as a date; None while no end is known."""
    consultation = with_erasure_days(Consultation.objects.filter(pk=registration.city_session.consultation_id)).get()
    day = erased_on(consultation)
    if day is None or registration.city_session.date is not None:
        return day
    registered_on = local_date(registration.created_at)
    return max(day, registered_on + datetime.timedelta(days=consultation.retention_days))


def due_for_erasure(*, today=None):
    """Consultations whose day has come."""
    today = today or local_date()
    found = with_erasure_days(Consultation.objects.all()).order_by("pk")
    return [one for one in found if (day := erased_on(one)) is not None and day <= today]


@dataclass
class Erased:
    """What a night's work came to."""

    people: int = 0
    requests: int = 0
    postponed: int = 0  # batches that found a letter leaving or a lock held; the next run takes them

    def __add__(self, other):
        return Erased(self.people + other.people, self.requests + other.requests, self.postponed + other.postponed)


def erase_what_is_due(*, today=None):
    """Everything whose time has come; safe to run at any time, as often as one likes. Returns what was `Erased`."""
    today = today or local_date()
    erased = Erased()
    for consultation in due_for_erasure(today=today):
        erased += erase_consultation(consultation=consultation, today=today)
    erased += Erased(requests=_empty_answered_requests())
    _forget_finished_jobs()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return erased


def erase_consultation(*, consultation, today=None):
    """Forget all people of this consultation, in batches that are each committed: an interrupted night goes on in the
    next.

    Whoever registers for a session still undated after that day is kept for the promised time from then on.
    """
    today = today or local_date()
    erased = Erased()
    for city_session in consultation.city_sessions.order_by("pk"):
        last_day = None
        if city_session.date is None:
            last_day = today - datetime.timedelta(days=consultation.retention_days or 0)
        try:
            while count := _erase_batch(city_session=city_session, registered_by=last_day):
                erased.people += count
        except RegistrationRefused as refusal:
            logger.warning("Erasure of session %s waits: %s.", city_session.pk, refusal.code)
            erased.postponed += 1
    erased.requests += _empty_requests(consultation=consultation, received_by=today)
    _empty_reasons(city_sessions=list(consultation.city_sessions.values_list("pk", flat=True)))
    UploadedList.objects.filter(city_session__consultation=consultation).update(**EMPTIED[UploadedList])
    return erased


@all_or_nothing
def _erase_batch(*, city_session, registered_by):
    """The next people of the session; how many they were. The session is locked first, as in every action."""
    lock_city_session(city_session.pk)
    rows = Registration.objects.identified().filter(city_session=city_session)
    if registered_by is not None:
        rows = rows.filter(created_at__date__lte=registered_by)
    batch = list(rows.order_by("pk").select_for_update(no_key=True)[:AT_ONCE])
    if batch:
        _empty(batch)
    return len(batch)


def _empty(registrations):
    """Empty these locked rows and everything that hangs on them. Their status stays: numbers stay."""
    now = timezone.now()
    keys = [registration.pk for registration in registrations]
    with _history_may_go():
        _empty_rows(registrations, keys, now)
        ChangeRecord.objects.filter(registration__in=keys).delete()
    Need.objects.filter(registration__in=keys).update(**EMPTIED[Need])
    OwnAnswer.objects.filter(registration__in=keys, question__is_personal=True).update(**EMPTIED[OwnAnswer])
    _empty_messages(Message.objects.filter(registration__in=keys), now)
    _empty_history(Registration, keys)
    _empty_history(Need, Need.objects.filter(registration__in=keys).values_list("pk", flat=True))
    _empty_history(Message, Message.objects.filter(registration__in=keys).values_list("pk", flat=True))


@contextlib.contextmanager
def _history_may_go():
    """What is done inside leaves no trace in the history, and may take its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL consultations.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL consultations.erasing = 'off'")


def _empty_rows(registrations, keys, now):
    fixed = {name: value for name, value in EMPTIED[Registration].items() if isinstance(value, str)}
    nobody_came = When(checked_in_at=None, then=Value(""))
    fixed["checked_in_by"] = Case(nobody_came, default=Value(fixed["checked_in_by"]))
    note_same_people(registrations)
    keep_places(registrations)
    rows = Registration.objects.filter(pk__in=keys)
    rows.update(**fixed, anonymised_at=now, version=F("version") + 1)
    numbers = iter(unused_pass_numbers(len(registrations)))
    for registration in registrations:
        registration.code, registration.join_code = new_secret(), new_secret()
        registration.pass_number = next(numbers)
    Registration.objects.bulk_update(registrations, ["code", "join_code", "pass_number", "same_person_as"])


def _empty_messages(messages, now):
    """What waits is taken back; that something was told stays, not to which address nor by whom.

    What waits to leave to whoever had the place before is theirs, and leaves; held back it would stay, and goes.
    A letter that is leaving is locked by the worker: "busy" at once, no waiting under the session's lock.
    """
    messages.held().filter(kind__in=Message.NOT_KEPT).delete()
    messages = messages.exclude(kind__in=Message.NOT_KEPT)
    list(messages.unfinished().select_for_update(nowait=True).values_list("pk"))
    messages.unfinished().update(status=Message.Status.WITHDRAWN, done_at=now)
    somebody = When(done_by="", then=Value(""))
    messages.update(
        address=EMPTIED[Message]["address"], done_by=Case(somebody, default=Value(EMPTIED[Message]["done_by"]))
    )


def _empty_history(model, keys):
    """The admin's history keeps who changed which row and when, and no name."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    entries.filter(object_id__in=[str(key) for key in keys]).update(
        object_repr=Concat(Value("№ "), "object_id"), change_message=""
    )


def _empty_requests(*, consultation, received_by):
    return empty_requests(DataRequest.objects.filter(consultation=consultation, received_on__lte=received_by))


def _empty_answered_requests():
    return empty_requests(DataRequest.objects.filter(handled_at__lt=timezone.now() - REQUESTS_ARE_KEPT))


def empty_requests(requests):
    """Who asked, and what for, in words; that somebody asked, when, and when the answer was given stays."""
    keys = list(requests.filter(anonymised_at=None).values_list("pk", flat=True))
    _empty_history(DataRequest, keys)
    return DataRequest.objects.filter(pk__in=keys).update(anonymised_at=timezone.now(), **EMPTIED[DataRequest])


@all_or_nothing
def _empty_reasons(*, city_sessions):
    """Who took which list stays for ever; the reason in their own words may name somebody."""
    records = ExportRecord.objects.filter(city_sessions__overlap=city_sessions)
    with _history_may_go():  # the table refuses otherwise
        records.exclude(reason_text__in=["", NOBODY]).update(**EMPTIED[ExportRecord])


def _forget_finished_jobs():
    """Jobs hold ids only (P 79); even so, what has ended is kept no longer than somebody may look into it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs
            WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted') AND NOT EXISTS (
                SELECT 1 FROM procrastinate_events AS event WHERE event.job_id = procrastinate_jobs.id AND event.at > %s
            )
            """,
            [timezone.now() - JOBS_ARE_KEPT],
        )
        return cursor.rowcount
