"""Population rates from labels on a random sample with a known design.

A queue that was drawn at random records with which probability each attempt came into it. Labels on such a
sample estimate the rate of the whole frame; labels on attempts that somebody chose (for example the worst
first) describe these attempts only, and no weight makes them a sample.

One estimator serves plain, stratified and cluster samples: the ratio of the inverse-probability weighted
totals (J. Hájek, in Foundations of Statistical Inference, 1971, 236), with the variance of its linear form
within strata between the units that were drawn, finite population correction included (W. G. Cochran,
Sampling Techniques, 3rd edition 1977, sections 2.6, 5.3 and 9.3; C.-E. Särndal, B. Swensson and J. Wretman,
Model Assisted Survey Sampling, 1992, result 5.6.2). For a stratified random sample of attempts this is
the stratified mean and its usual variance. The interval uses Student's t with drawn units minus strata
as degrees of freedom.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

import msgspec

from reviewer.quantiles import t_quantile
from reviewer.stats.intervals import CLOPPER_PEARSON, Interval, clopper_pearson

WEIGHTED = "inverse-probability weighted, Student's t within strata, finite population correction"


class SampledAttempt(NamedTuple):
    """One attempt of a sample. ``unit`` is what was drawn (the attempt itself, or its commit).

    ``probability`` is that of coming into the sample, above 0 and at most 1; ``success`` is ``None``
    where it has no label yet.
    """

    attempt: str
    stratum: str
    unit: str
    probability: float
    success: bool | None


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    """A population rate with its 95 % interval, as fractions.

    ``labelled`` of ``drawn`` attempts have a label; those without one are taken as missing at random
    within their stratum, which is an assumption wherever ``labelled`` is less than ``drawn``.
    ``population`` is the size of the frame that the weights add up to, in attempts. ``low`` and ``high``
    are ``None`` where the sample has no room for a variance, and ``method`` says why.
    """

    estimate: float | None
    low: float | None
    high: float | None
    method: str
    labelled: int
    drawn: int
    units: int
    population: float


class NoVariance(Exception):
    """A sample has no room for a variance; the message says why, as the method of the estimate."""


def weighted(sample: Iterable[SampledAttempt]) -> Weighted:
    """The rate in the frame that the sample was drawn from. The order of the sample has no influence."""
    sample = sorted(sample, key=lambda attempt: attempt.attempt)
    labelled = [attempt for attempt in sample if attempt.success is not None]
    units = len({(attempt.stratum, attempt.unit) for attempt in labelled})
    estimate, interval, method = _estimate(sample, labelled)
    low, high = interval or (None, None)
    return Weighted(
        estimate=estimate,
        low=low,
        high=high,
        method=method,
        labelled=len(labelled),
        drawn=len(sample),
        units=units,
        population=math.fsum(1 / attempt.probability for attempt in sample),
    )


def _estimate(
    sample: Sequence[SampledAttempt], labelled: Sequence[SampledAttempt]
) -> tuple[float | None, Interval | None, str]:
    """The rate, its interval and the method of the interval, or why there is none."""
    if not labelled:
        return None, None, "no drawn attempt has a label"
    weights = _weights(sample)
    if len({attempt.success for attempt in labelled}) == 1:
        success = bool(labelled[0].success)
        if all(weights[attempt.attempt] == 1 for attempt in labelled):
            return float(success), (float(success), float(success)), "all of the frame is labelled"
        interval = clopper_pearson(len(labelled) * success, len(labelled))
        return float(success), interval, f"{CLOPPER_PEARSON}, without weights: all labels are the same"
    total = math.fsum(weights[attempt.attempt] for attempt in labelled)
    estimate = math.fsum(weights[attempt.attempt] for attempt in labelled if attempt.success) / total
    estimate = min(max(estimate, 0.0), 1.0)
    try:
        variance, degrees = _variance(labelled, weights, estimate, total)
    except NoVariance as reason:
        return estimate, None, str(reason)
    half = t_quantile(degrees) * math.sqrt(variance) if degrees else 0.0
    return estimate, (max(estimate - half, 0.0), min(estimate + half, 1.0)), WEIGHTED


def _weights(sample: Iterable[SampledAttempt]) -> dict[str, float]:
    """Inverse probabilities; labelled attempts stand in for those of their stratum that have no label."""
    drawn: defaultdict[str, float] = defaultdict(float)
    labelled: defaultdict[str, float] = defaultdict(float)
    for attempt in sample:
        drawn[attempt.stratum] += 1 / attempt.probability
        if attempt.success is not None:
            labelled[attempt.stratum] += 1 / attempt.probability
    return {
        attempt.attempt: drawn[attempt.stratum] / labelled[attempt.stratum] / attempt.probability
        for attempt in sample
        if attempt.success is not None
    }


def _variance(
    labelled: Iterable[SampledAttempt], weights: Mapping[str, float], estimate: float, total: float
) -> tuple[float, int]:
    """The variance of the weighted rate and its degrees of freedom. Raises :class:`NoVariance`.

    A unit's residual is the weighted sum of its attempts' distances from the rate.
    """
    residuals: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    fractions: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for attempt in labelled:
        weight = weights[attempt.attempt]
        residuals[attempt.stratum][attempt.unit] += weight * (bool(attempt.success) - estimate)
        # A drawn attempt without a label was not observed: it counts as if it had not been drawn.
        fractions[attempt.stratum][attempt.unit] = min(1 / weight, 1.0)
    parts, degrees = [], 0
    for stratum, units in sorted(residuals.items()):
        share = fractions[stratum]
        if all(share[unit] == 1 for unit in units):
            continue
        n = len(units)
        if n < 2:
            raise NoVariance(f"no interval: a single unit was drawn from stratum {stratum!r}")
        mean = fmean(units.values())
        parts.append(n / (n - 1) * math.fsum((1 - share[u]) * (units[u] - mean) ** 2 for u in units))
        degrees += n - 1
    return math.fsum(parts) / total**2, degrees
