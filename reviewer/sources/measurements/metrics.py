"""Names of metrics: the three ways in which benchmarks write one, its unit, and which values are better."""

import math
import re

from reviewer.measurement import Better, MetricValues
from reviewer.sources.measurements.members import Members

_UNITS = {
    "_tok_s": "tok/s", "_toks_s": "tok/s", "_req_s": "req/s", "_ms": "ms", "_us": "us", "_ns": "ns", "_s": "s",
}  # fmt: skip
_STATISTIC = {"avg": "avg", "mean": "mean", "median": "median", "std": "std"}
_LATENCIES = ("ttft", "tpot", "itl", "e2el", "latency")
_IN_MILLISECONDS = ("ttft", "tpot", "itl", "e2el")
"""What vLLM's and SGLang's serving benchmarks print in milliseconds: results that name these without a unit are theirs."""
_THROUGHPUTS = (
    "request_throughput",
    "input_throughput",
    "output_throughput",
    "total_throughput",
    "throughput",
)
_QUANTILE = r"p\d{1,3}"
_FIRST = re.compile(rf"(mean|avg|median|std|{_QUANTILE})_(\w+)")

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
"""Units of time in seconds."""


def normalise_metric(name: str) -> tuple[str, str | None]:
    """A metric's one name and the unit that is part of the name, ``None`` without one.

    ``ttft_mean``, ``ttft_mean_ms`` and ``mean_ttft_ms`` are ``ttft_mean``; ``output_token_throughput_tok_s`` is
    ``output_throughput``; ``throughput_req_s`` is ``request_throughput``. Any other name stays as it is.
    """
    base, unit = name.lower(), None
    for ending, symbol in _UNITS.items():
        if base.endswith(ending):
            base, unit = base.removesuffix(ending), symbol
            break
    base = base.replace("_token_throughput", "_throughput")
    if base == "throughput" and unit == "req/s":
        base = "request_throughput"
    if (found := _FIRST.fullmatch(base)) and found[2] in _LATENCIES:
        base = f"{found[2]}_{found[1]}"
    return (base, unit) if better_of(base) else (name, None)


def better_of(metric: str) -> Better | None:
    """Which values of a metric are better: latencies lower, throughputs higher, of others it is not known."""
    if metric in _THROUGHPUTS:
        return "higher"
    return "lower" if metric.rpartition("_")[0] in _LATENCIES or metric in _LATENCIES else None


def metric_series(members: Members, *, known_only: bool = False) -> tuple[MetricValues, ...]:
    """Each number of an object as a metric; with ``known_only`` those whose name is a known metric's."""
    series: dict[str, MetricValues] = {}
    for key in members:
        metric, unit = normalise_metric(key)
        better = better_of(metric)
        if known_only and better is None:
            continue
        value = members.amount(key)
        if value is None:
            continue
        if metric in series:
            members.refuse(key, f"{metric} is there twice; left out")
            continue
        if unit is None and metric.partition("_")[0] in _IN_MILLISECONDS:
            unit = "ms"
        series[metric] = MetricValues(metric, (value,), unit, better)
    return tuple(series.values())


def in_unit(value: float, unit: str | None, wanted: str | None) -> float | None:
    """A value above 0 in another unit, ``None`` where one cannot be turned into the other."""
    if unit == wanted:
        return value
    if unit not in SECONDS or wanted not in SECONDS:
        return None
    converted = value * SECONDS[unit] / SECONDS[wanted]
    return converted if 0 < converted < math.inf else None
