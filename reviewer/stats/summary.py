"""Everything that statistics say about a set of attempts, as one immutable value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar, get_args

import msgspec

from reviewer.model import JUDGEMENTS, Decision, Judgement, Outcome, Strength, Verdict
from reviewer.stats.agreement import Agreement, agreement
from reviewer.stats.funnel import FunnelLevel, funnel
from reviewer.stats.rates import Rate, Readings, Trial, readings
from reviewer.stats.rows import StatRow, usable, without_copies, without_twins

Decisions = Mapping[str, Mapping[str, Decision]]
"""Annotator → attempt id (as in the rows) → that annotator's decision in force."""

_Labels = dict[str, dict[str, Decision]]
_Name = TypeVar("_Name", bound=str)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over attempts, copies among them; ``malformed`` ones are counted there and nowhere else."""

    attempts: int
    malformed: int
    copies: int
    patch_files: int
    non_empty_patches: int
    acted: int
    marked_success: int
    labelled: int
    true_success: int


class Group(msgspec.Struct, frozen=True):
    """The counts of one run or one commit."""

    name: str
    counts: Counts


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The totals, in the words of ``stats --format json``."""

    runs: int
    attempts: int
    commits: int
    malformed: int
    copies: int
    patch_files: int
    non_empty_patches: int
    acted: int
    marked_success: int
    commits_marked_success: int
    labelled: int


class Denominators(msgspec.Struct, frozen=True):
    """One success rate over all attempts, and over those that acted."""

    all: Readings
    acted: Readings


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The four success rates; copies are left out."""

    marked_success: Denominators
    true_success: Denominators
    true_given_marked: Denominators
    missed_given_unmarked: Denominators


class CheckTally(msgspec.Struct, frozen=True, kw_only=True):
    """How often a check gave each outcome among ``n`` attempts; ``not_run`` has no answer at all.

    ``coverage`` is the share that got an answer, of those that the check applies to (``skip`` does not).
    """

    n: int
    outcomes: dict[Outcome, int]
    not_run: int
    coverage: float | None


class CheckCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One check over all attempts and over the marked ones; copies are left out."""

    name: str
    all: CheckTally
    marked: CheckTally


class AnnotatorCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one person or judge said. ``missing`` counts attempts (no copies) without that one's label."""

    name: str
    labels: int
    missing: int
    judgements: dict[Judgement, int]
    verdicts: dict[Verdict, int]


class PairAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two people on the attempts that both judged themselves: all of them, and those both judged blind."""

    annotators: tuple[str, str]
    all: Agreement
    blind: Agreement


class GoldCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The gold labels by strength and by verdict; copies are left out."""

    n: int
    strengths: dict[Strength, int]
    verdicts: dict[Verdict, int]


