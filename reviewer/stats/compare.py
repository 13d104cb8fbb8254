"""One set of attempts against another, paired by commit.

The difference of the rates of the commits that both tried, and a bootstrap that draws commits, keeping
each commit's two rates together (E. Miller, Adding Error Bars to Evals, arXiv 2411.00640, 2024, section 4:
paired differences). Where both have exactly one attempt at every shared commit, McNemar's exact test too.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from reviewer.stats.bootstrap import BOOTSTRAP, bootstrap, share
from reviewer.stats.intervals import mcnemar
from reviewer.stats.rows import StatRow, usable, without_copies


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
    one, other = (_by_commit(rows) for rows in (first, second))
    shared = sorted(one.keys() & other.keys())
    measures: tuple[tuple[str, Callable[[StatRow], bool | None]], ...] = (
        ("marked success", lambda row: row.marked),
        ("true success", lambda row: row.true),
    )
    return Comparison(
        first=names[0],
        second=names[1],
        attempts=(sum(map(len, one.values())), sum(map(len, other.values()))),
        commits=len(shared),
        not_shared=(len(one) - len(shared), len(other) - len(shared)),
        differences=tuple(
            _difference(name, [(_answers(one[c], of), _answers(other[c], of)) for c in shared])
            for name, of in measures
        ),
    )


def _by_commit(rows: Sequence[StatRow]) -> dict[str, list[StatRow]]:
    groups: defaultdict[str, list[StatRow]] = defaultdict(list)
    for row in without_copies(usable(rows)):
        if row.commit is not None:
            groups[row.commit].append(row)
    return groups


def _answers(rows: Sequence[StatRow], of: Callable[[StatRow], bool | None]) -> list[bool]:
    return [answer for answer in map(of, rows) if answer is not None]


def _difference(measure: str, pairs: Sequence[tuple[list[bool], list[bool]]]) -> Difference:
    both = [(one, other) for one, other in pairs if one and other]
    rates = [(sum(one) / len(one), sum(other) / len(other)) for one, other in both]
    n = len(rates)
    single = all(len(one) == len(other) == 1 for one, other in both)
    only_first = sum(any(one) and not any(other) for one, other in both)
    only_second = sum(any(other) and not any(one) for one, other in both)
    means = [math.fsum(sorted(column)) / n for column in zip(*rates, strict=True)] if n else [None, None]
    interval = bootstrap([(round(b - a, 12), 1.0) for a, b in rates], share) if n else None
    method = BOOTSTRAP if interval else "no interval: no commit in common" if not n else ""
    low, high = interval or (None, None)
    return Difference(
        measure=measure,
        commits=n,
        first=means[0],
        second=means[1],
        difference=math.fsum(sorted(b - a for a, b in rates)) / n if n else None,
        low=low,
        high=high,
        method=method or "no interval: commits do not differ",
        only_first=only_first,
        only_second=only_second,
        p=mcnemar(only_first, only_second) if single else None,
    )
