"""Telling everybody of a session: a change, that it is off, a question; once, and taken back while there is time."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from consultations.models import CitySession, Message, Notice, Registration

from .limiting import within_limit
from .places import lock_city_session, lock_with_session
from .refusals import RegistrationRefused, all_or_nothing
from .telling import send_all_later, withdraw

TIME_TO_STOP = datetime.timedelta(minutes=2)

KIND_OF_STATE = {
    CitySession.State.POSTPONED: Notice.Kind.POSTPONED,
    CitySession.State.CANCELLED: Notice.Kind.CANCELLED,
}
KIND_OF_LETTER = {
    Notice.Kind.CHANGED: Message.Kind.SESSION_CHANGED,
    Notice.Kind.POSTPONED: Message.Kind.SESSION_POSTPONED,
    Notice.Kind.CANCELLED: Message.Kind.SESSION_CANCELLED,
    Notice.Kind.MESSAGE: Message.Kind.ANNOUNCEMENT,
    Notice.Kind.CHOICE: Message.Kind.HALL_CHOICE,
    Notice.Kind.REQUEUED: Message.Kind.REQUEUED,
}
# Whoever asked for no more letters still hears that a session moved or will not take place.
MAY_BE_DECLINED = {Notice.Kind.MESSAGE, Notice.Kind.AFTER}
# Whoever comes to the hall is not telephoned because of them.
ONLY_ONLINE = {"zoom_join_url", "zoom_register_url"}
OVERTAKEN = "overtaken by notice "  # an `error`
A_FORM_IS_KNOWN_FOR = datetime.timedelta(days=2)  # as long as `forget_old_counts` keeps what was counted


@dataclass
class Audience:
    """Whom a notice would reach: people by how they take part, and by how they can be told."""

    hall: int
    online: int
    queue: int
    letters: int
    calls: int

    @property
    def people(self):
        return self.hall + self.online + self.queue


def audience(registrations, *, kind=Notice.Kind.CHANGED):
    """Count `registrations` (a QuerySet of one session) as a notice of that kind would reach them."""
    rows = list(registrations.select_related("group"))
    told = addressees(rows, kind=kind)
    return Audience(
        hall=sum(row.is_confirmed and row.in_hall for row in rows),
        online=sum(row.is_confirmed and row.is_online for row in rows),
        queue=sum(row.is_waiting for row in rows),
        letters=sum(bool(row.contact.email) for row in told),
        calls=sum(not row.contact.email for row in told),
    )


def addressees(registrations, *, kind):
    """Who is told: everybody with a phone or e-mail of their own, and a group's contact once for all the others."""
    found = {row.pk: row for row in map(heard_for_by, registrations)}
    return [
        row
        for row in found.values()
        if (row.contact.email or row.contact.phone) and not (kind in MAY_BE_DECLINED and row.contact.unsubscribed_at)
    ]


def heard_for_by(registration):
    """The registration that the message about this one belongs to: the contact's, who hears for all of the group. Of
    a contact who has gone to another city each person left behind is told of apart, else they would read of theirs.
    """
    contact = registration.contact
    return contact if contact.city_session_id == registration.city_session_id else registration


def people_of(city_session, *, mode="", status=""):
    """The live registrations of a session, filtered for a notice to some of them."""
    people = Registration.objects.live().filter(city_session=city_session, anonymised_at=None)
    conditions = {"mode": mode, "status": status}
    return people.filter(**{name: value for name, value in conditions.items() if value})


def people_to_thank(city_session):
    """Who had a place, and who was there all the same: let in at the door from the queue, or joined online."""
    return people_of(city_session).expected_or_there()


def people_concerned(city_session):
    """Whom the changes not told yet concern: everybody, or those online where only Zoom's address changed."""
    people = people_of(city_session)
    if concerns_only_online(city_session):
        return people.filter(mode=Registration.Mode.ONLINE)
    return people


def concerns_only_online(city_session):
    """Whether all that people have not been told is Zoom's address."""
    return set(city_session.untold_changes) <= ONLY_ONLINE


