"""Syntax of the files of a diff, for its colours."""

from collections.abc import Iterable, Sequence

from reviewer.diffs.highlight import highlight
from reviewer.model import AlignedFile, Cell, Row, Side
from reviewer.text import aligned
from reviewer.tui.diff.lines import Line, RowLine

Kinds = dict[tuple[Side, int], Sequence[tuple[int, int, str]]]
"""Spans (start, end, kind) by side and line number of that side's file, from 1."""

STRETCH = 1_000
"""Rows of a large file that are coloured at a time: lexing all of it would slow the keys down meanwhile."""

WHOLE = 2_500
"""Rows up to which a file is coloured at once."""

LEAD = 600
"""Rows in front of a stretch at most that are lexed with it, so that it begins outside strings and comments."""


class SyntaxColours:
    """The syntax of a diff's files as far as it has been worked out, a stretch of a file at a time."""

    def __init__(self) -> None:
        self._kinds: dict[int, Kinds] = {}
        self._known: set[tuple[int, int]] = set()

    def missing(self, lines: Iterable[Line], files: Sequence[AlignedFile]) -> tuple[int, int] | None:
        """The first file among these lines, and the stretch of its rows, whose syntax is not known yet."""
        for line in lines:
            if isinstance(line, RowLine):
                wanted = line.file, stretch_of(files[line.file], line.row)
                if wanted not in self._known:
                    return wanted
        return None

    def add(self, file: int, stretch: int, kinds: Kinds) -> None:
        """The syntax of a stretch of a file is known now."""
        self._known.add((file, stretch))
        self._kinds.setdefault(file, {}).update(kinds)

    def spans(self, file: int, side: Side, line: int) -> Sequence[tuple[int, int, str]]:
        """Start, end and kind of what is known of a line of one side's file, from 1."""
        return self._kinds.get(file, {}).get((side, line), ())


def stretch_of(file: AlignedFile, row: int) -> int:
    """The number of the stretch of a file that a row belongs to."""
    return row // STRETCH if len(file.rows) > WHOLE else 0


def safe_line(cell: Cell) -> str:
    """A cell's text as it is shown; the offsets of all spans are in this text."""
    return aligned(cell.text.rstrip("\n"))


def syntax(file: AlignedFile, stretch: int = 0) -> Kinds:
    """Syntax of the base, the human's and the agent's text of a stretch of a file; slow, for a thread."""
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
        kinds |= {(name, number): parts for number, parts in zip(numbers, spans, strict=True) if parts}
    return kinds


def _outside(rows: Sequence[Row], start: int) -> int:
    """A row at or before ``start`` that begins something at the left margin, as code outside of strings does."""
    for number in range(start, max(start - LEAD, 0), -1):
        cell = rows[number].agent or rows[number].human
        if cell is not None and (cell.text[:1].isalpha() or cell.text[:1] == "@"):
            return number
    return max(start - LEAD, 0)
