"""Numbers of a consultation: for staff exactly, with the list behind each; for everybody without small groups.

Objects in; tables, drawings, sentences and files out. Nothing here knows of a request.
"""

from .charts import HATCHING, SWATCHES, bar, columns, plain_bar
from .files import file_name, numbers_xlsx
from .public import PublicNumbers, public_numbers
from .sentences import sentences, what
from .tables import KINDS, Numbers, Table, numbers_of
from .terms import MEASURE, TERMS

__all__ = [
    "HATCHING",
    "KINDS",
    "MEASURE",
    "SWATCHES",
    "TERMS",
    "Numbers",
    "PublicNumbers",
    "Table",
    "bar",
    "columns",
    "file_name",
    "numbers_of",
    "numbers_xlsx",
    "plain_bar",
    "public_numbers",
    "sentences",
    "what",
]