def announcement_of(city_session, **fields):
    """The notice, not stored yet, of what people have not been told."""
    changes = city_session.untold_changes
    kind = KIND_OF_STATE.get(city_session.state, Notice.Kind.CHANGED)
    return Notice(
        city_session=city_session,
        kind=kind if "state" in changes else Notice.Kind.CHANGED,
        changes=changes,
        told_before=city_session.told_facts,
        is_urgent=city_session.alarming_until is not None,
        **fields,
    )


@all_or_nothing
def announce(*, city_session, by, words_ky="", words_ru=""):
    """Tell everybody it concerns what changed: raise the calendar's SEQUENCE, queue letters and calls, keep the notice.

    What people last heard becomes what the session says now, so a second click finds nothing to tell and returns None.
    """
    current = lock_city_session(city_session.pk)
    notice = announcement_of(current, created_by=by, words_ky=words_ky, words_ru=words_ru)
    if not notice.changes:
        return None
    concerned = people_concerned(current)
    current.told_facts, current.alarm_until = current.facts, current.alarming_until
    current.calendar_sequence += 1
    current.save(update_fields=["told_facts", "alarm_until", "calendar_sequence"])
    return _send(notice, concerned)


@all_or_nothing
def correct_quietly(*, city_session, by):
    """Take note that a change (a misprint) is not worth a letter. Returns the notice, or None if there is no change."""
    current = lock_city_session(city_session.pk)
    changes = current.untold_changes
    if not changes:
        return None
    notice = Notice.objects.create(
        city_session=current, kind=Notice.Kind.QUIET, changes=changes, told_before=current.told_facts, created_by=by
    )
    current.told_facts = current.facts
    current.save(update_fields=["told_facts"])
    return notice


@all_or_nothing
def pass_over_unheard(*, city_session):
    """After an organiser's change: where nobody it concerns is registered, there is nothing to tell, now or later."""
    current = lock_city_session(city_session.pk)
    if current.untold_changes and not people_concerned(current).exists():
        current.told_facts = current.facts
        current.save(update_fields=["told_facts"])
    return current


def is_first(submission_key):
    """Whether this form is sent for the first time (P 7); counted in the action's transaction, undone by a refusal."""
    minutes = A_FORM_IS_KNOWN_FOR // datetime.timedelta(minutes=1)
    return not submission_key or within_limit(key=f"notice:{submission_key}", limit=1, minutes=minutes)


@all_or_nothing
def write_to_people(*, city_session, by, words_ky, words_ru, mode="", status="", submission_key=""):
    """A free message to everybody of the session, or to those of one mode or status; None for a form sent before."""
    current = lock_city_session(city_session.pk)
    if not is_first(submission_key):
        return None
    notice = Notice(city_session=current, kind=Notice.Kind.MESSAGE, words_ky=words_ky, words_ru=words_ru, created_by=by)
    return _send(notice, people_of(current, mode=mode, status=status))


@all_or_nothing
def ask_hall_or_online(*, city_session, by, answer_by, words_ky="", words_ru="", submission_key=""):
    """The hall is too small: ask everybody it is promised to "hall, online, or not coming?", until `answer_by`.

    None for a form sent before.
    """
    current = lock_city_session(city_session.pk)
    if not is_first(submission_key):
        return None
    people = people_of(current, mode=Registration.Mode.HALL, status=Registration.Status.CONFIRMED)
    notice = Notice(
        city_session=current,
        kind=Notice.Kind.CHOICE,
        answer_by=answer_by,
        words_ky=words_ky,
        words_ru=words_ru,
        created_by=by,
    )
    asked = [row.pk for row in people]
    notice = _send(notice, people)
    Registration.objects.filter(pk__in=asked).update(hall_answer_asked_at=notice.created_at, hall_answered_at=None)
    return notice


