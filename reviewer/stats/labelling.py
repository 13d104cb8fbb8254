"""The labels of annotators and judges: counts, agreement, conflicts, suggestions taken, progress."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import TypeVar, get_args

import msgspec

from reviewer.model import JUDGEMENTS, Confidence, Decision, Strength, Verdict
from reviewer.stats.agreement import ANSWERS, Agreement, Unit, agreement
from reviewer.stats.rates import Rate, Trial, cluster_of, rate
from reviewer.stats.rows import StatRow
from reviewer.verdicts.pace import HASTY

Decisions = Mapping[str, Mapping[str, Decision]]
"""Annotator → attempt id (as in the rows) → one decision of that annotator."""

_Name = TypeVar("_Name", bound=str)


class AnnotatorCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The labels of one person or judge.

    ``missing`` counts attempts without a label: for a judge those that it was asked about (or, where
    that is not recorded, those with a non-empty patch), for a person all (copies left out). ``coverage``
    is ``labels`` over ``labels`` and ``missing``. ``seconds`` is the sum of attention, ``median_seconds``
    of one judgement; ``hasty`` ones took less than :data:`~reviewer.verdicts.pace.HASTY` seconds.
    """

    name: str
    labels: int
    missing: int
    coverage: float | None
    judgements: dict[str, int]
    verdicts: dict[Verdict, int]
    criteria: dict[str, dict[str, int]]
    tags: dict[str, int]
    confidence: dict[Confidence, int]
    blind: int
    seconds: float | None
    median_seconds: float | None
    hasty: int


class PairAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two people, or all of them, on the attempts that they judged themselves.

    ``all`` is over all of those, ``blind`` over what they judged blind, ``suggestion_seen`` where at least
    one had seen the suggestion and ``suggestion_unseen`` where none had. ``criteria`` has one agreement
    each; what checks fill in is left out.
    """

    annotators: tuple[str, ...]
    all: Agreement
    blind: Agreement
    suggestion_seen: Agreement
    suggestion_unseen: Agreement
    criteria: dict[str, Agreement]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that people judge differently; ``judgements`` by annotator. ``settled``: gold has decided it."""

    attempt: str
    commit: str | None
    judgements: dict[str, str]
    settled: bool


class SuggestionUse(msgspec.Struct, frozen=True, kw_only=True):
    """How often people judged as the rules suggest, where they had seen the suggestion and where not.

    Taking what is seen more often than what is not is the pull of the suggestion (or the ease of
    those attempts). ``table`` counts judgements of those who saw it, by suggestion.
    """

    seen: Rate
    unseen: Rate
    table: dict[str, dict[str, int]]


class LabellingProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far labelling has come: attempts judged by at least one person, by two, and with gold, of ``n``."""

    name: str
    n: int
    labelled: int
    twice: int
    gold: int


class GoldCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The gold labels by strength and by verdict; copies are left out."""

    n: int
    strengths: dict[Strength, int]
    verdicts: dict[Verdict, int]


def tally(values: Iterable[_Name | None], names: Iterable[_Name]) -> dict[_Name, int]:
    """How often each of ``names`` occurs, in their order, those that never do too."""
    counts = Counter(values)
    return {name: counts[name] for name in names}


def by_kind(rows: Sequence[StatRow], decisions: Decisions) -> tuple[Decisions, Decisions]:
    """The decisions of people and of judges on these attempts, both by name."""
    ids = {row.attempt for row in rows}
    people: dict[str, dict[str, Decision]] = {}
    judges: dict[str, dict[str, Decision]] = {}
    for name in sorted(decisions):
        for attempt, decision in decisions[name].items():
            if attempt in ids:
                kind = judges if decision.kind == "judge" else people
                kind.setdefault(name, {})[attempt] = decision
    return people, judges


def annotator(name: str, decisions: Mapping[str, Decision], rows: Sequence[StatRow]) -> AnnotatorCounts:
    """Count the labels that one annotator gave ``rows``."""
    given = {attempt: label for attempt, label in decisions.items() if label.judgement is not None}
    seconds = sorted(label.seconds for label in given.values() if label.seconds is not None)
    by_hand = [label.seconds for label in given.values() if label.source == "human" and label.kind == "human"]
    missing = _missing(decisions, given, rows)
    judgements = [str(label.judgement) for label in given.values()]
    criteria: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label in given.values():
        for criterion, answer in label.criteria.items():
            criteria[criterion][answer] += 1
    return AnnotatorCounts(
        name=name,
        labels=len(given),
        missing=missing,
        coverage=len(given) / (len(given) + missing) if given or missing else None,
        judgements=tally(judgements, dict.fromkeys((*JUDGEMENTS, *sorted(set(judgements))))),
        verdicts=tally((label.verdict for label in given.values()), get_args(Verdict)),
        criteria={name: tally(criteria[name].elements(), ANSWERS) for name in sorted(criteria)},
        tags=dict(sorted(Counter(tag for label in given.values() for tag in label.tags).items())),
        confidence=tally((label.confidence for label in given.values()), get_args(Confidence)),
        blind=sum(label.blind is True for label in given.values()),
        seconds=sum(seconds) if seconds else None,
        median_seconds=median(seconds) if seconds else None,
        hasty=sum(taken is not None and taken < HASTY for taken in by_hand),
    )


