"""Lists of participants to take away: XLSX, CSV and PDF of the same columns, in Kyrgyz, Russian or English.

Columns, presets and filters are data: the form, the files, the record of who took what, and the tests read the same
tables. Rows come from the database as they are written, so that memory does not grow with them.

What people typed is text and stays text: no formula, no link. Nobody's own address and join link is ever in a list,
nor what somebody needs in order to take part: that leaves the site as totals alone.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from consultations import documents
from consultations.models import ExportRecord, Need, Registration
from consultations.models.credentials import spaced_pass_number

Format, Preset = ExportRecord.Format, ExportRecord.Preset
Mode, Status = Registration.Mode, Registration.Status

ROWS_AT_ONCE = 2000
MOST_ROWS = {Format.XLSX: 1_048_575, Format.CSV: None, Format.PDF: 5_000}  # Excel's own limit; a ream of paper
RECORDED_ABOVE = 20  # people; up to so many, a list needs no record (but gets one)

HALL, ONLINE = gettext_lazy("in the hall"), gettext_lazy("online")
MODES = [(Mode.HALL, HALL), (Mode.ONLINE, ONLINE)]
YES = gettext_lazy("yes")


# Columns


def as_it_is(_order):
    return lambda value: value or ""


def one_of(choices):
    """Shows the words of a choice, in the language of the list."""

    def prepare(_order):
        words = {value: str(label) for value, label in choices}
        return lambda value: words.get(value, value) if value else ""

    return prepare


def moment(_order):
    return lambda value: f"{timezone.localtime(value):%d.%m.%Y %H:%M}" if value else ""


def yes(_order):
    word = str(YES)
    return lambda value: word if value else ""


def first_known(_order):
    """The person's own, else of whoever registered the person."""
    return lambda own, contacts: own or contacts or ""


def session_name(order):
    words = {city_session.pk: str(city_session) for city_session in order.city_sessions}
    return lambda pk: words.get(pk, "")


def took_part(_order):
    hall, online = str(HALL), str(ONLINE)
    return lambda came, joined: ", ".join(word for word, when in ((hall, came), (online, joined)) if when)


def queue_since(order):
    show = moment(order)
    return lambda hall, online: show(hall or online)


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what it reads, how wide it is (in characters), and what it shows."""

    key: str
    header: Any
    fields: tuple
    width: int
    prepare: Callable = as_it_is

    @property
    def title(self):
        return capfirst(str(self.header))

    @property
    def is_personal(self):
        """Whether it says who somebody is, or what somebody wrote."""
        return any(name.rpartition("__")[2] in Registration.PERSONAL for name in self.fields)


WAITING_SINCE = gettext_lazy("in the queue since")
TOOK_PART = gettext_lazy("took part")


def column(key, width, prepare=as_it_is, *, fields=(), header=None):
    """By default named as the registration's own field, and showing it."""
    header = header or Registration._meta.get_field(key).verbose_name
    return Column(key, header, fields or (key,), width, prepare)


COLUMNS = [
    column("full_name", 34),
    column("city_session", 24, session_name),
    column("organisation", 34),
    column("organisation_type", 26, one_of(Registration.OrganisationType.choices)),
    column("position", 24),
    column("home_place", 20),
    column("phone", 16, first_known, fields=("phone", "group__phone")),
    column("email", 28, first_known, fields=("email", "group__email")),
    column("mode", 14, one_of(MODES)),
    column("status", 15, one_of(Status.choices)),
    column(
        "queue_since",
        17,
        queue_since,
        fields=("hall_wanted_at", "online_wanted_at"),
        header=WAITING_SINCE,
    ),
    column("took_part", 16, took_part, fields=("checked_in_at", "joined_online_at"), header=gettext_lazy("took part")),
    column("checked_in_at", 17, moment),
    column("joined_online_at", 17, moment),
    column("pass_number", 12, lambda _order: spaced_pass_number),
    column("language", 12, one_of([("ky", "Кыргызча"), ("ru", "Русский")])),
    column("gender", 14, one_of(Registration.Gender.choices)),
    column("age_group", 12, one_of(Registration.AgeGroup.choices)),
    column("group", 30, fields=("group__full_name",)),
    column("source", 18, one_of(Registration.Source.choices)),
    column("created_at", 17, moment),
    column("listed_publicly", 14, yes),
    column("photo_consent", 14, yes),
    column("question", 50),
]
COLUMN = {one.key: one for one in COLUMNS}
PRESETS = {
    Preset.OFFICIAL: ["full_name", "city_session", "organisation", "position", "mode", "took_part"],
    Preset.CONTACTS: ["full_name", "city_session", "phone", "email", "language", "mode", "status"],
    Preset.EVERYTHING: [one.key for one in COLUMNS],
}
ONE_SESSION_NEEDS_NO = "city_session"  # the title says it
# Names of files travel through systems that know ASCII alone.
ASCII_NAMES = {
    Preset.OFFICIAL: "official-list",
    Preset.CONTACTS: "contacts",
    Preset.EVERYTHING: "full-list",
    Preset.OWN: "list",
}
CONTENTS = {
    Preset.OFFICIAL: gettext_lazy("Official attendee list"),
    Preset.CONTACTS: gettext_lazy("Contacts of participants"),
    Preset.EVERYTHING: gettext_lazy("Full list of participants"),
    Preset.OWN: gettext_lazy("List of participants"),
}


