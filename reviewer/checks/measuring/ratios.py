"""Ratios of two sides with their intervals, and the noise that these come from.

All is computed on logarithms, so that twice as fast and half as fast are equally far from no difference. Intervals are
two-sided at 95 %. Where the noise comes from, the best first:

- *repeats*: both sides were measured at least twice. B. L. Welch's interval for the difference of two means
  (Biometrika 34, 1947, 28-35) of the logarithms.
- *others*: measurements of one side at this commit, made in the same way, are an A/A test: only noise
  makes them differ. The standard deviation of their logarithms, pooled over the sides that have some, with Student's t
  at its degrees of freedom (one fewer than values on each side). Of two alone, by how much they differ, where that is
  more than what is assumed.
- *assumed*: neither. 5 %.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, variance

import msgspec

from reviewer.measurement import Measurement, MetricValues, Noise, NoiseSource, Ratio, SideResult
from reviewer.model import Side
from reviewer.quantiles import t_quantile

ASSUMED = 0.05
"""The noise where no data tell it, as a share of the value: what the published rules take for no difference."""

MAIN_METRICS = (
    "avg_ms", "ttft_mean", "latency_avg", "request_throughput", "output_throughput", "total_throughput", "throughput",
)  # fmt: skip
"""The metric that stands for a measurement is the first of these that the sides share, else the first they share."""

_FEWEST_OTHERS = 3
_LARGEST_LOG = 700.0
"""Logarithms beyond this have no exponential in floating point, or no reciprocal of it."""
_SAME_CODE: tuple[Side, ...] = ("base", "human")
"""The sides whose code is the same in every measurement of a commit."""


def main_metric(measurement: Measurement) -> str | None:
    """The metric that stands for a measurement: of base and agent, else of base and human; ``None`` without both."""
    base = measurement.side("base")
    for side in ("agent", "human"):
        other = measurement.side(side)
        if base is not None and other is not None:
            shared = leading_metric(metric for metric in _metrics(base) if metric in _metrics(other))
            if shared is not None:
                return shared
    return None


def leading_metric(metrics: Iterable[str]) -> str | None:
    """The metric that stands for the others, ``None`` of none."""
    known = {metric: index for index, metric in enumerate(MAIN_METRICS)}
    return min(metrics, key=lambda metric: known.get(metric, len(known)), default=None)


def ratios_of(measurement: Measurement, others: Iterable[Measurement]) -> tuple[Ratio, ...]:
    """The ratios of a measurement, of its main metric first: agent and human to base, agent to human.

    ``others`` are all measurements of the same commit. A metric whose better direction or value is not known on both
    sides has no ratio.
    """
    main = main_metric(measurement)
    metrics = sorted({series.metric for side in measurement.sides for series in side.series})
    metrics.sort(key=lambda metric: metric != main)
    others = list(others)
    pairs: tuple[tuple[Side, Side], ...] = (("agent", "base"), ("human", "base"), ("agent", "human"))
    found = []
    for metric in metrics:
        peers = _peers(measurement, others, metric)
        for side, against in pairs:
            ratio = _ratio(measurement, side, against, metric, peers)
            if ratio is not None:
                found.append(ratio)
    return tuple(found)


def main_ratio(measurement: Measurement, side: Side, others: Iterable[Measurement]) -> Ratio | None:
    """The ratio of a side to the base in the main metric alone, ``None`` without one; ``others`` as for :func:`ratios_of`."""
    metric = main_metric(measurement)
    return _ratio(measurement, side, "base", metric, _peers(measurement, others, metric)) if metric else None


def over_all(ratios: Sequence[Ratio]) -> Ratio:
    """The ratio that several measurements of the same two codes in one metric show; raises ``ValueError`` for none.

    The mean of the logarithms, with Student's interval for it, which is never narrower than the narrowest of the
    measurements' own. A ratio that is there twice counts once: it is one measurement in two files.
    """
    distinct = list({(ratio.ratio, ratio.low, ratio.high): ratio for ratio in ratios}.values())
    narrowest = min(distinct, key=lambda ratio: ratio.high / ratio.low)
    if len(distinct) == 1:
        return narrowest
    logs, count = _logs(ratio.ratio for ratio in distinct), len(distinct)
    half = max(
        t_quantile(count - 1) * math.sqrt(variance(logs) / count),
        math.log(narrowest.high / narrowest.low) / 2,
    )
    centre = fmean(logs)
    return msgspec.structs.replace(
        narrowest,
        ratio=_exp(centre),
        low=_exp(centre - half),
        high=_exp(centre + half),
        noise=Noise(_exp(half) - 1, "others", count),
    )


def same_code_values(
    measurement: Measurement, others: Iterable[Measurement], side: Side, metric: str
) -> tuple[float, ...]:
    """One value for each measurement of a side that was made in the same way: this one's first, then the ``others``'.

    A side was measured in the same way where command, model, machine and device are the same, as far as written.
    """
    own = measurement.side(side)
    if own is None or not own.values(metric):
        return ()
    values = [_centre(own.values(metric))]
    for other in others:
        result = other.side(side)
        if result is None or other == measurement or result.way != own.way:
            continue
        if result.values(metric):
            values.append(_centre(result.values(metric)))
    return tuple(values)


def _peers(measurement: Measurement, others: Iterable[Measurement], metric: str) -> list[tuple[float, ...]]:
    """The values of base and of human change that tell the noise, from results of the same form."""
    alike = [other for other in others if other.form == measurement.form]
    return [same_code_values(measurement, alike, side, metric) for side in _SAME_CODE]


def _ratio(
    measurement: Measurement, side: Side, against: Side, metric: str, peers: Sequence[Sequence[float]]
) -> Ratio | None:
    first, second = _series(measurement, side, metric), _series(measurement, against, metric)
    if first is None or second is None or first.better is None or first.better != second.better:
        return None
    if first.unit != second.unit:
        return None
    own, other = _logs(first.values), _logs(second.values)
    sign = 1 if first.better == "higher" else -1
    centre = sign * (fmean(own) - fmean(other))
    noise, half = _noise(own, other, peers)
    return Ratio(
        side=side,
        against=against,
        metric=metric,
        ratio=_exp(centre),
        low=_exp(centre - half),
        high=_exp(centre + half),
        noise=noise,
    )


def _noise(
    own: Sequence[float], other: Sequence[float], peers: Sequence[Sequence[float]]
) -> tuple[Noise, float]:
    """The noise of a ratio, and half the width of its interval on logarithms."""
    if len(own) > 1 and len(other) > 1 and (half := _welch(own, other)):
        return Noise(_exp(half) - 1, "repeats", len(own) + len(other)), half
    groups = [_logs(values) for values in peers if len(values) >= _FEWEST_OTHERS]
    degrees = sum(len(group) - 1 for group in groups)
    spread = sum(variance(group) * (len(group) - 1) for group in groups)
    if degrees and spread:
        half = t_quantile(degrees) * math.sqrt(spread / degrees * (1 / len(own) + 1 / len(other)))
        return Noise(_exp(half) - 1, "others", sum(map(len, groups))), half
    half = max((max(group) - min(group) for group in map(_logs, peers) if group), default=0.0)
    source: NoiseSource = "others" if half > math.log1p(ASSUMED) else "assumed"
    half = max(half, math.log1p(ASSUMED))
    return Noise(_exp(half) - 1, source, max(map(len, peers), default=0)), half


def _welch(own: Sequence[float], other: Sequence[float]) -> float:
    """Half of Welch's interval for the difference of two means; 0 where no value differs from another of its side."""
    first, second = variance(own) / len(own), variance(other) / len(other)
    if not first + second:
        return 0.0
    degrees = (first + second) ** 2 / (first**2 / (len(own) - 1) + second**2 / (len(other) - 1))
    return t_quantile(degrees) * math.sqrt(first + second)


def _series(measurement: Measurement, side: Side, metric: str) -> MetricValues | None:
    result = measurement.side(side)
    return result.find(metric) if result is not None else None


def _metrics(result: SideResult) -> list[str]:
    return [series.metric for series in result.series if series.better is not None]


def _centre(values: Sequence[float]) -> float:
    return _exp(fmean(_logs(values)))


def _exp(logarithm: float) -> float:
    """The exponential, of what has none in floating point that of the nearest that has one."""
    return math.exp(min(max(logarithm, -_LARGEST_LOG), _LARGEST_LOG))


def _logs(values: Iterable[float]) -> list[float]:
    return [math.log(value) for value in values]
