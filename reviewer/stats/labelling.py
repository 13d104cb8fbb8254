"""What annotators and judges said: counts, agreement, disagreements, suggestions taken, progress."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar, get_args

import msgspec

from reviewer.model import JUDGEMENTS, Confidence, Decision, Strength, Verdict
from reviewer.stats.agreement import ANSWERS, Agreement, Unit, agreement
from reviewer.stats.rates import Rate, Trial, rate
from reviewer.stats.rows import StatRow

Decisions = Mapping[str, Mapping[str, Decision]]
"""Annotator → attempt id (as in the rows) → one decision of that annotator."""

HASTY = 2.0
"""Seconds below which nobody can have read a patch."""

_Name = TypeVar("_Name", bound=str)


class AnnotatorCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one person or judge said.

    ``missing`` counts attempts without that one's label: for a judge those that it was asked about (or, where
    that is not recorded, those with a non-empty patch), for a person all (copies left out). ``coverage``
    is ``labels`` over ``labels`` and ``missing``. ``seconds`` is the sum of attention, ``median_seconds``
    of one judgement; ``hasty`` ones took less than :data:`HASTY` seconds.
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


class Progress(msgspec.Struct, frozen=True, kw_only=True):
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
    """What one annotator said of ``rows``."""
    given = {attempt: label for attempt, label in decisions.items() if label.judgement is not None}
    seconds = sorted(label.seconds for label in given.values() if label.seconds is not None)
    own = [label.seconds for label in given.values() if label.source == "human" and label.kind == "human"]
    missing = _missing(decisions, given, rows)
    said = [label.judgement for label in given.values() if label.judgement is not None]
    criteria: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label in given.values():
        for criterion, answer in label.criteria.items():
            criteria[criterion][answer] += 1
    return AnnotatorCounts(
        name=name,
        labels=len(given),
        missing=missing,
        coverage=len(given) / (len(given) + missing) if given or missing else None,
        judgements=tally(said, dict.fromkeys((*JUDGEMENTS, *sorted(set(said))))),
        verdicts=tally((label.verdict for label in given.values()), get_args(Verdict)),
        criteria={name: tally(criteria[name].elements(), ANSWERS) for name in sorted(criteria)},
        tags=dict(sorted(Counter(tag for label in given.values() for tag in label.tags).items())),
        confidence=tally((label.confidence for label in given.values()), get_args(Confidence)),
        blind=sum(label.blind is True for label in given.values()),
        seconds=sum(seconds) if seconds else None,
        median_seconds=_median(seconds),
        hasty=sum(taken is not None and taken < HASTY for taken in own),
    )


def _missing(
    decisions: Mapping[str, Decision], given: Mapping[str, Decision], rows: Sequence[StatRow]
) -> int:
    if any(decision.kind == "judge" for decision in decisions.values()):
        if len(decisions) > len(given):
            return len(decisions) - len(given)
        return sum(row.non_empty and row.attempt not in given for row in rows)
    return sum(row.attempt not in given for row in rows)


def _median(ordered: Sequence[float]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


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
    """Judgements that are their annotator's own: what a rule said or was copied from a twin is nobody's."""
    return {
        name: {a: d for a, d in labels.items() if d.judgement is not None and d.source == "human"}
        for name, labels in people.items()
    }


def pairs(
    people: Decisions, commits: Mapping[str, str | None], prefilled: Sequence[str], *, resample: bool = True
) -> tuple[PairAgreement, ...]:
    """Every two people; ``commits`` are the attempts' commits, ``prefilled`` the criteria that checks fill in."""
    return tuple(
        together((a, b), people, commits, prefilled, resample=resample) for a, b in combinations(people, 2)
    )


def together(
    names: Sequence[str],
    people: Decisions,
    commits: Mapping[str, str | None],
    prefilled: Sequence[str],
    *,
    resample: bool = True,
) -> PairAgreement:
    """The agreement of these people; what only one of them judged counts for nobody."""
    met = Counter(attempt for name in names for attempt in people[name])
    shared = {
        attempt: [people[name].get(attempt) for name in names] for attempt in sorted(met) if met[attempt] > 1
    }

    def agree(wanted: Iterable[tuple[str, list[Decision | None]]]) -> Agreement:
        return agreement(
            [
                Unit(_cluster(attempt, commits), tuple(d.judgement if d else None for d in said))
                for attempt, said in wanted
            ],
            resample=resample,
        )

    everything = list(shared.items())
    criteria = {c for said in shared.values() for d in said if d for c in d.criteria} - set(prefilled)
    return PairAgreement(
        annotators=tuple(names),
        all=agree(everything),
        blind=agree((attempt, [d if d and d.blind else None for d in said]) for attempt, said in everything),
        suggestion_seen=agree((a, s) for a, s in everything if any(_saw(d) for d in s)),
        suggestion_unseen=agree((a, s) for a, s in everything if not any(_saw(d) for d in s)),
        criteria={
            name: agreement(
                [
                    Unit(_cluster(attempt, commits), tuple(d.criteria.get(name) if d else None for d in said))
                    for attempt, said in everything
                ],
                ANSWERS,
                resample=resample,
            )
            for name in sorted(criteria)
        },
    )


def _cluster(attempt: str, commits: Mapping[str, str | None]) -> str:
    return commits.get(attempt) or f"/{attempt}"


def _saw(decision: Decision | None) -> bool:
    return decision is not None and "suggestion" in decision.saw


def conflicts(people: Decisions, rows: Sequence[StatRow]) -> tuple[Conflict, ...]:
    """The attempts whose judgements differ, ``unsure`` beside another one among them, by id."""
    found = []
    for row in rows:
        said = {
            name: str(labels[row.attempt].judgement)
            for name, labels in people.items()
            if row.attempt in labels
        }
        if len(set(said.values())) > 1:
            settled = row.gold is not None
            found.append(Conflict(attempt=row.attempt, commit=row.commit, judgements=said, settled=settled))
    return tuple(found)


# Suggestions and progress ----------------------------------------------------------------------


def suggestion_use(people: Decisions, rows: Sequence[StatRow], *, resample: bool = True) -> SuggestionUse:
    """Over the judgements of people on attempts that have a suggestion."""
    suggested = {row.attempt: row for row in rows if row.suggestion is not None}
    seen: list[Trial] = []
    unseen: list[Trial] = []
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, labels in people.items():
        for attempt in sorted(labels.keys() & suggested.keys()):
            row, decision = suggested[attempt], labels[attempt]
            trial = Trial(f"{attempt} {name}", row.commit, decision.judgement == row.suggestion)
            (seen if _saw(decision) else unseen).append(trial)
            if _saw(decision):
                table[str(row.suggestion)][str(decision.judgement)] += 1
    return SuggestionUse(
        seen=rate(seen, resample=resample),
        unseen=rate(unseen, resample=resample),
        table={name: dict(sorted(table[name].items())) for name in sorted(table)},
    )


def progress(people: Decisions, rows: Sequence[StatRow]) -> tuple[Progress, ...]:
    """How far labelling is: over all attempts, non-empty patches, and marked ones."""
    times = Counter(attempt for labels in people.values() for attempt in labels)
    parts = (
        ("all attempts", rows),
        ("non-empty patches", [row for row in rows if row.non_empty]),
        ("marked success", [row for row in rows if row.marked]),
    )
    return tuple(
        Progress(
            name=name,
            n=len(part),
            labelled=sum(row.labelled for row in part),
            twice=sum(times[row.attempt] > 1 for row in part),
            gold=sum(row.gold is not None for row in part),
        )
        for name, part in parts
    )
