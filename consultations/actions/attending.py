"""Being there: checked in at the door, or gone on to Zoom."""

import datetime

from django.utils import timezone

from consultations import acting
from consultations.models import Registration

from .refusals import RegistrationRefused, all_or_nothing

CHECK_IN = ["checked_in_at", "checked_in_by", "checked_in_how"]
JOINING_OPENS = datetime.timedelta(minutes=30)  # before the beginning


def joining_opens_at(city_session):
    """From when the join page lets people through: half an hour before the beginning, or that day's first minute."""
    if city_session.date is None:
        return None
    if city_session.starts_at is None:
        return timezone.make_aware(datetime.datetime.combine(city_session.date, datetime.time.min))
    return city_session.starts_at - JOINING_OPENS


def may_join(city_session):
    """Whether the join page's button is there now."""
    opens_at = joining_opens_at(city_session)
    return (
        city_session.is_standing
        and bool(city_session.zoom_url)
        and opens_at is not None
        and opens_at <= timezone.now()
        and not city_session.is_over
    )


def _current(registration):
    acting.tell_database()
    current = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if current.anonymised_at is not None:
        raise RegistrationRefused("erased")
    return current


@all_or_nothing
def join_online(*, registration):
    """Record that this person went on to Zoom; the first time counts. Returns the registration."""
    current = _current(registration)
    if current.is_cancelled:
        raise RegistrationRefused("cancelled")
    if not may_join(current.city_session):
        raise RegistrationRefused("over" if current.city_session.is_over else "too-early")
    if current.joined_online_at is None:
        current.joined_online_at = timezone.now()
        current.save(update_fields=["joined_online_at"])
    return current


@all_or_nothing
def mark_zoom_form_done(*, registration, done=True):
    """The person says that Zoom's own form is filled in (step 2), or takes that back."""
    current = _current(registration)
    current.zoom_form_done_at = (current.zoom_form_done_at or timezone.now()) if done else None
    current.save(update_fields=["zoom_form_done_at"])
    return current


@all_or_nothing
def check_in(*, registration, by, how=Registration.CheckInWay.TICKET, at=None):
    """Record the arrival in the hall, now or `at` a moment gone by. True for the first time, False when it was recorded
    already (P 13).
    """
    current = _current(registration)
    if current.is_cancelled:
        raise RegistrationRefused("cancelled")
    if current.checked_in_at is not None:
        return False
    current.checked_in_at, current.checked_in_by, current.checked_in_how = at or timezone.now(), by, how
    current.save(update_fields=CHECK_IN)
    return True


@all_or_nothing
def undo_check_in(*, registration):
    """Take a mistaken check-in back."""
    current = _current(registration)
    current.checked_in_at, current.checked_in_by, current.checked_in_how = None, "", ""
    current.save(update_fields=CHECK_IN)
    return current
