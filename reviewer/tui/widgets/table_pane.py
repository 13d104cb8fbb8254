"""Tables one below the other, drawn line by line: ordered, narrowed, and opened to the attempts behind them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.cells import wrap
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.table import Table, TableLine, without_columns
from reviewer.reports.tables.text import laid_out
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece, painted
from reviewer.tui.widgets.line_pane import LinePane

_GAP = re.compile(r"\s{2,}")


class PaneLine(msgspec.Struct, frozen=True):
    """A line: its text, a bar behind it (what is sure, what may be), its style, the attempts that it opens."""

    text: str
    bar: str = ""
    style: str = "text"
    opens: tuple[str, ...] = ()
    table: str | None = None
    """The title of the table that the line belongs to."""
    whole: str = ""
    """Those of its texts that are cut, or have no column here."""


Block = Table | tuple[PaneLine, ...]


class TablePane(LinePane):
    """Blocks of lines. The order of a table is kept by its title, so that fresh figures keep it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "attempts", id="table.open"),
        Binding("o", "order", "order", id="table.order"),
        Binding("O", "turn", "the other way round", show=False, id="table.turn"),
    ]

    @dataclass
    class LineOpened(Message):
        """The attempts behind a line are asked for; ``what`` says what it is about."""

        opens: tuple[str, ...]
        what: str

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette, id="tables")
        self._blocks: Sequence[Block] = ()
        self.lines: list[PaneLine] = []
        self._orders: dict[str, tuple[int, bool]] = {}
        self.needle = ""

    def show(self, blocks: Sequence[Block], *, keep: bool = False) -> None:
        """Show these blocks; with ``keep`` the cursor stays where it is."""
        self._blocks = [without_columns(b, b.extra) if isinstance(b, Table) else b for b in blocks]
        if not keep:
            self.cursor = self.top = self.x = 0
        self._lay_out()

    def narrow(self, needle: str) -> None:
        """Only table lines that hold ``needle``, any case; everything where it is empty."""
        self.needle = needle.lower()
        self.cursor = self.top = 0
        self._lay_out()

    def _lay_out(self) -> None:
        width = max(self.size.width - 2, 20)
        lines: list[PaneLine] = []
        for block in self._blocks:
            if lines:
                lines.append(PaneLine(""))
            if isinstance(block, Table):
                lines += self._table_lines(block, width)
            else:
                lines += (part for line in block for part in _wrapped(line, width))
        self.lines = lines
        self.redraw()
        if lines and not self.selectable(self.cursor):
            found = self._next_selectable(self.cursor, 1)
            self.cursor = self._next_selectable(0, 1) or 0 if found is None else found
            self.redraw()

    def _table_lines(self, table: Table, width: int) -> list[PaneLine]:
        kept = [line for line in table.lines if self.needle in " ".join(line.texts).lower()]
        order = self._orders.get(table.title)
        header = list(table.header)
        if order is not None:
            column, reverse = order
            kept = ordered(kept, column, reverse=reverse)
            header[column] = f"{header[column]} {'↓' if reverse else '↑'}"
        shown = msgspec.structs.replace(table, header=tuple(header), lines=tuple(kept))
        if not kept:
            nothing = PaneLine(f" {table.title}: nothing here holds {self.needle}", style="dim")
            return [nothing] if self.needle else []
        texts, notes = laid_out(shown, width)
        lines = [PaneLine(f" {texts[0]}", style="group", table=table.title)]
        for text, line in zip(texts[1:], kept, strict=True):
            cells = (safe_line(line.texts[column]) for column in table.left)
            whole = " · ".join(cell for cell in cells if cell not in text)
            lines.append(PaneLine(f" {text}", opens=line.opens, table=table.title, whole=whole))
        for note in notes:
            lines += [PaneLine(f"   {part}", style="dim") for part in wrap(note, width - 4)]
        return lines

    def selectable(self, index: int) -> bool:
        """The cursor stands on lines of tables and on what can be opened."""
        line = self.lines[index]
        return bool(line.opens) or line.table is not None

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line, its bar in a colour of its own."""
        line = self.lines[index]
        here = index == self.cursor and self.selectable(index)
        sign = ("▌" if here else " ", self.palette["accent"])
        text = line.text[1:] if line.text.startswith(" ") else line.text
        if not line.bar:
            return [sign, *painted(text, self.x, width - 1, self.palette[line.style])]
        sure = line.bar.rstrip("░")
        return [
            sign,
            (text, self.palette[line.style]),
            (sure, self.palette["accent"]),
            (line.bar[len(sure) :], self.palette["unknown"]),
        ]

    def text_of(self, index: int) -> str:
        """A line's whole text."""
        return self.lines[index].text

    def on_resize(self, event: object) -> None:
        """Another width has room for other columns."""
        self._lay_out()

    @property
    def current(self) -> PaneLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def action_open(self) -> None:
        """Ask for the attempts behind the line under the cursor."""
        line = self.current
        if line is not None:
            self.post_message(self.LineOpened(line.opens, _GAP.split(line.text.strip())[0]))

    def action_order(self) -> None:
        """Order the table under the cursor by its next column; behind the last one, as it was made."""
        table = self._under()
        if table is not None:
            column = self._orders[table.title][0] + 1 if table.title in self._orders else 0
            if column < len(table.header):
                numbers = isinstance(next((line.order(column) for line in table.lines), None), int | float)
                self._orders[table.title] = (column, numbers)
            else:
                del self._orders[table.title]
            self._lay_out()

    def action_turn(self) -> None:
        """The table's order the other way round."""
        table = self._under()
        if table is not None:
            column, reverse = self._orders.get(table.title, (0, False))
            self._orders[table.title] = (column, not reverse)
            self._lay_out()

    def _under(self) -> Table | None:
        title = self.current.table if self.current is not None else None
        tables = (block for block in self._blocks if isinstance(block, Table))
        return next((table for table in tables if table.title == title), None)


def _wrapped(line: PaneLine, width: int) -> Iterator[PaneLine]:
    """A line of words alone, as a note is, goes on below."""
    if line.bar or line.opens or line.style == "group" or len(line.text) <= width:
        yield line
        return
    words = line.text.lstrip(" ")
    blanks = line.text[: -len(words)]
    yield from (
        msgspec.structs.replace(line, text=blanks + part) for part in wrap(words, width - len(blanks))
    )


def ordered(lines: Sequence[TableLine], column: int, *, reverse: bool) -> list[TableLine]:
    """Lines by one column; what has no value comes last either way."""
    known = [line for line in lines if line.order(column) is not None]
    known.sort(key=lambda line: _key(line, column), reverse=reverse)
    return [*known, *(line for line in lines if line.order(column) is None)]


def _key(line: TableLine, column: int) -> tuple[bool, float, str]:
    value = line.order(column)
    return (True, 0.0, value.lower()) if isinstance(value, str) else (False, value or 0.0, "")
