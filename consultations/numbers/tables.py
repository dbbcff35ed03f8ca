"""The tables of numbers: per session, by whatever people said of themselves, over time.

Every table counts the same registrations, so its rows add up to the same total; what nobody said is a row. Counting is
the database's: a table is one query, however many people there are.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Func, Min, Sum
from django.db.models.functions import TruncDate
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consultations.exports.columns import LANGUAGES, MODES
from consultations.exports.filters import NOT_STATED
from consultations.models import OwnQuestion, PlaceCount, Registration

from .people import counted_once
from .terms import MEASURE, MEASURES, PEOPLE, PEOPLE_WHO_TOOK_PART, SO_FAR

MOST_PLACES = 40  # in rows of their own
MOST_PERIODS = 31  # days, else weeks, else months
STAYS_BY_PLACE = ["registered", "came", "joined", "both"]  # what a PlaceCount keeps


@dataclass(frozen=True)
class Number:
    """A number, and the filters that lead to the list behind it; None where there is no such list."""

    value: int
    filters: dict | None = None


@dataclass(frozen=True)
class Row:
    label: str
    numbers: dict
    language: str = ""  # of the label, where it is not the reader's

    def __getitem__(self, key):
        return self.numbers[key].value if key in self.numbers else 0


@dataclass(frozen=True)
class Table:
    """`columns` are terms; `head` names what the rows are."""

    key: str
    title: str
    head: str
    columns: list
    rows: list
    total: Row
    sheet: str = ""  # the name of its sheet in a file, where the title is too long for one

    @property
    def most(self):
        """The longest bar."""
        return max((row["registered"] for row in self.rows), default=0)

    def lines(self):
        """Rows and total as plain lists, the label first: for files."""
        return [[row.label, *(row[one.key] for one in self.columns)] for row in [*self.rows, self.total]]


@dataclass(frozen=True)
class Kind:
    """One thing that people say of themselves, or that is known of their registration."""

    key: str
    title: Any
    choices: Callable
    parameter: str
    may_be_unsaid: bool = True


KINDS = [
    Kind("mode", gettext_lazy("In the hall and online"), lambda: MODES, "mode", may_be_unsaid=False),
    Kind(
        "organisation_type",
        gettext_lazy("By type of organisation"),
        lambda: Registration.OrganisationType.choices,
        "organisation_type",
    ),
    Kind("gender", gettext_lazy("By gender"), lambda: Registration.Gender.choices, "gender"),
    Kind("age_group", gettext_lazy("By age group"), lambda: Registration.AgeGroup.choices, "age_group"),
    Kind(
        "language",
        gettext_lazy("By language of messages"),
        lambda: LANGUAGES,
        "language",
        may_be_unsaid=False,
    ),
    Kind(
        "source",
        gettext_lazy("By way of registering"),
        lambda: Registration.Source.choices,
        "source__exact",
        may_be_unsaid=False,
    ),
]


@dataclass(frozen=True)
class Numbers:
    """Everything counted of one consultation, or of one session of it, at one moment."""

    consultation: Any
    city_session: Any
    as_of: datetime.datetime
    sessions: Table
    tables: list = field(default_factory=list)  # the others, in their order

    @property
    def total(self):
        return self.sessions.total

    @property
    def all_tables(self):
        return [self.sessions, *self.tables]


def numbers_of(consultation, city_session=None):
    """`Numbers` of the consultation, or of that session alone; in the present language."""
    rows = Registration.objects.filter(city_session__consultation=consultation).order_by()
    where = {"consultation": consultation.pk}
    if city_session is not None:
        rows = rows.filter(city_session=city_session)
        where = {"city_session__id__exact": city_session.pk}
    sessions = by_session(consultation, city_session, rows, where)
    tables = [by_kind(kind, rows, where) for kind in KINDS]
    tables.insert(4, by_place(consultation, city_session, rows, where))
    tables += by_own_questions(consultation, city_session, rows, where, sessions.total)
    tables.append(over_time(rows, where))
    return Numbers(consultation, city_session, timezone.now(), sessions, tables)


def measured(rows, *by, **more):
    """Of each value of `by` one dictionary with every measure, and `more`."""
    counts = {one.key: Count("pk", filter=one.condition) for one in MEASURES}
    return list(rows.values(*by).annotate(**counts, **more))


def row_of(label, counts, where, columns=MEASURES, *, language="", linked=True):
    """A row whose numbers lead to their lists."""
    numbers = {
        one.key: Number(counts[one.key], where | one.filters if linked and counts[one.key] else None) for one in columns
    }
    return Row(str(label), numbers, language)


def summed(rows, columns):
    return {one.key: sum(row[one.key] for row in rows) for one in columns}


def in_all(rows, where, columns=MEASURES):
    return row_of(pgettext("number", "In all"), summed(rows, columns), where, columns)


NOBODY = Counter()


# Per session


def by_session(consultation, city_session, rows, where):
    """With different people: of one session those of that session, in all those of the whole consultation."""
    chosen = [city_session] if city_session else list(consultation.city_sessions.in_order())
    found = {counts["city_session"]: counts for counts in measured(rows, "city_session")}
    registered_again, took_part_again = counted_once(consultation)
    lines = []
    for one in chosen:
        counts = found.get(one.pk, NOBODY)
        line = row_of(session_words(one), counts, {"city_session__id__exact": one.pk})
        lines.append(with_people(line, registered_again[one.pk], took_part_again[one.pk]))
    key = city_session.pk if city_session else None
    total = with_people(in_all(lines, where), registered_again[key], took_part_again[key])
    columns = [*MEASURES, PEOPLE, PEOPLE_WHO_TOOK_PART]
    return Table("sessions", _("Sessions"), _("Session"), columns, lines, total)


def with_people(row, registered_again, took_part_again):
    row.numbers[PEOPLE.key] = Number(row["registered"] - registered_again)
    row.numbers[PEOPLE_WHO_TOOK_PART.key] = Number(row["took_part"] - took_part_again)
    return row


def session_words(city_session):
    """«Ош, 09.06.2025»."""
    return str(city_session) if city_session.date else f"{city_session.city}: {_('Date to be announced')}"


# By kind


def by_kind(kind, rows, where):
    found = {counts[kind.key]: counts for counts in measured(rows, kind.key)}
    lines = [
        row_of(capfirst(str(label)), found.get(value, NOBODY), where | {kind.parameter: str(value)})
        for value, label in kind.choices()
    ]
    if kind.may_be_unsaid:
        lines.append(row_of(_("Not stated"), found.get("", NOBODY), where | {kind.parameter: NOT_STATED}))
    return Table(kind.key, str(kind.title), _("Answer"), MEASURES, lines, in_all(lines, where))


def by_place(consultation, city_session, rows, where):
    """As people wrote them, folded as names are; of erased rows what was kept (see models/place_count.py).

    Once something is erased a place's list no longer holds all of them, so nothing leads there.
    """
    columns = [MEASURE[key] for key in [*STAYS_BY_PLACE, "took_part"]]
    kept = PlaceCount.objects.filter(city_session__consultation=consultation)
    if city_session is not None:
        kept = kept.filter(city_session=city_session)
    places, names = defaultdict(Counter), {}
    # Each spelling is folded once, not each row.
    for counts in measured(rows, "home_place", place_key=folded(Min("home_place"))):
        key, name = counts["place_key"], counts["home_place"]
        places[key].update(only(counts, MEASURES))
        names[key] = min(name, names.get(key, name))
    sums = {key: Sum(key) for key in STAYS_BY_PLACE}
    erased = list(kept.annotate(place_key=folded("place")).values("place_key").annotate(name=Min("place"), **sums))
    unsaid = places.pop("", Counter())
    others = Counter()
    for counts in erased:
        known = Counter({key: counts[key] for key in STAYS_BY_PLACE})
        known["took_part"] = known["came"] + known["joined"] - known["both"]
        unsaid.subtract(known)  # an erased row says no place any more
        key = counts["place_key"]
        if key == "":
            others.update(known)
        else:
            names.setdefault(key, counts["name"])
            places[key].update(known)
    ranked = sorted(places, key=lambda key: (-places[key]["registered"], names[key]))
    for key in ranked[MOST_PLACES:]:
        others.update(only(places[key], columns))
    is_whole = not erased
    lines = [
        row_of(names[key], places[key], where | {"place": key}, columns, linked=is_whole)
        for key in ranked[:MOST_PLACES]
    ]
    if others:
        lines.append(row_of(_("Other places"), others, where, columns, linked=False))
    lines.append(row_of(_("Not stated"), unsaid, where | {"place": NOT_STATED}, columns, linked=is_whole))
    title = gettext_lazy("By place of living")
    return Table("place", str(title), _("As people wrote it"), columns, lines, in_all(lines, where, columns))


def only(counts, columns):
    return {one.key: counts[one.key] for one in columns}


def folded(name):
    return Func(name, function="consultations_name_key")


# By what the consultation asked besides


def by_own_questions(consultation, city_session, rows, where, everybody):
    """A table for each own question with answers to choose from, all in one query; of a session those it asks itself
    too. Who gave no answer, or whose answer is erased, is a row.
    """
    asked = consultation.own_questions if city_session is None else OwnQuestion.objects.of_session(city_session)
    questions = list(asked.counted().in_order())
    answered = rows.filter(own_answers__question__in=questions, own_answers__choice__isnull=False)
    by = ("own_answers__question", "own_answers__choice")
    found = {tuple(counts[name] for name in by): counts for counts in measured(answered, *by)} if questions else {}
    tables = []
    for number, question in enumerate(questions, start=1):
        lines = [
            row_of(words, found.get((question.pk, choice), NOBODY), where, linked=False)
            for choice, words in question.answers_in_words.items()
        ]
        said = summed(lines, MEASURES)
        unsaid = Counter({one.key: everybody[one.key] - said[one.key] for one in MEASURES})
        lines.append(row_of(_("Not stated"), unsaid, where, linked=False))
        sheet = _("Question %(number)d") % {"number": number}
        table = Table(
            f"own-{question.pk}", question.words, _("Answer"), MEASURES, lines, in_all(lines, where), sheet=sheet
        )
        tables.append(table)
    return tables


# Over time


def over_time(rows, where):
    """Registrations by the day they were made, in Bishkek's time; by week or month where the days would be too many."""
    registered = MEASURE["registered"]
    days = dict(rows.annotate(day=TruncDate("created_at")).values_list("day").annotate(n=Count("pk")))
    lines, so_far = [], 0
    for first, last in periods(days):
        count = sum(n for day, n in days.items() if first <= day <= last)
        so_far += count
        when = where | {"registered_on": f"{first}..{last}"}
        line = row_of(period_words(first, last), {"registered": count}, when, [registered])
        line.numbers[SO_FAR.key] = Number(so_far)
        lines.append(line)
    total = in_all(lines, where, [registered])
    total.numbers[SO_FAR.key] = Number(so_far)
    return Table("time", _("Over time"), _("When registered"), [registered, SO_FAR], lines, total)


def periods(days):
    """From the first day to the last, without gaps, at most about a month's worth of pairs of first and last day."""
    if not days:
        return []
    first, last = min(days), max(days)
    begins = day = first
    if (last - first).days >= MOST_PERIODS * 7:
        begins, following = first.replace(day=1), next_month
    elif (last - first).days >= MOST_PERIODS:
        begins, following = first - datetime.timedelta(days=first.weekday()), next_week
    else:
        following = next_day
    found, day = [], begins
    while day <= last:
        after = following(day)
        found.append((day, after - datetime.timedelta(days=1)))
        day = after
    return found


def next_day(day):
    return day + datetime.timedelta(days=1)


def next_week(day):
    return day + datetime.timedelta(days=7)


def next_month(day):
    return (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


def period_words(first, last):
    """«09.06.2025», «09.06.2025–15.06.2025»."""
    short = [formats.date_format(day, "d.m.Y") for day in (first, last)]
    return short[0] if first == last else "–".join(short)
