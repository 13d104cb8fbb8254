"""What the attempt's process wrote: standard output, then standard error, however long.

Only what is looked at is read. Repeated lines are folded with a count once the whole file has been gone
through, which for a large one happens after it is on the screen.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from reviewer.cells import format_count
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.sources.attempt_files import list_names, select_logs
from reviewer.sources.logs.repeats import Repeat, find_repeats
from reviewer.sources.logs.text import LogText, LogUnreadable, looks_like_error, open_log
from reviewer.text import one_line, plural
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading

FOLDED_AT_ONCE = 2_000_000
"""Bytes of a log whose repeats are found before it is shown (some 25 ms)."""


def page(project: Project, entry: Entry) -> Page:
    """Standard output, then standard error; for a thread."""
    attempt = entry.attempt
    names = select_logs(list_names(attempt.folder), attempt.agent)
    if not names:
        return ListPage([Styled("no log: the attempt left no *_stdout.txt and no *_stderr.txt", "dim")])
    shown = LogPage([LogPart(f"{attempt.folder}/{name}", name) for name in names])
    if sum(part.size for part in shown.parts) <= FOLDED_AT_ONCE:
        shown.take(shown.finish(lambda: False), 0)
    return shown


class LogPart:
    """One log under its name: lines of the file, some of them folded away."""

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self.log: LogText | None = None
        self.problem = ""
        try:
            self.log = open_log(path)
        except LogUnreadable as error:
            self.problem = str(error)
        self.folds: list[Repeat] = []
        self.searched = False
        self._starts: list[int] = []
        self._hidden: list[int] = []

    @property
    def size(self) -> int:
        """Bytes."""
        return self.log.size if self.log else 0

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return self.log.line_count if self.log else 0

    @property
    def rows(self) -> int:
        """Lines on the screen, the heading left out."""
        return self.lines - (self._hidden[-1] if self._hidden else 0)

    def fold(self, folds: Sequence[Repeat]) -> None:
        """Fold these stretches; each is one line on the screen."""
        self.folds = list(folds)
        self._hidden = list(accumulate(fold.lines - 1 for fold in folds))
        before = [0, *self._hidden]
        self._starts = [fold.start - hidden for fold, hidden in zip(folds, before, strict=False)]

    def at(self, row: int) -> int | Repeat:
        """The line of the file that a row shows, or the fold that it is."""
        before = bisect_right(self._starts, row) - 1
        if before < 0:
            return row
        return self.folds[before] if row == self._starts[before] else row + self._hidden[before]

    def row_of(self, line: int) -> int:
        """The row that shows a line of the file: its fold's where it is folded away."""
        before = bisect_right(self.folds, line, key=lambda fold: fold.start) - 1
        if before < 0:
            return line
        fold = self.folds[before]
        return self._starts[before] if line < fold.start + fold.lines else line - self._hidden[before]

    def folded(self, line: int) -> Repeat | None:
        """The fold that hides a line."""
        found = self.at(self.row_of(line))
        return None if isinstance(found, int) else found

    def show(self, row: int) -> Styled:
        """One row."""
        found = self.at(row)
        digits = len(str(self.lines))
        if not isinstance(found, int):
            times = found.lines // found.period
            what = "this line" if found.period == 1 else f"these {found.period} lines"
            again = f"⋯ {what} again, {plural(times, 'time')} ({found.lines} lines): enter opens"
            return Styled(again, "accent", lead=" " * digits + " ")
        text = (self.log.lines(found, 1) if self.log else None) or [""]
        style = "fail" if looks_like_error(text[0]) else "text"
        return Styled(text[0], style, lead=f"{found + 1:>{digits}} ", mark=style == "fail")

    def heading(self) -> Styled:
        """The line above the log."""
        name = one_line(self.name)
        if self.log is None:
            return Styled(f"── {name}: {one_line(self.problem)}", "unknown", section=True)
        details = f"{format_count(self.log.size)} bytes · {format_count(self.lines)} lines"
        hidden = sum(fold.lines for fold in self.folds)
        if not self.log.size:
            details = "empty"
        elif not self.searched:
            details += " · repeated lines are being looked for"
        elif hidden:
            details += f" · {format_count(hidden)} repeated lines folded"
        return heading(f"{name} · {details}")


