"""Every code is read back from its picture, as drawn and at half its size (UX 50)."""

import gzip
import io
import re
from xml.etree import ElementTree

import pytest
import typst
import zxingcpp
from PIL import Image

from consultations import qr

TICKET = "https://talkuu.example.kg/p/27410936"
SVG = "{http://www.w3.org/2000/svg}"


def rasterised(svg, *, width):
    """The SVG as a picture so many pixels wide, drawn by typst's renderer."""
    page = '#set page(width: 100pt, height: 100pt, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
    png = typst.compile(page.encode(), format="png", ppi=width * 72 / 100, sys_inputs={"svg": svg})
    return Image.open(io.BytesIO(png))


def texts_in(picture):
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("level", ["M", "Q"])
@pytest.mark.parametrize("width", [400, 200])
def test_svg_is_read_back(level, width):
    assert texts_in(rasterised(qr.svg(TICKET, level=level), width=width)) == [TICKET]


@pytest.mark.parametrize("level", ["M", "Q"])
@pytest.mark.parametrize("shrink", [1, 2])
def test_png_is_read_back(level, shrink):
    picture = Image.open(io.BytesIO(qr.png(TICKET, level=level))).convert("L").reduce(shrink)
    assert texts_in(picture) == [TICKET]


def test_png_has_the_wanted_size():
    narrow, wide = (Image.open(io.BytesIO(qr.png(TICKET, scale=scale))) for scale in (1, 20))
    assert (narrow.size, wide.size) == ((37, 37), (740, 740))


def test_quiet_zone_is_four_white_modules():
    picture = Image.open(io.BytesIO(qr.png(TICKET, scale=1)))
    assert picture.point(lambda light: 255 - light).getbbox() == (4, 4, 33, 33)
    root = ElementTree.fromstring(qr.svg(TICKET))
    ground, runs = root.findall(f"{SVG}path")
    assert (root.get("viewBox"), ground.get("fill"), ground.get("d")) == ("0 0 37 37", "#fff", "M0 0h37v37H0z")
    columns = [int(x) for x in re.findall(r"M(\d+) ", runs.get("d"))]
    rows = [int(y) for y in re.findall(r"M\d+ (\d+).5", runs.get("d"))]
    assert (min(columns), min(rows), max(rows)) == (4, 4, 32)


def test_ticket_code_is_of_version_three():
    """29 modules and the margin, for any address up to 40 characters (UX 47)."""
    longest = "https://consultations.example.kg/p/27410936"[-40:]
    assert qr.svg(longest).count('viewBox="0 0 37 37"') == 1


def test_inline_code_weighs_little():
    page = qr.svg(TICKET.ljust(40, "x"), title="Билеттин QR-коду: 2741 0936")
    assert len(gzip.compress(page.encode())) <= 900


def test_title_is_escaped_and_names_the_picture():
    root = ElementTree.fromstring(qr.svg(TICKET, title='<b>"Ош" & co</b>'))
    assert (root.get("role"), root.find(f"{SVG}title").text) == ("img", '<b>"Ош" & co</b>')


def test_code_without_title_is_decoration():
    root = ElementTree.fromstring(qr.svg(TICKET))
    assert (root.get("aria-hidden"), root.get("role"), root.find(f"{SVG}title")) == ("true", None, None)


def test_svg_has_no_styles():
    assert "style" not in qr.svg(TICKET, title="Билет")
