"""What the public sees: a consultation or a session is shown to everybody, or hidden again."""

from consultations import acting
from consultations.models import Consultation

from .refusals import RegistrationRefused, all_or_nothing


@all_or_nothing
def publish(*, row):
    """Show a consultation, or one session of it, to everybody. Repeatable; returns the row.

    A consultation is refused without the days that personal data is kept ("no-retention") and without a consent text
    ("no-consent"): from the first minute on people may register.
    """
    current = _locked(row)
    if isinstance(current, Consultation):
        if current.retention_days is None:
            raise RegistrationRefused("no-retention")
        if current.current_consent is None:
            raise RegistrationRefused("no-consent")
    return _show(current, is_published=True)


@all_or_nothing
def hide(*, row):
    """Take it off the public pages. Whoever has registered stays registered, and keeps their own page."""
    return _show(_locked(row), is_published=False)


@all_or_nothing
def withdraw_previews(*, consultation):
    """End every preview link of a consultation and its sessions that was given out until now."""
    current = _locked(consultation)
    current.preview_round += 1
    current.save(update_fields=["preview_round"])
    return current


def _locked(row):
    acting.tell_database()
    return type(row).objects.select_for_update(no_key=True).get(pk=row.pk)


def _show(row, *, is_published):
    row.is_published = is_published
    row.save(update_fields=["is_published"])
    return row
