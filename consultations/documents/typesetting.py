"""From words to bytes: typst lays out a template of this folder, in a process of its own (drawing.py).

The words go in as JSON, so that nothing a person typed is ever read as markup. The fonts are those beside the files,
the same on any machine.
"""

import functools
import json
import subprocess
import sys
from pathlib import Path

from django.conf import settings

HERE = Path(__file__).parent
ORNAMENT = settings.BASE_DIR / "static" / "ornament.svg"  # the site's own drawing
PATIENCE = 60  # seconds; a list of five thousand people takes a few


class CannotDraw(Exception):
    """The template and its words do not fit; the message is typst's."""


class TooLarge(Exception):
    """So much was to be drawn that memory or patience ended first."""


def png(template, words, *, ppi):
    return _drawn(template, words, form="png", ppi=ppi)


def pdf(template, words):
    """Tagged, so that a screen reader finds its way. Not by the standard UA-1, which refuses a name in letters that our
    font lacks; such letters are seen as empty boxes.
    """
    return _drawn(template, words, form="pdf")


def _drawn(template, words, **options):
    order = {"template": template, "words": words | {"ornament": _ornament()}, **options}
    program = [sys.executable, "-I", str(HERE / "drawing.py")]
    try:
        drawing = subprocess.run(
            program, input=json.dumps(order).encode(), capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise TooLarge(f"{template}: not drawn after {PATIENCE} seconds") from None
    if drawing.returncode < 0:
        raise TooLarge(f"{template}: ended by signal {-drawing.returncode}")
    if drawing.returncode != 0:
        raise CannotDraw(f"{template}: {drawing.stderr.decode(errors='replace').strip().splitlines()[-1:]}")
    return drawing.stdout


@functools.cache
def _ornament():
    return ORNAMENT.read_text()