def hall_answers(notice):
    """How many people that question went to, and what they have answered so far: numbers by name."""
    live, cancelled = ~Q(status=Registration.Status.CANCELLED), Q(status=Registration.Status.CANCELLED)
    in_hall = Q(mode=Registration.Mode.HALL)
    asked = Registration.objects.filter(city_session=notice.city_session_id, hall_answer_asked_at=notice.created_at)
    return asked.aggregate(
        asked=Count("pk"),
        hall=Count("pk", filter=live & in_hall & Q(hall_answered_at__isnull=False)),
        online=Count("pk", filter=live & ~in_hall),
        not_coming=Count("pk", filter=cancelled),
        no_answer=Count("pk", filter=live & in_hall & Q(hall_answered_at=None)),
    )


def may_be_moved(city_session):
    """Those confirmed for the hall who may be moved unasked: never people with needs, never part of a group."""
    people = people_of(city_session, mode=Registration.Mode.HALL, status=Registration.Status.CONFIRMED)
    alone = people.filter(needs=None, group=None, members=None, checked_in_at=None).exclude(
        source__in=Registration.SOURCES_OUTSIDE_THE_COUNT
    )
    return alone.order_by("-created_at", "-pk")


def last_to_register(city_session, count):
    """The latest `count` of those who may be moved, the very last first."""
    return may_be_moved(city_session)[:count]


@all_or_nothing
def move_latest_to_queue(*, city_session, count, by, words_ky="", words_ru="", submission_key=""):
    """The hall is too small: the latest `count` stand at the head of the queue instead, and are offered Zoom.

    None for a form sent before, which would move as many again.
    """
    current = lock_city_session(city_session.pk)
    if not is_first(submission_key):
        return None
    moved = list(last_to_register(current, count))
    notice = Notice(
        city_session=current, kind=Notice.Kind.REQUEUED, words_ky=words_ky, words_ru=words_ru, created_by=by
    )
    for registration in moved:
        registration.status = Registration.Status.WAITING
        # Before everybody who never had a seat: those queued when the hall was full, after these had registered.
        registration.hall_wanted_at = registration.created_at
        registration.version += 1
        registration.save(update_fields=["status", "hall_wanted_at", "version"])
        withdraw(registration, Message.Kind.CONFIRMED, Message.Kind.PROMOTED)
    return _send(notice, Registration.objects.filter(pk__in=[row.pk for row in moved]))


@all_or_nothing
def stop(*, notice):
    """Take a notice back while its letters wait: nobody is told, and what it did to seats is undone."""
    current = lock_city_session(notice.city_session_id)
    notice = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    if not notice.can_be_stopped:
        raise RegistrationRefused("left-already")
    now = timezone.now()
    messages = notice.messages.filter(status=Message.Status.QUEUED)
    people = [message.registration_id for message in messages]
    messages.update(status=Message.Status.WITHDRAWN, done_at=now)
    notice.stopped_at = now
    notice.save(update_fields=["stopped_at"])
    if notice.told_before is not None:
        _untell(current, notice)
        back = list(Message.objects.filter(error=f"{OVERTAKEN}{notice.pk}").select_related("registration"))
        Message.objects.filter(pk__in=[message.pk for message in back]).update(
            status=Message.Status.QUEUED, done_at=None, error=""
        )
        for message in back:
            message.status = Message.Status.QUEUED
        send_all_later(back)
    if notice.kind == Notice.Kind.CHOICE:
        Registration.objects.filter(city_session=current, hall_answer_asked_at=notice.created_at).update(
            hall_answer_asked_at=None
        )
    elif notice.kind == Notice.Kind.REQUEUED:
        _give_seats_back(current, people)
    return notice


def _untell(city_session, notice):
    """People have not heard it after all: an announcement made since then tells it too, else it is still to tell."""
    others = city_session.notices.filter(told_before__isnull=False, stopped_at=None).exclude(kind=Notice.Kind.QUIET)
    following = others.filter(pk__gt=notice.pk).order_by("pk").first()
    if following is None:
        city_session.told_facts = notice.told_before
    else:
        following.told_before = notice.told_before
        following.changes = [name for name in CitySession.FACTS if name in {*notice.changes, *following.changes}]
        following.save(update_fields=["told_before", "changes"])
    if not others.filter(is_urgent=True).exists():
        city_session.alarm_until = None
    city_session.save(update_fields=["told_facts", "alarm_until"])


