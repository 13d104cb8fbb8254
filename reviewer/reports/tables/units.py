"""How figures are written in a report: never a rate without what it is of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.stats.rates import Rate

NONE = "–"
"""What is not known or not defined."""


def percent(share: float | None) -> str:
    """A fraction as a percentage with one decimal."""
    return NONE if share is None else f"{100 * share:.1f} %"


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval in per cent."""
    return NONE if low is None or high is None else f"{100 * low:.1f}–{100 * high:.1f} %"


def counts(rate: Rate) -> str:
    """What a rate is over: ``k/n``, or ``mean of n`` for a mean over commits."""
    return f"mean of {rate.n}" if rate.k is None else f"{rate.k}/{rate.n}"


def short(rate: Rate) -> str:
    """A rate in a few words, for beside a plot or in a sentence."""
    if rate.n == 0:
        return f"{NONE} (no label)" if rate.unlabelled else f"{NONE} (none)"
    return f"{counts(rate)} = {percent(rate.estimate)}"


def full(rate: Rate) -> str:
    """A rate with its interval."""
    span = interval(rate.low, rate.high)
    return short(rate) + (f" ({span})" if rate.n and span != NONE else "")


def number(value: float | int | None, unit: str = "") -> str:
    """A count or a quantity; thousands are set off, missing is –."""
    if value is None:
        return NONE
    shown = f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.2f}"
    return f"{shown}{f' {unit}' if unit else ''}"


def brief_seconds(value: float | None) -> str:
    """A duration for a column of figures."""
    return NONE if value is None else f"{value:.2f} s" if value < 100 else f"{value:,.0f} s"


def seconds(value: float | None) -> str:
    """A duration, with minutes or hours where it is long."""
    if value is None:
        return NONE
    if value < 100:
        return brief_seconds(value)
    told = f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:,.1f} h"
    return f"{value:,.0f} s ({told})"


def moment(value: float | None) -> str:
    """A time since the epoch as UTC, to the minute."""
    try:
        return NONE if value is None else datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return NONE


def plural(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun."""
    return f"{n} {one if n == 1 else many or one + 's'}"
