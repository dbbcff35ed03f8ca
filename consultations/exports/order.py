"""A list as somebody asked for it: which people, which columns, for whom and why; its rows, title and names."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations.models import ExportRecord, Registration

from .columns import (
    ASCII_NAMES,
    COLUMN,
    CONTENTS,
    ONE_SESSION_NEEDS_NO,
    question_columns,
    questions_behind,
    stored_answer,
)
from .filters import filter_words

Mode, Preset = Registration.Mode, ExportRecord.Preset

ROWS_AT_ONCE = 2000


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

    @cached_property
    def question_columns(self):
        """The own questions among the columns, by key."""
        return {one.key: one for one in question_columns(questions_behind(self.columns))}

    @property
    def chosen_columns(self):
        """In the order asked for; of a single session its name is in the title and not in every row."""
        keys = self.columns
        if self.preset != Preset.OWN and len(self.city_sessions) == 1:
            keys = [key for key in keys if key != ONE_SESSION_NEEDS_NO]
        known = COLUMN | self.question_columns
        return [known[key] for key in keys if key in known]

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
        stored = AS_STORED | {key: stored_answer(one.question) for key, one in self.question_columns.items()}
        found = self.registrations.in_alphabetical_order().values_list(*(stored.get(name, name) for name in fields))
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
        return content_disposition(self.file_name(), self.file_name_in_words())

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


def content_disposition(ascii_name, name_in_words, *, as_attachment=True):
    """A header with both names of a file: the ASCII one for programs that read no other."""
    kind = "attachment" if as_attachment else "inline"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name_in_words, safe='')}"


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
