"""Views of aligned rows: which to fold, all in one column, how many lines changed, the row of a line, and lines of the patch."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reviewer.model import AlignedFile, Cell, Fate, FileChange, Row, Side


class Stretch(NamedTuple):
    """``rows[start:end]``, shown or folded; ``lines`` is the number of its lines.

    Where the base is not known, a folded stretch may be empty (``start == end``): then ``lines`` base
    lines that no patch gives are missing there.
    """

    start: int
    end: int
    shown: bool
    lines: int


def visible_rows(
    aligned: AlignedFile,
    context: int = 3,
    *,
    side: Side | None = None,
    up_to: Callable[[int], int | None] | None = None,
) -> list[Stretch]:
    """Cut the rows into stretches to show and to fold, ``context`` rows kept around each change.

    The stretches cover all rows, in order. A single row is not folded: the fold would be as high. With a
    ``side`` only that side's changes count. ``up_to`` gives the row (an enclosing function's head) from
    which on a stretch that begins at a row is shown, if there is one.
    """
    rows = aligned.rows
    result: list[Stretch] = []
    for start, end, missing in _known_pieces(rows):
        if missing:
            result.append(Stretch(start, start, False, missing))
        at = start
        for lo, hi in _around_changes(rows, start, end, context, side, up_to):
            if lo > at:
                result.append(Stretch(at, lo, False, lo - at))
            result.append(Stretch(lo, hi, True, hi - lo))
            at = hi
        if at < end:
            result.append(Stretch(at, end, False, end - at))
    return result


def _known_pieces(rows: Sequence[Row]) -> Iterator[tuple[int, int, int]]:
    """Start and end of rows that follow one another in the base, and the lines missing before them."""
    start = missing = following = 0
    for number, row in enumerate(rows):
        if row.base is None:
            continue
        if row.base > following:
            if following:
                # what is inserted in front of this line belongs to the piece before
                yield start, number, missing
                start = number
            missing = row.base - following
        following = row.base + 1
    if start < len(rows):
        yield start, len(rows), missing


def _around_changes(
    rows: Sequence[Row],
    start: int,
    end: int,
    context: int,
    side: Side | None,
    up_to: Callable[[int], int | None] | None,
) -> list[tuple[int, int]]:
    """Start and end of what is shown of ``rows[start:end]``; two that leave at most a row between them are one."""
    spans: list[tuple[int, int]] = []
    for number, row in enumerate(rows[start:end], start):
        cell = row.human if side == "human" else row.agent
        if row.region is None or (side is not None and (cell is None or cell.fate == "keep")):
            continue
        floor = spans[-1][1] if spans else start
        lo, hi = number - context, min(number + context + 1, end)
        if up_to is not None and (not spans or lo > floor + 1) and (head := up_to(number)) is not None:
            lo = min(lo, head)
        if spans and lo <= floor + 1:
            spans[-1] = (spans[-1][0], hi)
        else:
            spans.append((max(lo, floor), hi))
    if spans and spans[0][0] == start + 1:
        spans[0] = (start, spans[0][1])
    if spans and spans[-1][1] == end - 1:
        spans[-1] = (spans[-1][0], end)
    return spans


class UnifiedRow(NamedTuple):
    """One line of the unified view: the cell of ``rows[row]`` that ``sides`` share."""

    row: int
    sides: tuple[Side, ...]
    fate: Fate
    text: str


def unified_rows(aligned: AlignedFile, start: int = 0, end: int | None = None) -> list[UnifiedRow]:
    """``rows[start:end]`` in one column: of lines inserted at one gap first the human's, then the agent's.

    A base line is there once, as cut where a side cut it (then ``sides`` are those that did). Lines that
    both inserted are there once where they are equal, twice where they are only alike.
    """
    result: list[UnifiedRow] = []
    waiting: list[UnifiedRow] = []
    for number, row in enumerate(aligned.rows[start:end], start):
        if row.base is None and row.mark != "same":
            if row.human is not None:
                result.append(_unified(number, row.human, "human"))
            if row.agent is not None:
                waiting.append(_unified(number, row.agent, "agent"))
            continue
        result += waiting
        waiting = []
        cells: list[tuple[Cell | None, Side]] = [(row.human, "human"), (row.agent, "agent")]
        there = [(cell, side) for cell, side in cells if cell is not None]
        # a base line that one side cut is shown once, as cut by that side
        shown = [item for item in there if item[0].fate == "cut"] or there
        result.append(_unified(number, shown[0][0], *(side for _, side in shown)))
    return result + waiting


def _unified(number: int, cell: Cell, *sides: Side) -> UnifiedRow:
    return UnifiedRow(number, sides, cell.fate, cell.text)


class ChangeCounts(NamedTuple):
    """Lines added and removed by each side, and what both did: cut the same, added the same."""

    human_added: int = 0
    human_removed: int = 0
    agent_added: int = 0
    agent_removed: int = 0
    both_cut: int = 0
    added_same: int = 0

    def __str__(self) -> str:
        """One line for a header, without what is nothing: ``human +17 −6 · agent +45 −9 · both cut 5 · 21 added the same``."""
        human, agent = (self.human_added, self.human_removed), (self.agent_added, self.agent_removed)
        parts = [
            f"{who} +{lines[0]} −{lines[1]}"
            for who, lines in (("human", human), ("agent", agent))
            if any(lines)
        ]
        if any(human) and any(agent):
            parts.append(f"both cut {self.both_cut} · {self.added_same} added the same")
        return " · ".join(parts)


def count_changes(aligned: AlignedFile) -> ChangeCounts:
    """Count the cells of all rows."""
    changed = [row for row in aligned.rows if row.region is not None]
    human = Counter(row.human.fate for row in changed if row.human is not None)
    agent = Counter(row.agent.fate for row in changed if row.agent is not None)
    same = Counter(row.base is not None for row in changed if row.mark == "same")
    return ChangeCounts(
        human["add"], human["cut"], agent["add"], agent["cut"], both_cut=same[True], added_same=same[False]
    )


class RowIndex:
    """Finds the row that holds a line of one side's file; each side is indexed when it is first needed."""

    def __init__(self, aligned: AlignedFile) -> None:
        self._rows = aligned.rows
        self._index: dict[Side, tuple[list[int], list[int]]] = {}

    def find(self, side: Side, line: int) -> int | None:
        """Index of the row that holds a line (counted from 1), else of the nearest one.

        ``None`` where that side has no numbered line at all.
        """
        lines, rows = self._index.get(side) or self._index.setdefault(side, self._indexed(side))
        if not lines:
            return None
        at = bisect_left(lines, line)
        if at == len(lines) or (at and lines[at] != line and line - lines[at - 1] <= lines[at] - line):
            at -= 1
        return rows[at]

    def _indexed(self, side: Side) -> tuple[list[int], list[int]]:
        rows = enumerate(self._rows)
        if side == "base":
            found = [(row.base + 1, number) for number, row in rows if row.base is not None]
        else:
            cells = ((row.human if side == "human" else row.agent, number) for number, row in rows)
            found = [(c.line, number) for c, number in cells if c is not None and c.line is not None]
        found.sort()
        return [line for line, _ in found], [row for _, row in found]


