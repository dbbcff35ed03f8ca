"""Telling people: a row in `Message` and, for a letter, a job, both in the transaction of what they tell of."""

import datetime
import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations.models import Message, Registration

from .limiting import within_limits
from .refusals import RegistrationRefused, all_or_nothing

logger = logging.getLogger(__name__)

SEND_LETTER = "consultations.send_letter"

NOBODYS_LETTER = 0  # no message has this id: the worker finds nothing to send

ANSWERS_LEAVE_AFTER = datetime.timedelta(minutes=2)

URGENT = 10  # a job's priority: before all others

FOR_GOOD = 500  # SMTP: 4xx means later, 5xx never (P 20)
TRIES = datetime.timedelta(days=1)
URGENT_TRIES = datetime.timedelta(hours=1)

# To one address, whoever types it into our forms how often (P 65); the pages say all that those letters say.
LETTERS_A_DAY = 5
A_DAY = 24 * 60  # minutes


def tell(registration, kind, *, once_as=None, address=""):
    """Queue one message of `kind`: a letter to whoever can get letters (or to `address`), else a call.

    The same version of a registration is told a thing once; `once_as` replaces the version, for things that may be
    said again. Returns the message, or None where there is nothing to send.
    """
    message, is_new = _noted(registration, kind, once_as=once_as, address=address)
    if is_new:
        _hand_over([message])
    return message


def tell_answer(registration, kind):
    """Queue what the organisers have answered, two minutes later: three needs answered in a row are one letter.

    The letter, like the words of the call, says what is answered by the time it is sent.
    """
    now = timezone.now()
    to_come = Q(channel=Message.Channel.CALL) | Q(send_after__gt=now)
    if not registration.messages.unsent().filter(to_come, kind=kind).exists():
        message, is_new = _noted(registration, kind, send_after=now + ANSWERS_LEAVE_AFTER)
        if is_new:
            _hand_over([message])


def take_back_answer(registration, kind):
    """What is no answer any more is not told, unless it has left already."""
    unsent = registration.messages.unsent().filter(kind=kind)
    unsent.update(status=Message.Status.WITHDRAWN, done_at=timezone.now())


def tell_nobody(address):
    """What a letter to `address` would have cost, without one: a row looked for, a count, a job that finds nothing."""
    with transaction.atomic():
        Message.objects.filter(dedupe_key=f"0:{Message.Kind.LINK}:{address}").first()
    within_limits(keys=[f"letter-to-nobody:{address.lower()}"], limit=LETTERS_A_DAY, minutes=A_DAY)
    app.configure_task(SEND_LETTER).defer(message_id=NOBODYS_LETTER)


def tell_changed(registration, *, old_address):
    """What somebody changed of their details is stored; of a changed address the old one hears too (P 28).

    Both at once, since what is counted of two addresses is locked in one order.
    """
    noted = []
    if old_address and registration.email.lower() != old_address.lower():
        noted.append(_noted(registration, Message.Kind.ADDRESS_CHANGED, address=old_address))
    noted.append(_noted(registration, Message.Kind.DETAILS_CHANGED))
    _hand_over([message for message, is_new in noted if is_new])


def tell_given_away(registration, *, old_address, old_language):
    """Whoever comes now is welcomed; whoever came before hears at their own address, in their own language, that they
    need not. Both at once, for the same reason. Whoever reads the welcome gets no other letter, and whoever is put
    back before that has left is not told of it.
    """
    not_left = registration.messages.unfinished().filter(kind__in=Message.NOT_KEPT)
    not_left.filter(address__iexact=registration.email, moved_from=registration.city_session).delete()
    noted = [_noted(registration, Message.Kind.INSTEAD)]
    if old_address and old_address.lower() != registration.contact.email.lower():
        # With the session whose place it was, wherever the other person goes before the letter leaves.
        about = {"language": old_language, "moved_from": registration.city_session}
        noted.append(_noted(registration, Message.Kind.GIVEN_AWAY, address=old_address, **about))
    _hand_over([message for message, is_new in noted if is_new])


