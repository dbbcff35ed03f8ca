"""The three files of a list. XLSX and CSV are written row by row, so that memory does not grow with them."""

import csv
import io
import re
import tempfile

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations import documents
from consultations.models import ExportRecord

from .columns import CONTENTS
from .order import ROWS_AT_ONCE, Totals, clean

Format = ExportRecord.Format

MOST_ROWS = {Format.XLSX: 1_048_575, Format.PDF: 5_000}  # Excel's own limit; what anybody still prints


# XLSX


def attendees_xlsx(order, file):
    """Write the list into an open binary file; returns the number of people. Memory does not grow with them.

    A sheet with the title, and one with the rows: text cells, head that stays in sight, filter, A4 across.
    """
    from xlsxwriter import Workbook  # slow import

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    totals = Totals()
    # Rows wait in files until all are there; whatever happens, none of these stays behind.
    with override(order.language), tempfile.TemporaryDirectory() as directory:
        workbook = Workbook(file, options | {"constant_memory": True, "tmpdir": directory})
        title = workbook.add_worksheet(sheet_name(_("Title")))
        sheet = workbook.add_worksheet(sheet_name(_("List")))
        try:
            _write_rows(order, workbook, sheet, totals)
            _write_title(order, workbook, title, totals)
            workbook.set_properties({"title": str(CONTENTS[order.preset]), "created": _without_zone(order.made_at)})
            workbook.close()
        finally:
            title.row_data_fh.close()
            sheet.row_data_fh.close()
    return totals.people


def _write_rows(order, workbook, sheet, totals):
    headers, widths = order.headers, order.widths
    least = 2 if order.with_signature else 1  # lines
    head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6F1F2"})
    line = {"valign": "vcenter" if order.with_signature else "top"}
    cell = workbook.add_format(line | {"text_wrap": True, "num_format": "@"})
    number = workbook.add_format(line)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    for_a4(sheet)
    sheet.hide_gridlines(0)  # nor on paper: an empty cell then costs nothing
    sheet.set_row(0, height_of(headers, widths, 1))
    for place, header in enumerate(headers):
        sheet.write_string(0, place, header, head)
    count = 0
    for count, texts in enumerate(order.rows(totals), start=1):
        if height := height_of(texts, widths[1:], least):
            sheet.set_row(count, height)
        sheet.write_number(count, 0, count, number)
        # The row before is written by now; its height would be kept in memory to the end.
        sheet.row_info.pop(count - 1, None)
        sheet.row_sizes.pop(count - 1, None)
        for place, text in enumerate(texts, start=1):
            if text:
                _write_text(sheet, count, place, text, cell)
    sheet.autofilter(0, 0, count, len(headers) - 1)
    # Telephone and ticket numbers are text on purpose: no green corner in each cell.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{count + 1}"})


BOLD_OR_WIDE = 1.15  # a column's width is counted in digits; Cyrillic letters are wider
LINE_HEIGHT, HIGHEST = 15, 405  # points; Excel takes 409


def height_of(texts, widths, least):
    """High enough for every cell's lines: not every program works that out by itself. None for one line."""
    lines = least
    for text, width in zip(texts, widths, strict=False):
        if len(text) * BOLD_OR_WIDE > width:
            lines = max(lines, sum(int(len(line) * BOLD_OR_WIDE / width) + 1 for line in text.split("\n")))
    return min(lines * LINE_HEIGHT, HIGHEST) if lines > 1 else None


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
    for_a4(sheet)
    sheet.write_string(0, 0, str(CONTENTS[order.preset]), heading)
    row = 2
    for name, words in order.described():
        sheet.write_string(row, 0, name, label)
        sheet.set_row(row, height_of([clean(words)], [80], 1))
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


def for_a4(sheet):
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
