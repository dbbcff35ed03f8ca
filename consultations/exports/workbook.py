"""Lists for Excel, row by row: the first bytes leave at once, and memory does not grow with the rows.

XlsxWriter makes all of the file but the rows: it would hold everything back until the last of them is written. It
draws up the sheet with one sample row, and ours go where that row stands. What people typed is text and stays text: a
cell of ours is text or the row's number, never a formula or a link.
"""

import io
import re
import zipfile
from xml.sax.saxutils import escape

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from .columns import CONTENTS
from .order import ROWS_AT_ONCE, Totals, clean

LIST = "xl/worksheets/sheet2.xml"
SAMPLE = re.compile(r'<row r="2".*?</row>')
DIMENSION = re.compile(r"<dimension [^>]*/>")  # of the sample alone; it may be left out
LONGEST = 32_767  # characters that a cell holds
READ_AS_A_CODE = re.compile(r"_(x[0-9A-Fa-f]{4}_)")  # Excel reads «_x0041_» as «A»
LEVEL = 4  # of compression: half the time of the usual 6, for a few hundredths more bytes


def attendees_xlsx(order):
    """An iterator over the file's bytes, of which the first are there at once.

    A sheet with the title, and one with the rows: text cells, head that stays in sight, filter, A4 across. The totals
    are counted on the way, so the title is written last.
    """
    totals, sink = Totals(), Sink()
    with override(order.language):
        rows, widths = order.rows(totals), order.widths[1:]
        row_of = Row(order, parts(order, Totals(), count=0)[LIST])
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        with archive.open(LIST, "w") as sheet:
            sheet.write(row_of.before)
            yield sink.taken()
            count = 0
            for count, texts in enumerate(rows, start=1):
                sheet.write(row_of(count, texts, height_of(texts, widths, row_of.least_lines)))
                if count % ROWS_AT_ONCE == 0:
                    yield sink.taken()
            with override(order.language):
                others = parts(order, totals, count=count)
            sheet.write(SAMPLE.split(others.pop(LIST))[1].encode())
        yield sink.taken()
        for name, text in others.items():
            archive.writestr(name, text)
    yield sink.taken()


class Sink:
    """What the archive is written into, and taken from piece by piece; it cannot go back."""

    def __init__(self):
        self.pieces = []

    def write(self, piece):
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self):
        pass

    def taken(self):
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


class Row:
    """Writes one row as XML, in the look of the sample row of `sheet`."""

    def __init__(self, order, sheet):
        from xlsxwriter.utility import xl_col_to_name  # slow import

        before, _after = SAMPLE.split(sheet)
        self.before = DIMENSION.sub("", before).encode()
        self.number_look, self.text_look = re.findall(r' s="(\d+)"', SAMPLE.search(sheet)[0])
        self.letters = [xl_col_to_name(place) for place in range(len(order.headers))]
        self.least_lines = lines_at_least(order)

    def __call__(self, count, texts, height):
        number = count + 1
        high = f' ht="{height}" customHeight="1"' if height else ""
        cells = [f'<c r="A{number}" s="{self.number_look}"><v>{count}</v></c>']
        for letter, text in zip(self.letters[1:], texts, strict=False):  # the signature's column stays empty
            if text:
                cells.append(f'<c r="{letter}{number}" s="{self.text_look}" t="inlineStr"><is>{inside(text)}</is></c>')
        return f'<row r="{number}"{high}>{"".join(cells)}</row>'.encode()


def inside(text):
    if len(text) > LONGEST:
        raise ValueError("The text does not fit into a cell")
    text = READ_AS_A_CODE.sub(r"_x005F_\1", escape(text))
    return f'<t xml:space="preserve">{text}</t>'


def lines_at_least(order):
    return 2 if order.with_signature else 1


def parts(order, totals, *, count):
    """The files inside the workbook, by name, with one sample row in place of `count` rows; in the present language."""
    from xlsxwriter import Workbook  # slow import

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with Workbook(file, options) as workbook:
        workbook.set_properties({"title": str(CONTENTS[order.preset]), "created": without_zone(order.made_at)})
        write_title(order, workbook, workbook.add_worksheet(sheet_name(_("Title"))), totals)
        write_sample(order, workbook, workbook.add_worksheet(sheet_name(_("List"))), count)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def write_sample(order, workbook, sheet, count):
    """The list's sheet: widths, head, one row, and what is said of all `count` rows."""
    headers, widths = order.headers, order.widths
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
    sheet.write_blank(1, 0, None, number)
    sheet.write_blank(1, 1, None, cell)
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


def write_title(order, workbook, sheet, totals):
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
        sheet.write_string(row, 1, clean(words), text)
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


def without_zone(moment):
    return timezone.localtime(moment).replace(tzinfo=None)
