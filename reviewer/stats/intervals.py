"""Intervals and exact tests.

For counts of independent units all is in closed form or by bisection.

Intervals are at 95 %, two-sided:

- Wilson's score interval (E. B. Wilson, JASA 22, 1927, 209-212; recommended by R. G. Newcombe,
  Statistics in Medicine 17, 1998, 857-872);
- the exact interval of C. J. Clopper and E. S. Pearson (Biometrika 26, 1934, 404-413), used where no
  unit or every unit is a success, and for claims of the form "at most".

Attempts at one commit succeed and fail together, so for these whole commits are drawn, by a percentile
bootstrap: B. Efron, Annals of Statistics 7, 1979, 1-26; for clusters A. C. Davison and D. V. Hinkley,
Bootstrap Methods and their Application, 1997, section 3.8. The seed is fixed: the same data give the same
interval. This is the door of numpy, which takes long to import: it is imported when something is drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from reviewer.quantiles import CONFIDENCE, Z, beta_quantile

WILSON = "Wilson"
CLOPPER_PEARSON = "Clopper-Pearson"

Interval = tuple[float, float]

_TAIL = (1 - CONFIDENCE) / 2


def wilson(k: int, n: int) -> Interval:
    """Wilson's score interval for ``k`` of ``n`` independent units; ``n`` must be positive."""
    share, z2 = k / n, Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def clopper_pearson(k: int, n: int) -> Interval:
    """The exact interval for ``k`` of ``n`` independent units; ``n`` must be positive.

    Its ends are quantiles of beta distributions; at 0 and ``n`` these have a closed form.
    """
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"no interval for {k} of {n}")
    edge: float = _TAIL ** (1 / n)
    low = 0.0 if k == 0 else edge if k == n else beta_quantile(_TAIL, k, n - k + 1)
    high = 1.0 if k == n else 1 - edge if k == 0 else beta_quantile(1 - _TAIL, k + 1, n - k)
    return low, high


def mcnemar(only_first: int, only_second: int) -> float | None:
    """The exact two-sided p of Q. McNemar's test (Psychometrika 12, 1947, 153-157); ``None`` without a pair.

    The pairs that differ are a fair coin under the hypothesis of no difference.
    """
    n = only_first + only_second
    if n == 0:
        return None
    tail = sum(math.comb(n, i) for i in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**n))


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
    low, high = np.quantile(defined, (_TAIL, 1 - _TAIL))
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
