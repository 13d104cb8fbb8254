"""One set of attempts against another, paired by commit.

The difference of the rates of the commits that both tried, and a bootstrap that draws commits, keeping
each commit's two rates together (E. Miller, Adding Error Bars to Evals, arXiv 2411.00640, 2024, section 4:
paired differences). Where both have exactly one attempt at every shared commit, McNemar's exact test too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

import msgspec

from reviewer.stats.intervals import BOOTSTRAP, bootstrap, mcnemar, share
from reviewer.stats.rows import StatRow, group_by, usable, without_copies


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Second minus first, as a mean over the ``commits`` where both have an answer; fractions.

    ``low`` and ``high`` are the 95 % interval, ``None`` where commits leave no room for one. ``p`` is
    McNemar's exact two-sided p, ``None`` where a side has more than one attempt at a commit.
    ``only_first`` and ``only_second`` count commits where only one side has a success.
    """

    measure: str
    commits: int
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    method: str
    only_first: int
    only_second: int
    p: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs (or other sets of attempts) on the commits that both tried.

    ``not_shared`` counts the commits that only the first, and only the second tried: they are left out.
    """

    first: str
    second: str
    attempts: tuple[int, int]
    commits: int
    not_shared: tuple[int, int]
    differences: tuple[Difference, ...]


def compare(names: tuple[str, str], first: Sequence[StatRow], second: Sequence[StatRow]) -> Comparison:
    """Compare two sets of attempts; malformed ones, copies and attempts without commit are left out."""
    before, after = (
        group_by(without_copies(usable(rows)), lambda row: row.commit) for rows in (first, second)
    )
    shared = sorted(before.keys() & after.keys())
    measures: tuple[tuple[str, Callable[[StatRow], bool | None]], ...] = (
        ("marked success", lambda row: row.marked),
        ("true success", lambda row: row.true),
    )
    return Comparison(
        first=names[0],
        second=names[1],
        attempts=(sum(map(len, before.values())), sum(map(len, after.values()))),
        commits=len(shared),
        not_shared=(len(before) - len(shared), len(after) - len(shared)),
        differences=tuple(
            _difference(name, [(_answers(before[c], success), _answers(after[c], success)) for c in shared])
            for name, success in measures
        ),
    )


def _answers(rows: Sequence[StatRow], success: Callable[[StatRow], bool | None]) -> list[bool]:
    return [answer for answer in map(success, rows) if answer is not None]


def _difference(measure: str, pairs: Sequence[tuple[list[bool], list[bool]]]) -> Difference:
    both = [(first, second) for first, second in pairs if first and second]
    rates = [(fmean(first), fmean(second)) for first, second in both]
    n = len(rates)
    single = all(len(first) == len(second) == 1 for first, second in both)
    only_first = sum(any(first) and not any(second) for first, second in both)
    only_second = sum(any(second) and not any(first) for first, second in both)
    means = [fmean(column) for column in zip(*rates, strict=True)] if n else [None, None]
    interval = bootstrap([(round(b - a, 12), 1.0) for a, b in rates], share) if n else None
    low, high = interval or (None, None)
    reason = "commits do not differ" if n else "no commit in common"
    return Difference(
        measure=measure,
        commits=n,
        first=means[0],
        second=means[1],
        difference=fmean(b - a for a, b in rates) if n else None,
        low=low,
        high=high,
        method=BOOTSTRAP if interval else f"no interval: {reason}",
        only_first=only_first,
        only_second=only_second,
        p=mcnemar(only_first, only_second) if single else None,
    )
