"""Passes for the door: made and revoked by organisers, opened by one phone each."""

from django.utils import timezone

from consultations.models import DoorPass
from consultations.models.credentials import new_secret

from .refusals import RegistrationRefused, all_or_nothing


@all_or_nothing
def make_door_pass(*, city_session, label, by, user=None):
    """A pass for the session's day, for a volunteer; or, with `user`, for the own phone of somebody with an account."""
    if city_session.date is None:
        raise RegistrationRefused("undated")
    if city_session.door_closes_at <= timezone.now():
        raise RegistrationRefused("pass-over")
    return DoorPass.objects.create(
        city_session=city_session, day=city_session.date, label=label, created_by=by, user=user
    )


@all_or_nothing
def open_door_pass(*, door_pass):
    """Bind the pass to the first phone that opens it; every other is refused ("pass-used"). Returns the pass."""
    current = DoorPass.objects.select_for_update(no_key=True, of=("self",)).get(pk=door_pass.pk)
    if current.device:
        raise RegistrationRefused("pass-used")
    if not current.still_opens:
        raise RegistrationRefused(f"pass-{current.state}")
    current.device, current.opened_at = new_secret(), timezone.now()
    current.save(update_fields=["device", "opened_at"])
    return current


@all_or_nothing
def revoke_door_pass(*, door_pass, by):
    """The phone that has it is out with its next request. Repeatable: the first time counts."""
    current = DoorPass.objects.select_for_update(no_key=True, of=("self",)).get(pk=door_pass.pk)
    if current.revoked_at is None:
        current.revoked_at, current.revoked_by = timezone.now(), by
        current.save(update_fields=["revoked_at", "revoked_by"])
    return current
