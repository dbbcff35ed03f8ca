"""What is counted, each term in one sentence; the page, the files and the tests read these tables."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultations.models import Registration

Status = Registration.Status


@dataclass(frozen=True)
class Term:
    """A number's name and its meaning. What is counted row by row has a condition, and filters that lead to its list:
    parameters of the admin's list of registrations.
    """

    key: str
    title: Any
    meaning: Any
    condition: Q | None = None
    filters: dict = field(default_factory=dict)


CAME, JOINED = Q(checked_in_at__isnull=False), Q(joined_online_at__isnull=False)

MEASURES = [
    Term(
        "registered",
        pgettext_lazy("number", "Registered"),
        _("Every registration, whatever became of it: the confirmed, those in the queue and the cancelled together."),
        Q(),
    ),
    Term(
        "confirmed",
        pgettext_lazy("number", "Confirmed"),
        _("Has a place, in the hall or online; whoever was written down at the desk or on paper is among them."),
        Q(status=Status.CONFIRMED),
        {"status__exact": Status.CONFIRMED.value},
    ),
    Term(
        "waiting",
        pgettext_lazy("number", "In the queue"),
        _("Waits for a place and has none yet, neither in the hall nor online."),
        Q(status=Status.WAITING),
        {"status__exact": Status.WAITING.value},
    ),
    Term(
        "cancelled",
        pgettext_lazy("number", "Cancelled"),
        _("Cancelled by the person or by the organisers."),
        Q(status=Status.CANCELLED),
        {"status__exact": Status.CANCELLED.value},
    ),
    Term(
        "came",
        _("Came to the hall"),
        _("Checked in at the entrance, or entered from the signed paper."),
        CAME,
        {"came": "hall"},
    ),
    Term(
        "joined",
        _("Joined online"),
        _("Went on to Zoom from the page of their ticket; who used another link is not seen here."),
        JOINED,
        {"came": "online"},
    ),
    Term(
        "both",
        pgettext_lazy("number", "Both"),
        _("Came to the hall and joined online as well; counted under each of the two."),
        CAME & JOINED,
        {"came": "both"},
    ),
    Term(
        "took_part",
        pgettext_lazy("number", "Took part"),
        _("Came to the hall or joined online, each counted once: came + joined − both."),
        CAME | JOINED,
        {"came": "any"},
    ),
]
MEASURE = {one.key: one for one in MEASURES}

PEOPLE = Term(
    "people",
    _("Different people"),
    _(
        "Registrations of one person are counted once: the same name with the same phone or e-mail, their own or that "
        "of whoever registered them."
    ),
)
PEOPLE_WHO_TOOK_PART = Term(
    "people_took_part",
    _("Different people who took part"),
    _("Of those who took part, each person counted once, however many sessions they took part in."),
)
SO_FAR = Term(
    "so_far",
    pgettext_lazy("number", "So far in all"),
    _("All registrations from the first day to the end of this one."),
)
HALL_AND_ONLINE = Term(
    "mode",
    _("In the hall and online"),
    _("How the person is registered now: to come to the hall, or to take part through Zoom."),
)
TERMS = [*MEASURES, PEOPLE, PEOPLE_WHO_TOOK_PART, HALL_AND_ONLINE]
