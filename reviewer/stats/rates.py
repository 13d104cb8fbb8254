"""Success rates with intervals: per attempt, as a mean over commits, and any attempt of a commit.

Intervals are at 95 %, two-sided:

- Wilson's score interval (E. B. Wilson, JASA 22, 1927, 209-212; recommended by R. G. Newcombe,
  Statistics in Medicine 17, 1998, 857-872) where all units are independent;
- the exact interval of C. J. Clopper and E. S. Pearson (Biometrika 26, 1934, 404-413) where no unit or
  every unit is a success, and any resampling would claim certainty;
- a percentile bootstrap that draws whole commits (B. Efron, Annals of Statistics 7, 1979, 1-26; for
  clusters A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 3.8)
  where attempts share commits: attempts at one commit succeed and fail together.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

CONFIDENCE = 0.95
Z = 1.959963984540054
"""The normal quantile at (1 + CONFIDENCE) / 2."""
RESAMPLES = 2000
SEED = 20251110

WILSON = "Wilson"
CLOPPER_PEARSON = "Clopper-Pearson"
BOOTSTRAP = f"cluster bootstrap over commits, percentile, B={RESAMPLES}, seed={SEED}"

Interval = tuple[float, float]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One rate: ``k`` successes of ``n`` labelled units, a fraction and its 95 % interval.

    ``k`` is ``None`` for a mean over commits, which counts nothing; ``n`` counts attempts or, for the
    readings by commit, commits. Where ``n`` is 0 nothing is estimated. Where commits leave no room for
    an interval, ``low`` and ``high`` are ``None`` and ``method`` says why. ``clusters`` is the number
    of commits behind the figure (an attempt whose commit is unknown is one of its own). ``unlabelled``
    always counts attempts: those of the denominator that have no gold label and are not in ``n``.
    """

    k: int | None
    n: int
    estimate: float | None
    low: float | None
    high: float | None
    method: str | None
    clusters: int
    unlabelled: int


class Readings(msgspec.Struct, frozen=True):
    """Three readings of one success rate, never to be mixed."""

    per_attempt: Rate
    commit_mean: Rate
    any_attempt: Rate


class Trial(NamedTuple):
    """One attempt in a denominator; ``success`` is ``None`` where no label says."""

    attempt: str
    commit: str | None
    success: bool | None


class _Cluster(NamedTuple):
    k: int
    n: int


def wilson(k: int, n: int) -> Interval:
    """Wilson's score interval for ``k`` of ``n`` independent units; ``n`` must be positive."""
    share, z2 = k / n, Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def clopper_pearson(k: int, n: int) -> Interval:
    """The exact interval at ``k`` = 0 or ``k`` = ``n``, where the beta quantile has a closed form.

    Raises ``ValueError`` for any other ``k``: inside, the exact interval is needlessly wide.
    """
    edge: float = ((1 - CONFIDENCE) / 2) ** (1 / n)
    if k == 0:
        return 0.0, 1 - edge
    if k == n:
        return edge, 1.0
    raise ValueError(f"Clopper-Pearson is for none or all of n, not for {k} of {n}")


def independent(k: int, n: int) -> tuple[Interval, str]:
    """The interval for independent units and the name of its method."""
    if k in (0, n):
        return clopper_pearson(k, n), CLOPPER_PEARSON
    return wilson(k, n), WILSON


def readings(trials: Iterable[Trial]) -> Readings:
    """The three readings over the labelled trials. The order of the trials has no influence.

    The readings by commit are over the commits with a labelled trial and see its labelled trials only;
    trials whose commit is unknown are in the reading per attempt alone.
    """
    trials = list(trials)
    counts: defaultdict[tuple[bool, str], list[bool]] = defaultdict(list)
    for trial in trials:
        if trial.success is not None:
            known = trial.commit is not None
            counts[known, trial.commit or trial.attempt].append(trial.success)
    unlabelled = sum(trial.success is None for trial in trials)
    everything = [_Cluster(sum(group), len(group)) for group in counts.values()]
    commits = [_Cluster(sum(group), len(group)) for (known, _), group in counts.items() if known]
    return Readings(
        per_attempt=_per_attempt(everything, unlabelled),
        commit_mean=_commit_mean(commits, unlabelled),
        any_attempt=_any_attempt(commits, unlabelled),
    )


def _per_attempt(clusters: Sequence[_Cluster], unlabelled: int) -> Rate:
    k, n = sum(c.k for c in clusters), sum(c.n for c in clusters)
    if n == 0:
        return _undefined(0, unlabelled)
    interval, method = independent(k, n)
    if len(clusters) < n and method == WILSON:
        resampled = _bootstrap(clusters, "attempts")
        if resampled is None:
            method = f"{WILSON}, attempts as independent: commits do not differ"
        else:
            interval, method = resampled, BOOTSTRAP
    return _rate(k, n, k / n, interval, method, len(clusters), unlabelled)


def _commit_mean(clusters: Sequence[_Cluster], unlabelled: int) -> Rate:
    n = len(clusters)
    if n == 0:
        return _undefined(None, unlabelled)
    mean = math.fsum(sorted(c.k / c.n for c in clusters)) / n
    if mean in (0.0, 1.0):
        # All commits are at the same end: the share of commits that are not bounds the mean.
        return _rate(None, n, mean, clopper_pearson(round(mean) * n, n), CLOPPER_PEARSON, n, unlabelled)
    interval = _bootstrap(clusters, "commits")
    method = BOOTSTRAP if interval else "no interval: commits do not differ"
    return _rate(None, n, mean, interval, method, n, unlabelled)


def _any_attempt(clusters: Sequence[_Cluster], unlabelled: int) -> Rate:
    k, n = sum(c.k > 0 for c in clusters), len(clusters)
    if n == 0:
        return _undefined(0, unlabelled)
    interval, method = independent(k, n)
    return _rate(k, n, k / n, interval, method, n, unlabelled)


def _rate(
    k: int | None,
    n: int,
    estimate: float,
    interval: Interval | None,
    method: str,
    clusters: int,
    unlabelled: int,
) -> Rate:
    low, high = interval or (None, None)
    return Rate(
        k=k,
        n=n,
        estimate=estimate,
        low=low,
        high=high,
        method=method,
        clusters=clusters,
        unlabelled=unlabelled,
    )


def _undefined(k: int | None, unlabelled: int) -> Rate:
    return Rate(k=k, n=0, estimate=None, low=None, high=None, method=None, clusters=0, unlabelled=unlabelled)


def _bootstrap(clusters: Sequence[_Cluster], weigh: Literal["attempts", "commits"]) -> Interval | None:
    """The percentile interval when whole clusters are drawn; ``None`` where all have the same rate.

    Clusters with equal counts are interchangeable, so how often each kind is drawn is one multinomial
    draw: the same distribution as drawing them one by one, without their order and in little memory.
    """
    kinds = sorted(Counter(clusters).items())
    if len({c.k / c.n for c, _ in kinds}) < 2:
        return None
    import numpy as np

    total = len(clusters)
    shares = np.array([count for _, count in kinds], dtype=float) / total
    drawn = np.random.default_rng(SEED).multinomial(total, shares, size=RESAMPLES)
    k = np.array([c.k for c, _ in kinds], dtype=float)
    n = np.array([c.n for c, _ in kinds], dtype=float)
    values = (drawn @ k) / (drawn @ n) if weigh == "attempts" else (drawn @ (k / n)) / total
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)
