"""Plots as SVG strings that follow the page's colours, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 28, 40
INKS = 6
"""Colours that the report's style sheet knows, as classes i0, i1, …"""


class Line(NamedTuple):
    """A named series of points."""

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float]] = ()
    """Low and high at each point, when its uncertainty is drawn."""


def lines(
    title: str,
    series: Sequence[Line],
    x: str,
    y: str,
    *,
    span_x: tuple[float, float] | None = None,
    span_y: tuple[float, float] = (0.0, 1.0),
    dots: bool = False,
    diagonal: bool = False,
) -> str:
    """Series as lines, or as dots; axes are labelled and the rest is left out."""
    every = [point for line in series for point in line.points]
    if not every:
        return ""
    low, high = span_x or (min(p[0] for p in every), max(p[0] for p in every))
    high = high if high > low else low + 1
    frame = _Frame(low, high, *span_y)
    parts = [_axes(title, x, y, frame)]
    if diagonal:
        parts.append(f'<path class="guide" d="{frame.path([(low, low), (high, high)])}"/>')
    for number, line in enumerate(series):
        ink = f"i{number % INKS}"
        if line.band:
            around = [(p[0], b[0]) for p, b in zip(line.points, line.band, strict=True)]
            back = [(p[0], b[1]) for p, b in zip(line.points, line.band, strict=True)][::-1]
            parts.append(f'<path class="band {ink}" d="{frame.path([*around, *back])}Z"/>')
        if not dots:
            parts.append(f'<path class="line {ink}" d="{frame.path(line.points)}"/>')
        if dots or len(line.points) < 12:
            parts += [
                f'<circle class="{ink}" cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="3.5">'
                f"<title>{escape(line.name)}: {a:.3g}, {b:.3g}</title></circle>"
                for a, b in line.points
            ]
        if len(series) > 1:
            parts.append(
                f'<text class="key {ink}" x="{LEFT + 8}" y="{TOP + 12 + 14 * number}">'
                f"{escape(line.name)}</text>"
            )
    return _svg(title, parts)


def histogram(title: str, values: Sequence[float], x: str, bins: int = 24) -> str:
    """How often each size comes, from 0 to the largest."""
    if not values:
        return ""
    top = max(values) or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(int(value / top * bins), bins - 1)] += 1
    frame = _Frame(0.0, top, 0.0, float(max(counts)))
    wide = (WIDTH - LEFT - RIGHT) / bins
    bars = [
        f'<rect class="i0" x="{LEFT + n * wide + 0.5:.1f}" y="{frame.y(count):.1f}" '
        f'width="{wide - 1:.1f}" height="{frame.y(0) - frame.y(count):.1f}">'
        f"<title>{count}</title></rect>"
        for n, count in enumerate(counts)
        if count
    ]
    return _svg(title, [_axes(title, x, "questions", frame), *bars])


_PAPER = "svg { background: #fff; --ink: #222; --soft: #666; --rule: #ddd; --accent: #4477aa; }"


def style() -> str:
    """The style sheet of every plot; --ink, --soft, --rule and --accent are its page's."""
    return (Path(__file__).parent / "assets" / "plots.css").read_text(encoding="utf-8")


def alone(svg: str) -> str:
    """A plot as a file of its own, with the colours that the report's style sheet gives it."""
    start = svg.index(">") + 1
    root = svg[:start].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f"{root}<style>{_PAPER}\n{style()}</style>{svg[start:]}\n"


class _Frame(NamedTuple):
    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float) -> float:
        return LEFT + (value - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        height = HEIGHT - TOP - BOTTOM
        return HEIGHT - BOTTOM - (value - self.y0) / ((self.y1 - self.y0) or 1.0) * height

    def path(self, points: Sequence[tuple[float, float]]) -> str:
        return "M" + "L".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in points)


def _axes(title: str, x: str, y: str, frame: _Frame) -> str:
    parts = [f'<text class="title" x="{LEFT}" y="16">{escape(title)}</text>']
    for n in range(5):
        a = frame.x0 + (frame.x1 - frame.x0) * n / 4
        b = frame.y0 + (frame.y1 - frame.y0) * n / 4
        parts.append(
            f'<path class="guide" d="M{LEFT},{frame.y(b):.1f}H{WIDTH - RIGHT}"/>'
            f'<text class="tick" x="{LEFT - 6}" y="{frame.y(b) + 4:.1f}" text-anchor="end">{b:.3g}'
            f'</text><text class="tick" x="{frame.x(a):.1f}" y="{HEIGHT - BOTTOM + 15}" '
            f'text-anchor="middle">{a:.3g}</text>'
        )
    parts.append(
        f'<text class="tick" x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 6}" text-anchor="middle">'
        f'{escape(x)}</text><text class="tick" transform="translate(12 {HEIGHT / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(y)}</text>'
    )
    return "".join(parts)


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
