"""Which lines the diff shows, in each layout; nothing of how they are drawn."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal, cast, get_args

import msgspec

from reviewer.diffs.functions import enclosing_head
from reviewer.diffs.rows import unified_rows, visible_rows
from reviewer.model import AlignedFile, Cell, FileChange, Row, Side
from reviewer.text import TAB_WIDTH

Layout = Literal["split", "unified", "in turn", "agent", "human", "results", "raw"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
"""In the order in which the layout key goes through them; :data:`LAYOUT_DESCRIPTIONS` says what each shows."""

LAYOUT_DESCRIPTIONS: dict[Layout, str] = {
    "split": "human and agent side by side",
    "unified": "one column, at each place the human's lines before the agent's",
    "in turn": "one column, in each file the human's change before the agent's",
    "agent": "the agent's change alone",
    "human": "the human's change alone",
    "results": "from the human's result to the agent's",
    "raw": "the agent's patch as the text it is",
}

Wrapping = Literal["changed", "all", "none"]
WRAPPINGS: dict[Wrapping, str] = {
    "changed": "long lines that were changed go on below; others are cut, h l move them",
    "all": "long lines go on below",
    "none": "long lines are cut; h l move sideways",
}
"""In the order in which the wrapping key goes through them."""

CONTEXT = 3
"""Unchanged lines around each change."""
DiffSide = Literal["human", "agent"]
"""A side of the diff; ``human`` is the left one, whoever's change is shown there."""
ShownSides = Literal["both", "human", "agent"]


class FileHeading(msgspec.Struct, frozen=True, gc=False):
    """The line above a file."""

    file: int


class NoteLine(msgspec.Struct, frozen=True, gc=False):
    """A line of prose about a file: a note, a mismatch, no base."""

    file: int
    text: str
    style: str = "dim"


class Fold(msgspec.Struct, frozen=True, gc=False):
    """``lines`` unchanged lines that are not shown; empty (``start == end``) where no patch gives them.

    ``indent`` columns are folded away from the lines that follow. With 0 lines it only says that.
    """

    file: int
    start: int
    end: int
    lines: int
    sides: ShownSides = "both"
    indent: int = 0


class RowLine(msgspec.Struct, frozen=True, gc=False):
    """A row of the aligned view, or one side of it; ``part`` counts the lines of a wrapped one."""

    file: int
    row: int
    sides: ShownSides = "both"
    indent: int = 0
    part: int = 0


class RawLine(msgspec.Struct, frozen=True, gc=False):
    """A line of the patch file, from 1; ``file`` is the one it changes."""

    file: int
    row: int
    part: int = 0


Line = FileHeading | NoteLine | Fold | RowLine | RawLine


class Options(msgspec.Struct, frozen=True):
    """How much is shown, and in which layout."""

    layout: Layout = "split"
    context: int = CONTEXT
    whole: frozenset[int] = frozenset()
    """Files that are shown from the first line to the last."""
    opened: frozenset[int] = frozenset()
    """Artefacts that are shown."""
    heads: bool = False
    """Context goes up to the head of the enclosing function."""
    indent: bool = False
    """The indentation that all lines of a stretch share is folded away."""
    ignores_space: bool = False
    """Changes of nothing but white space are taken for none."""
    wraps: Wrapping = "changed"
    """Which long lines go on below; the others are cut."""
    left: str = "human"
    """Whose change is at the left."""

    def owner(self, side: Side) -> str:
        """Whose change is shown on a side."""
        return self.left if side == "human" else side


def opening_options(options: Options, left: str) -> Options:
    """What an attempt is opened with: the chosen layout, and nothing unfolded yet."""
    return msgspec.structs.replace(options, context=CONTEXT, whole=frozenset(), opened=frozenset(), left=left)


def file_lines(index: int, file: AlignedFile, options: Options) -> list[Line]:
    """All lines of one file."""
    lines: list[Line] = [FileHeading(index)]
    if file.artefact and index not in options.opened:
        return lines
    lines += [NoteLine(index, note) for note in file.notes]
    lines += _warnings(index, file, options)
    if options.layout == "in turn":
        for side in ("human", "agent"):
            if change_of(file, side) is not None:
                lines.append(NoteLine(index, f"the {options.owner(side)}'s change", f"region_{side}"))
                lines += _stretches(index, file, options, side)
    elif options.layout in ("human", "agent"):
        side = options.layout
        if change_of(file, side) is None:
            lines.append(NoteLine(index, f"the {options.owner(side)} left this file as it was"))
        else:
            lines += _stretches(index, file, options, side)
    else:
        lines += _stretches(index, file, options, "both")
    return lines


