"""What a text pane shows: lines that are safe to show, with places to go to and stretches to open.

A page may be a list in memory or be read as far as it is looked at (a log).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from rich.cells import cell_len, chop_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Styled(msgspec.Struct, frozen=True):
    """A line in a style of its own.

    ``lead`` stands in front of it in the style of line numbers and is no part of its text. ``mark`` is a
    place that ``f`` goes to, ``section`` one that ``.`` goes to, ``target`` what ``enter`` opens. ``spans``
    are the pieces of ``text`` with a style each, where it has several. Where the line is broken, what
    follows is indented by ``hang`` columns, as the line is where that is ``None``. A ``whole`` line is cut
    at the edge and never broken, since its columns would not stay columns.
    """

    text: str
    style: str = "text"
    lead: str = ""
    mark: bool = False
    section: bool = False
    target: Any = None
    spans: tuple[tuple[str, str], ...] = ()
    hang: int | None = None
    whole: bool = False


def pieced(*spans: tuple[str, str], **more: Any) -> Styled:
    """A line made of pieces, each with the name of its style; ``more`` as for :class:`Styled`."""
    return Styled("".join(text for text, _ in spans), spans=spans, **more)


class Folded(msgspec.Struct, frozen=True):
    """Lines that are made and shown when this one is opened."""

    line: Styled
    inside: Callable[[], Sequence[Styled]]


class Page:
    """Lines by index, read as they are looked at; a subclass says more where it can."""

    start = 0
    """The line that is shown first."""
    slow = False
    """Whether counting matches is for a thread."""

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: int, /) -> Styled:
        raise NotImplementedError

    def whole(self, index: int) -> str:
        """The whole text of what a line shows (a part of)."""
        return self[index].text

    def next_mark(self, index: int, step: int) -> int | None:
        """The next marked line after or before one."""
        return None

    def next_section(self, index: int, step: int) -> int | None:
        """The next heading after or before a line."""
        return None

    def toggle(self, index: int) -> bool:
        """Open what is folded at a line, or fold it again; false where nothing is."""
        return False

    def find(self, needle: str, index: int, step: int) -> int | None:
        """The next line that holds ``needle`` (in lower case), from ``index`` on."""
        places = range(index, len(self)) if step > 0 else range(index, -1, -1)
        return next((place for place in places if needle in self[place].text.lower()), None)

    def count(self, needle: str, stopped: Callable[[], bool]) -> int | None:
        """How many lines hold ``needle``; ``None`` where it was stopped."""
        return sum(needle in self[index].text.lower() for index in range(len(self)))

    def fit(self, width: int) -> None:
        """Break lines to a width, where the page does that."""

    def finish(self, stopped: Callable[[], bool]) -> Any:
        """Work that can wait until the page is seen; for a thread. What it gives is for :meth:`take`."""
        return None

    def take(self, found: Any, index: int) -> int:
        """Take in what :meth:`finish` found; where line ``index`` stands now."""
        return index

    def close(self) -> None:
        """Close files."""


class ListPage(Page):
    """Lines in memory, broken to the pane's width if asked."""

    def __init__(self, items: Iterable[Styled | Folded], *, wrap: bool = False, start: int = 0) -> None:
        self.items: list[Styled | Folded] = list(items)
        self.start = start
        self.wrap = wrap
        self._opened: dict[int, int] = {}  # how many lines stand open behind a fold, by the fold's place
        self._width = 0
        self._rows: list[tuple[int, str]] | None = None

    # Rows ------------------------------------------------------------------------------------

    @property
    def rows(self) -> list[tuple[int, str]]:
        """Item and text of each line on the screen."""
        if self._rows is None:
            self._rows = [
                (place, text) for place, item in enumerate(self.items) for text in self._broken(_line(item))
            ]
        return self._rows

    def _broken(self, line: Styled) -> list[str]:
        room = self._width - 1 - cell_len(line.lead)
        if not self.wrap or line.whole or room < 20 or cell_len(line.text) <= room:
            return [line.text]
        own = len(line.text) - len(line.text.lstrip(" "))
        hang = min(own if line.hang is None else line.hang, room // 2)
        blanks = " " * min(own, room // 2)
        first, *rest = wrapped(line.text[own:], room - len(blanks))
        if not rest:
            return [blanks + first]
        begin = own + len(first)
        begin += line.text[begin : begin + 1] == " "
        return [blanks + first, *(" " * hang + text for text in wrapped(line.text[begin:], room - hang))]

    def fit(self, width: int) -> None:
        """Break long lines to this width."""
        if width != self._width:
            self._width = width
            self._rows = None

    def item_at(self, index: int) -> int:
        """The place of the item that a line belongs to."""
        rows = self.rows
        return rows[min(index, len(rows) - 1)][0] if rows else 0

    def row_of(self, item: int) -> int:
        """The first line of an item."""
        return next((row for row, (place, _) in enumerate(self.rows) if place >= item), 0)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int, /) -> Styled:
        place, text = self.rows[index]
        line = _line(self.items[place])
        if text is line.text or text == line.text:
            return line
        first = index == 0 or self.rows[index - 1][0] != place
        lead = line.lead if first else " " * cell_len(line.lead)
        return msgspec.structs.replace(line, text=text, lead=lead, mark=line.mark and first, spans=())

    def whole(self, index: int) -> str:
        """The line before it was broken."""
        return _line(self.items[self.rows[index][0]]).text

    # Places ----------------------------------------------------------------------------------

    def _next(self, index: int, step: int, wanted: Callable[[Styled], bool]) -> int | None:
        place = self.item_at(index) + step
        while 0 <= place < len(self.items):
            if wanted(_line(self.items[place])):
                return self.row_of(place)
            place += step
        return None

    def next_mark(self, index: int, step: int) -> int | None:
        """The next marked line."""
        return self._next(index, step, lambda line: line.mark)

    def next_section(self, index: int, step: int) -> int | None:
        """The next heading."""
        return self._next(index, step, lambda line: line.section)

    def find(self, needle: str, index: int, step: int) -> int | None:
        """The next line that holds ``needle``; a fold that holds it is opened."""
        place = self.item_at(index)
        first = self.row_of(place)
        while 0 <= place < len(self.items):
            if self._closed(place) and self._within(place, needle):
                self.toggle(self.row_of(place))
                lines = range(place + 1, place + 1 + self._opened[place])
                for inner in lines if step > 0 else reversed(lines):
                    if needle in _line(self.items[inner]).text.lower():
                        return self._row_with(inner, needle)
            elif needle in _line(self.items[place]).text.lower():
                row = self._row_with(place, needle)
                if (row - index) * step >= 0 or place != self.item_at(index) or index == first:
                    return row
            place += step
        return None

    def count(self, needle: str, stopped: Callable[[], bool]) -> int | None:
        """How many lines hold ``needle``, those in folds too."""
        total = 0
        for place, item in enumerate(self.items):
            total += needle in _line(item).text.lower()
            if self._closed(place):
                total += self._within(place, needle)
        return total

    def _closed(self, place: int) -> bool:
        return isinstance(self.items[place], Folded) and place not in self._opened

    def _within(self, place: int, needle: str) -> int:
        """How many of the lines in a closed fold hold ``needle``."""
        item = self.items[place]
        return sum(needle in line.text.lower() for line in item.inside()) if isinstance(item, Folded) else 0

    def _row_with(self, place: int, needle: str) -> int:
        """The line of an item that shows ``needle``, its first where it is broken in two."""
        first = self.row_of(place)
        rows = self.rows
        row = first
        while row < len(rows) and rows[row][0] == place:
            if needle in rows[row][1].lower():
                return row
            row += 1
        return first

    def toggle(self, index: int) -> bool:
        """Open the fold at a line, or close it again."""
        place = self.item_at(index)
        item = self.items[place] if self.items else None
        if not isinstance(item, Folded):
            return False
        opened = self._opened.pop(place, None)
        if opened is None:
            inside = item.inside()
            self.items[place + 1 : place + 1] = inside
            self._shift(place, len(inside))
            self._opened[place] = len(inside)
        else:
            del self.items[place + 1 : place + 1 + opened]
            self._shift(place, -opened)
        self._rows = None
        return True

    def _shift(self, after: int, by: int) -> None:
        self._opened = {
            place + by if place > after else place: lines for place, lines in self._opened.items()
        }


def _line(item: Styled | Folded) -> Styled:
    return item.line if isinstance(item, Folded) else item


def wrapped(text: str, width: int) -> list[str]:
    """Safe text in lines of at most ``width`` columns, broken between words where that can be done."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if cell_len(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            parts = chop_cells(word, max(width, 1)) or [""]
            lines += parts[:-1]
            line = parts[-1]
        lines.append(line)
    return lines