class LogPage(Page):
    """Logs one after the other, each under its name."""

    slow = True

    def __init__(self, parts: list[LogPart]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return sum(1 + part.rows for part in self.parts)

    def _part_and_row(self, index: int) -> tuple[int, int]:
        """Part and row of a line; row -1 is the heading."""
        for number, part in enumerate(self.parts):
            if index <= part.rows:
                return number, index - 1
            index -= part.rows + 1
        raise IndexError(index)

    def _index(self, part: int, row: int) -> int:
        return sum(1 + other.rows for other in self.parts[:part]) + 1 + row

    def __getitem__(self, index: int, /) -> Styled:
        number, row = self._part_and_row(index)
        part = self.parts[number]
        return part.heading() if row < 0 else part.show(row)

    def end_at(self, index: int) -> int | None:
        """The log that ends with a line."""
        number, row = self._part_and_row(index)
        return number if row == self.parts[number].rows - 1 else None

    def end_of(self, part: int) -> int:
        """The last line of a log."""
        return self._index(part, self.parts[part].rows - 1) if part < len(self.parts) else len(self) - 1

    def _line(self, index: int) -> tuple[int, int]:
        """Part and line of the file at an index; of a fold the last line, of a heading -1."""
        number, row = self._part_and_row(index)
        found = self.parts[number].at(row) if row >= 0 else -1
        return number, found if isinstance(found, int) else found.start + found.lines - 1

    def next_section(self, index: int, step: int) -> int | None:
        """The next log's heading."""
        headings = [self._index(number, -1) for number in range(len(self.parts))]
        following = [at for at in headings if (at > index if step > 0 else at < index)]
        return following[0 if step > 0 else -1] if following else None

    def next_mark(self, index: int, step: int) -> int | None:
        """The next line that looks like an error; one that only repeats an earlier one is passed over."""

        def next_error(log: LogText, line: int) -> int | None:
            return log.find_next_error(line) if step > 0 else log.find_previous_error(line + 1)

        number, line = self._line(index)
        return self._search(number, line + step, step, next_error)

    def find(self, needle: str, index: int, step: int) -> int | None:
        """The next line that holds ``needle``; one in a fold is passed over: it repeats another."""
        number, line = self._line(index)
        start = max(line, 0) if step > 0 else line
        return self._search(number, start, step, lambda log, line: log.find(needle, line, step))

    def _search(
        self, number: int, line: int, step: int, search: Callable[[LogText, int], int | None]
    ) -> int | None:
        """Where the first line is that ``search`` finds from a line of a part on and that no fold hides."""
        while 0 <= number < len(self.parts):
            part = self.parts[number]
            while part.log is not None and line >= 0:
                found = search(part.log, line)
                if found is None:
                    break
                fold = part.folded(found)
                if fold is None:
                    return self._index(number, part.row_of(found))
                line = fold.start + fold.lines if step > 0 else fold.start - 1
            number += step
            line = 0 if step > 0 or number < 0 else self.parts[number].lines - 1
        return None

    def toggle(self, index: int) -> bool:
        """Open a fold; it stays open."""
        number, row = self._part_and_row(index)
        part = self.parts[number]
        fold = part.at(row) if row >= 0 else -1
        if isinstance(fold, int):
            return False
        part.fold([other for other in part.folds if other != fold])
        return True

    def count(self, needle: str, stopped: Callable[[], bool]) -> int | None:
        """How many lines hold ``needle``, folded ones too; reads the files anew, so it may run in a thread."""
        total = 0
        for part in self.parts:
            try:
                with open_log(part.path) as log:
                    found = log.count(needle, stopped)
            except LogUnreadable:
                continue
            if found is None:
                return None
            total += found
        return total

    def finish(self, stopped: Callable[[], bool]) -> list[list[Repeat]] | None:
        """Find what is repeated; ``None`` where it is known already."""
        if all(part.searched for part in self.parts):
            return None
        found: list[list[Repeat]] = []
        for part in self.parts:
            try:
                with open(part.path, "rb") as file:  # noqa: PTH123
                    repeats = find_repeats(file, stopped) if part.log else []
            except OSError:
                repeats = []
            found.append([fold for fold in repeats if fold.start + fold.lines <= part.lines])
        return found

    def take(self, found: Any, index: int) -> int:
        """Fold what is repeated; the line at ``index``, or the fold it is in now, is where the cursor goes on."""
        number, line = self._line(index)
        for part, folds in zip(self.parts, found, strict=True):
            part.searched = True
            part.fold(folds)
        return self._index(number, -1 if line < 0 else self.parts[number].row_of(line))

    def close(self) -> None:
        """Close the files."""
        for part in self.parts:
            if part.log is not None:
                part.log.close()
