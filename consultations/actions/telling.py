"""Telling people: a row in `Message` and, for a letter, a job, both in the transaction of what they tell of."""

from procrastinate.contrib.django import app

from consultations.models import Message, Registration

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


def letter_status(registration):
    """The newest letter about this registration, for its own page; None where none was ever queued."""
    return registration.messages.letters().order_by("-pk").first()


def registrations_by_email(address):
    """Everybody live who would be written to at `address`, folded like the table folds it."""
    return Registration.objects.live().filter(email__iexact=address)
