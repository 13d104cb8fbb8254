"""All statistics of a set of attempts, as one immutable value."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, get_args

import msgspec

from reviewer.model import Outcome, Verdict
from reviewer.stats import groups, labelling
from reviewer.stats.defects import Defect, Relation, defects, relation_rates
from reviewer.stats.distributions import Distribution, distribution
from reviewer.stats.errors import Count, Errors, errors, without_message
from reviewer.stats.funnel import FunnelLevel, funnel
from reviewer.stats.labelling import tally
from reviewer.stats.measured import MeasurementSummary
from reviewer.stats.rates import (
    Bounds,
    PassAt,
    Rate,
    Readings,
    bounds,
    is_marked,
    is_true,
    pass_at,
    rate_of,
    readings,
    trials_of,
    true_given_marked,
)
from reviewer.stats.rows import (
    WITHOUT,
    HumanChange,
    StatRow,
    outcome_counts,
    well_formed,
    without_copies,
    without_twins,
)
from reviewer.stats.scorecards import Scorecard, control_rate, scorecards
from reviewer.stats.weighted import Weighted
from reviewer.verdicts.rubric import PREFILLED

PASS_AT = (1, 2, 3, 5, 10)


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures are about, in words: which attempts, and whose labels."""

    attempts: str = "all attempts"
    labels: str = "gold"


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
    """One check over all attempts and over the marked ones; copies are left out.

    ``control`` is how often it fails human patches, over commits; ``None`` where it was not asked.
    """

    name: str
    all: CheckTally
    marked: CheckTally
    control: Rate | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is computed of all attempts and, beside that, without some of them; malformed ones and copies are left out.

    ``bounds`` has true success by denominator (``all``, ``acted``, ``marked``) and reading.
    """

    rates: Rates
    pass_at: dict[str, tuple[PassAt, ...]] = {}
    bounds: dict[str, dict[str, Bounds]]
    funnel: tuple[FunnelLevel, ...]
    defects: tuple[Defect, ...] = ()
    relations: tuple[Relation, ...] = ()
    """How often the files of a patch stand in which relation to the human's."""
    checks: tuple[CheckCounts, ...] = ()
    breakdowns: dict[str, tuple[groups.GroupFigures, ...]] = {}


class Variant(Figures, frozen=True, kw_only=True):
    """The figures once more without some attempts: ``name`` says which are left out, ``excluded`` how many.

    ``breakdowns`` has agents and models. Of more than :data:`SIDE_BY_SIDE` attempts, there are ``rates``,
    ``bounds``, ``funnel`` and ``without_message`` alone. All else without them is one more summary, of the rows that
    :data:`~reviewer.stats.rows.WITHOUT` leaves.
    """

    name: str
    excluded: int = msgspec.field(name="left_out")
    without_message: Rate


