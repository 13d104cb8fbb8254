"""Checks, judges, the written rules and the pipeline's mark, each measured against gold labels."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Literal

import msgspec

from reviewer.model import Decision, Outcome
from reviewer.stats.intervals import bootstrap, divide
from reviewer.stats.rates import Rate, cluster_of, plain_rate, rate
from reviewer.stats.rows import StatRow, outcome_counts

Kind = Literal["marked", "suggestion", "check", "judge"]
SUCCESS = "a true success"
NO_SUCCESS = "no true success"
_ANSWERED: Set[str] = {"pass", "warn", "fail"}


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """One predictor against gold. ``finds`` is what its positive answers claim.

    Of ``gold`` attempts with a gold label (the one from before more was seen goes first), ``covered`` have an answer and ``missing`` have none (an
    error, ``unknown``, or the question does not apply): a missing answer is never a "no". The four
    counts are over the covered ones. ``f1`` has no interval where commits leave no room for one.
    ``control`` is how often a check is positive on human patches, over commits; a check that fails
    humans is suspect. ``answers`` counts its answers on all attempts, labelled or not.
    """

    name: str
    kind: Kind
    finds: str
    answers: int
    gold: int
    covered: int
    missing: int
    coverage: float | None
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    precision: Rate
    recall: Rate
    specificity: Rate
    f1: float | None
    f1_low: float | None
    f1_high: float | None
    control: Rate | None


def scorecards(
    rows: Sequence[StatRow],
    judges: Mapping[str, Mapping[str, Decision]],
    controls: Mapping[str, Mapping[Outcome, int]],
    *,
    resample: bool = True,
) -> tuple[Scorecard, ...]:
    """One card for the mark, the suggestion, each judge and each check, over ``rows`` without copies.

    A check gets a card for its ``fail`` and, where it warns, one for ``fail`` or ``warn`` together.
    """
    card = partial(score, rows=rows, resample=resample)
    cards = [card("marked", "marked", [row.marked for row in rows])]
    if any(row.suggestion for row in rows):
        cards.append(card("suggestion", "suggestion", [_is_correct(row.suggestion) for row in rows]))
    for name, labels in sorted(judges.items()):
        cards.append(card(name, "judge", [_judged(labels.get(row.attempt)) for row in rows]))
    for name, counts in outcome_counts(rows).items():
        for title, bad, needed in (
            (f"{name}: fail", ("fail",), _ANSWERED),
            (f"{name}: fail or warn", ("fail", "warn"), {"warn"}),
        ):
            if not needed.isdisjoint(counts):
                outcomes = (row.outcomes.get(name) for row in rows)
                answers = [outcome in bad if outcome in _ANSWERED else None for outcome in outcomes]
                cards.append(card(title, "check", answers, control=control_rate(controls.get(name), bad)))
    return tuple(cards)


def control_rate(outcomes: Mapping[Outcome, int] | None, bad: Sequence[str] = ("fail",)) -> Rate | None:
    """How often a check calls human patches bad, of those that it has an answer for; one patch a commit.

    ``None`` where it was not asked.
    """
    if not outcomes:
        return None
    counts = Counter[str](outcomes)
    k, n = (sum(counts[outcome] for outcome in among) for among in (bad, _ANSWERED))
    return plain_rate(k, n, counts["unknown"])


def score(
    name: str,
    kind: Kind,
    answers: Sequence[bool | None],
    rows: Sequence[StatRow],
    *,
    control: Rate | None = None,
    resample: bool = True,
) -> Scorecard:
    """The card of one predictor with an answer for each row, ``None`` where it has none."""
    finds = NO_SUCCESS if kind == "check" else SUCCESS
    labelled = [
        (row, answer, (label.verdict == "true_success") == (finds == SUCCESS))
        for row, answer in zip(rows, answers, strict=True)
        if (label := row.blind_gold or row.gold) is not None
    ]
    covered = [(row, answer, truth) for row, answer, truth in labelled if answer is not None]

    def share(cases: Iterable[tuple[StatRow, bool]]) -> Rate:
        return rate(((row.attempt, row.commit, right) for row, right in cases), resample=resample)

    cells = Counter((predicted, truth) for _, predicted, truth in covered)
    tp, fp, fn, tn = cells[True, True], cells[True, False], cells[False, True], cells[False, False]
    low, high = _f1_interval(covered) if resample else (None, None)
    return Scorecard(
        name=name,
        kind=kind,
        finds=finds,
        answers=sum(answer is not None for answer in answers),
        gold=len(labelled),
        covered=len(covered),
        missing=len(labelled) - len(covered),
        coverage=len(covered) / len(labelled) if labelled else None,
        true_positive=tp,
        false_positive=fp,
        false_negative=fn,
        true_negative=tn,
        precision=share((row, truth) for row, predicted, truth in covered if predicted),
        recall=share((row, predicted) for row, predicted, truth in covered if truth),
        specificity=share((row, not predicted) for row, predicted, truth in covered if not truth),
        f1=2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
        f1_low=low,
        f1_high=high,
        control=control,
    )


def _f1_interval(covered: Iterable[tuple[StatRow, bool, bool]]) -> tuple[float | None, float | None]:
    sums: defaultdict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for row, predicted, truth in covered:
        sums[cluster_of(row.attempt, row.commit)][predicted, truth] += 1
    if not any(cell[True, True] for cell in sums.values()):
        return None, None
    kinds = ((True, True), (True, False), (False, True))
    cells = [tuple(float(cell[kind]) for kind in kinds) for cell in sums.values()]
    return bootstrap(cells, lambda s: divide(2 * s[:, 0], 2 * s[:, 0] + s[:, 1] + s[:, 2])) or (None, None)


def _is_correct(judgement: str | None) -> bool | None:
    return None if judgement is None or judgement == "unsure" else judgement == "correct"


def _judged(label: Decision | None) -> bool | None:
    """Whether a judge calls it a true success; ``None`` without a label, or with ``unsure``."""
    if label is None or label.judgement is None:
        return None
    if label.verdict is not None and label.verdict != "unsure":
        return label.verdict == "true_success"
    return _is_correct(label.judgement)