# Filters


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list, the same on the page for lists and on the admin's list of registrations."""

    key: str
    label: Any
    choices: list
    narrow: Callable


def by(name):
    return lambda rows, value: rows.filter(**{name: value})


def narrow_status(rows, value):
    return rows.live() if value == LIVE else rows.filter(status=value)


def narrow_came(rows, value):
    came, joined = Q(checked_in_at__isnull=False), Q(joined_online_at__isnull=False)
    return rows.filter({"hall": came, "online": joined, "any": came | joined, "none": ~came & ~joined}[value])


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
]


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


def column_words(keys):
    """The headers of these columns, in the present language."""
    return [COLUMN[key].title if key in COLUMN else key for key in keys]


# What is asked for


@dataclass(frozen=True)
class Order:
    """A list as somebody asked for it. `registrations` is a QuerySet, narrowed already."""

    registrations: Any
    city_sessions: list
    columns: list
    format: str
    language: str
    made_by: str
    reason: str
    preset: str = Preset.OWN
    filters: dict = field(default_factory=dict)
    with_signature: bool = False
    reason_text: str = ""
    made_at: datetime = field(default_factory=timezone.now)

    @property
    def chosen_columns(self):
        """In the order asked for; of a single session its name is in the title and not in every row."""
        keys = self.columns
        if self.preset != Preset.OWN and len(self.city_sessions) == 1:
            keys = [key for key in keys if key != ONE_SESSION_NEEDS_NO]
        return [COLUMN[key] for key in keys]

    @property
    def headers(self):
        """With the number before and, where wanted, room for signatures behind; in the present language."""
        signature = [_("Signature")] if self.with_signature else []
        return ["№", *(one.title for one in self.chosen_columns), *signature]

    @property
    def widths(self):
        return [6, *(one.width for one in self.chosen_columns), *([24] if self.with_signature else [])]

    def rows(self, totals=None):
        """Every row as texts, in Kyrgyz alphabetical order, read from the database as they are needed.

        In the language of this call. What `totals` counts on the way adds up with them, whoever registers meanwhile.
        """
        columns = self.chosen_columns
        fields = list(dict.fromkeys([*COUNTED, *(name for one in columns for name in one.fields)]))
        shows = [(one.prepare(self), [fields.index(name) for name in one.fields]) for one in columns]
        found = self.registrations.in_alphabetical_order().values_list(*(AS_STORED.get(name, name) for name in fields))
        return shown(found.iterator(chunk_size=ROWS_AT_ONCE), shows, totals or Totals())

    def described(self):
        """The title's lines, pairs of label and text: what, which sessions, which filter, who, when, why."""
        consultations = dict.fromkeys(one.consultation.title for one in self.city_sessions)
        reason = ExportRecord.Reason(self.reason).label
        return [
            (_("Public consultation"), "; ".join(consultations)),
            (_("Sessions"), "; ".join(map(session_words, self.city_sessions))),
            (_("Filter"), filter_words(self.filters) or _("everybody registered")),
            (_("Made by"), self.made_by),
            (_("Made on"), formats.date_format(timezone.localtime(self.made_at), "DATETIME_FORMAT")),
            (_("Reason"), f"{reason}: {self.reason_text}" if self.reason_text else str(reason)),
        ]

    def file_name(self):
        """«osh-2025-06-09-official-list.xlsx»: session, date and content."""
        where, date = self._where_and_date()
        return f"{where}-{date:%Y-%m-%d}-{ASCII_NAMES[self.preset]}.{self.format}"

    def file_name_in_words(self):
        """«Ош, 09.06.2025, официальный список.xlsx», in the language of the list."""
        with override(self.language):
            _where, date = self._where_and_date()
            places = ", ".join(dict.fromkeys(one.city for one in self.city_sessions))
            return f"{places}, {date:%d.%m.%Y}, {CONTENTS[self.preset]}.{self.format}"

    def _where_and_date(self):
        """The session and its day; of several their consultation, and the day the list was made."""
        today = timezone.localdate(self.made_at)
        if len(self.city_sessions) == 1:
            return self.city_sessions[0].slug, self.city_sessions[0].date or today
        slugs = {one.consultation.slug for one in self.city_sessions}
        return slugs.pop() if len(slugs) == 1 else "consultations", today

    def content_disposition(self):
        """A header with both names: the ASCII one for programs that read no other."""
        name = quote(self.file_name_in_words(), safe="")
        return f"attachment; filename=\"{self.file_name()}\"; filename*=UTF-8''{name}"

    def record(self, rows):
        """The record of this list, unsaved."""
        return ExportRecord(
            made_at=self.made_at,
            made_by=self.made_by,
            city_sessions=[one.pk for one in self.city_sessions],
            filters=self.filters,
            preset=self.preset,
            columns=[one.key for one in self.chosen_columns],
            with_signature=self.with_signature,
            format=self.format,
            language=self.language,
            rows=rows,
            reason=self.reason,
            reason_text=self.reason_text,
        )


