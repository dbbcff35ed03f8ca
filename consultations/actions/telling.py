"""Telling people: a row in `Message` and, for a letter, a job, both in the transaction of what they tell of."""

import logging

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from consultations.models import Message, Registration

logger = logging.getLogger(__name__)

SEND_LETTER = "consultations.send_letter"

# Whoever registers on a page has the answer before their eyes; only a letter repeats it.
ONLY_BY_LETTER = {Message.Kind.CONFIRMED, Message.Kind.QUEUED, Message.Kind.LINK}


def tell(registration, kind, *, once_as=None):
    """Queue one message of `kind`: a letter to whoever can get letters, else a call.

    The same version of a registration is told a thing once; `once_as` replaces the version, for things that may be
    said again. Returns the message, or None where there is nothing to send.
    """
    contact = registration.contact
    if not contact.email and kind in ONLY_BY_LETTER:
        return None
    channel = Message.Channel.EMAIL if contact.email else Message.Channel.CALL
    message, is_new = Message.objects.get_or_create(
        dedupe_key=f"{registration.pk}:{kind}:{once_as or registration.version}",
        defaults={
            "registration": registration,
            "kind": kind,
            "channel": channel,
            "language": registration.language,
        },
    )
    if is_new and channel == Message.Channel.EMAIL:
        send_later(message)
    return message


def tell_registered(registrations):
    """The answer to a registration: one letter to the contact for all, and one to each who gave an own e-mail."""
    messages = []
    for registration in registrations:
        if registration.group_id and not registration.email:
            continue
        kind = Message.Kind.QUEUED if registration.is_waiting else Message.Kind.CONFIRMED
        if registration.contact.email:
            messages.append(
                Message(
                    registration=registration,
                    kind=kind,
                    channel=Message.Channel.EMAIL,
                    language=registration.language,
                    dedupe_key=f"{registration.pk}:{kind}:{registration.version}",
                )
            )
    for message in Message.objects.bulk_create(messages):
        send_later(message)


def send_later(message, **when):
    """Hand the letter to the worker, when this transaction commits. By the task's name: jobs are not imported here."""
    app.configure_task(SEND_LETTER, **when).defer(message_id=message.pk)


def send_letter(*, message_id, compose, refused_for_good):
    """Send one letter, claimed under a lock so that two workers never send the same (P 24).

    `compose` makes the mail of a `Message`; `refused_for_good` tells a final error from a passing one. A final error,
    or a letter that cannot even be written, is marked failed and raises nothing: one bad letter never blocks the
    others (P 21). A passing error is noted on the message and raised, for the worker to try again.
    """
    passing = None
    with transaction.atomic():
        claimed = Message.objects.letters().unsent().select_for_update(skip_locked=True, of=("self",))
        message = claimed.filter(pk=message_id).select_related("registration__city_session__consultation").first()
        if message is None:
            return  # sent already, being sent, or its person has gone
        message.attempts += 1
        try:
            mail = compose(message)
        except Exception as error:
            logger.exception("Letter %s cannot be written.", message_id)
            _settle(message, Message.Status.FAILED, error)
            return
        try:
            mail.send()
        except Exception as error:  # noqa: BLE001 -- whatever a mail server and a network may do
            if refused_for_good(error):
                _settle(message, Message.Status.FAILED, error)
            else:
                message.error = _in_short(error)
                message.save(update_fields=["attempts", "error"])
                passing = error
        else:
            _settle(message, Message.Status.SENT)
    if passing is not None:
        raise passing


def _settle(message, status, error=None):
    message.status, message.done_at = status, timezone.now()
    message.error = _in_short(error) if error else ""
    message.save(update_fields=["status", "done_at", "error", "attempts"])


def _in_short(error):
    """The kind of error and the server's code: its words may quote the address, which is personal data."""
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()


def letter_status(registration):
    """The newest letter about this registration, for its own page; None where none was ever queued."""
    return registration.messages.letters().order_by("-pk").first()


def registrations_by_email(address):
    """Everybody live who would be written to at `address`, folded like the table folds it."""
    return Registration.objects.live().filter(email__iexact=address)
