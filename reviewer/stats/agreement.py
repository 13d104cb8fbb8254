"""Agreement between two annotators on the same attempts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """``agreed`` of ``n`` attempts got the same label; ``percent`` is the fraction between 0 and 1.

    ``kappa`` is ``None`` where it is undefined: nothing in common, or chance alone would agree always.
    """

    n: int
    agreed: int
    percent: float | None
    kappa: float | None


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Percent agreement and Cohen's kappa (J. Cohen, Educ. Psychol. Meas. 20, 1960, 37-46) of label pairs."""
    n, agreed = len(pairs), sum(a == b for a, b in pairs)
    if n == 0:
        return Agreement(n=0, agreed=0, percent=None, kappa=None)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[label] * second[label] for label in first)
    # In whole numbers (n² times the usual fractions), so that "always by chance" is met exactly.
    kappa = (agreed * n - by_chance) / (n * n - by_chance) if by_chance < n * n else None
    return Agreement(n=n, agreed=agreed, percent=agreed / n, kappa=kappa)
