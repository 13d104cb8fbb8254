"""Agreement between annotators on the same attempts, with intervals by drawing commits.

Every coefficient here is a function of sums over attempts (a table of pairs, the shares of each label), so
that the bootstrap only has to add up what each commit brings.

- percent: the share of pairs of labels of one attempt that are equal, averaged over attempts;
- ``kappa``: J. Cohen, Educational and Psychological Measurement 20, 1960, 37-46; two annotators;
- ``alpha``: K. Krippendorff, Content Analysis, 4th edition 2018, chapter 12, nominal, any number of
  annotators and missing labels; ``alpha_ordinal`` with his ordinal difference;
- ``ac1``: K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008, 29-48, which
  stays sensible where nearly all labels are the same and kappa does not.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple, get_args

import msgspec

from reviewer.model import JUDGEMENTS, Answer
from reviewer.stats.intervals import Interval, bootstrap, divide

_Difference = Callable[[Sequence[Any], int, int], Any]

ANSWERS: tuple[Answer, ...] = get_args(Answer)
NO_ORDER = "unsure"
"""A label outside the order of the others: a category of its own, missing where order counts."""
FIGURES = ("percent", "kappa", "alpha", "alpha_ordinal", "ac1")


class Unit(NamedTuple):
    """One attempt: its cluster (the commit) and one label an annotator, ``None`` where there is none."""

    cluster: str
    labels: tuple[str | None, ...]

    @property
    def given(self) -> list[str]:
        """The labels that there are."""
        return [label for label in self.labels if label is not None]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``n`` attempts with two labels or more, ``agreed`` got the same from everyone.

    The coefficients are ``None`` where they are undefined: nothing in common, or only one label ever
    used, so that chance alone would agree always. ``kappa`` is for two annotators only. ``intervals``
    has a 95 % interval by name of the coefficient, ``None`` where commits do not differ or are too few.
    """

    n: int
    agreed: int
    percent: float | None
    kappa: float | None
    alpha: float | None
    alpha_ordinal: float | None
    ac1: float | None
    intervals: dict[str, Interval | None]
    clusters: int


def agreement(
    units: Iterable[Unit], order: Sequence[str] = JUDGEMENTS, *, resample: bool = True
) -> Agreement:
    """All figures of agreement over ``units``, whose order has no influence.

    ``order`` holds the labels there are, in their order; :data:`NO_ORDER` may be one of them.
    """
    units = [unit for unit in units if unit.given]
    pairable = [unit for unit in units if len(unit.given) > 1]
    raters = max((len(unit.labels) for unit in units), default=0)
    used = {label for unit in units for label in unit.given}
    table = _Coefficients(order, raters, used)
    per_cluster: dict[str, list[list[float]]] = defaultdict(list)
    for unit in units:
        per_cluster[unit.cluster].append(table.quantities(unit))
    # fsum rounds once, so that the order of attempts has no influence.
    clusters = sorted(tuple(map(math.fsum, zip(*rows, strict=True))) for rows in per_cluster.values())
    total = [math.fsum(column) for column in zip(*clusters, strict=True)] or [0.0] * table.width
    coefficients: dict[str, Callable[[Sequence[Any]], Any]] = {name: getattr(table, name) for name in FIGURES}
    values = {name: coefficient(total) for name, coefficient in coefficients.items()}
    figures: dict[str, float | None] = {name: None if math.isnan(v) else v for name, v in values.items()}
    intervals: dict[str, Interval | None] = {
        name: bootstrap(clusters, lambda sums, figure=coefficient: figure(list(sums.T)))  # type: ignore[misc]
        if resample and figures[name] is not None
        else None
        for name, coefficient in coefficients.items()
    }
    return Agreement(
        n=len(pairable),
        agreed=sum(len(set(unit.given)) == 1 for unit in pairable),
        intervals=intervals,
        clusters=len({unit.cluster for unit in pairable}),
        **figures,
    )