def session_words(city_session):
    """«Балыкчы, 2025-жылдын 9-июну, дүйшөмбү, 13:30»."""
    if not city_session.date:
        return f"{city_session.city}, {_('Date to be announced')}"
    start = f", {city_session.start_time:%H:%M}" if city_session.start_time else ""
    return f"{city_session.city}, {formats.date_format(city_session.date)}{start}"


def shown(found, shows, totals):
    """The texts of each row, of which the first values are those that are counted."""
    for values in found:
        totals.add(*values[: len(COUNTED)])
        yield [clean(show(*[values[place] for place in places])) for show, places in shows]


# The model would parse every number into an object, which takes longer than everything else here together.
AS_STORED = {name: Cast(name, TextField()) for name in ("phone", "group__phone")}
COUNTED = ["mode", "checked_in_at", "joined_online_at"]


class Totals:
    """The numbers of the title, counted while the rows are written."""

    def __init__(self):
        self.people = self.hall = self.online = self.came = self.joined = 0

    def add(self, mode, checked_in_at, joined_online_at):
        self.people += 1
        self.hall += mode == Mode.HALL
        self.online += mode == Mode.ONLINE
        self.came += checked_in_at is not None
        self.joined += joined_online_at is not None

    def lines(self):
        """Pairs of label and number."""
        return [
            (_("People in this list"), self.people),
            (_("In the hall"), self.hall),
            (_("Online"), self.online),
            (_("Came to the hall"), self.came),
            (_("Joined online"), self.joined),
        ]


# What no file can hold: control characters but the line's end, halves of characters, characters that are none.
NOT_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text):
    return NOT_TEXT.sub(" ", text)


# XLSX


def attendees_xlsx(order, file):
    """Write the list into an open binary file; returns the number of people. Memory does not grow with them.

    A sheet with the title, and one with the rows: text cells, head that stays in sight, filter, A4 across.
    """
    from xlsxwriter import Workbook  # slow import

    with override(order.language):
        workbook = Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        title = workbook.add_worksheet(sheet_name(_("Title")))
        sheet = workbook.add_worksheet(sheet_name(_("List")))
        totals = Totals()
        _write_rows(order, workbook, sheet, totals)
        _write_title(order, workbook, title, totals)
        workbook.set_properties({"title": str(CONTENTS[order.preset]), "created": _without_zone(order.made_at)})
        workbook.close()
    return totals.people


