"""Success rates with intervals: per attempt, as a mean over commits, any attempt of a commit, and pass@k.

Units that are independent get Wilson's interval, or the exact one where none or all succeed and any
resampling would claim certainty; where attempts share commits, whole commits are drawn
(:mod:`reviewer.stats.intervals`).

Two sets of attempts are compared by commit: the difference of the rates of the commits that both tried, and a
bootstrap that draws commits, keeping each commit's two rates together (E. Miller, Adding Error Bars to Evals,
arXiv 2411.00640, 2024, section 4: paired differences). Where both have exactly one attempt at every shared
commit, McNemar's exact test too.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from statistics import fmean
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from reviewer.stats.intervals import (
    BOOTSTRAP,
    CLOPPER_PEARSON,
    WILSON,
    Interval,
    bootstrap,
    clopper_pearson,
    mcnemar,
    share,
    wilson,
)
from reviewer.stats.rows import StatRow, group_by, well_formed, without_copies

WAITING = "still to come"
"""The method of an interval that is not computed yet; see ``resample``."""


class Rate(msgspec.Struct, frozen=True):
    """One rate: ``k`` successes of ``n`` labelled units, a fraction and its 95 % interval.

    ``k`` is ``None`` for a mean over commits, which counts nothing; ``n`` counts attempts or, for the
    readings by commit, commits. Where ``n`` is 0 nothing is estimated. Where commits leave no room for
    an interval, ``low`` and ``high`` are ``None`` and ``method`` says why. ``clusters`` is the number
    of commits behind the figure (an attempt whose commit is unknown is one of its own). ``unlabelled``
    always counts attempts: those of the denominator that have no gold label and are not in ``n``.
    """

    k: int | None
    n: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    clusters: int = 0
    unlabelled: int = 0


class Readings(msgspec.Struct, frozen=True):
    """Three readings of one success rate, never to be mixed."""

    per_attempt: Rate
    commit_mean: Rate
    any_attempt: Rate


class Bounds(msgspec.Struct, frozen=True):
    """Where a rate over all attempts would be if every unlabelled one were wrong, and if every one were right.

    C. F. Manski's worst-case bounds (American Economic Review 80, 1990, 319-323), as fractions;
    ``None`` where there is no attempt. ``n`` counts attempts or commits, as the reading does.
    """

    n: int
    unlabelled: int
    low: float | None
    high: float | None


class PassAt(msgspec.Struct, frozen=True):
    """pass@k over the commits with at least ``k`` labelled attempts, as a mean over commits."""

    k: int
    rate: Rate


Trial = tuple[str, str | None, bool | None]
"""One attempt in a denominator: its id, its commit, and whether it succeeded, ``None`` without a label."""


class _Cluster(NamedTuple):
    k: int
    n: int


class _Clusters(NamedTuple):
    """Successes and labelled trials of every commit and lone attempt, and of the commits alone."""

    everything: list[_Cluster]
    commits: list[_Cluster]
    unlabelled: int


def is_marked(row: StatRow) -> bool | None:
    """Whether the pipeline calls an attempt a success, ``None`` where it says nothing of it."""
    return row.marked if row.marked_known else None


_attempt, _commit = attrgetter("attempt"), attrgetter("commit")
is_true: Callable[[StatRow], bool | None] = attrgetter("true")
"""Whether an attempt is a true success by its gold label, ``None`` without one."""


def cluster_of(attempt: str, commit: str | None) -> str:
    """What is drawn with an attempt: its commit, or the attempt alone where its commit is not known."""
    return commit or f"/{attempt}"


def trials_of(rows: Iterable[StatRow], success: Callable[[StatRow], bool | None]) -> list[Trial]:
    """One trial a row; ``success`` says whether it succeeded, ``None`` where that is not known."""
    rows = [*rows]
    # without a step of Python for each row: all figures go over all of them
    return [*zip(map(_attempt, rows), map(_commit, rows), map(success, rows), strict=True)]


def readings(trials: Iterable[Trial], *, resample: bool = True) -> Readings:
    """The three readings over the labelled trials. The order of the trials has no influence.

    The readings by commit are over the commits with a labelled trial and see its labelled trials only;
    trials whose commit is unknown are in the reading per attempt alone. Without ``resample`` intervals
    that have to be drawn are left for later (``method`` is :data:`WAITING`), and numpy is not loaded.
    """
    everything, commits, unlabelled = _clusters(trials)
    return Readings(
        per_attempt=_per_attempt(everything, unlabelled, resample),
        commit_mean=_commit_mean([c.k / c.n for c in commits], unlabelled, resample),
        any_attempt=plain_rate(sum(c.k > 0 for c in commits), len(commits), unlabelled),
    )


def rate(trials: Iterable[Trial], *, resample: bool = True) -> Rate:
    """The reading per attempt alone."""
    everything, _, unlabelled = _clusters(trials)
    return _per_attempt(everything, unlabelled, resample)


def rate_of(
    rows: Iterable[StatRow], success: Callable[[StatRow], bool | None], *, resample: bool = True
) -> Rate:
    """How many of ``rows`` succeed, per attempt; ``success`` as for :func:`trials_of`."""
    return rate(trials_of(rows, success), resample=resample)


def true_given_marked(rows: Iterable[StatRow], *, resample: bool = True) -> Rate:
    """How many of the marked ``rows`` gold calls a true success, per attempt."""
    return rate_of(filter(is_marked, rows), is_true, resample=resample)


def plain_rate(k: int, n: int, unlabelled: int = 0) -> Rate:
    """The rate of ``k`` of ``n`` units that are independent, such as commits."""
    if n == 0:
        return Rate(0, 0, unlabelled=unlabelled)
    exact = k in (0, n)
    interval, method = (clopper_pearson(k, n), CLOPPER_PEARSON) if exact else (wilson(k, n), WILSON)
    return Rate(k, n, k / n, *interval, method, n, unlabelled)


def bounds(trials: Iterable[Trial]) -> dict[str, Bounds]:
    """Worst-case bounds of the three readings over all trials, by the reading's name."""
    trials = list(trials)
    wrong = _clusters((attempt, commit, bool(success)) for attempt, commit, success in trials)
    right = _clusters((attempt, commit, success is not False) for attempt, commit, success in trials)
    unlabelled = sum(success is None for _, _, success in trials)
    ends = [
        (
            sum(c.k for c in everything) / len(trials) if trials else None,
            fmean(c.k / c.n for c in commits) if commits else None,
            sum(c.k > 0 for c in commits) / len(commits) if commits else None,
        )
        for everything, commits, _ in (wrong, right)
    ]
    sizes = (len(trials), len(wrong.commits), len(wrong.commits))
    found = zip(Readings.__struct_fields__, sizes, *ends, strict=True)
    return {name: Bounds(n, unlabelled, low, high) for name, n, low, high in found}


