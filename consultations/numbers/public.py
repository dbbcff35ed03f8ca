"""Numbers for everybody: who took part in the sessions held, and no group of fewer than five, not even by subtraction.

All tables count the same people once each, those who took part, so that no two of them can be subtracted from each
other. Within a table small groups stand together in one row; how many groups that row must hold is chosen such that not
even somebody who knows this file can tell how large one of them is. By kind (organisation, gender, age) there are
numbers only after the last session: what changed from one session to the next would be a small group too.
"""

import datetime
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consultations.models import Registration

LEAST = 5
KINDS = ("organisation_type", "gender", "age_group")


@dataclass(frozen=True)
class PublicTable:
    """Pairs of label and number; the last may be that of the groups put together."""

    key: str
    title: str
    rows: list

    @property
    def most(self):
        return max(count for _label, count in self.rows)


@dataclass(frozen=True)
class PublicNumbers:
    """`took_part` is None while it would be a group too small to speak of; `registered` where it would betray one."""

    as_of: datetime.datetime
    took_part: int | None
    registered: int | None
    tables: list
    is_final: bool


def public_numbers(held, *, is_final):
    """Of these sessions, which have been held; in the present language. One query, however many people there were."""
    came, took_part = Q(checked_in_at__isnull=False), Q(checked_in_at__isnull=False) | Q(joined_online_at__isnull=False)
    rows = Registration.objects.filter(city_session__in=held).order_by().values("city_session", *KINDS)
    counts = {"all": Count("pk"), "took": Count("pk", filter=took_part), "came": Count("pk", filter=came)}
    found = list(rows.annotate(**counts)) if held else []
    total, registered = sum(row["took"] for row in found), sum(row["all"] for row in found)
    if total < LEAST:
        return PublicNumbers(timezone.now(), None, None, [], is_final)
    missing = registered - total
    by_session = added_up(found, lambda row: row["city_session"])
    in_hall = sum(row["came"] for row in found)
    tables = [
        table("sessions", _("By session"), [(str(one), by_session[one.pk]) for one in held]),
        table("mode", _("In the hall and online"), [(_("In the hall"), in_hall), (_("Online"), total - in_hall)]),
    ]
    if is_final:
        tables += [by_kind(found, name, title) for name, title in titles().items()]
    return PublicNumbers(
        as_of=timezone.now(),
        took_part=total,
        registered=registered if missing == 0 or missing >= LEAST else None,
        tables=[one for one in tables if one],
        is_final=is_final,
    )


def titles():
    return dict(zip(KINDS, [_("By type of organisation"), _("By gender"), _("By age group")], strict=True))


def added_up(found, key):
    sums = Counter()
    for row in found:
        sums[key(row)] += row["took"]
    return sums


def by_kind(found, name, title):
    sums = added_up(found, lambda row: row[name])
    choices = Registration._meta.get_field(name).choices
    groups = [(str(label), sums[value]) for value, label in choices]
    return table(name, title, [*groups, (_("Not stated"), sums[""])])


def table(key, title, groups):
    """The table with small groups put together; None where it has to be withheld, or says nothing."""
    together = put_together([count for _label, count in groups])
    if together is None:
        return None
    rows = [(label, count) for place, (label, count) in enumerate(groups) if place not in together and count]
    if together:
        hidden = sum(groups[place][1] for place in together)
        rows.append((pgettext("groups of people", "Smaller groups together"), hidden))
    return PublicTable(key, title, rows) if len(rows) > 1 else None


def put_together(counts):
    """The places of the groups that are to be one row; nothing where none is small; None: withhold the table.

    Small is fewer than `LEAST`, nobody included. Whoever knows the sum of the row, how many groups it holds and this
    rule must not be able to tell the size of a small one. There are three ways to be safe:

    * Nobody is in any of the small groups.
    * The small ones alone, where k groups share at most 4·(k-1) people: each may hold any number from 0 to 4.
    * Else the next larger groups go in too, all that are alike: then any of the groups may be the large one.

    With a total of 4·k-3 to 4·k, groups that are all small would give themselves away by what is not shown, so the
    table is withheld whatever its groups are.
    """
    most_of_small = LEAST - 1
    if most_of_small * (len(counts) - 1) < sum(counts) <= most_of_small * len(counts):
        return None
    small = {place for place, count in enumerate(counts) if count < LEAST}
    people = sum(counts[place] for place in small)
    if people == 0:
        return set()
    if LEAST <= people <= most_of_small * (len(small) - 1):
        return small
    next_larger = min((count for count in counts if count >= LEAST), default=None)
    if next_larger is None:
        return None  # fewer than five in all
    return small | {place for place, count in enumerate(counts) if count == next_larger}