class FileLine(NamedTuple):
    """A line of one side's file: ``agent`` after the patch, ``base`` for a line that the patch removes."""

    file: int
    side: Side
    line: int


class PatchLines:
    """Finds lines of the agent's patch by their number in the patch file, and back. Numbers count from 1."""

    def __init__(self, changes: Sequence[FileChange | None]) -> None:
        self._changes = changes
        self._files = sorted((change.row, number) for number, change in enumerate(changes) if change)

    def file_line(self, row: int) -> FileLine | None:
        """The file's line at a line of the patch file; a header counts as the first line below it."""
        at = bisect_right(self._files, (row, len(self._changes))) - 1
        if at < 0:
            return None
        number = self._files[at][1]
        change = self._changes[number]
        if change is None or not change.hunks:
            return None
        hunk = change.hunks[max(bisect_right(change.hunks, row, key=lambda hunk: hunk.row) - 1, 0)]
        if not hunk.lines:
            return None
        line = hunk.lines[max(bisect_right(hunk.lines, row, key=lambda line: line.row) - 1, 0)]
        if line.target is None:
            return FileLine(number, "base", line.source or 1)
        return FileLine(number, "agent", line.target)

    def row(self, file: int, side: Side, line: int) -> int | None:
        """The line of the patch file that holds a line, else that of the nearest one in that file's hunks."""
        change = self._changes[file]
        if change is None:
            return None
        numbers = ((own.target if side == "agent" else own.source, own.row) for own in change.lines)
        distances = [(abs(number - line), row) for number, row in numbers if number is not None]
        return min(distances, default=(0, change.row))[1]