class Twins(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts whose patches are identical or contained at one commit: rates with one of each cluster."""

    attempts: int
    clusters: int
    marked_success: Rate
    true_given_marked: Rate


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All statistics of a set of attempts. ``own`` counts the verdicts of the annotator who asks."""

    totals: Totals
    rates: Rates
    funnel: tuple[FunnelLevel, ...]
    checks: tuple[CheckCounts, ...]
    gold: GoldCounts
    own: dict[Verdict, int]
    annotators: tuple[AnnotatorCounts, ...]
    judges: tuple[AnnotatorCounts, ...]
    agreement: tuple[PairAgreement, ...]
    twins: Twins
    runs: tuple[Group, ...]
    commits: tuple[Group, ...]
    damaged: int


def summarise(
    rows: Iterable[StatRow], *, decisions_by_annotator: Decisions | None = None, damaged: int = 0
) -> Summary:
    """Sum up ``rows``, in whatever order they come.

    ``damaged`` is the number of blocks in verdict files that could not be used and are in no figure.
    Decisions on attempts that are not among the usable rows are left out.
    """
    rows = list(rows)
    attempts = usable(rows)
    counted = without_copies(attempts)
    people, judges = _by_kind(attempts, decisions_by_annotator or {})
    return Summary(
        totals=_totals(rows, attempts),
        rates=_rates(counted),
        funnel=funnel(counted),
        checks=_checks(counted),
        gold=_gold(counted),
        own=_tally((row.verdict for row in attempts), get_args(Verdict)),
        annotators=tuple(_annotator(name, labels, counted) for name, labels in people.items()),
        judges=tuple(_annotator(name, labels, counted) for name, labels in judges.items()),
        agreement=_agreement(people),
        twins=_twins(counted),
        runs=_groups((row.run, row) for row in rows),
        commits=_groups((row.commit, row) for row in attempts if row.commit is not None),
        damaged=damaged,
    )


def _counts(rows: Sequence[StatRow]) -> Counts:
    attempts = usable(rows)
    return Counts(
        attempts=len(attempts),
        malformed=len(rows) - len(attempts),
        copies=sum(row.copy_of is not None for row in attempts),
        patch_files=sum(row.patch_exists for row in attempts),
        non_empty_patches=sum(row.non_empty for row in attempts),
        acted=sum(row.acted for row in attempts),
        marked_success=sum(row.marked for row in attempts),
        labelled=sum(row.labelled for row in attempts),
        true_success=sum(row.true is True for row in attempts),
    )


def _groups(named: Iterable[tuple[str, StatRow]]) -> tuple[Group, ...]:
    groups: defaultdict[str, list[StatRow]] = defaultdict(list)
    for name, row in named:
        groups[name].append(row)
    return tuple(Group(name, _counts(groups[name])) for name in sorted(groups))


def _totals(rows: Sequence[StatRow], attempts: Sequence[StatRow]) -> Totals:
    counts = _counts(rows)
    return Totals(
        runs=len({row.run for row in rows}),
        attempts=counts.attempts,
        commits=len({row.commit for row in attempts if row.commit}),
        malformed=counts.malformed,
        copies=counts.copies,
        patch_files=counts.patch_files,
        non_empty_patches=counts.non_empty_patches,
        acted=counts.acted,
        marked_success=counts.marked_success,
        commits_marked_success=len({row.commit for row in attempts if row.commit and row.marked}),
        labelled=counts.labelled,
    )


def _rates(rows: Sequence[StatRow]) -> Rates:
    marked = [row for row in rows if row.marked]
    unmarked = [row for row in rows if not row.marked]
    return Rates(
        marked_success=_denominators(rows, true=False),
        true_success=_denominators(rows),
        true_given_marked=_denominators(marked),
        missed_given_unmarked=_denominators(unmarked),
    )


def _denominators(rows: Sequence[StatRow], *, true: bool = True) -> Denominators:
    return Denominators(all=_readings(rows, true), acted=_readings([row for row in rows if row.acted], true))


def _readings(rows: Sequence[StatRow], true: bool) -> Readings:
    return readings(Trial(row.attempt, row.commit, row.true if true else row.marked) for row in rows)


def _twins(rows: Sequence[StatRow]) -> Twins:
    distinct = without_twins(rows)
    clustered = [row.cluster for row in rows if row.cluster is not None]
    return Twins(
        attempts=len(clustered),
        clusters=len(set(clustered)),
        marked_success=_readings(distinct, true=False).per_attempt,
        true_given_marked=_readings([row for row in distinct if row.marked], true=True).per_attempt,
    )


def _checks(rows: Sequence[StatRow]) -> tuple[CheckCounts, ...]:
    """One entry a check, in the order in which the rows name them."""
    marked = [row for row in rows if row.marked]
    names = dict.fromkeys(name for row in rows for name in row.outcomes)
    return tuple(
        CheckCounts(name=name, all=_check(name, rows), marked=_check(name, marked)) for name in names
    )


def _check(name: str, rows: Sequence[StatRow]) -> CheckTally:
    outcomes: dict[Outcome, int] = _tally((row.outcomes.get(name) for row in rows), get_args(Outcome))
    not_run = len(rows) - sum(outcomes.values())
    applicable = len(rows) - outcomes["skip"]
    answered = applicable - outcomes["unknown"] - not_run
    return CheckTally(
        n=len(rows),
        outcomes=outcomes,
        not_run=not_run,
        coverage=answered / applicable if applicable else None,
    )


def _gold(rows: Sequence[StatRow]) -> GoldCounts:
    gold = [row.gold for row in rows if row.gold is not None]
    return GoldCounts(
        n=len(gold),
        strengths=_tally((label.strength for label in gold), get_args(Strength)),
        verdicts=_tally((label.verdict for label in gold), get_args(Verdict)),
    )


def _tally(values: Iterable[_Name | None], names: Iterable[_Name]) -> dict[_Name, int]:
    """How often each of ``names`` occurs, in their order, those that never do too."""
    counts = Counter(values)
    return {name: counts[name] for name in names}


def _by_kind(attempts: Sequence[StatRow], decisions: Decisions) -> tuple[_Labels, _Labels]:
    """The judgements of people and of judges on these attempts, both by name."""
    ids = {row.attempt for row in attempts}
    people: _Labels = {}
    judges: _Labels = {}
    for name in sorted(decisions):
        for attempt, decision in decisions[name].items():
            if attempt in ids:
                kind = judges if decision.kind == "judge" else people
                kind.setdefault(name, {})[attempt] = decision
    return people, judges


def _annotator(name: str, labels: Mapping[str, Decision], rows: Sequence[StatRow]) -> AnnotatorCounts:
    given = {attempt: label for attempt, label in labels.items() if label.judgement is not None}
    said = [label.judgement for label in given.values() if label.judgement is not None]
    return AnnotatorCounts(
        name=name,
        labels=len(given),
        missing=sum(row.attempt not in given for row in rows),
        judgements=_tally(said, dict.fromkeys((*JUDGEMENTS, *sorted(set(said))))),
        verdicts=_tally((label.verdict for label in given.values()), get_args(Verdict)),
    )


def _agreement(people: _Labels) -> tuple[PairAgreement, ...]:
    """Every pair of people; what a rule said or was copied from a twin is nobody's own judgement."""
    own = {
        name: {a: d for a, d in labels.items() if d.judgement is not None and d.source == "human"}
        for name, labels in people.items()
    }
    return tuple(
        PairAgreement(
            annotators=(a, b),
            all=_agree(own[a], own[b], blind=False),
            blind=_agree(own[a], own[b], blind=True),
        )
        for a, b in combinations(own, 2)
    )


def _agree(first: Mapping[str, Decision], second: Mapping[str, Decision], *, blind: bool) -> Agreement:
    shared = [(first[attempt], second[attempt]) for attempt in sorted(first.keys() & second.keys())]
    return agreement(
        [
            (str(a.judgement), str(b.judgement))
            for a, b in shared
            if not blind or (a.blind is True and b.blind is True)
        ]
    )
