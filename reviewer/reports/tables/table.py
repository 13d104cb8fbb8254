"""A table of typed cells, built once and written as text, Markdown, HTML or on the screen.

A table knows nothing of widths and styles. Each line selects by ``opens`` the attempts that it is about
(:func:`reviewer.stats.selection.select`). Texts are as the data has them: writers make them safe to show.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from reviewer.reports.safe import safe_line
from reviewer.reports.tables.figure import Figure, number
from reviewer.reports.tables.spans import SIGNS, Sign, Span, Spans, Text

Cell = Figure | Span | Spans
_safe = lru_cache(4096)(safe_line)
"""Tables are laid out again at every key that narrows them."""


def text_of(cell: Cell) -> str:
    """A cell as text that is safe to print, as short as terminals need it."""
    match cell:
        case tuple():
            return "".join(map(text_of, cell))
        case Figure():
            return cell.text
        case Sign():
            return f"{SIGNS[cell.known_kind]} {_safe(cell.text)}"
        case _:
            return _safe(cell.text)


def spans_of(cell: Cell) -> Spans:
    """A cell as documents write it: links and signs as such, figures in full."""
    if isinstance(cell, tuple):
        return cell
    return (Text(cell.full or cell.text),) if isinstance(cell, Figure) else (cell,)


class ShareBar(msgspec.Struct, frozen=True):
    """``k`` of ``n`` to be drawn, and ``unknown`` further ones that may count."""

    k: int
    unknown: int
    n: int


class TableLine(msgspec.Struct, frozen=True):
    """One line of a table.

    ``depth`` 1 or 2 puts it below the last line of a smaller depth, whose name it continues. ``opens``
    selects its attempts, ``()`` for none.
    """

    cells: tuple[Cell, ...]
    opens: tuple[str, ...] = ()
    depth: int = 0
    bar: ShareBar | None = None
    anchor: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells as text that is safe to print."""
        return tuple(map(text_of, self.cells))

    def order(self, column: int) -> float | str | None:
        """What the line is ordered by in a column; ``None`` comes last."""
        cell = self.cells[column]
        return cell.value if isinstance(cell, Figure) else text_of(cell)


def table_line(
    *cells: str | int | Cell | None,
    opens: tuple[str, ...] = (),
    depth: int = 0,
    bar: ShareBar | None = None,
    anchor: str | None = None,
) -> TableLine:
    """A line from texts, whole numbers (``None`` where not known) and cells."""
    return TableLine(tuple(map(_cell, cells)), opens, depth, bar, anchor)


def _cell(content: str | int | Cell | None) -> Cell:
    if isinstance(content, str):
        return Text(content)
    return number(content) if content is None or isinstance(content, int) else content


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A header, lines and notes; without lines there is nothing to show. Columns in ``left`` align left.

    Tables that are shown together on the screen have titles that differ.
    """

    header: tuple[str, ...]
    lines: tuple[TableLine, ...]
    title: str = ""
    """Its name on the screen: the order that a key chose is kept under it, and a search that leaves no line names it."""
    left: tuple[int, ...] = (0,)
    notes: tuple[str, ...] = ()
    keeps_start: bool = False
    """Where the first column is cut: names keep their end, which tells them apart, prose its start."""
    weak: tuple[int, ...] = ()
    """Columns that go first where room is scarce, in this order; then the last ones."""
    extra: tuple[int, ...] = ()
    """Columns that only documents show."""


def without_columns(table: Table, columns: Sequence[int]) -> Table:
    """A table without some of its columns."""
    if not columns:
        return table
    kept = [column for column in range(len(table.header)) if column not in columns]

    def moved(chosen: Sequence[int]) -> tuple[int, ...]:
        return tuple(kept.index(column) for column in chosen if column in kept)

    return msgspec.structs.replace(
        table,
        header=tuple(table.header[column] for column in kept),
        lines=tuple(
            msgspec.structs.replace(each, cells=tuple(each.cells[column] for column in kept))
            for each in table.lines
        ),
        left=moved(table.left),
        weak=moved(table.weak),
        extra=moved(table.extra),
    )


def document_lines(table: Table) -> Iterator[TableLine]:
    """The lines as documents show them: each with its whole name, and none that is only a heading."""
    names: list[str] = []
    for each in table.lines:
        names[each.depth :] = [text_of(each.cells[0])]
        if any(each.texts[1:]):
            name = Text(", ".join(filter(None, names))) if each.depth else each.cells[0]
            yield msgspec.structs.replace(each, cells=(name, *each.cells[1:]))