def _missing(
    decisions: Mapping[str, Decision], given: Mapping[str, Decision], rows: Sequence[StatRow]
) -> int:
    unlabelled = [row for row in rows if row.attempt not in given]
    if any(decision.kind == "judge" for decision in decisions.values()):
        return len(decisions) - len(given) or sum(row.non_empty for row in unlabelled)
    return len(unlabelled)


def gold_counts(rows: Sequence[StatRow]) -> GoldCounts:
    """The gold labels of ``rows``."""
    gold = [row.gold for row in rows if row.gold is not None]
    return GoldCounts(
        n=len(gold),
        strengths=tally((label.strength for label in gold), get_args(Strength)),
        verdicts=tally((label.verdict for label in gold), get_args(Verdict)),
    )


# Agreement -------------------------------------------------------------------------------------


def own(people: Decisions) -> dict[str, dict[str, Decision]]:
    """The judgements that annotators made themselves: neither applied by a rule nor copied from a twin."""
    return {
        name: {a: d for a, d in labels.items() if d.judgement is not None and d.source == "human"}
        for name, labels in people.items()
    }


def agreement_of(
    names: Sequence[str],
    people: Decisions,
    commits: Mapping[str, str | None],
    prefilled: Sequence[str],
    resample: bool,
) -> PairAgreement:
    """The agreement of these ``people`` on the attempts that at least two of them judged.

    ``commits`` are the attempts' commits, ``prefilled`` the criteria that checks fill in.
    """
    judged = Counter(attempt for name in names for attempt in people[name])
    common = sorted(attempt for attempt, times in judged.items() if times > 1)
    shared = {attempt: [people[name].get(attempt) for name in names] for attempt in common}

    def agree(
        attempts: Iterable[str], label: Callable[[Decision], str | None], order: Sequence[str] = JUDGEMENTS
    ) -> Agreement:
        units = (
            Unit(cluster_of(a, commits.get(a)), tuple(label(d) if d else None for d in shared[a]))
            for a in attempts
        )
        return agreement(units, order, resample=resample)

    seen = {attempt for attempt, decisions in shared.items() if any(map(_saw_suggestion, decisions))}
    criteria = {c for decisions in shared.values() for d in decisions if d for c in d.criteria}
    return PairAgreement(
        annotators=tuple(names),
        all=agree(shared, lambda d: d.judgement),
        blind=agree(shared, lambda d: d.judgement if d.blind else None),
        suggestion_seen=agree((a for a in shared if a in seen), lambda d: d.judgement),
        suggestion_unseen=agree((a for a in shared if a not in seen), lambda d: d.judgement),
        criteria={
            name: agree(shared, lambda d, name=name: d.criteria.get(name), ANSWERS)  # type: ignore[misc]
            for name in sorted(criteria - set(prefilled))
        },
    )


def _saw_suggestion(decision: Decision | None) -> bool:
    return decision is not None and "suggestion" in decision.saw


def conflicts(people: Decisions, rows: Sequence[StatRow]) -> tuple[Conflict, ...]:
    """The attempts whose judgements differ, ``unsure`` beside another one among them, by id."""
    found = []
    for row in rows:
        given = {
            name: str(labels[row.attempt].judgement)
            for name, labels in people.items()
            if row.attempt in labels
        }
        if len(set(given.values())) > 1:
            settled = row.gold is not None
            found.append(Conflict(attempt=row.attempt, commit=row.commit, judgements=given, settled=settled))
    return tuple(found)


# Suggestions and progress ----------------------------------------------------------------------


def suggestion_use(people: Decisions, rows: Sequence[StatRow], *, resample: bool = True) -> SuggestionUse:
    """Over the judgements of people on attempts that have a suggestion."""
    suggested = {row.attempt: row for row in rows if row.suggestion is not None}
    trials: dict[bool, list[Trial]] = {True: [], False: []}
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, labels in people.items():
        for attempt in sorted(labels.keys() & suggested.keys()):
            row, decision = suggested[attempt], labels[attempt]
            seen = _saw_suggestion(decision)
            trials[seen].append((f"{attempt} {name}", row.commit, decision.judgement == row.suggestion))
            if seen:
                table[str(row.suggestion)][str(decision.judgement)] += 1
    return SuggestionUse(
        seen=rate(trials[True], resample=resample),
        unseen=rate(trials[False], resample=resample),
        table={name: dict(sorted(table[name].items())) for name in sorted(table)},
    )


def progress(people: Decisions, rows: Sequence[StatRow]) -> tuple[LabellingProgress, ...]:
    """How far labelling is: over all attempts, non-empty patches, and marked ones."""
    times = Counter(attempt for labels in people.values() for attempt in labels)
    parts = (
        ("all attempts", rows),
        ("non-empty patches", [row for row in rows if row.non_empty]),
        ("marked success", [row for row in rows if row.marked]),
    )
    return tuple(
        LabellingProgress(
            name=name,
            n=len(part),
            labelled=sum(row.labelled for row in part),
            twice=sum(times[row.attempt] > 1 for row in part),
            gold=sum(row.gold is not None for row in part),
        )
        for name, part in parts
    )