class _Coefficients:
    """The quantities that are summed over attempts, and the coefficients of such sums.

    Sums are numbers, or arrays with one number a resample; a coefficient that is undefined is not a number.

    The columns: equal pairs and attempts (percent); the coincidences of every two labels, of all labels
    and of those that have an order (alpha); the shares of labels and how many attempts have one (AC1);
    the table of the first annotator's label against the second's (kappa).
    """

    def __init__(self, order: Sequence[str], raters: int, used: set[str]) -> None:
        self.labels = [*(label for label in order if label in used), *sorted(used - set(order))]
        self.index = {label: index for index, label in enumerate(self.labels)}
        self.two = raters == 2
        q = len(self.labels)
        self.q = q
        self.width = 2 + 2 * q * q + q + 1 + q * q
        self.coincidences, self.ordered, self.shares = 2, 2 + q * q, 2 + 2 * q * q
        self.cohen = self.shares + q + 1

    def quantities(self, unit: Unit) -> list[float]:
        """What one attempt with a label adds to each column."""
        given = unit.given
        row = [0.0] * self.width
        if len(given) > 1:
            counts = Counter(given)
            pairs = len(given) * (len(given) - 1)
            row[0] = sum(count * (count - 1) for count in counts.values()) / pairs
            row[1] = 1
            self._coincide(row, self.coincidences, counts)
            self._coincide(row, self.ordered, Counter(label for label in given if label != NO_ORDER))
        for label in given:
            row[self.shares + self.index[label]] += 1 / len(given)
        row[self.shares + self.q] = 1
        if self.two and len(given) == 2:
            row[self.cohen + self.index[given[0]] * self.q + self.index[given[1]]] = 1
        return row

    def _coincide(self, row: list[float], start: int, counts: Counter[str]) -> None:
        total = counts.total()
        if total < 2:
            return
        for first, second in product(counts, repeat=2):
            pairs = counts[first] * (counts[second] - (first == second)) / (total - 1)
            row[start + self.index[first] * self.q + self.index[second]] += pairs

    def percent(self, sums: Sequence[Any]) -> Any:
        return divide(sums[0], sums[1])

    def kappa(self, sums: Sequence[Any]) -> Any:
        q = self.q
        cells = [sums[self.cohen + i * q : self.cohen + (i + 1) * q] for i in range(q)]
        n = _sum(_sum(row) for row in cells)
        agreed = _sum(cells[i][i] for i in range(q))
        by_chance = _sum(_sum(cells[i]) * _sum(row[i] for row in cells) for i in range(q))
        # In whole numbers (n² times the usual fractions), so that "always by chance" is exact.
        return divide(agreed * n - by_chance, n * n - by_chance)

    def alpha(self, sums: Sequence[Any]) -> Any:
        return self._krippendorff(sums, self.coincidences, lambda totals, i, j: 1.0)

    def alpha_ordinal(self, sums: Sequence[Any]) -> Any:
        def difference(totals: Sequence[Any], i: int, j: int) -> Any:
            return (_sum(totals[i : j + 1]) - (totals[i] + totals[j]) / 2) ** 2

        return self._krippendorff(sums, self.ordered, difference)

    def _krippendorff(self, sums: Sequence[Any], start: int, difference: _Difference) -> Any:
        q = self.q
        totals = [_sum(sums[start + i * q : start + (i + 1) * q]) for i in range(q)]
        observed: Any = 0.0
        expected: Any = 0.0
        for i, j in combinations(range(q), 2):
            apart = difference(totals, i, j)
            observed = observed + sums[start + i * q + j] * apart
            expected = expected + totals[i] * totals[j] * apart
        return 1 - divide((_sum(totals) - 1) * observed, expected)

    def ac1(self, sums: Sequence[Any]) -> Any:
        if self.q < 2:
            return sums[0] * math.nan
        shares = [divide(sums[self.shares + i], sums[self.shares + self.q]) for i in range(self.q)]
        by_chance = _sum(share * (1 - share) for share in shares) / (self.q - 1)
        return (divide(sums[0], sums[1]) - by_chance) / (1 - by_chance)


def _sum(values: Iterable[Any]) -> Any:
    return sum(values, 0.0)