def _warnings(index: int, file: AlignedFile, options: Options) -> Iterator[NoteLine]:
    for side, why in file.mismatch.items():
        text = f"the {options.owner(side)}'s patch does not fit the base: {why}; shown as the patch gives it"
        yield NoteLine(index, text, "warn")
    if options.layout == "results" and not file.rows and not file.notes:
        why = "one of the two patches does not fit the base"
        why = why if file.human and file.agent else "nothing to compare"
        yield NoteLine(index, f"no result to compare: {why}", "unknown")
    if not file.base_known:
        yield NoteLine(index, "no base text: only the lines that the patches themselves give", "unknown")


def _stretches(index: int, file: AlignedFile, options: Options, sides: ShownSides) -> Iterator[Line]:
    side = cast("Side", sides) if sides != "both" else None
    whole = index in options.whole
    up_to = partial(_head_row, file) if options.heads else None
    fold: Fold | None = None
    for stretch in visible_rows(file, options.context, side=side, up_to=up_to):
        if not stretch.shown and not (whole and stretch.end > stretch.start):
            count = stretch.lines
            if side is not None and stretch.end > stretch.start:
                rows = file.rows[stretch.start : stretch.end]
                count = sum(cell_of(row, side) is not None for row in rows)
            if fold is not None:
                yield fold
            fold = Fold(index, stretch.start, stretch.end, count, sides) if count else None
            continue
        indent = _common_indent(file.rows[stretch.start : stretch.end]) if options.indent else 0
        if indent or fold is not None:
            before = fold or Fold(index, stretch.start, stretch.start, 0, sides)
            yield msgspec.structs.replace(before, indent=indent)
            fold = None
        yield from rows_shown(index, file, options.layout, sides, stretch.start, stretch.end, indent)
    if fold is not None:
        yield fold


def rows_shown(
    index: int, file: AlignedFile, layout: Layout, sides: ShownSides, start: int, end: int, indent: int = 0
) -> list[RowLine]:
    """The lines for ``rows[start:end]``."""
    if sides != "both":
        rows = (row for row in range(start, end) if cell_of(file.rows[row], sides) is not None)
        return [RowLine(index, row, sides, indent) for row in rows]
    if layout != "unified":
        return [RowLine(index, row, "both", indent) for row in range(start, end)]
    return [
        RowLine(index, line.row, "both" if len(line.sides) > 1 else cast("ShownSides", line.sides[0]), indent)
        for line in unified_rows(file, start, end)
        # a line that one side cut is shown as cut only, though the other side kept it
        if line.fate != "keep" or file.rows[line.row].mark == "none"
    ]


def cell_of(row: Row, side: Side) -> Cell | None:
    """A row's line on the left side for ``human``, else on the agent's."""
    return row.human if side == "human" else row.agent


def is_change(row: Row, sides: ShownSides) -> bool:
    """Whether a line that shows these sides of a row shows a change."""
    cell = cell_of(row, cast("Side", sides)) if sides != "both" else None
    return row.mark != "none" and (sides == "both" or (cell is not None and cell.fate != "keep"))


def is_patch_change(text: str) -> bool:
    """Whether a line of a patch file adds or removes a line."""
    return text[:1] in ("+", "-") and not text.startswith(("+++ ", "--- "))


def change_of(file: AlignedFile, side: Side) -> FileChange | None:
    """What the left side for ``human``, else the agent, did to a file."""
    return file.human if side == "human" else file.agent


def _head_row(file: AlignedFile, row: int) -> int | None:
    found = enclosing_head(file, row)
    return found.row if found is not None else None


def _common_indent(rows: Sequence[Row]) -> int:
    """Columns of white space that every line of both sides begins with."""
    least: int | None = None
    for row in rows:
        for cell in (row.human, row.agent):
            if cell is None or not cell.text.strip():
                continue
            text = cell.text.expandtabs(TAB_WIDTH)
            indent = len(text) - len(text.lstrip(" "))
            least = indent if least is None else min(least, indent)
            if not least:
                return 0
    return least if least is not None and least > 3 else 0
