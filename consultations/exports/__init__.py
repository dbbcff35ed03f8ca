"""Lists of participants to take away: XLSX, CSV and PDF of the same columns, in Kyrgyz, Russian or English.

Columns, presets and filters are data: the form, the files, the record of who took what, and the tests read the same
tables. Rows come from the database as they are written, so that memory does not grow with them.

What people typed is text and stays text: no formula, no link. Nobody's own address and join link is ever in a list,
nor gender, age group and what somebody needs in order to take part: those leave the site as totals alone.
"""

from .columns import COLUMN, COLUMNS, CONTENTS, PRESETS, column_words, question_columns, questions_behind
from .files import MOST_ROWS, attendees_csv, attendees_pdf
from .filters import FILTERS, filter_words, narrowed
from .order import Order, content_disposition
from .workbook import attendees_xlsx

__all__ = [
    "COLUMN",
    "COLUMNS",
    "CONTENTS",
    "FILTERS",
    "MOST_ROWS",
    "PRESETS",
    "Order",
    "attendees_csv",
    "attendees_pdf",
    "attendees_xlsx",
    "column_words",
    "content_disposition",
    "filter_words",
    "narrowed",
    "question_columns",
    "questions_behind",
]
