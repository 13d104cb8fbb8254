"""Intervals and exact tests for counts of independent units, without numpy: all in closed form or by bisection.

Intervals are at 95 %, two-sided:

- Wilson's score interval (E. B. Wilson, JASA 22, 1927, 209-212; recommended by R. G. Newcombe,
  Statistics in Medicine 17, 1998, 857-872);
- the exact interval of C. J. Clopper and E. S. Pearson (Biometrika 26, 1934, 404-413), used where no
  unit or every unit is a success, and for claims of the form "at most".
"""

from __future__ import annotations

import math
from collections.abc import Callable

CONFIDENCE = 0.95
Z = 1.959963984540054
"""The normal quantile at (1 + CONFIDENCE) / 2."""

WILSON = "Wilson"
CLOPPER_PEARSON = "Clopper-Pearson"

Interval = tuple[float, float]

_TAIL = (1 - CONFIDENCE) / 2
_TINY = 1e-300


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
    low = 0.0 if k == 0 else edge if k == n else _beta_quantile(_TAIL, k, n - k + 1)
    high = 1.0 if k == n else 1 - edge if k == 0 else _beta_quantile(1 - _TAIL, k + 1, n - k)
    return low, high


def independent(k: int, n: int) -> tuple[Interval, str]:
    """The interval for independent units and the name of its method."""
    if k in (0, n):
        return clopper_pearson(k, n), CLOPPER_PEARSON
    return wilson(k, n), WILSON


def t_quantile(degrees: float) -> float:
    """Student's t at (1 + CONFIDENCE) / 2 with ``degrees`` of freedom (any positive number)."""
    # P(|T| > t) is the incomplete beta function at degrees / (degrees + t²) with (degrees / 2, 1/2).
    x = _beta_quantile(1 - CONFIDENCE, degrees / 2, 0.5)
    return math.sqrt(degrees * (1 - x) / x)


def mcnemar(only_first: int, only_second: int) -> float | None:
    """The exact two-sided p of Q. McNemar's test (Psychometrika 12, 1947, 153-157); ``None`` without a pair.

    The pairs that differ are a fair coin under the hypothesis of no difference.
    """
    n = only_first + only_second
    if n == 0:
        return None
    tail = sum(math.comb(n, i) for i in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**n))


def _beta_quantile(p: float, a: float, b: float) -> float:
    return _bisect(lambda x: beta_share(x, a, b) - p)


def _bisect(function: Callable[[float], float]) -> float:
    """Where an increasing function on 0..1 is 0, to the last bits that a float has there."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    By its continued fraction (NIST Digital Library of Mathematical Functions, 8.17.22), evaluated by
    Lentz's method; the symmetry I_x(a, b) = 1 - I_{1-x}(b, a) keeps to the side where it converges fast.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + …)) of DLMF 8.17.22."""
    value = ratio = 1.0
    inverse = 0.0
    for m in range(1, 10_000):
        half = m // 2
        if m % 2:
            step = -(a + half) * (a + b + half) * x / ((a + m - 1) * (a + m))
        else:
            step = half * (b - half) * x / ((a + m - 1) * (a + m))
        inverse = 1 / ((1 + step * inverse) or _TINY)
        ratio = (1 + step / ratio) or _TINY
        value *= ratio * inverse
        if abs(ratio * inverse - 1) < 1e-15:
            break
    return value
