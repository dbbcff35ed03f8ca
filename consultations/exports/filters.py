"""How a list can be narrowed: the same filters as on the admin's list of registrations, and who took part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.models import Need, Registration

from .columns import HALL, LANGUAGES, MODES, ONLINE, TOOK_PART

Mode, Status = Registration.Mode, Registration.Status


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list, the same on the page for lists and on the admin's list of registrations."""

    key: str
    label: Any
    choices: list
    narrow: Callable


NOT_STATED = "-"


def by(name):
    return lambda rows, value: rows.filter(**{name: "" if value == NOT_STATED else value})


def said(choices):
    """The choices, and that nothing was chosen."""
    return [*choices, (NOT_STATED, gettext_lazy("not stated"))]


def narrow_status(rows, value):
    return rows.live() if value == LIVE else rows.filter(status=value)


def narrow_came(rows, value):
    came, joined = Q(checked_in_at__isnull=False), Q(joined_online_at__isnull=False)
    asked = {"hall": came, "online": joined, "both": came & joined, "any": came | joined, "none": ~came & ~joined}
    return rows.filter(asked[value])


def narrow_queue(rows, value):
    return rows.wanting_the_hall() if value == Mode.HALL else rows.wanting_online()


def narrow_needs(rows, value):
    needs = Need.objects.filter(registration=OuterRef("pk"))
    return rows.filter(Exists(needs if value == "any" else needs.filter(kind=value)))


LIVE = "live"
FILTERS = [
    Filter("mode", gettext_lazy("form of participation"), MODES, by("mode")),
    Filter(
        "status",
        gettext_lazy("status"),
        [*Status.choices, (LIVE, gettext_lazy("all but the cancelled"))],
        narrow_status,
    ),
    Filter(
        "came",
        TOOK_PART,
        [
            ("hall", HALL),
            ("online", ONLINE),
            ("both", gettext_lazy("in the hall and online")),
            ("any", gettext_lazy("in the hall or online")),
            ("none", gettext_lazy("did not take part")),
        ],
        narrow_came,
    ),
    Filter(
        "queue",
        gettext_lazy("queue"),
        [("hall", gettext_lazy("for the hall")), ("online", gettext_lazy("for a place online"))],
        narrow_queue,
    ),
    Filter("needs", gettext_lazy("needs"), [("any", gettext_lazy("any need")), *Need.Kind.choices], narrow_needs),
    Filter("source", gettext_lazy("source"), Registration.Source.choices, by("source")),
    Filter(
        "organisation_type",
        gettext_lazy("type of organisation"),
        said(Registration.OrganisationType.choices),
        by("organisation_type"),
    ),
    Filter("message_language", gettext_lazy("language of messages"), LANGUAGES, by("language")),
]
FILTER = {one.key: one for one in FILTERS}


def narrowed(registrations, filters):
    """The registrations that all of these filters, value by key, let through."""
    for one in FILTERS:
        if filters.get(one.key):
            registrations = one.narrow(registrations, filters[one.key])
    return registrations


def filter_words(filters):
    """«form of participation: online; chosen one by one: 12», in the present language; empty for everybody."""
    words = [
        f"{one.label}: {dict(one.choices).get(filters[one.key], filters[one.key])}"
        for one in FILTERS
        if filters.get(one.key)
    ]
    if filters.get("chosen"):
        words.append(_("chosen one by one: %(count)d") % {"count": filters["chosen"]})
    return "; ".join(words)