def tell_registered(registrations, *, moved_from=None):
    """The answer to a registration: one letter to the contact for all, and one to each who gave an own e-mail.

    Whoever comes from another session, `moved_from`, reads that too, and it goes out of their calendar.
    """
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
                    moved_from=moved_from,
                    channel=Message.Channel.EMAIL,
                    language=registration.language,
                    dedupe_key=f"{registration.pk}:{kind}:{registration.version}",
                )
            )
    # Staff who write down many people of one office are nobody's flood.
    _withhold([message for message in messages if message.registration.source in Registration.SOURCES_ON_THE_SITE])
    send_all_later(Message.objects.bulk_create(messages))


@all_or_nothing
def tell_again(*, registration):
    """Send once more, at an organiser's wish, what holds for this person now. Returns the letter; None where the same
    one was sent again within this hour.

    Whoever has no e-mail, nor a contact who has one, is refused ("no-email"): they are telephoned. Not counted among
    the letters a day of one address: nobody from outside can ask for it.
    """
    current = Registration.objects.select_related("group").get(pk=registration.pk)
    if current.anonymised_at is not None:
        raise RegistrationRefused("erased")
    if not current.contact.email:
        raise RegistrationRefused("no-email")
    kinds = {Registration.Status.WAITING: Message.Kind.QUEUED, Registration.Status.CANCELLED: Message.Kind.LEFT}
    kind = kinds.get(current.status, Message.Kind.CONFIRMED)
    message, is_new = Message.objects.get_or_create(
        dedupe_key=f"{current.pk}:{kind}:{current.version}:again:{timezone.localtime():%Y-%m-%d %H}",
        defaults={
            "registration": current,
            "kind": kind,
            "channel": Message.Channel.EMAIL,
            "language": current.language,
        },
    )
    if not is_new:
        return None
    send_later(message)
    return message


def withdraw_outdated(registration, *, left=None):
    """Withdraw what waits to be told and holds no longer: of a place that this person has given up again, and, where
    `left` is a session that they have left, what is new there and when it begins.

    A contact who has cancelled still hears for the others of the group; of one who is in another city now, each who
    stayed is told of apart. A letter that is leaving at this moment is locked by the worker, and goes its way.
    """
    outdated = Q(kind=Message.Kind.PROMOTED)
    if left:
        outdated |= Q(kind__in=Message.REMINDERS) | Q(notice__city_session=left)
    stayed = list(registration.members.identified().live().filter(city_session=left, phone="", email=""))
    if registration.is_cancelled and not stayed:
        outdated |= Q(kind__in=[Message.Kind.CONFIRMED, Message.Kind.QUEUED, Message.Kind.INSTEAD], moved_from=None)
    waiting = registration.messages.unsent().filter(outdated)
    for message in waiting.select_for_update(skip_locked=True, of=("self",)):
        if message.notice_id and stayed:
            if registration.city_session_id == left.pk:
                continue
            send_all_later(Message.objects.bulk_create(_told_apart(message, member) for member in stayed))
        message.status, message.done_at = Message.Status.WITHDRAWN, timezone.now()
        message.save(update_fields=["status", "done_at"])


def withdraw(registration, *kinds):
    """Withdraw what waits to be told and is no longer true; what is leaving at this moment goes its way."""
    waiting = registration.messages.unsent().filter(kind__in=kinds).select_for_update(skip_locked=True, of=("self",))
    pks = [message.pk for message in waiting]
    Message.objects.filter(pk__in=pks).update(status=Message.Status.WITHDRAWN, done_at=timezone.now())


def _told_apart(message, member):
    return Message(
        registration=member,
        notice=message.notice,
        kind=message.kind,
        channel=message.channel,
        language=member.language,
        send_after=message.send_after,
        is_urgent=message.is_urgent,
        dedupe_key=f"{member.pk}:notice:{message.notice_id}",
    )


