"""The rows of a file as text, whatever program saved it: XLSX, XLS, ODS, or CSV in the encodings that are met here."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

LARGEST = 5 * 1024 * 1024  # bytes; 5,000 people with everything have a tenth of that
MOST_ROWS = 5_000  # people in one file; the words below say so
ROWS_ABOVE = 20  # a title, an empty line, the heading
MOST_COLUMNS = 60
LONGEST_CELL = 2_000  # characters; what is longer is no answer to anything asked here
PATIENCE = 40  # seconds
READER = Path(__file__).with_name("sheets.py")
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how XLSX and ODS, and XLS, begin
ENCODINGS = ("utf-8-sig", "cp1251")

TOO_LARGE = _("The file is too large: at most 5,000 people at once. Divide the list.")
UNREADABLE = _("This file cannot be read. Save the list as XLSX or as CSV (UTF-8) and try again.")
EMPTY = _("The file is empty.")


class NotAList(Exception):
    """The file holds no list that can be read; `message` says so to the person who chose it."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


def rows_of(content):
    """The sheets of a file (bytes), each a list of rows, each a list of text cells. Raises NotAList."""
    if not content.strip():
        raise NotAList(EMPTY)
    if len(content) > LARGEST:
        raise NotAList(TOO_LARGE)
    sheets = _of_spreadsheet(content) if content.startswith(SPREADSHEETS) else [_of_text(content)]
    return [[[cell[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]] for row in rows] for rows in sheets]


def _of_spreadsheet(content):
    command = [sys.executable, "-I", str(READER), str(MOST_ROWS + ROWS_ABOVE + 1)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, check=True, timeout=PATIENCE)
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        raise NotAList(UNREADABLE) from None


def _of_text(content):
    text = _decoded(content)
    first_lines = "\n".join(text.splitlines()[:ROWS_ABOVE])
    delimiter = max(";,\t", key=first_lines.count)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > MOST_ROWS + ROWS_ABOVE:
                break
    except csv.Error:
        raise NotAList(UNREADABLE) from None
    return rows


def _decoded(content):
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NotAList(UNREADABLE)
