"""What the diff is given to show, and how a row of it is named."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from reviewer.diffs.derived import MovedLine
from reviewer.diffs.rows import RowIndex
from reviewer.model import AlignedFile, Evidence, Mark, Side
from reviewer.tui.diff.lines import Line, Options, lines_of


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
    viewed: frozenset[int]


class Finding(msgspec.Struct, frozen=True):
    """One piece of evidence of a check, at the row it points to."""

    check: str
    outcome: str
    evidence: Evidence


Remark = Finding | Mark
"""What is shown beside a row: what a check found there, or how the annotator marked it."""


class PreparedLines(msgspec.Struct, frozen=True):
    """Lines of files that may be shown next, and their rows by line number, made in a thread."""

    options: Options
    lines: list[Line]
    row_indexes: dict[int, RowIndex]


class Content(msgspec.Struct, frozen=True):
    """What is shown of an attempt: files, the patch as text, what moved, whose change is at the left."""

    files: tuple[AlignedFile, ...] = ()
    why_empty: str = ""
    patch: bytes = b""
    moved: tuple[frozenset[MovedLine], ...] = ()
    left: str = "human"
    """``human``, or the name of another attempt whose patch is shown instead."""
    left_known: bool = True
    """Whether there is a change at the left at all; without one no line is called the agent's alone."""
    prepared: PreparedLines | None = None


def prepare_lines(files: Sequence[AlignedFile], options: Options) -> PreparedLines | None:
    """What opening these files with ``options`` needs; ``None`` in a layout that is made of other rows."""
    if options.layout in ("raw", "results"):
        return None
    indexes = {number: RowIndex(file) for number, file in enumerate(files)}
    for index in indexes.values():
        index.find("agent", 1)  # most of what the checks point to is the agent's
    return PreparedLines(options, lines_of(files, options), indexes)