def _noted(registration, kind, *, once_as=None, address="", send_after=None, **about):
    """The message, and whether it is new; (None, False) where nobody can be reached, or need not be called."""
    by_letter = bool(address or registration.contact.email)
    if not by_letter and (kind in Message.ON_THE_PAGE or not registration.contact.phone):
        return None, False
    return Message.objects.get_or_create(
        dedupe_key=f"{registration.pk}:{kind}:{once_as or registration.version}",
        defaults={
            "registration": registration,
            "kind": kind,
            "channel": Message.Channel.EMAIL if by_letter else Message.Channel.CALL,
            "address": address,
            "language": registration.language,
            "send_after": send_after if by_letter else None,
            **about,
        },
    )


def _hand_over(messages):
    """Send new messages, except those that would be too many."""
    for message in _withhold([message for message in messages if message.kind in Message.ON_THE_PAGE]):
        _close(message, ["status", "error", "done_at"])
    for message in messages:
        send_all_later([message])


COUNTED_APART = {Message.Kind.GIVEN_AWAY: "letter-given-away"}


def _address_of(message):
    return message.address or message.registration.contact.email


def _withhold(messages):
    """Mark those letters that would be too many for their address today, and return them; saves nothing.

    Without a letter nobody is left in the dark: the own page says it, and that no letter was sent. To whoever has no
    such page any more letters are counted apart: other letters do not use up what they may get.
    """
    letters = [
        (message, f"{COUNTED_APART.get(message.kind, 'letter-to')}:{_address_of(message).lower()}")
        for message in messages
        if message.channel == Message.Channel.EMAIL
    ]
    left = within_limits(keys=[key for _letter, key in letters], limit=LETTERS_A_DAY, minutes=A_DAY) if letters else {}
    withheld = []
    for letter, key in letters:
        left[key] -= 1
        if left[key] < 0:
            letter.status, letter.error, letter.done_at = Message.Status.WITHDRAWN, Message.TOO_MANY, timezone.now()
            withheld.append(letter)
    return withheld


def send_later(message, **when):
    """Hand the letter to the worker, when this transaction commits. By the task's name: jobs are not imported here."""
    priority = URGENT if message.is_urgent else 0
    when = when or {"schedule_at": message.send_after}
    app.configure_task(SEND_LETTER, priority=priority, **when).defer(message_id=message.pk)


def postpone_letter(*, message_id, seconds):
    """Let a letter wait so many seconds for its turn."""
    message = Message.objects.letters().unsent().filter(pk=message_id).first()
    if message is not None:
        send_later(message, schedule_in={"seconds": seconds})


def send_all_later(messages):
    """Hand all letters among `messages` that are to be sent, made alike, to the worker in one statement."""
    waiting = [message for message in messages if message.status == Message.Status.QUEUED]
    letters = [message for message in waiting if message.channel == Message.Channel.EMAIL]
    if letters:
        priority = URGENT if letters[0].is_urgent else 0
        task = app.configure_task(SEND_LETTER, priority=priority, schedule_at=letters[0].send_after)
        task.batch_defer(*({"message_id": message.pk} for message in letters))


def requeue_forgotten_letters(*, older_than=datetime.timedelta(hours=1)):
    """Hand letters that no job will send any more to the worker again (P 23). Returns how many.

    A job gives up after some hours of trying, or is lost with a restored backup; the letter's row remains.
    """
    due = timezone.now() - older_than
    waiting = Message.objects.letters().unsent().filter(created_at__lt=due).exclude(send_after__gt=due)
    jobs = ProcrastinateJob.objects.filter(task_name=SEND_LETTER, status__in=["todo", "doing"])
    on_their_way = {arguments["message_id"] for arguments in jobs.values_list("args", flat=True)}
    forgotten = [message for message in waiting if message.pk not in on_their_way]
    for message in forgotten:
        send_later(message)
    return len(forgotten)


