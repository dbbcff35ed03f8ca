"""From words to bytes: typst lays out a template of this folder.

The words go in as JSON, so that nothing a person typed is ever read as markup. The fonts are those beside the files,
the same on any machine.
"""

import functools
import io
import json
from pathlib import Path

from django.conf import settings

HERE = Path(__file__).parent
ORNAMENT = settings.BASE_DIR / "static" / "ornament.svg"  # the site's own drawing
COLOURS = 48


def png(template, words, *, ppi):
    return _with_few_colours(_compiler(template, words).compile(format="png", ppi=ppi))


def pdf(template, words):
    """Tagged, so that a screen reader finds its way. Not by the standard UA-1, which refuses a name in letters that our
    font lacks; such letters are seen as empty boxes.
    """
    return _compiler(template, words).compile(format="pdf")


def _compiler(template, words):
    from typst import Compiler  # slow import

    return Compiler(
        input=str(HERE / template),
        root=str(HERE),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(words | {"ornament": _ornament()})},
    )


def _with_few_colours(png):
    """A third of the bytes: the pictures are flat, and the networks they travel on are poor."""
    from PIL import Image  # slow import

    written = io.BytesIO()
    drawn = Image.open(io.BytesIO(png)).convert("RGB")
    drawn.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
    return written.getvalue()


@functools.cache
def _fonts():
    from typst import Fonts  # slow import

    return Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])


@functools.cache
def _ornament():
    return ORNAMENT.read_text()
