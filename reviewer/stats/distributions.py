"""How a quantity is spread over attempts: quartiles and the counts of a histogram."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

BINS = 12


class Bin(msgspec.Struct, frozen=True):
    """``n`` values from ``low`` up to ``high``, which the last bin includes."""

    low: float
    high: float
    n: int


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity. ``missing`` counts attempts (or commits) of which it is not known.

    Quartiles are those of R. J. Hyndman and Y. Fan (American Statistician 50, 1996, 361-365), type 7.
    ``log`` says that the bins are equally wide in the logarithm; zeros then have a bin of their own.
    Where nothing is known, the figures are ``None`` and there are no bins.
    """

    name: str
    unit: str
    n: int
    missing: int
    minimum: float | None
    lower: float | None
    median: float | None
    upper: float | None
    maximum: float | None
    mean: float | None
    total: float | None
    log: bool
    bins: tuple[Bin, ...]


def distribution(name: str, unit: str, values: Iterable[float | None]) -> Distribution:
    """The spread of ``values``; ``None`` is what is not known."""
    everything = list(values)
    known = sorted(float(value) for value in everything if value is not None and math.isfinite(value))
    some = bool(known)
    log = some and _is_log(known)
    return Distribution(
        name=name,
        unit=unit,
        n=len(known),
        missing=len(everything) - len(known),
        minimum=known[0] if some else None,
        lower=_quantile(known, 0.25) if some else None,
        median=_quantile(known, 0.5) if some else None,
        upper=_quantile(known, 0.75) if some else None,
        maximum=known[-1] if some else None,
        mean=math.fsum(known) / len(known) if some else None,
        total=math.fsum(known) if some else None,
        log=log,
        bins=_bins(known, log) if some else (),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _is_log(ordered: Sequence[float]) -> bool:
    """Values over more than two orders of magnitude are shown by their logarithm."""
    smallest = next((value for value in ordered if value > 0), None)
    return ordered[0] >= 0 and smallest is not None and ordered[-1] / smallest > 100


def _bins(ordered: Sequence[float], log: bool) -> tuple[Bin, ...]:
    low, high = ordered[0], ordered[-1]
    if low == high:
        return (Bin(low, high, len(ordered)),)
    if log:
        zeros = sum(value <= 0 for value in ordered)
        rest = ordered[zeros:]
        ends = _ends(math.log10(rest[0]), math.log10(high))
        edges = [rest[0], *(10**end for end in ends[1:-1]), high]
        own = (Bin(0.0, 0.0, zeros),) if zeros else ()
        return (*own, *_fill(edges, rest))
    if all(value == int(value) for value in ordered):
        width = max(1, math.ceil((high - low + 1) / BINS))
        edges = [low + width * i for i in range(math.ceil((high - low + 1) / width) + 1)]
        return _fill(edges, ordered)
    return _fill(_ends(low, high), ordered)


def _ends(low: float, high: float) -> list[float]:
    return [low + (high - low) * i / BINS for i in range(BINS)] + [high]


def _fill(edges: Sequence[float], ordered: Sequence[float]) -> tuple[Bin, ...]:
    counts = [0] * (len(edges) - 1)
    place = 0
    for value in ordered:
        while place < len(counts) - 1 and value >= edges[place + 1]:
            place += 1
        counts[place] += 1
    return tuple(Bin(edges[i], edges[i + 1], count) for i, count in enumerate(counts))