def _write_rows(order, workbook, sheet, totals):
    headers, height = order.headers, 30 if order.with_signature else None
    head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6F1F2"})
    line = {"valign": "vcenter" if order.with_signature else "top"}
    cell = workbook.add_format(line | {"text_wrap": True, "num_format": "@"})
    number = workbook.add_format(line)
    for place, width in enumerate(order.widths):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    _for_a4(sheet)
    sheet.hide_gridlines(0)  # nor on paper: an empty cell then costs nothing
    for place, header in enumerate(headers):
        sheet.write_string(0, place, header, head)
    count = 0
    for count, texts in enumerate(order.rows(totals), start=1):
        if height:
            sheet.set_row(count, height)
        sheet.write_number(count, 0, count, number)
        for place, text in enumerate(texts, start=1):
            if text:
                _write_text(sheet, count, place, text, cell)
    sheet.autofilter(0, 0, count, len(headers) - 1)
    # Telephone and ticket numbers are text on purpose: no green corner in each cell.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{count + 1}"})


def _write_text(sheet, row, place, text, cell):
    if sheet.write_string(row, place, text, cell):
        raise ValueError(f"Row {row}, column {place}: the text does not fit into a cell")


def _write_title(order, workbook, sheet, totals):
    heading = workbook.add_format({"bold": True, "font_size": 16})
    label = workbook.add_format({"bold": True, "valign": "top"})
    text = workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    number = workbook.add_format({"align": "left"})
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    _for_a4(sheet)
    sheet.write_string(0, 0, str(CONTENTS[order.preset]), heading)
    row = 2
    for name, words in order.described():
        sheet.write_string(row, 0, name, label)
        _write_text(sheet, row, 1, clean(words), text)
        row += 1
    row += 1
    for name, count in totals.lines():
        sheet.write_string(row, 0, name, label)
        sheet.write_number(row, 1, count, number)
        row += 1
    sheet.write_string(row + 1, 0, _("Personal data: only for the reason named above."))


def sheet_name(words):
    """A name that Excel takes: at most 31 characters, and none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\]", " ", words)[:31]


def _for_a4(sheet):
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&C&P / &N")


def _without_zone(moment):
    return timezone.localtime(moment).replace(tzinfo=None)


# CSV

# Programs for tables run a cell that begins so. Full-width signs too: some fold them first.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
SEMICOLON = ";"  # what Excel expects where the decimal sign is a comma, as in Kyrgyz and Russian


def attendees_csv(order):
    """An iterator over the file's bytes, of which the first are there at once."""
    buffer = io.StringIO("\ufeff")
    buffer.seek(1)
    writer = csv.writer(buffer, delimiter=SEMICOLON)
    with override(order.language):
        writer.writerow(order.headers)
        rows = order.rows()
    yield taken(buffer)
    blank = [""] if order.with_signature else []
    for count, texts in enumerate(rows, start=1):
        writer.writerow([count, *map(inert, texts), *blank])
        if count % ROWS_AT_ONCE == 0:
            yield taken(buffer)
    yield taken(buffer)


def taken(buffer):
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


PHONE = re.compile(r"\+(\d{6,15})")


def inert(text):
    """The text such that no program runs it: a phone number loses its plus, everything else gets an apostrophe."""
    if not FORMULA.match(text):
        return text
    number = PHONE.fullmatch(text)
    return number[1] if number else f"'{text}"


# PDF


def attendees_pdf(order):
    """The same columns on paper, for signature and archive; the head stands on every page."""
    totals = Totals()
    with override(order.language):
        rows = [[str(count), *texts] for count, texts in enumerate(order.rows(totals), start=1)]
        return documents.attendee_list(
            {
                "language": order.language,
                "title": str(CONTENTS[order.preset]),
                "lines": [*order.described(), *((name, str(count)) for name, count in totals.lines())],
                "headers": order.headers,
                "widths": order.widths,
                "rows": rows,
                "with-signature": order.with_signature,
                "note": _("Personal data: only for the reason named above."),
            }
        )
