"""Changes of mind: details, hall or online, another city, somebody else instead, cancelling and coming back."""

from django.db.models import Q
from django.utils import timezone

from consultations.models import Message, Need, OwnAnswer, Registration
from consultations.models.credentials import new_pass_number, new_secret

from .places import (
    give_out_freed_places,
    has_hall_seat,
    lock_city_sessions,
    lock_registration,
    lock_with_session,
    take_place,
)
from .refusals import RegistrationRefused, all_or_nothing
from .telling import (
    send_all_later,
    take_back_answer,
    tell,
    tell_changed,
    tell_given_away,
    tell_registered,
    withdraw_outdated,
)

DETAILS = frozenset(
    "full_name phone email organisation organisation_type position home_place gender age_group language question "
    "listed_publicly photo_consent".split()
)

FORGOTTEN_WITH_THE_PERSON = (
    "organisation",
    "organisation_type",
    "position",
    "home_place",
    "gender",
    "age_group",
    "question",
    "question_reply",
)


def _refuse_if_not_live(registration, city_session):
    if registration.is_cancelled:
        raise RegistrationRefused("cancelled")
    if city_session.is_over:
        raise RegistrationRefused("over")


def _refuse_if_came(registration):
    if registration.checked_in_at is not None or registration.joined_online_at is not None:
        raise RegistrationRefused("came")


def _save(registration):
    registration.version += 1
    registration.save()
    return registration


@all_or_nothing
def change(*, registration, needs=None, answers=None, **details):
    """Correct one's own details. Places are not touched.

    `needs` and `answers`, where given, are the whole list: of needs, and of what the form now asks.
    """
    unknown = details.keys() - DETAILS
    if unknown:
        raise TypeError(f"Not a person's own details: {', '.join(sorted(unknown))}")
    current, _city_session = lock_with_session(registration)
    old_address = current.email
    if details.get("question", current.question) != current.question:
        current.question_reply = ""  # it answered another question
        take_back_answer(current, Message.Kind.QUESTION_ANSWERED)
    for name, value in details.items():
        setattr(current, name, value)
    if needs is not None:
        _replace_needs(current, needs)
    if answers is not None:
        _replace_answers(current, answers)
    _save(current)
    tell_changed(current, old_address=old_address)
    return current


def _replace_needs(registration, needs):
    """What was answered already keeps its answer; what is no longer needed goes."""
    registration.needs.exclude(kind__in=[need["kind"] for need in needs]).delete()
    for need in needs:
        text = need.get("text", "")
        if need["kind"] == Need.Kind.OTHER:  # worded anew it is another need, and nobody has answered that one
            registration.needs.filter(kind=need["kind"]).exclude(text=text).update(state=Need.State.ASKED, reply="")
        Need.objects.update_or_create(registration=registration, kind=need["kind"], defaults={"text": text})


def _replace_answers(registration, answers):
    """What is asked no more keeps its answer; what was answered and is now left empty goes."""
    asked = [question.pk for question in registration.city_session.own_questions]
    registration.own_answers.filter(question__in=asked).exclude(
        question__in=[answer["question_id"] for answer in answers]
    ).delete()
    for answer in answers:
        given = {"choice": answer.get("choice"), "text": answer.get("text", "")}
        OwnAnswer.objects.update_or_create(registration=registration, question_id=answer["question_id"], defaults=given)


@all_or_nothing
def switch(*, registration, mode):
    """Hall to online, or online to hall. From a full hall one's online place is kept, with a turn in the queue.

    Hall to online is possible to the session's end; a full online session refuses ("online-full") and keeps the seat.
    """
    current, city_session = lock_with_session(registration)
    _refuse_if_not_live(current, city_session)
    if not city_session.is_standing:
        raise RegistrationRefused("closed")
    if mode == Registration.Mode.ONLINE:
        if current.is_online and current.is_confirmed:
            return current
        if current.checked_in_at is not None:
            raise RegistrationRefused("came")
        if city_session.online_is_full:
            raise RegistrationRefused("online-full", free=0)
        current.hall_wanted_at = None
        take_place(current, city_session, mode=mode)
    else:
        if (current.in_hall and current.is_confirmed) or current.wants_the_hall:
            return current
        if not city_session.hall_registration_is_open:
            raise RegistrationRefused("hall-closed")
        take_place(current, city_session, mode=mode, keep_online=current.is_confirmed)
    current.hall_answered_at = timezone.now() if current.hall_answer_asked_at else None
    _save(current)
    withdraw_outdated(current)
    tell(current, Message.Kind.SWITCHED)
    give_out_freed_places(city_session)
    return current


@all_or_nothing
def take_part_online_meanwhile(*, registration):
    """Waiting for the hall: take part online, and keep one's turn in the queue."""
    current, city_session = lock_with_session(registration)
    _refuse_if_not_live(current, city_session)
    if not (current.is_waiting and current.wants_the_hall):
        return current
    if city_session.online_is_full:
        raise RegistrationRefused("online-full", free=0)
    current.mode, current.status = Registration.Mode.ONLINE, Registration.Status.CONFIRMED
    _save(current)
    tell(current, Message.Kind.SWITCHED)
    return current


@all_or_nothing
def leave_queue(*, registration):
    """Stay online, and no longer wait for the hall. Whoever only waits cancels instead."""
    current, _city_session = lock_with_session(registration)
    if not (current.is_online and current.wants_the_hall):
        return current
    current.hall_wanted_at = None
    _save(current)
    tell(current, Message.Kind.SWITCHED)
    return current


