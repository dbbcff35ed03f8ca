"""The program that draws one picture or paper: the order comes as JSON on stdin, the bytes go to stdout.

A program and not a function: typst keeps what it has laid out, and a web process that draws would grow by half. Here
the memory goes when the picture is done. It knows nothing of Django, so it starts in a moment.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from PIL import Image
from typst import Compiler, Fonts

HERE = Path(__file__).parent
COLOURS = 48


def drawn(template, words, *, form, ppi=None):
    compiler = Compiler(
        input=str(HERE / template),
        root=str(HERE),
        font_paths=Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")]),
        sys_inputs={"data": json.dumps(words)},
    )
    if form == "pdf":
        return compiler.compile(format="pdf")
    return with_few_colours(compiler.compile(format="png", ppi=ppi))


def give_way():
    """Where memory runs out, Linux ends this process and not the web or the database: whoever asked is told so."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def with_few_colours(png):
    """A third of the bytes: the pictures are flat, and the networks they travel on are poor."""
    written = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
    return written.getvalue()


if __name__ == "__main__":
    give_way()
    sys.stdout.buffer.write(drawn(**json.load(sys.stdin)))
