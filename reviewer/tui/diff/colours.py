"""Syntax colours of the files of a diff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reviewer.text import visible

if TYPE_CHECKING:
    from reviewer.model import AlignedFile, Cell, Row, Side

Kinds = dict[tuple["Side", int], Sequence[tuple[int, int, str]]]
"""Spans (start, end, kind) by side and line number of that side's file, from 1."""

STRETCH = 1_000
"""Rows of a large file that are coloured at a time: lexing all of it would slow the keys down meanwhile."""

WHOLE = 2_500
"""Rows up to which a file is coloured at once."""

LEAD = 600
"""Rows in front of a stretch at most that are lexed with it, so that it begins outside strings and comments."""


def stretch_of(file: AlignedFile, row: int) -> int:
    """Which stretch of a file a row belongs to."""
    return row // STRETCH if len(file.rows) > WHOLE else 0


def safe_line(cell: Cell) -> str:
    """A cell's text as it is shown; the offsets of all spans are in this."""
    return visible(cell.text.rstrip("\n"))


def syntax(file: AlignedFile, stretch: int = 0) -> Kinds:
    """Syntax of the base, the human's and the agent's text of a stretch of a file; slow, for a thread."""
    from reviewer.diffs.highlight import highlight

    rows: Sequence[Row] = file.rows
    if len(rows) > WHOLE:
        start = stretch * STRETCH
        rows = rows[_outside(rows, start) : start + STRETCH]
    sides: dict[Side, dict[int, str]] = {"base": {}, "human": {}, "agent": {}}
    for row in rows:
        for side, cell in (("human", row.human), ("agent", row.agent)):
            if cell is not None and cell.fate == "cut" and row.base is not None:
                sides["base"][row.base + 1] = safe_line(cell)
            elif cell is not None and cell.line is not None:
                sides[side][cell.line] = safe_line(cell)  # type: ignore[index]
        if sides["base"] and row.base is not None and row.human is not None:
            sides["base"][row.base + 1] = safe_line(row.human)
    kinds: Kinds = {}
    for name, lines in sides.items():
        numbers = sorted(lines)
        spans = highlight(file.path, [lines[number] for number in numbers])
        kinds |= {(name, number): found for number, found in zip(numbers, spans, strict=True) if found}
    return kinds


def _outside(rows: Sequence[Row], start: int) -> int:
    """A row at or before ``start`` that begins something at the left margin, as code outside of strings does."""
    for at in range(start, max(start - LEAD, 0), -1):
        cell = rows[at].agent or rows[at].human
        if cell is not None and (cell.text[:1].isalpha() or cell.text[:1] == "@"):
            return at
    return max(start - LEAD, 0)
