"""Drawings of numbers as SVG, to stand in a page: no script, no style, readable in black on white.

A drawing shows by outline, hatching and black what is told apart; its numbers stand beside it as text, so a screen
reader passes it by. Widths are shares of the room there is, so that nothing shrinks on a phone.
"""

from django.utils.safestring import mark_safe

BAR_HEIGHT = 16
CHART_HEIGHT, HEADROOM = 140, 18

# Once on the page: what the bars fill the confirmed with.
HATCHING = mark_safe(
    '<svg class="hidden" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatching" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0v5" stroke="currentColor" stroke-width="3"/></pattern></defs></svg>'
)


OUTLINE = ' stroke="currentColor" stroke-width="1.5"'


def svg(height, drawn, css_class):
    return mark_safe(  # noqa: S308 -- numbers of ours alone
        f'<svg class="{css_class}" width="100%" height="{height}" aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def share(value, most):
    return f"{100 * value / most:.2f}%" if most else "0%"


def rectangle(width, *, fill, y=0, height=BAR_HEIGHT, x="0", more=""):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"{more}/>'


def bar(row, most):
    """Registered as an outline, of them the confirmed hatched, and inside black who took part."""
    drawn = rectangle(share(row["confirmed"], most), fill="url(#hatching)")
    drawn += rectangle(share(row["registered"], most), fill="none", more=OUTLINE)
    drawn += rectangle(share(row["took_part"], most), fill="currentColor", y=4, height=BAR_HEIGHT - 8)
    return svg(BAR_HEIGHT, drawn, "bar")


def plain_bar(value, most):
    return svg(BAR_HEIGHT, rectangle(share(value, most), fill="currentColor"), "bar")


def columns(values):
    """A column a period, with a line at the height of the highest and its number on it."""
    most = max(values, default=0)
    room = CHART_HEIGHT - HEADROOM
    drawn = f'<text x="0" y="13" font-size="13" fill="currentColor">{most}</text>'
    for y in (HEADROOM, CHART_HEIGHT - 1):
        drawn += f'<path d="M0 {y}h4000" stroke="currentColor" stroke-width="1"/>'
    width = 100 / max(1, len(values))
    for place, value in enumerate(values):
        height = round(room * value / most, 1) if most else 0
        drawn += rectangle(
            f"{width * 0.8:.2f}%",
            fill="currentColor",
            y=CHART_HEIGHT - height,
            height=height,
            x=f"{width * (place + 0.1):.2f}%",
        )
    return svg(CHART_HEIGHT, drawn, "chart")


def swatch(drawn):
    return mark_safe(  # noqa: S308 -- drawn here
        f'<svg class="swatch" width="24" height="{BAR_HEIGHT}" aria-hidden="true" focusable="false">{drawn}</svg>'
    )


# The legend: pairs of a measure's key and what stands for it in a bar.
SWATCHES = [
    ("registered", swatch(rectangle("24", fill="none", more=OUTLINE))),
    ("confirmed", swatch(rectangle("24", fill="url(#hatching)"))),
    ("took_part", swatch(rectangle("24", fill="currentColor", y=4, height=BAR_HEIGHT - 8))),
]
