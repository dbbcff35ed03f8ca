"""A list of people that somebody brings as a file: read as text, its columns recognised, an empty one to fill in.

Whatever the file is, it is data: nothing in it is calculated, followed or run, and a file made to break its reader
breaks a process of its own.
"""

from .heading import COLUMNS, columns_left_out, name_of, people_of
from .reading import MOST_ROWS, NotAList, rows_of
from .template import template_xlsx

__all__ = ["COLUMNS", "MOST_ROWS", "NotAList", "columns_left_out", "name_of", "people_of", "rows_of", "template_xlsx"]
