"""What changed against what people last heard, in words."""

import datetime

from django.utils.translation import gettext as _

from consultations.models import CitySession
from consultations.templatetags.content import with_weekday

from .base import LANGUAGES

TO_BE_ANNOUNCED = {"date", "start_time", "venue_ky", "venue_ru"}


def changes_in_words(before, after, names):
    """A row for each changed column: its name, its language where it has one, the old and the new value."""
    return [
        {
            "name": str(CitySession._meta.get_field(name).verbose_name),
            "language": language_of(name),
            "before": in_words(name, before.get(name)),
            "after": in_words(name, after.get(name)),
        }
        for name in names
    ]


def language_of(name):
    language = name.rpartition("_")[2]
    return language if language in LANGUAGES else ""


def in_words(name, value):
    """One fact as `CitySession.facts` holds it, for a reader."""
    if not value:
        return _("to be announced") if name in TO_BE_ANNOUNCED else "—"
    if name == "state":
        return str(CitySession.State(value).label)
    if name == "date":
        return with_weekday(datetime.date.fromisoformat(value))
    if name in {"start_time", "end_time"}:
        return value[:5]
    return value
