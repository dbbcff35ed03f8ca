"""The sheets of a spreadsheet as text, read in a process of its own: `python -I sheets.py ROWS`.

The file comes on standard input, JSON leaves on standard output. A file may be small and yet unpack to gigabytes, or
name a cell a million rows down; memory and time end before the machine notices, and so does only this process.
Nothing of Django is imported here.
"""

import datetime
import io
import json
import sys

MEMORY = 512 * 1024**2  # bytes of address space, of which Python itself takes a tenth
SECONDS = 20  # of the processor
SHEETS = 3  # a title, the list, a sheet of explanations


def as_text(value):
    """What a reader sees in the cell: a telephone number that Excel took for a number without its «.0»."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def read(content, rows):
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names[:SHEETS]]
    return [
        [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False, nrows=rows)]
        for sheet in sheets
    ]


def main():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(read(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)


if __name__ == "__main__":
    main()
