"""The files of a list besides the workbook. CSV is written row by row, so that memory does not grow with them."""

import csv
import io
import re

from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations import documents
from consultations.models import ExportRecord

from .columns import CONTENTS
from .order import ROWS_AT_ONCE, Totals

Format = ExportRecord.Format

MOST_ROWS = {Format.XLSX: 1_048_575, Format.PDF: 5_000}  # Excel's own limit; what anybody still prints


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
