"""How a quantity is spread over attempts: quartiles and the counts of a histogram."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean, quantiles

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

    @property
    def title(self) -> str:
        """The name with its unit, unless that is in the name."""
        return self.name if self.unit in self.name else f"{self.name}, {self.unit}"


def distribution(name: str, unit: str, values: Iterable[float | None]) -> Distribution:
    """The spread of ``values``; ``None`` is what is not known."""
    everything = list(values)
    known = sorted(float(value) for value in everything if value is not None and math.isfinite(value))
    smallest = next((value for value in known if value > 0), None)
    # values over more than two orders of magnitude are shown by their logarithm
    log = smallest is not None and known[0] >= 0 and known[-1] / smallest > 100
    quartiles = quantiles(known, n=4, method="inclusive") if len(known) > 1 else (*known, None)[:1] * 3
    return Distribution(
        name=name,
        unit=unit,
        n=len(known),
        missing=len(everything) - len(known),
        minimum=known[0] if known else None,
        lower=quartiles[0],
        median=quartiles[1],
        upper=quartiles[2],
        maximum=known[-1] if known else None,
        mean=fmean(known) if known else None,
        total=math.fsum(known) if known else None,
        log=log,
        bins=_bins(known, log) if known else (),
    )


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
    inner = edges[1:-1]  # what is outside the edges by a rounding is in the first or the last bin
    counts = Counter(bisect_right(inner, value) for value in ordered)
    return tuple(Bin(low, high, counts[index]) for index, (low, high) in enumerate(pairwise(edges)))
