"""Places: who holds one, who is next, what happens when one becomes free.

Everything here runs under the lock on the session's row, taken before any insert. FOR NO KEY UPDATE, because an
insert of a registration holds KEY SHARE on that row, with which a plain FOR UPDATE deadlocks.
"""

from django.utils import timezone

from consultations import acting
from consultations.models import CitySession, Message, Registration
from consultations.models.reading import locked_city_sessions

from .refusals import MovedMeanwhile, RegistrationRefused, all_or_nothing
from .telling import tell, withdraw


def lock_city_sessions(*pks):
    """The sessions, locked in pk order (so that crossing moves cannot deadlock), then re-read with their counts.

    The counts need a statement of their own: one that waited for the lock would still count what was there before.
    """
    found = locked_city_sessions(pks)
    return [found[pk] for pk in pks]


def lock_city_session(pk):
    """One session, locked and counted."""
    return lock_city_sessions(pk)[0]


def lock_with_session(registration, *, even_erased=False):
    """The registration as it is now, and its locked session. The session first: that is everybody's order.

    Whose data is deleted is refused ("erased"), so that a page still open writes nothing back into that row.
    """
    city_session = lock_city_session(registration.city_session_id)
    current = lock_registration(registration, city_session, even_erased=even_erased)
    current.city_session = city_session
    return current, city_session


def lock_registration(registration, *city_sessions, even_erased=False):
    """The registration as it is now, in one of these locked sessions.

    Moved elsewhere between the page and the lock, it makes the action begin again: whoever asks for a second session
    while holding a first one, out of order, is in a deadlock with somebody who does the same.
    """
    current = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if current.city_session_id not in {city_session.pk for city_session in city_sessions}:
        registration.city_session_id = current.city_session_id
        raise MovedMeanwhile
    if current.anonymised_at is not None and not even_erased:
        raise RegistrationRefused("erased")
    return current


def has_hall_seat(city_session):
    """Whether one more person may be promised a seat now: one is free, and nobody waits for it already."""
    return not city_session.hall_is_full


def take_place(registration, city_session, *, mode, keep_online=False):
    """Give `registration` a place in `mode`, or put it into that mode's queue. Changes the object, saves nothing."""
    now = timezone.now()
    registration.online_wanted_at = None
    if mode == Registration.Mode.HALL:
        if has_hall_seat(city_session):
            registration.mode, registration.status = mode, Registration.Status.CONFIRMED
            registration.hall_wanted_at = None
        else:
            registration.hall_wanted_at = registration.hall_wanted_at or now
            if not keep_online:
                registration.mode, registration.status = mode, Registration.Status.WAITING
    else:
        registration.mode = mode
        if city_session.online_is_full:
            registration.status, registration.online_wanted_at = Registration.Status.WAITING, now
        else:
            registration.status = Registration.Status.CONFIRMED


def give_out_freed_places(city_session):
    """Confirm those next in both queues while places are free, and tell them. The session must be locked.

    From 18:00 the evening before (or as set) nobody is promoted to the hall: they could not learn of it in time.
    An online place needs no journey, so those are given out to the end.
    """
    registrations = Registration.objects.filter(city_session=city_session).select_for_update(no_key=True)
    promoted = []
    if city_session.gives_out_freed_seats:
        free = CitySession.objects.with_places().get(pk=city_session.pk).hall_free
        waiting = _in_their_turn(registrations.wanting_the_hall().in_queue_order()[:free])
        promoted += [_let_in(registration, Registration.Mode.HALL) for registration in waiting]
    if city_session.online_registration_is_open:
        free = CitySession.objects.with_places().get(pk=city_session.pk).online_free
        waiting = _in_their_turn(registrations.wanting_online().order_by("online_wanted_at", "pk")[:free])
        promoted += [_let_in(registration, Registration.Mode.ONLINE) for registration in waiting]
    return promoted


def _in_their_turn(waiting):
    """The rows; where there are any, what follows is done by the site, not by whoever freed the places."""
    rows = list(waiting)
    if rows:
        acting.tell_database(acting.SITE)
    return rows


def _let_in(registration, mode):
    """Out of the queue onto a place; the person is told."""
    registration.mode, registration.status = mode, Registration.Status.CONFIRMED
    registration.online_wanted_at = None
    if mode == Registration.Mode.HALL:
        registration.hall_wanted_at = None
    registration.version += 1
    registration.save(update_fields=["mode", "status", "hall_wanted_at", "online_wanted_at", "version"])
    withdraw(registration, Message.Kind.QUEUED, Message.Kind.REQUEUED)
    tell(registration, Message.Kind.PROMOTED)
    return registration


@all_or_nothing
def settle(*, city_session):
    """Give out what an organiser's change of places, dates or state has freed. Returns the promoted registrations."""
    return give_out_freed_places(lock_city_session(city_session.pk))


@all_or_nothing
def change_places(*, city_session, hall_capacity, online_capacity, hall_reserved=0, confirmed=False):
    """Set the limits; places that this frees go to the queue at once.

    Fewer places than people confirmed is refused ("below-confirmed", with `count`) until `confirmed` says that the
    organiser has seen the number. Then nobody is thrown out: new ones queue (P 9).
    """
    current = lock_city_session(city_session.pk)
    registrations = Registration.objects.filter(city_session=current)
    for limit, held in [
        (None if hall_capacity is None else hall_capacity - hall_reserved, registrations.holding_hall_seats()),
        (online_capacity, registrations.holding_online_places()),
    ]:
        if limit is not None and not confirmed and held.count() > limit:
            raise RegistrationRefused("below-confirmed", count=held.count())
    current.hall_capacity, current.online_capacity = hall_capacity, online_capacity
    current.hall_reserved = hall_reserved
    current.save(update_fields=["hall_capacity", "online_capacity", "hall_reserved"])
    return give_out_freed_places(current)


@all_or_nothing
def promote(*, registration):
    """Let one waiting person in out of turn, if a seat is free for them (an organiser's decision)."""
    current, city_session = lock_with_session(registration)
    if current.is_cancelled:
        raise RegistrationRefused("cancelled")
    if not current.wants_the_hall and current.online_wanted_at is None:
        return current
    if current.wants_the_hall:
        if city_session.hall_free == 0:
            raise RegistrationRefused("hall-full", free=0)
        _let_in(current, Registration.Mode.HALL)
        give_out_freed_places(city_session)  # whoever took part online meanwhile leaves a place there
        return current
    if city_session.online_is_full:
        raise RegistrationRefused("online-full", free=0)
    return _let_in(current, Registration.Mode.ONLINE)
