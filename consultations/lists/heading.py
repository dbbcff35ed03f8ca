"""Which column of a list says what: recognised by its heading, in Kyrgyz, Russian or English."""

import re

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from consultations.models import Need, Registration

from .reading import MOST_ROWS, ROWS_ABOVE, TOO_LARGE, NotAList

# The columns a list may have, in the order of the empty one, and what else people write above them.
COLUMNS = {
    "full_name": "фио, ф и о, фамилия имя отчество, аты жөнү, толук аты, аты, имя, name, участник, катышуучу",
    "phone": "телефон, тел, номер телефона, контакт, байланыш, phone, mobile, телефону",
    "email": "e mail, email, почта, эл почта, электронная почта, электрондук дареги, mail",
    "mode": "форма участия, участие, катышуу, формат, mode, hall or online",
    "language": "язык, тил, тили, language",
    "organisation": "организация, место работы, уюм, уюму, мекеме, мекемеси, organisation, organization, company",
    "organisation_type": "тип организации, уюмдун түрү, type of organisation",
    "position": "должность, кызматы, position, job title",
    "home_place": "место жительства, населенный пункт, село, жашаган жери, айылы, village, place of living",
    "gender": "пол, жынысы, gender, sex",
    "age_group": "возраст, возрастная группа, жашы, курагы, age",
    "question": "вопрос, суроо, суроосу, question",
    "needs": "потребности, потребность, особые потребности, нужна помощь, муктаждыктар, эмне керек, жардам, needs",
}
# A name in three columns is put together in this order.
PARTS_OF_A_NAME = {
    "surname": "фамилия, фамилиясы, surname, last name",
    "first_name": "имя, аты, first name",
    "patronymic": "отчество, атасынын аты, patronymic, middle name",
}
NO_HEADING = _(
    "No heading was found: a line with “full name” and with “phone” or “e-mail” above the people. Take the empty list."
)
NOBODY = _("There is nobody in this list.")
PLAIN_LETTERS = str.maketrans("ёңөү", "еноу")


def folded(text):
    """«E-mail *», «Аты-жөнү:» and «АТЫ ЖӨНҮ» alike, with н о у for ң ө ү, as many type them."""
    return " ".join(re.findall(r"\w+", text.casefold().translate(PLAIN_LETTERS)))


def people_of(sheets, *, questions=()):
    """The people of the first sheet that has a heading: pairs of the line in the file and the cells by column.

    A column headed by one of the own `questions`, in either language, is `own_` and its id. Cells of columns that are
    not recognised are left out, and so are empty lines. Raises NotAList.
    """
    rows, place = _heading(sheets)
    return _below(rows, place, headings(rows[place], questions=questions))


def columns_left_out(sheets, *, questions=()):
    """What stands above the columns of which nothing is taken, as it stands there. Raises NotAList."""
    rows, place = _heading(sheets)
    row = rows[place]
    return [
        cell
        for cell, column in zip(row, headings(row, questions=questions), strict=True)
        if folded(cell) and not column
    ]


def _heading(sheets):
    for rows in sheets:
        for place, row in enumerate(rows[:ROWS_ABOVE]):
            columns = recognised(row)
            if "full_name" in columns and columns & {"phone", "email"}:
                return rows, place
    raise NotAList(NO_HEADING)


def headings(row, *, questions=()):
    """What each cell of this row heads, or the part of a name; empty for what nobody asks here."""
    asked = {f"own_{one.pk}": {folded(one.words_ky), folded(one.words_ru)} for one in questions}
    parts = [_column_of(cell, _known(PARTS_OF_A_NAME)) for cell in row]
    in_parts = "surname" in parts and "first_name" in parts
    found = []
    for cell, part in zip(row, parts, strict=True):
        usual = _column_of(cell, _known(COLUMNS))
        if in_parts:
            usual = part or ("" if usual == "full_name" else usual)
        # An own question that is worded like a usual column comes after it.
        found.append(next((one for one in (usual, _column_of(cell, asked)) if one and one not in found), ""))
    return found


def recognised(row):
    """The columns that this row heads, a name in parts counted as a whole one."""
    found = set(headings(row)) - {""}
    return found | {"full_name"} if {"surname", "first_name"} <= found else found


def _below(rows, heading, columns):
    people = []
    for line, row in enumerate(rows[heading + 1 :], start=heading + 2):
        cells = dict(zip(columns, row, strict=False))
        cells.pop("", None)
        cells = {column: " ".join(cell.split()) for column, cell in cells.items()}
        if not any(cells.values()):
            continue
        parts = [cells.pop(part, "") for part in PARTS_OF_A_NAME]
        cells["full_name"] = cells.get("full_name") or " ".join(part for part in parts if part)
        people.append((line, cells))
    if not people:
        raise NotAList(NOBODY)
    if len(people) > MOST_ROWS:
        raise NotAList(TOO_LARGE)
    return people


def _column_of(cell, columns):
    """Which of the `columns`, each with what may stand above it, this heading names; one in two languages by a half."""
    halves = [folded(half) for half in (cell, *re.split(r"[/\n|(]", cell))]
    for column, words in columns.items():
        if any(half in words for half in halves if half):
            return column
    return ""


def _known(columns):
    """For each column what may stand above it: its own name in each language, and what people write instead."""
    key = tuple(columns)
    if key not in _KNOWN:
        _KNOWN[key] = {
            column: {folded(words) for words in [*aliases.split(","), column, *_own_names(column)]}
            for column, aliases in columns.items()
        }
    return _KNOWN[key]


_KNOWN = {}


def _own_names(column):
    """The column's name in each language, as our own lists head it."""
    if column in PARTS_OF_A_NAME:
        return []
    names = []
    for language in [None, *(code for code, _name in settings.LANGUAGES)]:
        with override(language):
            names.append(name_of(column))
    return names


def name_of(column):
    """What stands above this column in the present language."""
    if column == "needs":
        return str(Need._meta.verbose_name_plural)
    return str(Registration._meta.get_field(column).verbose_name)
