"""The numbers as a file for Excel: a sheet with the terms, and one for each table."""

import io

from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consultations.exports.workbook import for_a4, height_of, sheet_name

from .sentences import sentence
from .terms import TERMS

WIDTH_OF_LABELS, WIDTH_OF_NUMBERS, WIDTH_OF_WORDS = 44, 13, 100


def numbers_xlsx(numbers):
    """The file's bytes, in the language of the present reader. Numbers are numbers, so that they can be reckoned on."""
    from xlsxwriter import Workbook  # slow import

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with Workbook(file, options) as workbook:
        workbook.set_properties({"created": timezone.localtime(numbers.as_of).replace(tzinfo=None)})
        look = Look(workbook)
        write_terms(numbers, workbook.add_worksheet(sheet_name(_("Title"))), look)
        for table in numbers.all_tables:
            write_table(table, workbook.add_worksheet(sheet_name(table.sheet or table.title)), look)
    return file.getvalue()


class Look:
    """The few formats of the file."""

    def __init__(self, workbook):
        self.heading = workbook.add_format({"bold": True, "font_size": 16})
        self.head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6F1F2"})
        self.label = workbook.add_format({"bold": True, "valign": "top"})
        self.text = workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        self.number = workbook.add_format({"valign": "top", "num_format": "0"})
        self.total = workbook.add_format({"valign": "top", "num_format": "0", "bold": True, "top": 1})
        self.total_label = workbook.add_format({"bold": True, "top": 1, "valign": "top", "num_format": "@"})


def write_terms(numbers, sheet, look):
    sheet.set_column(0, 0, WIDTH_OF_LABELS)
    sheet.set_column(1, 1, WIDTH_OF_WORDS)
    for_a4(sheet)
    sheet.write_string(0, 0, _("Numbers of participants"), look.heading)
    as_of = formats.date_format(timezone.localtime(numbers.as_of), "DATETIME_FORMAT")
    lines = [
        (_("Public consultation"), numbers.consultation.title),
        (_("Sessions"), "; ".join(row.label for row in numbers.sessions.rows)),
        (_("As of"), as_of),
        (_("In one sentence"), sentence(numbers)),
        *((str(one.title), str(one.meaning)) for one in TERMS),
    ]
    for place, (label, words) in enumerate(lines, start=2):
        sheet.write_string(place, 0, label, look.label)
        sheet.write_string(place, 1, words, look.text)
        sheet.set_row(place, height_of([words], [WIDTH_OF_WORDS], 1))


def write_table(table, sheet, look):
    """Title, heads, rows, total."""
    sheet.set_column(0, 0, WIDTH_OF_LABELS)
    sheet.set_column(1, len(table.columns), WIDTH_OF_NUMBERS)
    for_a4(sheet)
    sheet.write_string(0, 0, table.title, look.heading)
    heads = [table.head, *(str(one.title) for one in table.columns)]
    sheet.set_row(2, height_of(heads, [WIDTH_OF_LABELS, *[WIDTH_OF_NUMBERS] * len(table.columns)], 1))
    sheet.freeze_panes(3, 1)
    for place, head in enumerate(heads):
        sheet.write_string(2, place, capfirst(head), look.head)
    lines = table.lines()
    for row, (label, *values) in enumerate(lines, start=3):
        is_total = row == len(lines) + 2
        sheet.write_string(row, 0, label, look.total_label if is_total else look.text)
        for place, value in enumerate(values, start=1):
            sheet.write_number(row, place, value, look.total if is_total else look.number)


def file_name(numbers):
    """«osh-2025-06-09-numbers.xlsx»: session or consultation, and the day of counting."""
    where = (numbers.city_session or numbers.consultation).slug
    return f"{where}-{timezone.localtime(numbers.as_of):%Y-%m-%d}-numbers.xlsx"
