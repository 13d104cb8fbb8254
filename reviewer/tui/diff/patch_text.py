"""The agent's patch as the text it is, and where its lines are in the diff."""

from functools import cached_property

from reviewer.diffs.rows import PatchLines
from reviewer.model import Row, Side
from reviewer.project.references import Review
from reviewer.text import decode
from reviewer.tui.diff.lines import Line, RawLine
from reviewer.tui.diff.positions import RowPosition


class PatchText:
    """The lines of a patch file, by their number from 1."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self.numbers = PatchLines([file.agent for file in review.files])
        """The lines of files that are at the lines of the patch."""

    @cached_property
    def lines(self) -> list[str]:
        """The lines as they were read."""
        lines = decode(self._review.patch).split("\n")
        return lines if lines[-1] else lines[:-1]

    def text(self, number: int) -> str:
        """One line as it was read; empty behind the last."""
        return self.lines[number - 1] if number <= len(self.lines) else ""

    def drawn_lines(self) -> list[Line]:
        """A line of the diff for each line of the patch, under the file that it changes."""
        last = len(self.lines)
        files = enumerate(self._review.files)
        starts = sorted((file.agent.row, number) for number, file in files if file.agent is not None)
        ends = [*(row for row, _ in starts[1:]), last + 1]
        drawn: list[Line] = []
        for (start, file), end in zip(starts, ends, strict=False):
            drawn += [RawLine(file, number) for number in range(start if drawn else 1, end)]
        return drawn or [RawLine(0, number) for number in range(1, last + 1)]

    def number_near(self, position: RowPosition) -> int:
        """The line of the patch for a row of the aligned files, or the nearest one."""
        file = self._review.files[position.file]
        number = file.agent.row if file.agent is not None else 1
        source = _source(file.rows[position.row]) if 0 <= position.row < len(file.rows) else None
        return (self.numbers.row(position.file, *source) if source is not None else None) or number

    def number_of(self, file: int, row: Row) -> int | None:
        """The line of the patch that a row of a file is; ``None`` where the patch has no such line."""
        source = _source(row)
        found = self.numbers.row(file, *source) if source is not None else None
        named = self.numbers.file_line(found) if found is not None else None
        return found if named is not None and (named.side, named.line) == source else None


def _source(row: Row) -> tuple[Side, int] | None:
    """The side and number under which a patch can have a row's line; ``None`` for one that the human added."""
    if row.agent is not None and row.agent.line is not None:
        return "agent", row.agent.line
    return ("base", row.base + 1) if row.base is not None else None
