"""Between the lines of a patch file and the lines of the files it changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from reviewer.model import FileChange, PatchLine, Side


class FileLine(NamedTuple):
    """A line of one side's file: ``agent`` after the patch, ``base`` for a line that the patch removes."""

    file: int
    side: Side
    line: int


class PatchLines:
    """Finds lines of the agent's patch by their number in the patch file, and back. Numbers count from 1."""

    def __init__(self, changes: Sequence[FileChange | None]) -> None:
        self._changes = changes
        self._files = sorted(
            (change.row, number) for number, change in enumerate(changes) if change is not None
        )

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
        return FileLine(number, *_named(line))

    def row(self, file: int, side: Side, line: int) -> int | None:
        """The line of the patch file that holds a line, else that of the nearest one in that file's hunks."""
        change = self._changes[file]
        if change is None:
            return None
        best: int | None = None
        distance = 0
        for hunk in change.hunks:
            start = hunk.target_start if side == "agent" else hunk.source_start
            if best is not None and start - line > distance:
                break
            for other in hunk.lines:
                found = other.target if side == "agent" else other.source
                if found is None:
                    continue
                if best is None or abs(found - line) < distance:
                    best, distance = other.row, abs(found - line)
                if distance == 0:
                    return best
        return best if best is not None else change.row


def _named(line: PatchLine) -> tuple[Side, int]:
    if line.target is not None:
        return "agent", line.target
    return "base", line.source or 1
