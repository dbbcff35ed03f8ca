"""Papers as another program reads them: their text, their sizes, their pictures, the codes on them. By poppler."""

import io
import re
import subprocess

import zxingcpp
from PIL import Image

from tests.programs import needed


def pages_of(pdf):
    """The text of each page, laid out as on the page."""
    return _run("pdftotext", "-layout", "-", "-", input=pdf).decode().rstrip("\f\n").split("\f")


def words_of(pdf):
    """All its text as one line, without the breaks of lines and the hyphens at them."""
    text = _run("pdftotext", "-", "-", input=pdf).decode()
    return plain(text.replace("\N{SOFT HYPHEN}\n", "").replace("\N{HYPHEN}\n", ""))


def plain(text):
    """As words are compared: every space alike, and what only guides the breaking of lines left out."""
    return " ".join(text.replace("\N{NON-BREAKING HYPHEN}", "-").replace("\N{ZERO WIDTH SPACE}", "").split())


def squeezed(text):
    """Without spaces and hyphens: long words and addresses are broken over two lines."""
    return re.sub(r"[\s-]+", "", plain(text))


def sizes_of(pdf):
    """Width and height of each page in millimetres."""
    told = _run("pdfinfo", "-l", "9999", "-", input=pdf).decode()
    found = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+) pts", told)
    return [tuple(round(float(side) / 72 * 25.4) for side in page) for page in found]


def is_tagged(pdf):
    return re.search(r"Tagged: +yes", _run("pdfinfo", "-", input=pdf).decode()) is not None


def codes_on(pdf, dpi):
    """What a scanner reads on all pages: pairs of text and width without quiet zone, in millimetres."""
    drawn = _run("pdftoppm", "-r", str(dpi), "-gray", "-", input=pdf)
    codes = []
    while drawn:
        head = re.match(rb"P5\n(\d+) (\d+)\n255\n", drawn)
        width, height = int(head[1]), int(head[2])
        end = head.end() + width * height
        page = Image.frombytes("L", (width, height), drawn[head.end() : end])
        codes += [
            (code.text, (code.position.top_right.x - code.position.top_left.x) / dpi * 25.4)
            for code in zxingcpp.read_barcodes(page)
        ]
        drawn = drawn[end:]
    return codes


def picture_codes(png, shrink=1):
    picture = Image.open(io.BytesIO(png)).convert("L").reduce(shrink)
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def _run(program, *arguments, input):  # noqa: A002 -- as subprocess calls it
    command = [needed("poppler-utils", program), *arguments]
    return subprocess.run(command, input=input, capture_output=True, check=True).stdout
