"""Colours inside a line of code: syntax, and the words that differ from the line beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from reviewer.text import visible

if TYPE_CHECKING:
    from rich.style import Style

    from reviewer.model import AlignedFile, Cell, Side
    from reviewer.tui.widgets.line_pane import Piece

Kinds = dict[tuple["Side", int], Sequence[tuple[int, int, str]]]
"""Spans (start, end, kind) by side and line number of that side's file, from 1."""

MAX_LINES = 2_500
"""A side with more lines stays without syntax colours: lexing it would slow the keys down meanwhile."""


def safe_line(cell: Cell) -> str:
    """A cell's text as it is shown; the offsets of all spans are in this."""
    return visible(cell.text.rstrip("\n"))


def syntax(file: AlignedFile) -> Kinds:
    """Syntax of the base, the human's and the agent's text of a file; slow, for a thread."""
    from reviewer.diffs.highlight import highlight

    sides: dict[Side, dict[int, str]] = {"base": {}, "human": {}, "agent": {}}
    for row in file.rows:
        for side, cell in (("human", row.human), ("agent", row.agent)):
            if cell is not None and cell.fate == "cut" and row.base is not None:
                sides["base"][row.base + 1] = safe_line(cell)
            elif cell is not None and cell.line is not None:
                sides[side][cell.line] = safe_line(cell)  # type: ignore[index]
        if sides["base"] and row.base is not None and row.human is not None:
            sides["base"][row.base + 1] = safe_line(row.human)
    kinds: Kinds = {}
    for name, lines in sides.items():
        if len(lines) <= MAX_LINES:
            numbers = sorted(lines)
            spans = highlight(file.path, [lines[number] for number in numbers])
            kinds |= {(name, number): found for number, found in zip(numbers, spans, strict=True) if found}
    return kinds


def painted(
    text: str, x: int, width: int, style: Style, spans: Iterable[tuple[int, int, Style]]
) -> list[Piece]:
    """``width`` columns of an ASCII text from column ``x`` on; spans lie over ``style``, later ones on top."""
    end = min(len(text), x + width)
    styles = [style] * max(end - x, 0)
    for start, stop, over in spans:
        for place in range(max(start, x), min(stop, end)):
            styles[place - x] = styles[place - x] + over
    pieces: list[Piece] = []
    begin = 0
    for place in range(1, len(styles) + 1):
        if place == len(styles) or styles[place] is not styles[begin]:
            pieces.append((text[x + begin : x + place], styles[begin]))
            begin = place
    room = width - len(styles)
    if len(text) > x + width and pieces:
        last, over = pieces[-1]
        pieces[-1] = (last[:-1] + "…", over)
    if x and text.strip():
        first, over = pieces[0] if pieces else (" ", style)
        pieces[:1] = [("…" + first[1:], over)]
        room = width - sum(len(part) for part, _ in pieces)
    return [*pieces, (" " * room, style)]
