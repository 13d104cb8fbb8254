"""Values and ratios drawn to scale in text cells; every sign is another one, so that no colour is needed."""

import math
from collections.abc import Mapping

BAR = 24
"""Columns of a bar."""
STRIP = 33
"""Columns of a strip; the one in the middle is a ratio of 1."""


def bar(value: float, low: float, high: float, end: float, signs: Mapping[str, str]) -> str:
    """A value on a scale from 0 to ``end``: full up to ``low``, noise from there to ``high``, the value marked.

    An arrow at the end stands for noise that goes on beyond the scale.
    """

    def column(amount: float) -> int:
        return min(max(round(min(amount / end, 1) * BAR) - 1, 0), BAR - 1)

    at, last = column(value), column(high)
    cells = [signs["done"]] * column(low) + [signs["noise"]] * BAR
    cells[at] = signs["value"]
    if high > end * (1 + 0.5 / BAR):
        cells[BAR - 1] = signs["beyond"]
    return "".join(cells[: max(at, last) + 1]).ljust(BAR)


def strip(ratio: float, low: float, high: float, furthest: float, signs: Mapping[str, str]) -> str:
    """A ratio with its interval on a scale of logarithms from 1 / ``furthest`` to ``furthest``, 1 in the middle."""
    middle = STRIP // 2

    def column(amount: float) -> int:
        share = math.log(amount) / math.log(furthest)
        return min(max(middle + round(share * middle), 0), STRIP - 1)

    cells = [" "] * STRIP
    cells[column(low) : column(high) + 1] = signs["interval"] * (column(high) - column(low) + 1)
    cells[middle] = signs["axis"]
    cells[column(ratio)] = signs["finding"]
    return "".join(cells)
