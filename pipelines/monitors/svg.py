"""Figures as SVG that stands in a page: no script, no network, readable on light and dark ground."""

import math
from html import escape

from pipelines.monitors.figures import Bars, Figure, Interval, Intervals

WIDTH, HEIGHT = 460, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 8, 22
ROW = 26


def draw(figure: Figure) -> str:
    """An `svg` element. Colours are the page's classes, so that they follow its ground."""
    return _bars(figure) if isinstance(figure, Bars) else _intervals(figure)


def _bars(figure: Bars) -> str:
    if not figure.names:
        return "<p>no rows</p>"
    top = max(*figure.before, *figure.now) or 1.0
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = wide / len(figure.names)
    parts = [_axis(f"{top:.3g}", LEFT - 6, TOP + 8), _axis("0", LEFT - 6, TOP + high)]
    for place, name in enumerate(figure.names):
        for kind, value, shift in (("before", figure.before[place], 0.08), ("now", figure.now[place], 0.5)):
            tall = high * value / top
            parts.append(
                f'<rect class="{kind}" x="{LEFT + step * (place + shift):.1f}" y="{TOP + high - tall:.1f}" '
                f'width="{step * 0.42:.1f}" height="{tall:.1f}"><title>{escape(name)}: {value:.4g}</title></rect>'
            )
    every = max(1, math.ceil(len(figure.names) / 6))
    for place in range(0, len(figure.names), every):
        room = max(4, int(step * every / 6.2))
        text = figure.names[place] if len(figure.names[place]) <= room else figure.names[place][: room - 1] + "…"
        parts.append(
            f'<text class="tick" x="{LEFT + step * (place + 0.5):.1f}" y="{HEIGHT - 6}" '
            f'text-anchor="middle">{escape(text)}</text>'
        )
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{TOP + high}" x2="{WIDTH - RIGHT}" y2="{TOP + high}"/>')
    return _svg(HEIGHT, figure.title, parts)


def _intervals(figure: Intervals) -> str:
    """Each row on a scale of its own: metrics of unlike units stand below each other."""
    parts = []
    for place, row in enumerate(figure.rows):
        parts += _row(row, TOP + ROW * place)
    return _svg(TOP + ROW * max(1, len(figure.rows)) + 4, figure.title, parts)


def _row(row: Interval, y: float) -> list[str]:
    known = [v for v in (row.value, row.low, row.high, row.least, row.most) if math.isfinite(v)]
    low, high = min(known), max(known)
    margin = (high - low) * 0.12 or 1.0
    low, high = low - margin, high + margin
    first, wide = 190, WIDTH - 190 - RIGHT - 60

    def x(value: float) -> float:
        return first + wide * (min(max(value, low), high) - low) / (high - low)

    middle = y + ROW / 2
    least, most = x(row.least), x(row.most)
    outside = row.high < row.least or row.low > row.most
    kind = "outside" if outside else "now"
    allowed = (
        f'<rect class="allowed" x="{least:.1f}" y="{y + 4:.1f}" width="{max(0.0, most - least):.1f}" '
        f'height="{ROW - 8}"><title>allowed: {row.least:g} to {row.most:g}</title></rect>'
        if math.isfinite(row.least) or math.isfinite(row.most)
        else ""
    )
    return [
        f'<text class="name" x="4" y="{middle + 4:.1f}">{escape(row.name.replace("_", " "))}</text>',
        allowed,
        f'<line class="{kind}" x1="{x(row.low):.1f}" y1="{middle:.1f}" x2="{x(row.high):.1f}" y2="{middle:.1f}">'
        f"<title>{row.low:.4g} to {row.high:.4g}</title></line>",
        f'<circle class="{kind}" cx="{x(row.value):.1f}" cy="{middle:.1f}" r="4"/>',
        f'<text class="tick" x="{WIDTH - RIGHT}" y="{middle + 4:.1f}" text-anchor="end">{row.value:.4g}</text>',
    ]


def _axis(text: str, x: float, y: float) -> str:
    return f'<text class="tick" x="{x}" y="{y}" text-anchor="end">{escape(text)}</text>'


def _svg(height: float, title: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title, quote=True)}">'
        + "".join(parts)
        + "</svg>"
    )
