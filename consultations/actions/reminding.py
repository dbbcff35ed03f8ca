"""Reminders: once each, following a moved beginning, to those who still mean to come."""

import datetime

from django.core import signing
from django.utils import timezone

from consultations import acting, emails
from consultations.models import CitySession, Message, Registration

from .refusals import all_or_nothing
from .telling import send_all_later

# A reminder that comes late still helps; one that comes hours late only disturbs. After an outage of the worker.
LATEST = datetime.timedelta(hours=6)
WHILE_THE_TIME_IS_UNKNOWN = datetime.time(9)


def beginning(city_session):
    """The beginning that reminders go by: nine in the morning where only the day is known; None without a date."""
    if city_session.date is None:
        return None
    time = city_session.start_time or WHILE_THE_TIME_IS_UNKNOWN
    return timezone.make_aware(datetime.datetime.combine(city_session.date, time))


def due_reminders(city_session):
    """Triples of kind, mode and the aware time at which it is due: for the hall three days and the evening before, for
    Zoom the evening and an hour before.
    """
    begins_at = beginning(city_session)
    if begins_at is None:
        return []
    evening = timezone.make_aware(
        datetime.datetime.combine(city_session.date - datetime.timedelta(days=1), datetime.time(18))
    )
    hall, online = Registration.Mode.HALL, Registration.Mode.ONLINE
    due = [
        (Message.Kind.REMINDER_THREE_DAYS, hall, begins_at - datetime.timedelta(days=3)),
        (Message.Kind.REMINDER_EVENING, hall, evening),
        (Message.Kind.REMINDER_EVENING, online, evening),
    ]
    if city_session.starts_at is not None:
        due.append((Message.Kind.REMINDER_HOUR, online, begins_at - datetime.timedelta(hours=1)))
    return due


def remind():
    """Queue every reminder that is due now and was not queued before. Returns how many; safe to run at any time."""
    now = timezone.now()
    soon = now.date() - datetime.timedelta(days=1), now.date() + datetime.timedelta(days=5)
    sessions = CitySession.objects.published().filter(state=CitySession.State.PLANNED, date__range=soon)
    return sum(
        _remind(city_session=city_session, kind=kind, mode=mode, due_at=due_at)
        for city_session in sessions
        for kind, mode, due_at in due_reminders(city_session)
        if due_at <= now < min(due_at + LATEST, beginning(city_session))
    )


@all_or_nothing
def _remind(*, city_session, kind, mode, due_at):
    """To the confirmed who registered before it was due and want letters; the key names the beginning, so that a moved
    session reminds again and a clock that jumps does not (P 25).

    One letter an address, which lists everybody there: an office of fifteen needs no fifteen, nor does whoever's
    address others have typed in (P 65).
    """
    people = Registration.objects.reminded().filter(city_session=city_session, mode=mode, created_at__lt=due_at)
    begins_at = beginning(city_session).strftime("%Y%m%d%H%M")
    keys = {f"{row.pk}:{kind}:{begins_at}": row for row in people.order_by("pk")}
    told = Message.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True)
    reminded = {keys[key].email.lower() for key in told}
    first = {row.email.lower(): (key, row) for key, row in reversed(keys.items())}
    messages = Message.objects.bulk_create(
        [
            Message(
                registration=row,
                kind=kind,
                channel=Message.Channel.EMAIL,
                language=row.language,
                is_urgent=kind == Message.Kind.REMINDER_HOUR,
                dedupe_key=key,
            )
            for address, (key, row) in first.items()
            if address not in reminded
        ]
    )
    send_all_later(messages)
    return len(messages)


def is_of_use(message):
    """Whether a reminder may still leave: of the beginning that it was queued for, and within its hours."""
    if message.kind not in Message.REMINDERS:
        return True
    city_session, mode = message.registration.city_session, message.registration.mode
    begins_at = beginning(city_session)
    if begins_at is None or not (city_session.is_standing and city_session.is_public):
        return False
    if not message.dedupe_key.endswith(f":{begins_at:%Y%m%d%H%M}"):
        return False
    due = [due_at for kind, whose, due_at in due_reminders(city_session) if (kind, whose) == (message.kind, mode)]
    return bool(due) and timezone.now() < min(due[0] + LATEST, begins_at)


def registration_to_unsubscribe(token):
    """The registration that an unsubscribe link names, or None for a link that is not ours."""
    try:
        return Registration.objects.filter(pk=emails.UNSUBSCRIBING.unsign(token), anonymised_at=None).first()
    except signing.BadSignature:
        return None


@all_or_nothing
def unsubscribe(*, registration):
    """No more reminders and notices by letter that are not needed; confirmations and cancellations still come."""
    acting.tell_database()
    current = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    current.unsubscribed_at = current.unsubscribed_at or timezone.now()
    current.save(update_fields=["unsubscribed_at"])
    return current
