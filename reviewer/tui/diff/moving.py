"""Where the next change, file or remark of a diff is, seen from a line."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from reviewer.tui.diff.model import DiffModel
from reviewer.tui.diff.positions import RowPosition


class FileStart(NamedTuple):
    """The line at which a file begins, and that of its first change; the same where it has none."""

    head: int
    change: int


def next_change(model: DiffModel, index: int, step: int) -> int | None:
    """The line at which the next or previous run of changes begins."""
    changes = model.changes()
    at = bisect_right(changes, index) if step > 0 else bisect_left(changes, index) - 1
    return changes[at] if 0 <= at < len(changes) else None


def next_file(model: DiffModel, index: int, step: int) -> FileStart | None:
    """Where the next or previous file begins."""
    heads = _file_headings(model)
    at = bisect_right(heads, index) - 1 + step
    return _file_start(model, heads, at) if 0 <= at < len(heads) else None


def start_of_file(model: DiffModel, file: int) -> FileStart | None:
    """Where a file begins; ``None`` where it is not shown."""
    heads = _file_headings(model)
    at = next((at for at, head in enumerate(heads) if model.lines[head].file == file), None)
    return _file_start(model, heads, at) if at is not None else None


def next_remark(model: DiffModel, index: int, step: int) -> RowPosition | None:
    """The next or previous row that a check or a mark of the annotator points to."""
    here = model.position_at(index)
    rows = model.remark_positions()
    following = [row for row in rows if (row > here if step > 0 else row < here)]
    return following[0 if step > 0 else -1] if following else None


def _file_headings(model: DiffModel) -> list[int]:
    lines = model.lines
    return [i for i, line in enumerate(lines) if not i or line.file != lines[i - 1].file]


def _file_start(model: DiffModel, heads: list[int], at: int) -> FileStart:
    head, end = heads[at], heads[at + 1] if at + 1 < len(heads) else len(model.lines)
    changes = model.changes()
    first = bisect_left(changes, head)
    return FileStart(head, changes[first] if first < len(changes) and changes[first] < end else head)