def _give_seats_back(city_session, people):
    """Those moved to the queue hold their seats again, also where the hall is smaller than their number: they held
    them before. The limit is lifted for these rows alone, inside this transaction and under the session's lock.
    """
    capacity = city_session.hall_capacity
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=None)
    waiting = Registration.objects.filter(pk__in=people, mode=Registration.Mode.HALL, hall_wanted_at__isnull=False)
    waiting.filter(status=Registration.Status.WAITING).update(status=Registration.Status.CONFIRMED, hall_wanted_at=None)
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=capacity)


@all_or_nothing
def thank(*, city_session, by, words_ky="", words_ru=""):
    """After the session, by one press: to those who came, in the hall or online, and to those who did not. Once."""
    current = lock_city_session(city_session.pk)
    if not current.is_over:
        raise RegistrationRefused("not-over")
    if current.notices.filter(kind=Notice.Kind.AFTER, stopped_at=None).exists():
        return None
    notice = Notice(city_session=current, kind=Notice.Kind.AFTER, words_ky=words_ky, words_ru=words_ru, created_by=by)
    return _send(notice, people_to_thank(current))


def _send(notice, registrations):
    """Keep the notice, queue one message for each addressee, hand the letters to the worker for two minutes hence."""
    notice.created_at = timezone.now()
    notice.send_after = notice.created_at + TIME_TO_STOP
    rows = list(registrations.select_related("group"))
    told = addressees(rows, kind=notice.kind)
    notice.letters = sum(bool(row.contact.email) for row in told)
    notice.calls = len(told) - notice.letters
    overtaken = _overtaken(notice, told)
    names = {name for message in overtaken for name in message.notice.changes}.union(notice.changes)
    notice.changes = [name for name in CitySession.FACTS if name in names]
    notice.save()
    Message.objects.filter(pk__in=[message.pk for message in overtaken]).update(
        status=Message.Status.WITHDRAWN, done_at=notice.created_at, error=f"{OVERTAKEN}{notice.pk}"
    )
    came = {heard_for_by(row).pk for row in rows if row.checked_in_at or row.joined_online_at}
    messages = Message.objects.bulk_create(
        Message(
            registration=row,
            notice=notice,
            kind=letter_kind(notice, came=row.pk in came),
            channel=Message.Channel.EMAIL if row.contact.email else Message.Channel.CALL,
            language=row.language,
            send_after=notice.send_after,
            is_urgent=notice.is_urgent,
            dedupe_key=f"{row.pk}:notice:{notice.pk}",
        )
        for row in told
    )
    send_all_later(messages)
    return notice


def _overtaken(notice, told):
    """What waits to be told to these people of earlier changes of the session: this one tells how it stands now."""
    if notice.told_before is None:
        return []
    earlier = Message.objects.unsent().filter(
        registration__in=told, notice__city_session=notice.city_session_id, notice__told_before__isnull=False
    )
    return list(earlier.select_related("notice").select_for_update(skip_locked=True, of=("self",)))


def letter_kind(notice, *, came=True):
    """The kind of message a notice is told by; after the session those who `came` read another than the others."""
    if notice.kind == Notice.Kind.AFTER:
        return Message.Kind.AFTER_CAME if came else Message.Kind.AFTER_MISSED
    return KIND_OF_LETTER[notice.kind]


@all_or_nothing
def note_hall_answer(*, registration):
    """The answer "I come to the hall" of somebody who has a seat there; the other answers are `switch` and `cancel`."""
    current, city_session = lock_with_session(registration)
    if current.is_cancelled:
        raise RegistrationRefused("cancelled")
    if city_session.is_over:
        raise RegistrationRefused("over")
    if current.hall_answer_asked_at:
        current.hall_answered_at = timezone.now()
        current.save(update_fields=["hall_answered_at"])
    return current
