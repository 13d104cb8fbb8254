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
from reviewer.reports.tables.spans import SIGNS, Sign, Span, Spans, Text, line
from reviewer.reports.tables.units import format_long_duration, format_rate
from reviewer.stats.rates import WAITING, Rate


class Number(msgspec.Struct, frozen=True):
    """A whole number."""

    value: float | None

    @property
    def text(self) -> str:
        """``1234``."""
        return MISSING if self.value is None else f"{self.value:.0f}"


class Amount(msgspec.Struct, frozen=True):
    """A quantity that may be large: tokens, bytes."""

    value: float | None

    @property
    def text(self) -> str:
        """``1.2 M``."""
        return format_large(self.value)


class Percent(msgspec.Struct, frozen=True):
    """A fraction, shown in per cent."""

    value: float | None

    @property
    def text(self) -> str:
        """``12.5 %``."""
        return format_percent(self.value)


class Fraction(msgspec.Struct, frozen=True):
    """``k`` of ``n``; a mean over ``n`` commits counts nothing and has no ``k``."""

    k: int | None
    n: int

    @property
    def value(self) -> int:
        """What it is ordered by."""
        return self.n if self.k is None else self.k

    @property
    def text(self) -> str:
        """``3/9``, or ``9``."""
        return str(self.n) if self.k is None else f"{self.k}/{self.n}"


class Interval(msgspec.Struct, frozen=True):
    """The ends of a 95 % interval, as fractions; ``waiting`` while it is still being drawn."""

    low: float | None
    high: float | None
    waiting: bool = False

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return None if self.waiting else self.low

    @property
    def text(self) -> str:
        """``10.1–15.2``, in per cent."""
        return "…" if self.waiting else format_interval(self.low, self.high)


class RateInWords(msgspec.Struct, frozen=True):
    """A rate with its counts and interval in one cell."""

    rate: Rate | None

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return self.rate.estimate if self.rate else None

    @property
    def text(self) -> str:
        """``3/9 33.3 % 12.1–64.6``."""
        rate = self.rate
        if rate is None or not rate.n:
            return MISSING
        parts = [Fraction(rate.k, rate.n).text if rate.k is not None else "", format_percent(rate.estimate)]
        parts.append(format_interval(rate.low, rate.high) if rate.low is not None else "")
        return " ".join(filter(None, parts))


class OutOf(msgspec.Struct, frozen=True):
    """How often of how many, where what is counted are human patches."""

    rate: Rate | None

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return self.rate.estimate if self.rate else None

    @property
    def text(self) -> str:
        """``8 of 96``."""
        return MISSING if self.rate is None else f"{self.rate.k} of {self.rate.n}"


class Coefficient(msgspec.Struct, frozen=True):
    """A coefficient of agreement, or F1; ``ends`` are those of its interval, which only documents show."""

    value: float | None
    ends: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """``0.81``."""
        return MISSING if self.value is None else f"{self.value:.2f}"


class CoefficientInterval(msgspec.Struct, frozen=True):
    """The ends of a coefficient's 95 % interval."""

    ends: tuple[float, float] | None

    @property
    def value(self) -> float | None:
        """What it is ordered by."""
        return self.ends[0] if self.ends else None

    @property
    def text(self) -> str:
        """``0.70–0.90``."""
        return f"{self.ends[0]:.2f}–{self.ends[1]:.2f}" if self.ends else MISSING


class Points(msgspec.Struct, frozen=True):
    """A difference of two fractions, in percentage points."""

    value: float | None

    @property
    def text(self) -> str:
        """``+3.4``."""
        return MISSING if self.value is None else f"{100 * self.value:+.1f}"


class Duration(msgspec.Struct, frozen=True):
    """A time that something took, in seconds."""

    value: float | None

    @property
    def text(self) -> str:
        """``25 min``."""
        return format_duration(self.value)


class Moment(msgspec.Struct, frozen=True):
    """A time since the epoch, in seconds."""

    value: float | None

    @property
    def text(self) -> str:
        """``2025-11-06 03:26``, in UTC."""
        return format_time(self.value)


class Money(msgspec.Struct, frozen=True):
    """US dollars."""

    value: float | None

    @property
    def text(self) -> str:
        """``$1.20``."""
        return MISSING if self.value is None else f"${self.value:.2f}"


Figure = (
    Number
    | Amount
    | Percent
    | Fraction
    | Interval
    | RateInWords
    | OutOf
    | Coefficient
    | CoefficientInterval
    | Points
    | Duration
    | Moment
    | Money
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
    if isinstance(cell, Figure):
        return cell.text
    spans = cell if isinstance(cell, tuple) else (cell,)
    return "".join(
        f"{SIGNS[span.known_kind]} {_safe(span.text)}" if isinstance(span, Sign) else _safe(span.text)
        for span in spans
    )


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
            return line(f"{cell.text} ({CoefficientInterval(cell.ends).text})")
        case _ if isinstance(cell, Figure):
            return line(cell.text)
        case _:
            return (cell,)


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
