"""Population rates from labels on a random sample with a known design.

A queue that was drawn at random says with which probability each attempt came into it. Labels on such a
sample speak for the whole frame; labels that somebody chose (worst first, say) speak for themselves only,
and no weight makes them a sample.

One estimator serves plain, stratified and cluster samples: the ratio of the inverse-probability weighted
totals (J. Hájek, in Foundations of Statistical Inference, 1971, 236), with the variance of its linear form
within strata between the units that were drawn, finite population correction included (W. G. Cochran,
Sampling Techniques, 3rd edition 1977, sections 2.6, 5.3 and 9.3; C.-E. Särndal, B. Swensson and J. Wretman,
Model Assisted Survey Sampling, 1992, result 5.6.2). For a stratified random sample of attempts this is
the stratified mean and its usual variance. The interval uses Student's t with drawn units minus strata
as degrees of freedom.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from reviewer.stats.intervals import CLOPPER_PEARSON, clopper_pearson, t_quantile

WEIGHTED = "inverse-probability weighted, Student's t within strata, finite population correction"


class Drawn(NamedTuple):
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


def weighted(sample: Iterable[Drawn]) -> Weighted:
    """The rate in the frame that the sample was drawn from. The order of the sample has no influence."""
    sample = sorted(sample, key=lambda one: one.attempt)
    known = [one for one in sample if one.success is not None]
    units = len({(one.stratum, one.unit) for one in known})
    population = math.fsum(1 / one.probability for one in sample)

    def told(estimate: float | None, interval: tuple[float, float] | None, method: str) -> Weighted:
        low, high = interval or (None, None)
        return Weighted(
            estimate=estimate,
            low=low,
            high=high,
            method=method,
            labelled=len(known),
            drawn=len(sample),
            units=units,
            population=population,
        )

    if not known:
        return told(None, None, "no drawn attempt has a label")
    weights = _weights(sample)
    total = math.fsum(weights[one.attempt] for one in known)
    estimate = math.fsum(weights[one.attempt] * bool(one.success) for one in known) / total
    estimate = min(max(estimate, 0.0), 1.0)
    if len({one.success for one in known}) == 1:
        if all(weights[one.attempt] == 1 for one in known):
            return told(float(bool(known[0].success)), (estimate, estimate), "all of the frame is labelled")
        interval = clopper_pearson(len(known) * bool(known[0].success), len(known))
        estimate = float(bool(known[0].success))
        return told(estimate, interval, f"{CLOPPER_PEARSON}, without weights: all labels are the same")
    spread = _variance(known, weights, estimate, total)
    if isinstance(spread, str):
        return told(estimate, None, spread)
    variance, degrees = spread
    half = t_quantile(degrees) * math.sqrt(variance) if degrees else 0.0
    return told(estimate, (max(estimate - half, 0.0), min(estimate + half, 1.0)), WEIGHTED)


def _weights(sample: list[Drawn]) -> dict[str, float]:
    """Inverse probabilities; labelled attempts stand in for those of their stratum that have no label."""
    drawn: defaultdict[str, float] = defaultdict(float)
    known: defaultdict[str, float] = defaultdict(float)
    for one in sample:
        drawn[one.stratum] += 1 / one.probability
        if one.success is not None:
            known[one.stratum] += 1 / one.probability
    return {
        one.attempt: drawn[one.stratum] / known[one.stratum] / one.probability
        for one in sample
        if one.success is not None
    }


def _variance(
    known: list[Drawn], weights: dict[str, float], estimate: float, total: float
) -> tuple[float, int] | str:
    """The variance of the weighted rate and its degrees of freedom, or why there is none.

    A unit's residual is the weighted sum of its attempts' distances from the rate.
    """
    residuals: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    fractions: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for one in known:
        residuals[one.stratum][one.unit] += weights[one.attempt] * (bool(one.success) - estimate)
        # What is left of the frame counts: a drawn attempt without a label was not seen.
        fractions[one.stratum][one.unit] = min(1 / weights[one.attempt], 1.0)
    parts, degrees = [], 0
    for stratum in sorted(residuals):
        units = residuals[stratum]
        share = fractions[stratum]
        if all(share[unit] == 1 for unit in units):
            continue
        n = len(units)
        if n < 2:
            return f"no interval: a single unit was drawn from stratum {stratum!r}"
        mean = math.fsum(units.values()) / n
        parts.append(n / (n - 1) * math.fsum((1 - share[u]) * (units[u] - mean) ** 2 for u in units))
        degrees += n - 1
    return math.fsum(parts) / total**2, degrees
