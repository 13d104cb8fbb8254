"""What the attempt's process wrote: standard output, then standard error, however long.

Only what is looked at is read. What the log says again and again is folded with a count once the whole
file has been gone through, which for a large one happens after it is on the screen.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from reviewer.sources.logs.text import LogText, LogUnreadable, looks_like_error, open_log
from reviewer.text import one_line
from reviewer.tui.widgets.page import ListPage, Page, Styled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.sources.logs.repeats import Repeat

FOLDED_AT_ONCE = 2_000_000
"""Bytes of a log whose repeats are found before it is shown (some 25 ms)."""


def page(project: Project, entry: Entry) -> Page:
    """Standard output, then standard error; for a thread."""
    from reviewer.sources.attempt_files import log_names

    attempt = entry.attempt
    names = log_names(attempt.folder, attempt.agent)
    if not names:
        return ListPage([Styled("no log: the attempt left no *_stdout.txt and no *_stderr.txt", "dim")])
    shown = LogPage([_Part(f"{attempt.folder}/{name}", name) for name in names])
    if sum(part.size for part in shown.parts) <= FOLDED_AT_ONCE:
        shown.take(shown.finish(lambda: False), 0)
    return shown


class _Part:
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
        place = bisect_right(self._starts, row) - 1
        if place < 0:
            return row
        return self.folds[place] if row == self._starts[place] else row + self._hidden[place]

    def row_of(self, line: int) -> int:
        """The row that shows a line of the file: its fold's where it is folded away."""
        place = bisect_right(self.folds, line, key=lambda fold: fold.start) - 1
        if place < 0:
            return line
        fold = self.folds[place]
        return self._starts[place] if line < fold.start + fold.lines else line - self._hidden[place]

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
            return Styled(
                f"⋯ {what} again, {times} time{'s' * (times > 1)} ({found.lines} lines): enter opens",
                "accent",
                lead=" " * digits + " ",
            )
        text = (self.log.lines(found, 1) if self.log else None) or [""]
        style = "fail" if looks_like_error(text[0]) else "text"
        return Styled(text[0], style, lead=f"{found + 1:>{digits}} ", mark=style == "fail")

    def heading(self) -> Styled:
        """The line above the log."""
        name = one_line(self.name)
        if self.log is None:
            return Styled(f"── {name}: {one_line(self.problem)}", "unknown", section=True)
        told = f"{self.log.size:,} bytes · {self.lines:,} lines".replace(",", " ")
        hidden = sum(fold.lines for fold in self.folds)
        if not self.log.size:
            told = "empty"
        elif not self.searched:
            told += " · repeated lines are being looked for"
        elif hidden:
            told += f" · {hidden:,} repeated lines folded".replace(",", " ")
        return Styled(f"── {name} · {told}", "group", section=True)


class LogPage(Page):
    """Logs one after the other, each under its name."""

    slow = True

    def __init__(self, parts: list[_Part]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return sum(1 + part.rows for part in self.parts)

    def _place(self, index: int) -> tuple[int, int]:
        """Part and row of a line; row -1 is the heading."""
        for number, part in enumerate(self.parts):
            if index <= part.rows:
                return number, index - 1
            index -= part.rows + 1
        raise IndexError(index)

    def _index(self, part: int, row: int) -> int:
        return sum(1 + other.rows for other in self.parts[:part]) + 1 + row

    def __getitem__(self, index: int, /) -> Styled:
        number, row = self._place(index)
        part = self.parts[number]
        return part.heading() if row < 0 else part.show(row)

    def _line(self, index: int) -> tuple[int, int]:
        """Part and line of the file at an index; of a fold the last line, of a heading -1."""
        number, row = self._place(index)
        found = self.parts[number].at(row) if row >= 0 else -1
        return number, found if isinstance(found, int) else found.start + found.lines - 1

    def next_section(self, index: int, step: int) -> int | None:
        """The next log's heading."""
        headings = [self._index(number, -1) for number in range(len(self.parts))]
        after = [place for place in headings if (place > index if step > 0 else place < index)]
        return (after[0] if step > 0 else after[-1]) if after else None

    def next_mark(self, index: int, step: int) -> int | None:
        """The next line that looks like an error; what only repeats an earlier one is passed over."""
        number, line = self._line(index)
        while 0 <= number < len(self.parts):
            part = self.parts[number]
            found = self._error(part, line, step)
            if found is not None:
                return self._index(number, part.row_of(found))
            number += step
            line = -1 if step > 0 else (self.parts[number].lines if number >= 0 else 0)
        return None

    def _error(self, part: _Part, line: int, step: int) -> int | None:
        while part.log is not None:
            found = (
                part.log.find_next_error(line + 1) if step > 0 else part.log.find_previous_error(max(line, 0))
            )
            fold = part.folded(found) if found is not None else None
            if found is None or fold is None:
                return found
            line = fold.start + fold.lines - 1 if step > 0 else fold.start
        return None

    def toggle(self, index: int) -> bool:
        """Open a fold; it stays open."""
        number, row = self._place(index)
        part = self.parts[number]
        fold = part.at(row) if row >= 0 else -1
        if isinstance(fold, int):
            return False
        part.fold([other for other in part.folds if other != fold])
        return True

    def find(self, needle: str, index: int, step: int) -> int | None:
        """The next line that holds ``needle``; a fold that hides it is passed over: it repeats another."""
        number, line = self._line(index)
        while 0 <= number < len(self.parts):
            part = self.parts[number]
            while part.log is not None:
                found = part.log.find(needle, max(line, 0), step)
                fold = part.folded(found) if found is not None else None
                if found is None:
                    break
                if fold is None:
                    return self._index(number, part.row_of(found))
                line = fold.start + fold.lines if step > 0 else fold.start - 1
                if line < 0:
                    break
            number += step
            line = 0 if step > 0 else (self.parts[number].lines if number >= 0 else 0)
        return None

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
        from reviewer.sources.logs.repeats import find_repeats

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
        """Fold what is repeated; the line at ``index`` keeps its place, or its fold does."""
        if found is None:
            return index
        number, line = self._line(index) if len(self) else (0, -1)
        for part, folds in zip(self.parts, found, strict=True):
            part.searched = True
            part.fold(folds)
        return self._index(number, -1 if line < 0 else self.parts[number].row_of(line))

    def close(self) -> None:
        """Close the files."""
        for part in self.parts:
            if part.log is not None:
                part.log.close()
