"""An empty list to fill in, with the headings that are recognised."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from .heading import COLUMNS, name_of

WIDTHS = {"full_name": 36, "phone": 18, "email": 28, "organisation": 34, "question": 50, "needs": 40}


def template_xlsx(file, language, *, questions=()):
    """Write the empty list into an open binary file, its headings in `language`, own `questions` last."""
    from xlsxwriter import Workbook  # slow import

    with override(language):
        headings = {column: capfirst(name_of(column)) for column in COLUMNS}
        headings |= {f"own_{question.pk}": question.words for question in questions}
        name = _("List")
    workbook = Workbook(file, {"in_memory": True})
    sheet = workbook.add_worksheet(name)
    head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6F1F2"})
    text = workbook.add_format({"num_format": "@"})
    for place, (column, heading) in enumerate(headings.items()):
        sheet.set_column(place, place, WIDTHS.get(column, 20), text)
        sheet.write_string(0, place, heading, head)
    sheet.freeze_panes(1, 1)
    workbook.close()