class Twins(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts whose patches are identical or contained at one commit: rates with one of each cluster."""

    attempts: int
    clusters: int
    marked_success: Rate
    true_given_marked: Rate


class DesignRate(msgspec.Struct, frozen=True, kw_only=True):
    """The rate in the frame of one random queue, from its labels. ``refused`` is why its design cannot be used."""

    queue: str
    design: str
    refused: str | None
    true_success: Weighted | None


class Summary(Figures, frozen=True, kw_only=True):
    """All statistics of a set of attempts. ``own`` counts the verdicts of the annotator who asks.

    ``errors``, ``distributions``, ``scorecards`` and ``gold`` leave malformed attempts and copies out, too.
    ``breakdowns``, with copies, divides attempts by agent, model, day, status, size of the run, complexity of the human change, what the prompt gives away and
    what it lacks; ``patch_sizes`` sorts them into classes. ``conflicts`` are people's disagreements;
    ``everyone`` is the agreement of all people, where there are more than two. ``convenience`` says that
    labels are there but were not drawn at random: rates of true success speak for the labelled
    attempts alone. ``damaged`` blocks of verdict files are in no figure, nor are decisions on attempts
    that are ``gone``. ``measurements`` is ``None`` where none are given.
    """

    scope: Scope
    totals: Totals
    variants: tuple[Variant, ...]
    errors: Errors
    distributions: tuple[Distribution, ...]
    patch_sizes: tuple[Count, ...]
    scorecards: tuple[Scorecard, ...]
    gold: labelling.GoldCounts
    own: dict[Verdict, int]
    annotators: tuple[labelling.AnnotatorCounts, ...]
    judges: tuple[labelling.AnnotatorCounts, ...]
    agreement: tuple[labelling.PairAgreement, ...]
    everyone: labelling.PairAgreement | None
    conflicts: tuple[labelling.Conflict, ...]
    suggestions: labelling.SuggestionUse
    progress: tuple[labelling.LabellingProgress, ...]
    twins: Twins
    designs: tuple[DesignRate, ...]
    convenience: bool
    runs: tuple[groups.RunFigures, ...]
    commits: tuple[groups.CommitFigures, ...]
    damaged: int
    gone: int
    measurements: MeasurementSummary | None = None


def summarise(
    rows: Iterable[StatRow],
    *,
    decisions_by_annotator: labelling.Decisions | None = None,
    independent: labelling.Decisions | None = None,
    changes: Mapping[str, HumanChange] | None = None,
    controls: Mapping[str, Mapping[Outcome, int]] | None = None,
    designs: Sequence[DesignRate] = (),
    scope: Scope | None = None,
    prefilled: Sequence[str] = PREFILLED,
    damaged: int = 0,
    gone: int = 0,
    measurements: MeasurementSummary | None = None,
    resample: bool = True,
) -> Summary:
    """Sum up ``rows``, in whatever order they come.

    ``decisions_by_annotator`` are in force, ``independent`` those from before an annotator saw more (default:
    the same): agreement uses these. Decisions on other attempts are left out. ``changes`` are the human sides
    by commit, ``controls`` count each check's outcomes on human patches. Without ``resample`` intervals that
    have to be drawn are left for later, and numpy is not loaded.
    """
    rows, changes, controls = list(rows), changes or {}, controls or {}
    attempts = well_formed(rows)
    counted = without_copies(attempts)
    people, judges = labelling.by_kind(attempts, decisions_by_annotator or {})
    own = labelling.own(labelling.by_kind(counted, independent or decisions_by_annotator or {})[0])
    commits = {row.attempt: row.commit for row in counted}
    agree = partial(
        labelling.agreement_of, people=own, commits=commits, prefilled=prefilled, resample=resample
    )
    sizes = tally(map(groups.patch_class, counted), groups.PATCH_CLASSES)
    return Summary(
        scope=scope or Scope(),
        totals=_totals(rows, attempts),
        **_figures(counted, attempts, groups.divisions(attempts, changes), controls, resample),
        variants=_variants(counted, controls, resample),
        errors=errors(counted, resample=resample),
        distributions=_distributions(counted),
        patch_sizes=tuple(Count(*item) for item in sizes.items()),
        scorecards=scorecards(counted, judges, controls, resample=resample),
        gold=labelling.gold_counts(counted),
        own=tally((row.verdict for row in attempts), get_args(Verdict)),
        annotators=tuple(labelling.annotator(name, labels, counted) for name, labels in people.items()),
        judges=tuple(labelling.annotator(name, labels, counted) for name, labels in judges.items()),
        agreement=tuple(map(agree, combinations(own, 2))),
        everyone=agree(tuple(own)) if len(own) > 2 else None,
        conflicts=labelling.conflicts(own, counted),
        suggestions=labelling.suggestion_use(own, counted, resample=resample),
        progress=labelling.progress(own, counted),
        twins=_twins(counted, resample),
        designs=tuple(designs),
        convenience=_is_convenience(counted, designs),
        runs=groups.runs(rows, resample=resample),
        commits=groups.commits(attempts, changes),
        damaged=damaged,
        gone=gone,
        measurements=measurements,
    )


def _totals(rows: Sequence[StatRow], attempts: Sequence[StatRow]) -> Totals:
    counts = msgspec.structs.asdict(groups.count(rows))
    del counts["true_success"]
    return Totals(
        runs=len({row.run for row in rows}),
        commits=len({row.commit for row in attempts if row.commit}),
        commits_marked_success=len({row.commit for row in attempts if row.commit and row.marked}),
        **counts,
    )


def _is_convenience(rows: Sequence[StatRow], designs: Sequence[DesignRate]) -> bool:
    """Whether only some rows have labels, and no random design says which ones."""
    drawn = any(design.true_success is not None for design in designs)
    return not drawn and 0 < sum(row.gold is not None for row in rows) < len(rows)


# Rates -----------------------------------------------------------------------------------------


def _figures(
    rows: Sequence[StatRow],
    divided: Sequence[StatRow],
    parts: Mapping[str, Callable[[StatRow], str | None]],
    controls: Mapping[str, Mapping[Outcome, int]],
    resample: bool,
) -> dict[str, Any]:
    """The fields of :class:`Figures` over ``rows``, with a breakdown of ``divided`` into each of ``parts``."""
    return {
        "rates": _rates(rows, resample),
        "pass_at": _pass_at(rows, resample),
        "bounds": _bounds(rows),
        "funnel": funnel(rows),
        "defects": defects(rows, resample=resample),
        "relations": relation_rates(rows, resample=resample),
        "checks": _checks(rows, controls),
        "breakdowns": {
            name: groups.breakdown(divided, part, resample=resample) for name, part in parts.items()
        },
    }


def _rates(rows: Sequence[StatRow], resample: bool) -> Rates:
    def over(rows: Sequence[StatRow], success: Callable[[StatRow], bool | None]) -> Denominators:
        acted = (row for row in rows if row.acted)
        return Denominators(
            all=readings(trials_of(rows, success), resample=resample),
            acted=readings(trials_of(acted, success), resample=resample),
        )

    return Rates(
        marked_success=over(rows, is_marked),
        true_success=over(rows, is_true),
        true_given_marked=over([row for row in rows if row.marked], is_true),
        missed_given_unmarked=over([row for row in rows if is_marked(row) is False], is_true),
    )


def _pass_at(rows: Sequence[StatRow], resample: bool) -> dict[str, tuple[PassAt, ...]]:
    """pass@k of marked and of true success, for each k that some commit has attempts enough for."""
    found = {}
    for name, success in (("marked_success", is_marked), ("true_success", is_true)):
        trials = trials_of(rows, success)
        chances = (pass_at(trials, k, resample=resample) for k in PASS_AT)
        found[name] = tuple(chance for chance in chances if chance.rate.n)
    return found


def _bounds(rows: Sequence[StatRow]) -> dict[str, dict[str, Bounds]]:
    return {
        "all": bounds(trials_of(rows, is_true)),
        "acted": bounds(trials_of((row for row in rows if row.acted), is_true)),
        "marked": bounds(trials_of((row for row in rows if row.marked), is_true)),
    }


SIDE_BY_SIDE = 20_000
"""Of more attempts only success rates and funnel are computed with and without: all else doubles the time."""
BESIDE = ("agent", "model")
"""The divisions whose parts are computed with and without attempts that are not independent."""


def _variants(
    rows: Sequence[StatRow], controls: Mapping[str, Mapping[Outcome, int]], resample: bool
) -> tuple[Variant, ...]:
    found = []
    for exclusion in WITHOUT.values():
        kept = exclusion.keep(rows)
        if len(kept) == len(rows):
            continue
        figures: dict[str, Any]
        if len(rows) > SIDE_BY_SIDE:
            figures = {"rates": _rates(kept, resample), "bounds": _bounds(kept), "funnel": funnel(kept)}
        else:
            parts = groups.divisions(kept, {})
            figures = _figures(kept, kept, {name: parts[name] for name in BESIDE}, controls, resample)
        silent = without_message(kept, resample=resample)
        excluded = len(rows) - len(kept)
        found.append(Variant(name=exclusion.name, excluded=excluded, without_message=silent, **figures))
    return tuple(found)


def _twins(rows: Sequence[StatRow], resample: bool) -> Twins:
    distinct = without_twins(rows)
    clustered = [row.cluster for row in rows if row.cluster is not None]
    return Twins(
        attempts=len(clustered),
        clusters=len(set(clustered)),
        marked_success=rate_of(distinct, is_marked, resample=resample),
        true_given_marked=true_given_marked(distinct, resample=resample),
    )


# Checks and distributions ----------------------------------------------------------------------


def _checks(
    rows: Sequence[StatRow], controls: Mapping[str, Mapping[Outcome, int]]
) -> tuple[CheckCounts, ...]:
    """One entry a check, in the order in which the rows name them."""
    marked = [row for row in rows if row.marked]
    of_marked = outcome_counts(marked)
    return tuple(
        CheckCounts(
            name=name,
            all=_check(counts, len(rows)),
            marked=_check(of_marked[name], len(marked)),
            control=control_rate(controls.get(name)),
        )
        for name, counts in outcome_counts(rows).items()
    )


def _check(counts: Counter[Outcome], n: int) -> CheckTally:
    outcomes: dict[Outcome, int] = {outcome: counts[outcome] for outcome in get_args(Outcome)}
    not_run = n - counts.total()
    applicable = n - outcomes["skip"]
    answered = applicable - outcomes["unknown"] - not_run
    coverage = answered / applicable if applicable else None
    return CheckTally(n=n, outcomes=outcomes, not_run=not_run, coverage=coverage)


def _distributions(rows: Sequence[StatRow]) -> tuple[Distribution, ...]:
    per_commit = Counter(row.commit for row in rows if row.commit)
    return (
        distribution("attempts per commit", "attempts", per_commit.values()),
        distribution("patch size", "bytes", (row.patch_bytes for row in rows)),
        distribution("duration", "seconds", (row.duration for row in rows)),
        distribution("steps", "steps", (row.steps for row in rows)),
        distribution("tokens", "tokens", (row.tokens for row in rows)),
        distribution("cost", "US dollars", (row.cost for row in rows)),
    )
