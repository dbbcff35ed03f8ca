"""Zoom's report of participants, read: who was in the meeting, since when, for how long.

Zoom's web portal gives a CSV: some lines about the meeting, an empty one, then one line for each time somebody came
in, or one a person where "unique users" was ticked. Its columns are named in the language of the account, their order
and number have changed over the years, and whoever opened the file in Excel has saved it with semicolons and in
another encoding. So columns are found by their words, and nothing else is taken for granted.
"""

import csv
import datetime
import io
import re
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LARGEST = 2_000_000  # bytes; a report of 1,000 people has a tenth of that
MOST_LINES = 20_000
ENCODINGS = ("utf-8-sig", "utf-16", "cp1251")

# Words that name a column, in English and in Russian; Zoom does not speak Kyrgyz.
COLUMNS = {
    "name": re.compile(r"^(name|имя|user name)", re.IGNORECASE),
    "email": re.compile(r"e-?mail|почт", re.IGNORECASE),
    "joined": re.compile(r"^(join|время входа|время подключения|вход)", re.IGNORECASE),
    "minutes": re.compile(r"duration|длительность|продолжительность", re.IGNORECASE),
    "waiting": re.compile(r"waiting room|зале ожидания", re.IGNORECASE),
}
YES = {"yes", "да"}
# Day and month change places with the account's region; the day of the session decides.
TIME_FORMATS = [
    f"{day} {time}"
    for day in ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d")
    for time in ("%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M")
]
RENAMED = re.compile(r"^(?P<shown>[^()]*)\((?P<original>[^()]*)\)\s*$")

NOT_A_REPORT = _("This is no participants’ report of Zoom: no column with names and e-mail addresses was found.")
TOO_LARGE = _("The file is too large for a participants’ report of Zoom.")


class NotAReport(Exception):
    """The file is something else; `message` says so to the person who chose it."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


@dataclass
class Attendee:
    """One person in the meeting, however often they came in. `joined_at` is aware, or None where it cannot be read."""

    names: list
    email: str
    joined_at: datetime.datetime | None = None
    minutes: int = 0
    times: int = field(default=1)

    @property
    def name(self):
        return self.names[0] if self.names else ""


def read(content, *, date):
    """The people of a report, one each, in its order. `date` is the session's day, in the site's time zone.

    Lines of the same e-mail address, or without one of the same name, are one person: the first arrival counts, the
    minutes are added up. Who never got out of the waiting room is left out. Raises NotAReport.
    """
    if len(content) > LARGEST:
        raise NotAReport(TOO_LARGE)
    lines = _lines(_text(content))
    found = {}
    for line in lines:
        if line["waiting"].casefold() in YES or not (line["name"] or line["email"]):
            continue
        person = Attendee(
            names=_names(line["name"]),
            email=line["email"].casefold(),
            joined_at=_moment(line["joined"], date),
            minutes=_whole_number(line["minutes"]),
        )
        key = person.email or " ".join(sorted(person.name.casefold().split()))
        found[key] = _together(found[key], person) if key in found else person
    if not found:
        raise NotAReport(NOT_A_REPORT)
    return list(found.values())


def _text(content):
    """The first encoding that fits; cp1251 takes any bytes but a few, so it stands last."""
    is_utf16 = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ENCODINGS:
        if (encoding == "utf-16") is not is_utf16:
            continue
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise NotAReport(NOT_A_REPORT)


def _lines(text):
    """Lines below the heading that names people and addresses, as columns by name; missing ones are empty."""
    heading = None
    delimiter = max(",;\t", key=text.count)
    try:
        for count, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if count > MOST_LINES:
                raise NotAReport(TOO_LARGE)
            cells = [" ".join(cell.split()) for cell in cells]
            if heading is None:
                heading = _heading(cells)
            elif any(cells):
                values = dict(zip(heading, cells, strict=False))
                yield {column: values.get(column, "") for column in COLUMNS}
    except csv.Error:
        raise NotAReport(NOT_A_REPORT) from None


def _heading(cells):
    """Names of the columns of this line, or None where it is not the people's heading."""
    names = [next((column for column, words in COLUMNS.items() if words.search(cell)), "") for cell in cells]
    return names if {"name", "email"} <= set(names) else None


def _names(text):
    """What the person was called: «iPhone (Өмүр Бек)» is the name shown, and the one Zoom knows."""
    renamed = RENAMED.match(text)
    names = [renamed["shown"].strip(), renamed["original"].strip()] if renamed else [text]
    return [name for name in names if name]


def _moment(text, date):
    """The aware time in the site's time zone that lies on the session's day or next to it; None where none does."""
    for time_format in TIME_FORMATS:
        try:
            moment = datetime.datetime.strptime(text, time_format)  # noqa: DTZ007 -- the report names no zone
        except ValueError:
            continue
        if abs(moment.date() - date) <= datetime.timedelta(days=1):
            return timezone.make_aware(moment)
    return None


def _whole_number(text):
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0


def _together(first, second):
    """One person who came in twice."""
    moments = [moment for moment in (first.joined_at, second.joined_at) if moment]
    return Attendee(
        names=list(dict.fromkeys(first.names + second.names)),
        email=first.email,
        joined_at=min(moments, default=None),
        minutes=first.minutes + second.minutes,
        times=first.times + 1,
    )
