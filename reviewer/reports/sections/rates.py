"""Tables of rates: each with its definition, what it is of, its interval and how that was made."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.reports.document.document import Row, Span, Spans, Table, row
from reviewer.reports.tables import units
from reviewer.stats.rates import Rate, Readings
from reviewer.stats.summary import Denominators

MEASURES = (
    ("marked_success", "marked success", "the journal's status is success, whatever the patch holds"),
    ("true_success", "true success", "the gold verdict is true success"),
    ("true_given_marked", "true among marked", "true successes among the attempts that are marked"),
    ("missed_given_unmarked", "true among unmarked", "true successes among the attempts that are not marked"),
)
"""The four success rates by their names in statistics, for people, and what each means."""

READINGS = (
    ("per_attempt", "per attempt"),
    ("commit_mean", "mean over commits"),
    ("any_attempt", "any attempt of a commit"),
)
DENOMINATORS = (("all", "all attempts"), ("acted", "those that acted"))

HEAD = ("figure", "of", "k/n", "rate", "95 %", "interval by", "not known")
RIGHT = frozenset({2, 3, 4, 6})
"""The columns under :data:`HEAD` that hold figures."""


def method(rate: Rate) -> str:
    """How an interval was made, with the number of commits that were drawn from."""
    if rate.method is None:
        return units.NONE
    if rate.method.startswith("cluster bootstrap"):
        return f"bootstrap, {rate.clusters} commits"
    return re.split("[,:]", rate.method)[0]


def rate_row(name: str | Span | Spans, of: str, rate: Rate) -> Row:
    """A row under :data:`HEAD`."""
    return row(
        name,
        of,
        units.counts(rate) if rate.n else units.NONE,
        units.percent(rate.estimate),
        units.interval(rate.low, rate.high),
        method(rate),
        str(rate.unlabelled),
    )


def measure_rows(name: str, rates: Denominators) -> Iterable[Row]:
    """The three readings over both denominators."""
    for denominator, of in DENOMINATORS:
        readings: Readings = getattr(rates, denominator)
        if not readings.per_attempt.n:  # three readings of nothing are one row
            yield rate_row(name, of, readings.per_attempt)
            continue
        for reading, called in READINGS:
            yield rate_row(f"{name}, {called}", of, getattr(readings, reading))


def table(rows: Iterable[Row], caption: str | None = None) -> Table:
    """A table under :data:`HEAD`."""
    return Table(HEAD, tuple(rows), RIGHT, caption)
