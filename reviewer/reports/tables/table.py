"""A table of typed cells, built once and written as text, Markdown, HTML or on the screen.

A table knows nothing of widths and styles. Each line selects by ``opens`` the attempts that it is about
(:func:`reviewer.stats.selection.select`). Texts are as the data has them: writers make them safe to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from reviewer.cells import (
    MISSING,
    format_duration,
    format_interval,
    format_large,
    format_number,
    format_percent,
    format_time,
)
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.spans import SIGNS, Code, Link, Sign, Span, Spans, Strong, Text, line
from reviewer.reports.tables.units import format_long_duration, format_rate
from reviewer.stats.rates import WAITING, Rate


class Number(msgspec.Struct, frozen=True):
    """A whole number: ``1234``."""

    value: float | None


class Amount(msgspec.Struct, frozen=True):
    """A quantity that may be large, as tokens: ``1.2 M``, in documents ``1,234,567``."""

    value: float | None


class Percent(msgspec.Struct, frozen=True):
    """A fraction, shown in per cent: ``12.5 %``."""

    value: float | None


class Points(msgspec.Struct, frozen=True):
    """A difference of two fractions, in percentage points: ``+3.4``."""

    value: float | None


class Duration(msgspec.Struct, frozen=True):
    """A time that something took, in seconds: ``25 min``."""

    value: float | None


class Moment(msgspec.Struct, frozen=True):
    """A time since the epoch, in seconds: ``2025-11-06 03:26``, in UTC."""

    value: float | None


class Money(msgspec.Struct, frozen=True):
    """US dollars: ``$1.20``."""

    value: float | None


class Fraction(msgspec.Struct, frozen=True):
    """``k`` of ``n``: ``3/9``; a mean over ``n`` commits counts nothing and has no ``k``."""

    k: int | None
    n: int

    @property
    def value(self) -> int:
        """What it is ordered by."""
        return self.n if self.k is None else self.k


class Interval(msgspec.Struct, frozen=True):
    """The ends of a 95 % interval, as fractions: ``10.1–15.2``; ``waiting`` while it is still being drawn."""

    low: float | None
    high: float | None
    waiting: bool = False

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return None if self.waiting else self.low


class RateInWords(msgspec.Struct, frozen=True):
    """A rate with its counts and interval in one cell: ``3/9 33.3 % 12.1–64.6``."""

    rate: Rate | None

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return self.rate.estimate if self.rate else None


class OutOf(msgspec.Struct, frozen=True):
    """How often of how many, where human patches are counted: ``8 of 96``."""

    rate: Rate | None

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return self.rate.estimate if self.rate else None


class Coefficient(msgspec.Struct, frozen=True):
    """A coefficient of agreement, or F1: ``0.81``; only documents show the ``ends`` of its interval."""

    value: float | None
    ends: tuple[float, float] | None = None


class CoefficientInterval(msgspec.Struct, frozen=True):
    """The ends of a coefficient's 95 % interval: ``0.70–0.90``."""

    ends: tuple[float, float] | None

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return self.ends[0] if self.ends else None


Figure = (
    Number
    | Amount
    | Percent
    | Points
    | Duration
    | Moment
    | Money
    | Fraction
    | Interval
    | RateInWords
    | OutOf
    | Coefficient
    | CoefficientInterval
)
Cell = Figure | Span | Spans
_safe = lru_cache(4096)(safe_line)
"""Tables are laid out again at every key that narrows them."""
OrderKey = float | str | None
"""What lines are ordered by; ``None`` comes last."""


def rate_cells(rate: Rate | None) -> tuple[Cell, Cell, Cell]:
    """A rate in three cells: its counts, the rate, its interval."""
    if rate is None:
        return Text(MISSING), Percent(None), Interval(None, None)
    waiting = rate.method == WAITING
    return Fraction(rate.k, rate.n), Percent(rate.estimate), Interval(rate.low, rate.high, waiting)


def text_of(cell: Cell) -> str:
    """A cell as text that is safe to print, as short as terminals need it."""
    match cell:
        case tuple():
            return "".join(map(text_of, cell))
        case Text() | Strong() | Code() | Link():
            return _safe(cell.text)
        case Sign():
            return f"{SIGNS[cell.known_kind]} {_safe(cell.text)}"
        case Number():
            return MISSING if cell.value is None else f"{cell.value:.0f}"
        case Percent():
            return format_percent(cell.value)
        case Fraction():
            return str(cell.n) if cell.k is None else f"{cell.k}/{cell.n}"
        case Interval():
            return "…" if cell.waiting else format_interval(cell.low, cell.high)
        case RateInWords():
            return _rate_in_words(cell.rate)
        case OutOf():
            return MISSING if cell.rate is None else f"{cell.rate.k} of {cell.rate.n}"
        case Amount():
            return format_large(cell.value)
        case Duration():
            return format_duration(cell.value)
        case Moment():
            return format_time(cell.value)
        case Money():
            return MISSING if cell.value is None else f"${cell.value:.2f}"
        case Points():
            return MISSING if cell.value is None else f"{100 * cell.value:+.1f}"
        case Coefficient():
            return MISSING if cell.value is None else f"{cell.value:.2f}"
        case CoefficientInterval():
            return f"{cell.ends[0]:.2f}–{cell.ends[1]:.2f}" if cell.ends else MISSING


def _rate_in_words(rate: Rate | None) -> str:
    if rate is None or not rate.n:
        return MISSING
    parts = [f"{rate.k}/{rate.n}" if rate.k is not None else "", format_percent(rate.estimate)]
    parts.append(format_interval(rate.low, rate.high) if rate.low is not None else "")
    return " ".join(filter(None, parts))


def spans_of(cell: Cell) -> Spans:
    """A cell as documents write it: links and signs as such, figures in full."""
    match cell:
        case tuple():
            return cell
        case Amount():
            return line(format_number(cell.value))
        case Fraction(k=None):
            return line(f"mean of {cell.n}")
        case OutOf(rate=Rate() as rate):
            return line(format_rate(rate))
        case Duration():
            return line(format_long_duration(cell.value))
        case Coefficient(ends=(_, _)):
            return line(f"{text_of(cell)} ({text_of(CoefficientInterval(cell.ends))})")
        case Text() | Strong() | Code() | Sign() | Link():
            return (cell,)
        case _:
            return line(text_of(cell))


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

    def order(self, column: int) -> OrderKey:
        """What the line is ordered by in a column."""
        cell = self.cells[column]
        return cell.value if isinstance(cell, Figure) else text_of(cell)


def table_line(
    *cells: str | Cell,
    opens: tuple[str, ...] = (),
    depth: int = 0,
    bar: ShareBar | None = None,
    anchor: str | None = None,
) -> TableLine:
    """A line from texts and cells."""
    typed = tuple(Text(cell) if isinstance(cell, str) else cell for cell in cells)
    return TableLine(typed, opens, depth, bar, anchor)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A header, lines and notes; without lines there is nothing to show. Columns in ``left`` align left."""

    header: tuple[str, ...]
    lines: tuple[TableLine, ...]
    name: str = ""
    title: str = ""
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
