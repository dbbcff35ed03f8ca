"""QR codes: black on white with a quiet zone of four modules, never inverted, no logo (UX 45, 46)."""

import io
from itertools import groupby

from django.utils.html import format_html

QUIET_ZONE = 4


def svg(text, *, level="M", title=""):
    """An `<svg>` to stand inside a page or alone in a file: one path whose strokes are the dark runs of each row.

    The runs of an address of 40 characters weigh a quarter of qrcode's own path (spikes.md), and attributes instead
    of styles pass the Content-Security-Policy. `title` says what the code is for; without one it is decoration.
    """
    matrix = _encoded(text, level).get_matrix()
    size = len(matrix)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" {naming}'
        '<path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        '<path stroke="#000" shape-rendering="crispEdges" d="{runs}"/></svg>',
        size=size,
        naming=format_html('role="img"><title>{}</title>' if title else 'aria-hidden="true">', title),
        runs=_runs(matrix),
    )


def png(text, *, level="M", scale=10):
    """The same code as a black-and-white PNG, `scale` pixels a module: for leaflets, letters, posters of others."""
    image = _encoded(text, level, scale=scale).make_image()
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _encoded(text, level, scale=1):
    import qrcode  # slow import

    code = qrcode.QRCode(
        error_correction=getattr(qrcode.constants, f"ERROR_CORRECT_{level}"), border=QUIET_ZONE, box_size=scale
    )
    code.add_data(text)
    code.make()
    return code


def _runs(matrix):
    """The dark modules as horizontal strokes along the middle of each row."""
    strokes = []
    for y, row in enumerate(matrix):
        x, pen = 0, None
        for is_dark, modules in groupby(row):
            length = len(list(modules))
            if is_dark:
                strokes.append(f"M{x} {y}.5h{length}" if pen is None else f"m{x - pen} 0h{length}")
                pen = x + length
            x += length
    return "".join(strokes)
