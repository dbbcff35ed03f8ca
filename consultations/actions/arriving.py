"""At the door: who arrives, who comes unregistered, what was a slip of the hand; each once, however often it is sent.

Every act carries a nonce that the page or the phone has drawn. A nonce that is known is answered as it was the first
time and does nothing again (P 13): a phone that lost the network in the middle of an answer simply asks once more.
"""

import datetime

from django.db.models import Q
from django.utils import timezone

from consultations.models import DoorEntry, Message, Registration
from consultations.models.reading import sent_before_or_known

from .announcing import ONLY_ONLINE
from .attending import check_in, undo_check_in
from .places import lock_city_session
from .refusals import RegistrationRefused, all_or_nothing
from .registering import register

Kind, Outcome, Way = DoorEntry.Kind, DoorEntry.Outcome, Registration.CheckInWay

AT_ONCE = datetime.timedelta(0)


@all_or_nothing
def arrive(
    *, city_session, number, nonce, by, how=Way.TICKET, let_in=False, ago=AT_ONCE, was_offline=False, only_here=False
):
    """Whoever holds the ticket with this number stands at the door of `city_session`. Returns the `DoorEntry`.

    Recorded is who has a place in the hall. Of those in the queue and online the volunteer is told, and says `let_in`
    where there is room. `ago` is how long before now it happened; what was decided without network is a fact, since
    the person sits in the hall: then only cancelled and foreign tickets remain for somebody to look at. With
    `only_here` a ticket of another session is as unknown as one that does not exist.
    """
    if earlier := _earlier(nonce, city_session):
        return earlier
    found = Registration.objects.identified().filter(pass_number=number)
    found = found.filter(city_session=city_session) if only_here else found
    registration = found.select_for_update(no_key=True).first()
    happened_at = moment(city_session, ago)
    outcome = _arrival(city_session, registration, by, happened_at, how=how, decided=let_in or was_offline)
    return _entry(Kind.ARRIVAL, city_session, registration, nonce, by, outcome, happened_at, was_offline=was_offline)


def _arrival(city_session, registration, by, happened_at, *, how, decided):
    if registration is None:
        return Outcome.UNKNOWN
    outcome = expected_outcome(city_session, registration)
    if outcome in {Outcome.QUEUE, Outcome.ONLINE} and decided:
        outcome = Outcome.WELCOME
    if outcome in {Outcome.WELCOME, Outcome.NOT_TOLD}:
        check_in(registration=registration, by=by, how=how, at=happened_at)
        registration.refresh_from_db(fields=["checked_in_at", "checked_in_by"])
    return outcome


def expected_outcome(city_session, registration):
    """What the door would say of this person now."""
    if registration.city_session_id != city_session.pk:
        return Outcome.ELSEWHERE
    if registration.is_cancelled:
        return Outcome.CANCELLED
    if registration.checked_in_at is not None:
        return Outcome.ALREADY
    if registration.is_waiting or registration.wants_the_hall:
        return Outcome.QUEUE
    if registration.is_online:
        return Outcome.ONLINE
    not_told = not_told_of_changes(city_session).filter(pk=registration.pk).exists()
    return Outcome.NOT_TOLD if not_told else Outcome.WELCOME


def not_told_of_changes(city_session):
    """People of the session who may not know of the new hall, day or hour: nobody announced it, or no letter or call
    has reached them or the contact who registered them.
    """
    people = city_session.registrations.live()
    if set(city_session.untold_changes) - ONLY_ONLINE:
        return people
    unheard = Message.objects.not_told().filter(kind=Message.Kind.SESSION_CHANGED)
    own = Q(pk__in=unheard.values("registration"))
    by_contact = unheard.filter(notice__city_session=city_session).values("registration")
    return people.filter(own | Q(phone="", email="", group__in=by_contact))


@all_or_nothing
def walk_in(
    *,
    city_session,
    person,
    nonce,
    by,
    language,
    consent_text,
    past_capacity=False,
    ago=AT_ONCE,
    was_offline=False,
):
    """Somebody who comes without registration: a row outside the count, whatever is full or closed, and in the hall.

    Once the hall holds as many as it has places this is refused ("hall-reached"), until `past_capacity` says that
    somebody looked. Whoever turns out to be registered, under this name and contact, arrives as that registration.
    Returns the `DoorEntry`.
    """
    if earlier := _earlier(nonce, city_session):
        return earlier
    locked = lock_city_session(city_session.pk)
    happened_at = moment(locked, ago)
    meant = [registration.pk for registration in sent_before_or_known(locked, "", [person])]
    known = Registration.objects.identified().filter(pk__in=meant).select_for_update(no_key=True).first()
    if not (past_capacity or was_offline or known) and is_at_capacity(locked):
        raise RegistrationRefused("hall-reached")
    if known:
        outcome = _arrival(locked, known, by, happened_at, how=Way.NAME, decided=True)
        return _entry(Kind.WALK_IN, locked, known, nonce, by, outcome, happened_at, was_offline=was_offline)
    registration = register(
        city_session=locked,
        people=[person],
        mode=Registration.Mode.HALL,
        submission_key="",
        language=language,
        consent_text=consent_text,
        consent_channel=Registration.Channel.DESK,
        source=Registration.Source.DESK,
    ).contact
    check_in(registration=registration, by=by, how=Way.WALK_IN, at=happened_at)
    outcome = Outcome.WALK_IN
    return _entry(Kind.WALK_IN, locked, registration, nonce, by, outcome, happened_at, was_offline=was_offline)


@all_or_nothing
def take_back(*, city_session, number, nonce, by, ago=AT_ONCE, was_offline=False):
    """A slip of the hand: the arrival was none. A walk-in goes altogether, as a cancelled row. Returns the entry."""
    if earlier := _earlier(nonce, city_session):
        return earlier
    found = city_session.registrations.identified().filter(pass_number=number)
    registration = found.select_for_update(no_key=True).first()
    happened_at = moment(city_session, ago)
    outcome = Outcome.UNKNOWN
    if registration is not None:
        undo_check_in(registration=registration)
        outcome = Outcome.TAKEN_BACK
        if registration.source == Registration.Source.DESK and registration.is_live:
            registration.status = Registration.Status.CANCELLED
            registration.cancelled_at, registration.cancelled_by = timezone.now(), Registration.CancelledBy.ORGANISER
            registration.save(update_fields=["status", "cancelled_at", "cancelled_by"])
    return _entry(Kind.TAKEN_BACK, city_session, registration, nonce, by, outcome, happened_at, was_offline=was_offline)


def in_the_hall(city_session):
    """How many are in the hall now."""
    return city_session.registrations.came_to_the_hall().count()


def is_at_capacity(city_session):
    """Whether one more would be one too many for the hall."""
    return city_session.hall_capacity is not None and in_the_hall(city_session) >= city_session.hall_capacity


def moment(city_session, ago):
    """When it happened: so long ago by the phone's counting, whose clock may be wrong, but while the door was open."""
    now = timezone.now()
    opened_at = city_session.door_opens_at
    happened_at = now - ago
    return max(happened_at, min(opened_at, now)) if opened_at else min(happened_at, now)


def _earlier(nonce, city_session):
    return DoorEntry.objects.filter(nonce=nonce, city_session=city_session).select_related("registration").first()


def _entry(kind, city_session, registration, nonce, by, outcome, happened_at, *, was_offline):
    return DoorEntry.objects.create(
        kind=kind,
        city_session=city_session,
        registration=registration,
        nonce=nonce,
        outcome=outcome,
        happened_at=happened_at,
        received_from=by,
        was_offline=was_offline,
    )
