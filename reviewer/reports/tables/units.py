"""Rates and times in running text: never a rate without what it is of."""

from __future__ import annotations

from reviewer.cells import MISSING, format_interval, format_percent
from reviewer.stats.rates import Rate


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
