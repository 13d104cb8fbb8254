"""A percentile bootstrap that draws whole commits.

Attempts at one commit succeed and fail together, so commits are what is drawn: B. Efron, Annals of
Statistics 7, 1979, 1-26; for clusters A. C. Davison and D. V. Hinkley, Bootstrap Methods and their
Application, 1997, section 3.8. The seed is fixed: the same data give the same interval.

This is the door of numpy: it takes long to import, and is imported when something is drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from reviewer.stats.intervals import CONFIDENCE, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sums = NDArray[np.float64]
    """One row a resample, one column a quantity, each summed over the commits that were drawn."""

RESAMPLES = 2000
SEED = 20251110
BOOTSTRAP = f"cluster bootstrap over commits, percentile, B={RESAMPLES}, seed={SEED}"
FEW_CLUSTERS = 20
"""Below this many commits, intervals from drawing commits are too narrow (Davison and Hinkley, section 3.8)."""
_UNDEFINED_AT_MOST = 0.1
_CELLS = 2_000_000


def bootstrap(
    clusters: Sequence[tuple[float, ...]], statistic: Callable[[Sums], NDArray[np.float64]]
) -> Interval | None:
    """The 95 % interval of ``statistic`` when whole clusters are drawn with replacement.

    A cluster is its quantities (successes and attempts, the cells of a table); ``statistic`` is given
    their sums over each resample and answers with one value a resample, not a number where it is
    undefined. ``None`` where all clusters are alike, or too many resamples leave the statistic undefined.

    Clusters with equal quantities are interchangeable, so how often each kind is drawn is one
    multinomial draw: the same distribution as drawing them one by one, without their order.
    """
    kinds = sorted(Counter(clusters).items())
    if len(kinds) < 2:
        return None
    import numpy as np

    values = np.concatenate([statistic(sums) for sums in _resamples(kinds)])
    defined = values[np.isfinite(values)]
    if len(defined) < (1 - _UNDEFINED_AT_MOST) * len(values):
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    return (float(low), float(high)) if low < high else None


def _resamples(kinds: Sequence[tuple[tuple[float, ...], int]]) -> Any:
    """The sums of all resamples, in parts that stay small however many kinds there are."""
    import numpy as np

    total = sum(count for _, count in kinds)
    shares = np.array([count for _, count in kinds], dtype=float) / total
    quantities = np.array([kind for kind, _ in kinds], dtype=float)
    generator = np.random.default_rng(SEED)
    step = max(1, _CELLS // len(kinds))
    for done in range(0, RESAMPLES, step):
        drawn = generator.multinomial(total, shares, size=min(step, RESAMPLES - done))
        yield drawn @ quantities


def share(sums: Sums) -> NDArray[np.float64]:
    """The first quantity over the second; not a number where the second is 0."""
    quotient: NDArray[np.float64] = divide(sums[:, 0], sums[:, 1])
    return quotient


def divide(numerator: Any, denominator: Any) -> Any:
    """The quotient of two numbers or arrays, not a number where the denominator is 0."""
    if isinstance(denominator, float):
        return numerator / denominator if denominator else math.nan
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)
