"""Quantiles of the distributions that intervals need, in closed form or by bisection."""

import math

CONFIDENCE = 0.95
"""How often an interval holds what it is for; two-sided."""
Z = 1.959963984540054
"""The normal quantile at (1 + CONFIDENCE) / 2."""

_TINY = 1e-300


def t_quantile(degrees: float) -> float:
    """Student's t at (1 + CONFIDENCE) / 2 with ``degrees`` of freedom (any positive number)."""
    # P(|T| > t) is the incomplete beta function at degrees / (degrees + t²) with (degrees / 2, 1/2).
    x = beta_quantile(1 - CONFIDENCE, degrees / 2, 0.5)
    return math.sqrt(degrees * (1 - x) / x)


def beta_quantile(p: float, a: float, b: float) -> float:
    """Where :func:`beta_share` is ``p``, by bisection to the last bits that a float has there."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if beta_share(middle, a, b) < p:
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
