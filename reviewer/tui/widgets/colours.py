"""Syntax colours of the files of a diff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reviewer.text import visible

if TYPE_CHECKING:
    from reviewer.model import AlignedFile, Cell, Side

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
