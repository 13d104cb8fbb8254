"""Positions in a diff, and what checks and the annotator remark on a row of it."""

from typing import NamedTuple

import msgspec

from reviewer.model import CheckResult, Evidence, Mark, Side


class RowPosition(NamedTuple):
    """A file of the diff and one of its rows, both from 0; row -1 is the line above the file."""

    file: int
    row: int


class SourceLine(NamedTuple):
    """A line, counted from 1, of one side's version of a file."""

    side: Side
    path: str
    line: int


class Anchor(NamedTuple):
    """What the cursor is kept on while the lines are made anew: a row, and the line of a file it shows."""

    position: RowPosition
    source: SourceLine | None


class Bookmark(msgspec.Struct, frozen=True):
    """Where an annotator was in a diff and what was unfolded there; the cursor ``offset`` lines below the top."""

    position: RowPosition
    offset: int
    context: int
    whole: frozenset[int]
    opened: frozenset[int]


class Finding(msgspec.Struct, frozen=True):
    """One piece of a check's evidence."""

    result: CheckResult
    evidence: Evidence


Remark = Finding | Mark
"""What is shown beside a row: what a check found there, or how the annotator marked it."""
