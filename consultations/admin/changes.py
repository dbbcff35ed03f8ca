"""What changed against what people last heard, in words."""

import datetime

from django.utils.translation import gettext as _
from translated_fields import show_language_code

from consultations.models import CitySession
from consultations.templatetags.content import with_weekday

from .base import LANGUAGES

TO_BE_ANNOUNCED = {"date", "start_time", "venue_ky", "venue_ru"}


def changes_in_words(before, after, names):
    """A row for each changed column: its name, its language where it has one, the old and the new value."""
    return [
        {
            "name": label_of(name),
            "language": language_of(name),
            "before": in_words(name, before.get(name)),
            "after": in_words(name, after.get(name)),
        }
        for name in names
    ]


def label_of(name):
    """«venue [ru]»: the name of a fact, with its language where it has one."""
    language = language_of(name)
    return name_of(name) + (f" [{language}]" if language else "")


def name_of(name):
    """«venue»: the same for both halves of a translated fact."""
    with show_language_code(False):  # noqa: FBT003 -- the library's signature
        return str(CitySession._meta.get_field(name).verbose_name)


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
