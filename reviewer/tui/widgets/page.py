"""What a text pane shows: lines that are safe to show, some of them marked, some folded.

A page may be a list in memory or be read as far as it is looked at (a log).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any

import msgspec
from rich.cells import cell_len

from reviewer.cells import wrap


class Styled(msgspec.Struct, frozen=True):
    """A line with the name of its style.

    ``lead`` is shown in front of it in the style of line numbers and is no part of its text. ``f`` goes to
    lines with a ``mark``, ``.`` to those with a ``section``, which ``key`` names for the page's maker;
    ``enter`` opens the ``target``. ``spans`` are the pieces of ``text``, each with the name of a style, where it has several. A line that is wrapped goes
    on with an indentation of ``hang`` columns, its own where that is ``None``. A ``whole`` line is cut at
    the edge and never wrapped, since its columns would not stay columns.
    """

    text: str
    style: str = "text"
    lead: str = ""
    mark: bool = False
    section: bool = False
    key: str = ""
    target: Any = None
    spans: tuple[tuple[str, str], ...] = ()
    hang: int | None = None
    whole: bool = False


def heading(text: str, key: str = "") -> Styled:
    """A heading, which ``.`` goes to."""
    return Styled(f"── {text}", "group", section=True, key=key)


def pieced(*spans: tuple[str, str], **more: Any) -> Styled:
    """A line made of pieces, each with the name of its style; ``more`` as for :class:`Styled`."""
    return Styled("".join(text for text, _ in spans), spans=spans, **more)


class Folded(msgspec.Struct, frozen=True):
    """Lines that are made and shown when this one is opened."""

    line: Styled
    inside: Callable[[], Sequence[Styled]]


class Page(ABC):
    """Lines by index, read as they are looked at."""

    slow = False
    """Whether counting matches is for a thread."""

    @abstractmethod
    def __len__(self) -> int:
        """How many lines there are."""

    @abstractmethod
    def __getitem__(self, index: int, /) -> Styled:
        """One line."""

    def whole(self, index: int) -> str:
        """The whole text of what a line shows (a part of)."""
        return self[index].text

    @abstractmethod
    def next_mark(self, index: int, step: int) -> int | None:
        """The next marked line after or before one."""

    @abstractmethod
    def next_section(self, index: int, step: int) -> int | None:
        """The next heading after or before a line."""

    @abstractmethod
    def toggle(self, index: int) -> bool:
        """Open what is folded at a line, or fold it again; false where nothing is."""

    @abstractmethod
    def find(self, needle: str, index: int, step: int) -> int | None:
        """The next line that holds ``needle`` (in lower case), from ``index`` on."""

    @abstractmethod
    def count(self, needle: str, stopped: Callable[[], bool]) -> int | None:
        """How many lines hold ``needle``, folded ones too; ``None`` where it was stopped."""

    def end_at(self, index: int) -> int | None:
        """The number of the part that ends with a line, ``None`` where none does; most pages have one part."""
        return 0 if index == len(self) - 1 else None

    def end_of(self, part: int) -> int:
        """The last line of a part."""
        return len(self) - 1

    def fit(self, width: int) -> None:  # noqa: B027 - most pages have nothing to wrap
        """Wrap lines to a width, where the page does that."""

    def finish(self, stopped: Callable[[], bool]) -> Any:
        """Work that can wait until the page is on the screen; for a thread. Its result is for :meth:`take`."""
        return None

    def take(self, found: Any, index: int) -> int:
        """Take in what :meth:`finish` found; where line ``index`` is now."""
        return index

    def cleared(self, clear: Callable[[str], str]) -> "Page":
        """The page with ``clear`` done to every text."""
        return ListPage([_cleared(self[index], clear) for index in range(len(self))], wrap=True)

    def close(self) -> None:  # noqa: B027 - most pages have no open file
        """Close files."""


class ListPage(Page):
    """Lines in memory, wrapped to the pane's width if asked."""

    def __init__(self, items: Iterable[Styled | Folded], *, wrap: bool = False) -> None:
        self.items: list[Styled | Folded] = list(items)
        self.wrap = wrap
        self._opened: dict[int, int] = {}  # how many items are open behind a fold, by the fold's number
        self._width = 0
        self._rows: list[tuple[int, str]] | None = None

    # Rows ------------------------------------------------------------------------------------

    @property
    def rows(self) -> list[tuple[int, str]]:
        """Number of the item and text of each line on the screen."""
        if self._rows is None:
            wrapped = enumerate(map(self._wrap, map(_line, self.items)))
            self._rows = [(number, text) for number, texts in wrapped for text in texts]
        return self._rows

    def _wrap(self, line: Styled) -> list[str]:
        room = self._width - 2 - cell_len(line.lead)
        if not self.wrap or line.whole or room < 20 or cell_len(line.text) <= room:
            return [line.text]
        own = len(line.text) - len(line.text.lstrip(" "))
        hang = min(own if line.hang is None else line.hang, room // 2)
        blanks = " " * min(own, room // 2)
        first, *rest = wrap(line.text[own:], room - len(blanks))
        if not rest:
            return [blanks + first]
        begin = own + len(first)
        begin += line.text[begin : begin + 1] == " "
        return [blanks + first, *(" " * hang + text for text in wrap(line.text[begin:], room - hang))]

    def fit(self, width: int) -> None:
        """Wrap long lines to this width."""
        if width != self._width:
            self._width = width
            self._rows = None

    def item_at(self, index: int) -> int:
        """The number of the item that a line belongs to."""
        rows = self.rows
        return rows[min(index, len(rows) - 1)][0] if rows else 0

    def row_of(self, item: int) -> int:
        """The first line of an item."""
        return next((row for row, (number, _) in enumerate(self.rows) if number >= item), 0)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int, /) -> Styled:
        number, text = self.rows[index]
        line = _line(self.items[number])
        if text is line.text or text == line.text:
            return line
        first = index == 0 or self.rows[index - 1][0] != number
        lead = line.lead if first else " " * cell_len(line.lead)
        spans = self._spans(line, index) if line.spans else ()
        return msgspec.structs.replace(line, text=text, lead=lead, mark=line.mark and first, spans=spans)

    def _spans(self, line: Styled, index: int) -> tuple[tuple[str, str], ...]:
        """The pieces of a line that stand on one of the rows that it is wrapped into."""
        begin = end = 0
        text = ""
        for row in range(self.row_of(self.rows[index][0]), index + 1):
            text = self.rows[row][1]
            begin = line.text.find(text.lstrip(" "), end)
            end = begin + len(text.lstrip(" "))
        spans, at = [(" " * (len(text) - end + begin), line.style)], 0
        for piece, style in line.spans:
            spans.append((piece[max(begin - at, 0) : max(end - at, 0)], style))
            at += len(piece)
        return tuple(span for span in spans if span[0])

    def whole(self, index: int) -> str:
        """The line before it was wrapped."""
        return _line(self.items[self.rows[index][0]]).text

    def cleared(self, clear: Callable[[str], str]) -> "ListPage":
        """The page with ``clear`` done to every text, also to what is folded."""

        def of_item(item: Styled | Folded) -> Styled | Folded:
            if isinstance(item, Styled):
                return _cleared(item, clear)
            inside = item.inside
            return Folded(_cleared(item.line, clear), lambda: [_cleared(line, clear) for line in inside()])

        return ListPage(map(of_item, self.items), wrap=self.wrap)

    # Moving ----------------------------------------------------------------------------------

    def _next(self, index: int, step: int, wanted: Callable[[Styled], bool]) -> int | None:
        numbers = range(self.item_at(index) + step, len(self.items) if step > 0 else -1, step)
        found = (number for number in numbers if wanted(_line(self.items[number])))
        return next(map(self.row_of, found), None)

    def next_mark(self, index: int, step: int) -> int | None:
        """The next marked line."""
        return self._next(index, step, lambda line: line.mark)

    def next_section(self, index: int, step: int) -> int | None:
        """The next heading."""
        return self._next(index, step, lambda line: line.section)

    def find(self, needle: str, index: int, step: int) -> int | None:
        """The next line that holds ``needle``; a fold that holds it is opened."""
        number = self.item_at(index)
        first = self.row_of(number)
        while 0 <= number < len(self.items):
            if self._is_closed(number) and self._count_inside(number, needle):
                self.toggle(self.row_of(number))
                number += 1 if step > 0 else self._opened[number]
                index = first = self.row_of(number)
                continue
            if needle in _line(self.items[number]).text.lower():
                row = self._row_with(number, needle)
                if (row - index) * step >= 0 or number != self.item_at(index) or index == first:
                    return row
            number += step
        return None

    def count(self, needle: str, stopped: Callable[[], bool]) -> int | None:
        """How many lines hold ``needle``, those in folds too."""
        total = 0
        for number, item in enumerate(self.items):
            total += needle in _line(item).text.lower()
            if self._is_closed(number):
                total += self._count_inside(number, needle)
        return total

    def _is_closed(self, number: int) -> bool:
        return isinstance(self.items[number], Folded) and number not in self._opened

    def _count_inside(self, number: int, needle: str) -> int:
        """How many of the lines in a closed fold hold ``needle``."""
        item = self.items[number]
        return sum(needle in line.text.lower() for line in item.inside()) if isinstance(item, Folded) else 0

    def _row_with(self, number: int, needle: str) -> int:
        """The line of an item that shows ``needle``; its first where the needle is wrapped."""
        first = self.row_of(number)
        shown = takewhile(lambda row: self.rows[row][0] == number, range(first, len(self.rows)))
        return next((row for row in shown if needle in self.rows[row][1].lower()), first)

    def toggle(self, index: int) -> bool:
        """Open the fold at a line, or close it again."""
        number = self.item_at(index)
        item = self.items[number] if self.items else None
        if not isinstance(item, Folded):
            return False
        opened = self._opened.pop(number, None)
        if opened is None:
            inside = item.inside()
            self.items[number + 1 : number + 1] = inside
            self._shift(number, len(inside))
            self._opened[number] = len(inside)
        else:
            del self.items[number + 1 : number + 1 + opened]
            self._shift(number, -opened)
        self._rows = None
        return True

    def _shift(self, after: int, by: int) -> None:
        opened = self._opened.items()
        self._opened = {number + by * (number > after): lines for number, lines in opened}


def _cleared(line: Styled, clear: Callable[[str], str]) -> Styled:
    text = clear(line.text)
    return line if text == line.text else msgspec.structs.replace(line, text=text, spans=())


def _line(item: Styled | Folded) -> Styled:
    return item.line if isinstance(item, Folded) else item
