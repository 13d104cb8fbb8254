"""Plots as inline SVG. Colours come from the page's style sheet, so that they follow light and dark."""

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from reviewer.reports.safe import safe_line
from reviewer.reports.tables.figure import format_rate
from reviewer.reports.tables.table import ShareBar
from reviewer.stats.rates import Rate

WIDTH = 860
_LEFT, _RIGHT = 300, 690
"""Where scales begin and end: names stand before them, figures behind them."""
_LINE = 24


class Square(NamedTuple):
    """One attempt: the kind that colours it, what it says when pointed at, and the link to it."""

    kind: str
    title: str
    link: str


def intervals(rows: Sequence[tuple[str, Rate]]) -> str:
    """Rates by name as points with intervals, on one scale from 0 to 100 %."""
    height = _LINE * len(rows) + 34

    def x(share: float) -> float:
        return _LEFT + share * (_RIGHT - _LEFT)

    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_line("grid", x(tick), x(tick), 6, height - 24))
        parts.append(_text(x(tick), height - 8, f"{tick:.0%}".replace("%", " %"), "middle"))
    for index, (name, rate) in enumerate(rows):
        y = 6 + _LINE * index + _LINE / 2
        parts += _beside(y + 4, name, format_rate(rate))
        if rate.low is not None and rate.high is not None:
            parts.append(_line("whisker", x(rate.low), x(rate.high), y, y))
        if rate.estimate is not None:
            parts.append(f'<circle class="point" cx="{x(rate.estimate):.1f}" cy="{y}" r="4.5"/>')
    return _drawing(height, parts)


def bars(rows: Sequence[tuple[str, ShareBar, str]]) -> str:
    """Bars on one scale between a name and a figure, what is unknown hatched behind what is known."""
    parts = [
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
    ]
    for index, (name, bar, figure) in enumerate(rows):
        y = 4 + _LINE * index
        scale = (_RIGHT - _LEFT) / bar.n if bar.n else 0
        known, possible = bar.k * scale, (bar.k + bar.unknown) * scale
        parts.append(_bar('class="back"', _LEFT, y, _RIGHT - _LEFT, _LINE - 6))
        if bar.unknown:
            parts.append(_bar('fill="url(#hatch)"', _LEFT, y, possible, _LINE - 6))
        parts.append(_bar('class="bar"', _LEFT, y, known, _LINE - 6))
        parts += _beside(y + 13, name, figure)
    return _drawing(_LINE * len(rows) + 8, parts)


def histogram(counts: Sequence[int], labels: tuple[str, str]) -> str:
    """Columns, with the ends of the scale below."""
    width, height, most = 360, 120, max(counts, default=0)
    step = (width - 20) / max(len(counts), 1)
    parts = []
    for index, count in enumerate(counts):
        tall = count / most * (height - 40) if most else 0
        x, y = 10 + index * step, height - 20 - tall
        parts.append(_bar('class="bar"', x, y, step - 2, tall))
        if count:
            parts.append(_text(x + step / 2 - 1, y - 4, str(count), "middle", small=True))
    parts.append(_line("grid", 10, width - 10, height - 20, height - 20))
    parts.append(_text(10, height - 5, labels[0], "start", small=True))
    parts.append(_text(width - 10, height - 5, labels[1], "end", small=True))
    return _drawing(height, parts, width)


def strip(columns: Sequence[Sequence[Square]], side: int = 8, per_row: int = 96) -> str:
    """One column a commit, one square an attempt, each a link."""
    parts, top = [], 0
    for start in range(0, len(columns), per_row):
        chunk = columns[start : start + per_row]
        tall = max(map(len, chunk)) * side
        for index, column in enumerate(chunk):
            for up, square in enumerate(column):
                x, y = index * side, top + tall - (up + 1) * side
                parts.append(
                    f'<a href="{_escape(square.link)}"><rect class="q {_escape(square.kind)}" x="{x}" y="{y}" '
                    f'width="{side - 1}" height="{side - 1}"><title>{_escape(square.title)}</title></rect></a>'
                )
        top += tall + side
    return _drawing(top, parts, min(per_row, len(columns)) * side)


def standalone(drawing: str, style: str) -> str:
    """A plot as a file of its own: with its colours, and without links into the report."""
    bare = re.sub(r"</?a\b[^>]*>", "", drawing)
    return bare.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        ">", f"><style>{style}svg {{ background: var(--page); }}</style>", 1
    )


def _beside(y: float, name: str, figure: str) -> tuple[str, str]:
    """The name before a scale and the figure behind it."""
    return _text(_LEFT - 10, y, name, "end"), _text(_RIGHT + 10, y, figure, "start")


def _line(kind: str, x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1}" y2="{y2}"/>'


def _bar(look: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect {look} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, *, small: bool = False) -> str:
    kind = ' class="sm"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{_escape(text)}</text>'


def _escape(text: str) -> str:
    return html.escape(safe_line(text), quote=True)


def _drawing(height: float, parts: Sequence[str], width: float = WIDTH) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img">{inside}</svg>'