def pass_at(trials: Iterable[Trial], k: int, *, resample: bool = True) -> PassAt:
    """Unbiased pass@k (M. Chen et al., arXiv 2107.03374, 2021): 1 - C(n-c, k) / C(n, k) a commit, and the mean.

    It is over the commits with at least ``k`` labelled trials; ``n`` counts them.
    """
    _, commits, unlabelled = _clusters(trials)
    chances = [1 - math.comb(c.n - c.k, k) / math.comb(c.n, k) for c in commits if c.n >= k]
    return PassAt(k, _commit_mean(chances, unlabelled, resample))


def _clusters(trials: Iterable[Trial]) -> _Clusters:
    commits: defaultdict[str, list[bool]] = defaultdict(list)
    lone: defaultdict[str, list[bool]] = defaultdict(list)
    unlabelled = 0
    for attempt, commit, success in trials:
        if success is None:
            unlabelled += 1
        elif commit is None:
            lone[attempt].append(success)
        else:
            commits[commit].append(success)
    known, others = ([_Cluster(sum(c), len(c)) for c in group.values()] for group in (commits, lone))
    return _Clusters([*known, *others], known, unlabelled)


def _per_attempt(clusters: Sequence[_Cluster], unlabelled: int, resample: bool) -> Rate:
    plain = plain_rate(sum(c.k for c in clusters), sum(c.n for c in clusters), unlabelled)
    found = replace(plain, clusters=len(clusters))
    if found.clusters == found.n or found.method != WILSON:
        return found
    if not resample:
        return replace(found, low=None, high=None, method=WAITING)
    varied = len({c.k / c.n for c in clusters}) > 1
    if drawn := bootstrap(clusters, share) if varied else None:
        return replace(found, low=drawn[0], high=drawn[1], method=BOOTSTRAP)
    return replace(found, method=f"{WILSON}, attempts as independent: commits do not differ")


def _commit_mean(values: Sequence[float], unlabelled: int, resample: bool) -> Rate:
    n = len(values)
    if n == 0:
        return Rate(None, 0, unlabelled=unlabelled)
    mean = fmean(values)
    interval: Interval | None = None
    if mean in (0.0, 1.0):
        # All commits are at the same end: the share of commits that are not bounds the mean.
        interval, method = clopper_pearson(round(mean) * n, n), CLOPPER_PEARSON
    elif not resample:
        method = WAITING
    else:
        interval = bootstrap([(value, 1.0) for value in values], share)
        method = BOOTSTRAP if interval else "no interval: commits do not differ"
    low, high = interval or (None, None)
    return Rate(None, n, mean, low, high, method, n, unlabelled)


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
        group_by(without_copies(well_formed(rows)), lambda row: row.commit) for rows in (first, second)
    )
    shared = sorted(before.keys() & after.keys())
    return Comparison(
        first=names[0],
        second=names[1],
        attempts=(sum(map(len, before.values())), sum(map(len, after.values()))),
        commits=len(shared),
        not_shared=(len(before) - len(shared), len(after) - len(shared)),
        differences=tuple(
            _difference(name, [(_answers(before[c], success), _answers(after[c], success)) for c in shared])
            for name, success in (("marked success", is_marked), ("true success", is_true))
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
    interval = bootstrap([(round(b - a, 12), 1.0) for a, b in rates], share)
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