@all_or_nothing
def cancel(*, registration, by=Registration.CancelledBy.PARTICIPANT):
    """Free the place, once however often it is asked; the next in the queue gets it in the same transaction (P 10).

    Also of somebody whose data is erased: organisers may take back a seat in a session that got its date too late.
    """
    current, city_session = lock_with_session(registration, even_erased=True)
    if current.is_cancelled:
        return current
    if city_session.is_over:
        raise RegistrationRefused("over")
    if current.checked_in_at is not None:
        raise RegistrationRefused("came")
    current.status = Registration.Status.CANCELLED
    current.cancelled_at, current.cancelled_by = timezone.now(), by
    current.hall_wanted_at = current.online_wanted_at = None
    _save(current)
    withdraw_outdated(current, left=city_session)
    own_wish = by == Registration.CancelledBy.PARTICIPANT
    tell(current, Message.Kind.LEFT if own_wish else Message.Kind.CANCELLED)
    give_out_freed_places(city_session)
    return current


@all_or_nothing
def come_back(*, registration):
    """After cancelling: a place if there is one, else the end of the queue."""
    current, city_session = lock_with_session(registration)
    if not current.is_cancelled:
        return current
    if not city_session.registration_is_open:
        raise RegistrationRefused("over" if city_session.is_over else "closed")
    mode = current.mode
    if mode == Registration.Mode.HALL and not city_session.hall_registration_is_open:
        raise RegistrationRefused("hall-closed")
    current.cancelled_at, current.cancelled_by = None, ""
    take_place(current, city_session, mode=mode)
    _save(current)
    tell_registered([current])
    return current


@all_or_nothing
def move(*, registration, city_session, if_full="refuse"):
    """Go to another city instead, in one transaction: the old place is kept until the new one is had (P 12).

    A full hall there refuses ("hall-full") unless `if_full` is "queue".
    """
    here, there = lock_city_sessions(registration.city_session_id, city_session.pk)
    current = lock_registration(registration, here, there)
    if current.city_session_id == there.pk:
        return current
    if current.is_cancelled:
        raise RegistrationRefused("cancelled")
    if here.is_over and here.is_standing:
        raise RegistrationRefused("over")
    _refuse_if_came(current)
    if not there.is_public or there.consultation_id != here.consultation_id:
        raise RegistrationRefused("closed")
    wants_hall = current.in_hall or current.wants_the_hall
    if not there.registration_is_open:
        raise RegistrationRefused("closed")
    if wants_hall and not there.hall_registration_is_open:
        raise RegistrationRefused("hall-closed")
    if wants_hall and not has_hall_seat(there) and if_full != "queue":
        raise RegistrationRefused("hall-full", free=0)
    if not wants_hall and there.online_is_full and if_full != "queue":
        raise RegistrationRefused("online-full", free=0)
    keep_online = current.is_online and current.wants_the_hall and not there.online_is_full
    current.city_session = there
    current.hall_wanted_at = current.online_wanted_at = current.zoom_form_done_at = None
    current.submission_key = ""
    current.own_answers.filter(question__city_session=here).delete()  # what that city alone had asked
    take_place(
        current, there, mode=Registration.Mode.HALL if wants_hall else Registration.Mode.ONLINE, keep_online=keep_online
    )
    _save(current)
    withdraw_outdated(current, left=here)
    tell_registered([current], moved_from=here)
    give_out_freed_places(here)
    return current


@all_or_nothing
def replace_person(
    *,
    registration,
    full_name,
    phone="",
    email="",
    language,
    consent_text,
    consent_channel=Registration.Channel.WEB,
    needs=(),
    answers=(),
    photo_consent=False,
    listed_publicly=False,
    **details,
):
    """Somebody else comes instead, on the same seat or turn. Of the first person nothing stays, not even the links.
    Whoever had an address of their own hears of it there (P 28): the contact of a group, or staff, may have done it.

    In place, not as a second row: the seat never comes free in between, and no more is kept of people than needed.
    """
    current, city_session = lock_with_session(registration)
    _refuse_if_not_live(current, city_session)
    _refuse_if_came(current)
    before = {"old_address": current.email, "old_language": current.language}
    forgotten = dict.fromkeys(FORGOTTEN_WITH_THE_PERSON, "")
    for name, value in (forgotten | {name: details[name] for name in details.keys() & forgotten.keys()}).items():
        setattr(current, name, value)
    current.full_name, current.phone, current.email, current.language = full_name, phone, email, language
    current.photo_consent, current.listed_publicly = photo_consent, listed_publicly
    current.consent_text = consent_text
    current.consented_at = timezone.now() if consent_text else None
    current.consent_channel = consent_channel if consent_text else ""
    current.code, current.join_code, current.pass_number = new_secret(), new_secret(), new_pass_number()
    current.submission_key, current.zoom_form_done_at = "", None
    current.hall_answer_asked_at = current.hall_answered_at = current.unsubscribed_at = None
    current.needs.all().delete()
    current.own_answers.all().delete()
    # A letter that is leaving at this moment is locked by the worker: "busy" at once, no waiting under the lock.
    list(current.messages.select_for_update(nowait=True))
    # Not those to whoever had the place still earlier, nor what everybody of the session is still to hear.
    kept = Q(notice__city_session=city_session, notice__told_before__isnull=False, status=Message.Status.QUEUED)
    current.messages.exclude(Q(kind__in=Message.NOT_KEPT) | kept).delete()
    _save(current)
    _replace_needs(current, needs)
    _replace_answers(current, answers)
    _address_anew(current, current.messages.filter(kept))
    tell_given_away(current, **before)
    return current


def _address_anew(registration, messages):
    """What waits to be told goes to whoever stands here now, for themselves and for those reached through them."""
    by_letter = bool(registration.contact.email)
    channel = Message.Channel.EMAIL if by_letter else Message.Channel.CALL
    messages.update(language=registration.language, channel=channel)
    if by_letter:
        send_all_later(list(messages))