@all_or_nothing
def send_again(*, messages):
    """Hand failed letters to the worker once more, at an organiser's wish (P 20). Returns how many.

    To the address as it is now; a call that was to be made instead, and was not yet, is taken back.
    """
    failed = list(
        messages.letters().filter(status=Message.Status.FAILED).order_by("pk").select_for_update(of=("self",))
    )
    for message in failed:
        message.status, message.done_at, message.error = Message.Status.QUEUED, None, ""
        message.save(update_fields=["status", "done_at", "error"])
        instead = Message.objects.calls().unsent().filter(dedupe_key=f"{message.dedupe_key}:call")
        instead.update(status=Message.Status.WITHDRAWN, done_at=timezone.now())
        send_later(message)
    return len(failed)


class NoAddress(Exception):
    """The letter has nowhere to go."""


def send_letter(*, message_id, compose, refusal_of, is_of_use=lambda message: True):
    """Send one letter, claimed under a lock so that two workers never send the same (P 24).

    `compose` makes the mail of a `Message`; `refusal_of` gives the code with which a mail server refused that letter,
    or None; `is_of_use` says whether it is still true, else it is withdrawn. What is refused for good or for too long,
    cannot even be written, or has no address any more is marked failed and raises nothing: one bad letter never blocks
    the others (P 21). Any other error is noted on the message and raised, for the worker to try again.
    """
    passing = None
    with transaction.atomic():
        claimed = Message.objects.letters().unsent().select_for_update(skip_locked=True, of=("self",))
        message = claimed.filter(pk=message_id).select_related("registration__city_session__consultation").first()
        if message is None:
            return  # sent already, being sent, or its person has gone
        if not is_of_use(message):
            _settle(message, Message.Status.WITHDRAWN)
            return
        if not _address_of(message):  # given up since: the letter would go to nobody, and count as sent
            _settle(message, Message.Status.FAILED, NoAddress())
            return
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
            if _is_hopeless(message, refusal_of(error)):
                _settle(message, Message.Status.FAILED, error)
            else:
                message.error = _in_short(error)
                message.save(update_fields=["attempts", "error"])
                passing = error
        else:
            _settle(message, Message.Status.SENT)
    if passing is not None:
        raise passing


def _is_hopeless(message, code):
    """A wrong address does not get better by trying; and who is refused "for now" all day long is telephoned."""
    if code is None:
        return False
    waiting_since = message.send_after or message.created_at
    return code >= FOR_GOOD or timezone.now() - waiting_since > (URGENT_TRIES if message.is_urgent else TRIES)


def _settle(message, status, error=None):
    message.status, message.done_at = status, timezone.now()
    message.error = _in_short(error) if error else ""
    _close(message, ["status", "done_at", "error", "attempts"])
    if status == Message.Status.FAILED and not message.address:
        _call_instead(message)


def _close(message, fields):
    """Store how it ended, unless nothing is to be kept of it."""
    if message.kind in Message.NOT_KEPT:
        message.delete()
    else:
        message.save(update_fields=fields)


def _call_instead(message):
    """What the letter could not tell goes on the call list, where there is a number to call."""
    if message.kind not in Message.ON_THE_PAGE and message.registration.contact.phone:
        call, _is_new = Message.objects.get_or_create(
            dedupe_key=f"{message.dedupe_key}:call",
            defaults={
                "registration": message.registration,
                "notice": message.notice,
                "kind": message.kind,
                "channel": Message.Channel.CALL,
                "is_urgent": message.is_urgent,
                "language": message.language,
            },
        )
        if call.status == Message.Status.WITHDRAWN:  # because the letter was to go once more, which was in vain
            call.status, call.done_at = Message.Status.QUEUED, None
            call.save(update_fields=["status", "done_at"])


def _in_short(error):
    """The kind of error and the server's code: its words may quote the address, which is personal data."""
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()


def letter_status(registration):
    """The newest letter about this registration, for its own page; None where none was ever queued.

    Not what went to an address that was given up; and nothing where there is no address any more.
    """
    if not registration.contact.email:
        return None
    return registration.messages.letters().filter(address="").order_by("-pk").first()


def queue_age():
    """How long the oldest letter that may go has been waiting, and how many wait; (None, 0) for an empty queue."""
    now = timezone.now()
    waiting = Message.objects.letters().unsent().exclude(send_after__gt=now)
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    return (now - oldest if oldest else None), waiting.count()
