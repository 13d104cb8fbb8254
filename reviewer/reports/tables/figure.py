"""Figures: each is ordered by its value, and written shorter on a terminal than in documents."""

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
from reviewer.stats.rates import WAITING, Rate


class Figure(msgspec.Struct, frozen=True):
    """A figure in a cell, ordered by ``value``; documents write it as ``full`` where that is not empty."""

    value: float | None
    text: str
    full: str = ""


def number(value: float | None) -> Figure:
    """A whole number: ``1234``."""
    return _figure(value, "{:.0f}")


def amount(value: float | None) -> Figure:
    """A quantity that may be large, as tokens: ``1.2 M``, in documents ``1,234,567``."""
    return Figure(value, format_large(value), format_number(value))


def percent(value: float | None) -> Figure:
    """A fraction, shown in per cent: ``12.5 %``."""
    return Figure(value, format_percent(value))


def points(value: float | None) -> Figure:
    """A difference of two fractions, in percentage points: ``+3.4``."""
    return Figure(value, MISSING if value is None else f"{100 * value:+.1f}")


def duration(seconds: float | None) -> Figure:
    """A time that something took: ``25 min``, in documents the seconds too."""
    return Figure(seconds, format_duration(seconds), format_long_duration(seconds))


def moment(seconds: float | None) -> Figure:
    """A time since the epoch: ``2025-11-06 03:26``, in UTC."""
    return Figure(seconds, format_time(seconds))


def money(dollars: float | None) -> Figure:
    """US dollars: ``$1.20``."""
    return _figure(dollars, "${:.2f}")


def fraction(k: int | None, n: int) -> Figure:
    """``k`` of ``n``: ``3/9``; a mean over ``n`` commits counts nothing and has no ``k``."""
    return Figure(n, str(n), f"mean of {n}") if k is None else Figure(k, f"{k}/{n}")


def interval(low: float | None, high: float | None) -> Figure:
    """The ends of a 95 % interval, as fractions: ``10.1–15.2``."""
    return Figure(low, format_interval(low, high))


def rate_cells(rate: Rate | None) -> tuple[Figure, Figure, Figure]:
    """A rate in three cells: its counts, the rate, its interval (``…`` while it is still being drawn)."""
    if rate is None:
        return Figure(None, MISSING), percent(None), interval(None, None)
    ends = Figure(None, "…") if rate.method == WAITING else interval(rate.low, rate.high)
    return fraction(rate.k, rate.n), percent(rate.estimate), ends


def rate_in_words(rate: Rate | None) -> Figure:
    """A rate with its counts and interval in one cell: ``3/9 33.3 % 12.1–64.6``."""
    if rate is None or not rate.n:
        return Figure(rate.estimate if rate else None, MISSING)
    counts = f"{rate.k}/{rate.n} " if rate.k is not None else ""
    ends = f" {format_interval(rate.low, rate.high)}" if rate.low is not None else ""
    return Figure(rate.estimate, f"{counts}{format_percent(rate.estimate)}{ends}")


def out_of(rate: Rate | None) -> Figure:
    """How often of how many, where human patches are counted: ``8 of 96``."""
    if rate is None:
        return Figure(None, MISSING)
    return Figure(rate.estimate, f"{rate.k} of {rate.n}", format_rate(rate))


def coefficient(value: float | None, ends: tuple[float, float] | None = None) -> Figure:
    """A coefficient of agreement, or F1: ``0.81``; only documents show the ``ends`` of its interval."""
    shown = _figure(value, "{:.2f}")
    full = f"{shown.text} ({coefficient_interval(ends).text})" if ends else ""
    return Figure(value, shown.text, full)


def coefficient_interval(ends: tuple[float, float] | None) -> Figure:
    """The ends of a coefficient's 95 % interval: ``0.70–0.90``."""
    return Figure(ends[0], f"{ends[0]:.2f}–{ends[1]:.2f}") if ends else Figure(None, MISSING)


def _figure(value: float | None, form: str) -> Figure:
    return Figure(value, MISSING if value is None else form.format(value))


# In running text: never a rate without what it is of --------------------------------------------


def format_rate(rate: Rate) -> str:
    """A rate with its counts: ``3/9 = 33.3 %``."""
    if rate.n == 0:
        return f"{MISSING} (no label)" if rate.unlabelled else f"{MISSING} (none)"
    counts = f"mean of {rate.n}" if rate.k is None else f"{rate.k}/{rate.n}"
    return f"{counts} = {format_percent(rate.estimate)}"


def format_rate_with_interval(rate: Rate) -> str:
    """A rate with its counts and interval: ``3/9 = 33.3 % (12.1–64.6 %)``."""
    if rate.n == 0 or rate.low is None or rate.high is None:
        return format_rate(rate)
    return f"{format_rate(rate)} ({format_interval(rate.low, rate.high)} %)"


def format_seconds(value: float | None) -> str:
    """A duration in seconds."""
    return MISSING if value is None else f"{value:.2f} s" if value < 100 else f"{value:,.0f} s"


def format_long_duration(value: float | None) -> str:
    """A duration in seconds, with minutes or hours where it is long."""
    if value is None or value < 100:
        return format_seconds(value)
    rounded = f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:,.1f} h"
    return f"{format_seconds(value)} ({rounded})"
