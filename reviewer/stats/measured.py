"""What measurements say of attempts: how many could be measured, and what each rule makes of those that were.

Rules, each over the results in which base and patched side have a value of the main metric:

- *interval*: the 95 % interval of the ratio lies above or below 1 (:mod:`reviewer.checks.measuring.ratios`);
- *threshold*: the ratio is at least 1 + t, or at most 1 / (1 + t); t is 5 % as a rule;
- *harness*: what the benchmark's own ``improvement`` says;
- *published*: the agent is within 5 % of the human or better (arXiv 2602.19594, "hard metric": (human − agent) / human of
  a time, (agent − human) / human of a throughput, at least −5 %), over the results with all three sides.

The *do-nothing control* puts the base in the agent's place: what a rule gives to a patch that changes nothing. Under the
published rule that is the base of the same result; under *interval* and *threshold* another measurement of the base, made
in the same way at the same commit, since the same one would differ from itself by nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

import msgspec
from msgspec.structs import replace

from reviewer.checks.measured import best_of
from reviewer.checks.measuring import compare_sides
from reviewer.checks.measuring.ratios import leading_metric, same_code_values
from reviewer.checks.measuring.validity import is_cpu
from reviewer.measurement import (
    ROUNDING,
    Failure,
    Joined,
    MeasuredComparison,
    Measurement,
    Ratio,
    SideResult,
)
from reviewer.model import Judgement
from reviewer.stats.rates import Rate, rate

THRESHOLD = 0.05
THRESHOLDS = (0.01, 0.02, THRESHOLD, 0.1, 0.2)
"""The thresholds for which rules are computed beside the usual one."""


class MeasuredAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt with what was measured of it, all measurements; ``judgement`` is gold, ``None`` without it."""

    attempt: str
    commit: str | None
    agent: str | None
    judgement: Judgement | None
    comparisons: tuple[MeasuredComparison, ...]


class RuleCounts(msgspec.Struct, frozen=True):
    """What a rule makes of results."""

    faster: int
    slower: int
    no_difference: int


class Improvement(msgspec.Struct, frozen=True):
    """How many results their harness calls an improvement."""

    improvement: int


class Published(msgspec.Struct, frozen=True):
    """Of ``n`` results with all three sides: the agent's successes, and those of a patch that does nothing."""

    n: int
    agent: int
    do_nothing: int


class DoNothing(msgspec.Struct, frozen=True):
    """What the rules make of another measurement of the base in the patch's place, of ``n`` results that have one."""

    n: int
    interval: RuleCounts
    threshold_5: RuleCounts


class Rules(msgspec.Struct, frozen=True):
    """Every rule on the same results."""

    interval: RuleCounts
    threshold_5: RuleCounts
    harness: Improvement
    published: Published


class Spread(msgspec.Struct, frozen=True):
    """How far the base's values differ at commits that have several: largest over smallest, measured in one way."""

    commits: int
    median: float | None
    largest: float | None


class ThresholdCounts(msgspec.Struct, frozen=True):
    """The rules with another threshold."""

    threshold: float
    counts: RuleCounts
    published: Published


class FailureCount(msgspec.Struct, frozen=True):
    """How many results failed for one reason."""

    blame: str
    reason: str
    count: int


class AgentCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one agent; ``differences`` are those of the interval rule."""

    agent: str
    results: int
    measured: int
    environment_failures: int
    patch_failures: int
    differences: RuleCounts


class UndecidedCommit(msgspec.Struct, frozen=True):
    """A commit at which no rule can tell: the human's own change is not faster than the base beyond noise."""

    commit: str
    ratio: Ratio


class MeasurementSummary(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Counts are of results but for the rates and ``cells``, which count attempts.

    A result is one of: ``no_patch``, ``environment_failures``, ``patch_failures``, ``unexplained_failures``, ``measured``,
    ``without_values`` (not both sides have a value, and its harness calls it a success or gives no failure).
    ``off_path`` and ``on_cpu`` are of those with a patched side that ran.
    ``cells`` has the attempts by gold judgement and whether the interval rule calls them faster.
    """

    files: int
    results: int
    joined: int
    no_patch: int
    environment_failures: int
    patch_failures: int
    unexplained_failures: int
    without_values: int
    measured: int
    off_path: int
    on_cpu: int
    rules: Rules
    base_spread: Spread
    do_nothing: DoNothing
    thresholds: tuple[ThresholdCounts, ...]
    failures: tuple[FailureCount, ...]
    faster: Rate
    no_difference: Rate
    slower: Rate
    agents: tuple[AgentCounts, ...]
    undecided: tuple[UndecidedCommit, ...]
    cells: dict[Judgement, dict[str, tuple[str, ...]]]


def summarise_measurements(
    attempts: Iterable[MeasuredAttempt],
    results: Sequence[tuple[str | None, MeasuredComparison]],
    *,
    resample: bool = True,
) -> MeasurementSummary:
    """Sum up what was measured.

    ``results`` are all that are given, with the full hash of their commit, also those of attempts that are not open; each
    counts once, of however many attempts it may be. Without ``resample`` intervals that have to be drawn are left for later.
    """
    attempts = list(attempts)
    agents = {
        found.joined.measurement.key: attempt.agent for attempt in attempts for found in attempt.comparisons
    }
    found = [result for _, result in results]
    kinds = _kinds(found)
    measured = kinds["measured"]
    decided = {attempt.attempt: _difference(attempt) for attempt in attempts}
    trials = [(attempt, decided[attempt.attempt]) for attempt in attempts if decided[attempt.attempt]]
    return MeasurementSummary(
        files=len({result.joined.measurement.file for result in found}),
        results=len(found),
        joined=sum(result.joined.candidates > 0 for result in found),
        **{name: len(group) for name, group in kinds.items()},
        off_path=sum(_agent_side(result, lambda side: side.on_path is False) for result in found),
        on_cpu=sum(_agent_side(result, lambda side: is_cpu(side.device or "")) for result in found),
        rules=Rules(
            _by_interval(measured),
            _by_threshold(measured, THRESHOLD),
            Improvement(sum(result.joined.measurement.improvement is True for result in found)),
            _published(measured, THRESHOLD),
        ),
        base_spread=_base_spread(results),
        thresholds=tuple(
            ThresholdCounts(t, _by_threshold(measured, t), _published(measured, t)) for t in THRESHOLDS
        ),
        failures=_failures(
            result for name, group in kinds.items() if name.endswith("_failures") for result in group
        ),
        do_nothing=_do_nothing(results),
        faster=_rate(trials, "faster", resample=resample),
        no_difference=_rate(trials, "no difference", resample=resample),
        slower=_rate(trials, "slower", resample=resample),
        agents=_by_agent(found, agents),
        undecided=_undecided(results),
        cells=_cells(attempts, decided),
    )


def _kinds(results: Iterable[MeasuredComparison]) -> dict[str, list[MeasuredComparison]]:
    """The results by what became of them, under the names of the summary's fields."""
    kinds: dict[str, list[MeasuredComparison]] = {
        name: []
        for name in (
            "no_patch",
            "environment_failures",
            "patch_failures",
            "unexplained_failures",
            "without_values",
            "measured",
        )
    }
    for found in results:
        failure = main_failure(found)
        if found.ratio("agent") is not None:
            kinds["measured"].append(found)
        elif found.joined.measurement.status == "no_patch":
            kinds["no_patch"].append(found)
        elif failure is None or found.joined.measurement.status == "success":
            kinds["without_values"].append(found)
        else:
            kind = "unexplained" if failure.blame == "unknown" else failure.blame
            kinds[f"{kind}_failures"].append(found)
    return kinds


def main_failure(comparison: MeasuredComparison) -> Failure | None:
    """The failure that decides whose fault it is that a result has no ratio: the patched side's, else any."""
    return max(comparison.failures, key=lambda failure: failure.side == "agent", default=None)


def _agent_side(comparison: MeasuredComparison, holds: Callable[[SideResult], bool]) -> bool:
    side = comparison.joined.measurement.side("agent")
    return side is not None and holds(side)


def _by_interval(results: Iterable[MeasuredComparison]) -> RuleCounts:
    found = [ratio.difference for result in results if (ratio := result.ratio("agent")) is not None]
    return RuleCounts(found.count("faster"), found.count("slower"), found.count("no difference"))


def _by_threshold(results: Iterable[MeasuredComparison], threshold: float) -> RuleCounts:
    ratios = [ratio.ratio for result in results if (ratio := result.ratio("agent")) is not None]
    faster = sum(_reaches(ratio, 1 + threshold) for ratio in ratios)
    slower = sum(_reaches(1 / ratio, 1 + threshold) for ratio in ratios)
    return RuleCounts(faster, slower, len(ratios) - faster - slower)


def _published(results: Iterable[MeasuredComparison], threshold: float) -> Published:
    n = agent = nothing = 0
    for result in results:
        to_human, human = result.ratio("agent", "human"), result.ratio("human")
        if to_human is not None and human is not None:
            least = 1 - threshold if _is_rate(result) else 1 / (1 + threshold)
            n += 1
            agent += _reaches(to_human.ratio, least)
            nothing += _reaches(1 / human.ratio, least)
    return Published(n, agent, nothing)


def _reaches(ratio: float, least: float) -> bool:
    """Whether a ratio, which went through logarithms, is at least as large as another number."""
    return ratio >= least * (1 - ROUNDING)


def _is_rate(result: MeasuredComparison) -> bool:
    """Whether more of the main metric is better, as of a throughput."""
    found = (side.find(result.metric) for side in result.joined.measurement.sides)
    return any(series is not None and series.better == "higher" for series in found)


def _base_spread(results: Iterable[tuple[str | None, MeasuredComparison]]) -> Spread:
    spreads = []
    for measurements in _bases_by_commit(results):
        groups = [_same_bases(measurement, measurements) for measurement in measurements]
        if any(len(values) > 1 for values in groups):
            spreads.append(max(max(values) / min(values) for values in groups if values))
    return Spread(len(spreads), median(spreads) if spreads else None, max(spreads, default=None))


def _bases_by_commit(results: Iterable[tuple[str | None, MeasuredComparison]]) -> list[list[Measurement]]:
    """The measurements that have values of the base, those of one commit together."""
    by_commit: dict[str, list[Measurement]] = defaultdict(list)
    for commit, result in results:
        base = result.joined.measurement.side("base")
        if commit is not None and base is not None and base.series:
            by_commit[commit].append(result.joined.measurement)
    return list(by_commit.values())


def _same_bases(measurement: Measurement, others: Iterable[Measurement]) -> tuple[float, ...]:
    base = measurement.side("base")
    metric = leading_metric(series.metric for series in base.series) if base is not None else None
    alike = (other for other in others if other.form == measurement.form)
    return same_code_values(measurement, alike, "base", metric) if metric is not None else ()


def _do_nothing(results: Iterable[tuple[str | None, MeasuredComparison]]) -> DoNothing:
    """Each base against the next one of its commit that was measured in the same way."""
    found = []
    for measurements in _bases_by_commit(results):
        for number, measurement in enumerate(measurements):
            others = [*measurements[number + 1 :], *measurements[:number]]
            peer = next((other for other in others if len(_same_bases(measurement, [other])) > 1), None)
            base, again = measurement.side("base"), peer.side("base") if peer is not None else None
            if base is not None and again is not None:
                pair = replace(measurement, sides=(base, replace(again, side="agent")))
                found.append(compare_sides(Joined(measurement=pair, joint="beside"), others))
    interval = _by_interval(found)
    n = interval.faster + interval.slower + interval.no_difference
    return DoNothing(n, interval, _by_threshold(found, THRESHOLD))


def _failures(results: Iterable[MeasuredComparison]) -> tuple[FailureCount, ...]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for result in results:
        failure = main_failure(result)
        if failure is not None:
            counts[failure.blame, failure.reason] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FailureCount(blame, reason, count) for (blame, reason), count in ordered)


def _difference(attempt: MeasuredAttempt) -> str | None:
    """What the interval rule says of an attempt's own patch, ``None`` where it is not known."""
    certain = [found for found in attempt.comparisons if found.joined.certain]
    ratio = best_of(certain).ratio("agent") if certain else None
    return ratio.difference if ratio is not None else None


def _rate(trials: Iterable[tuple[MeasuredAttempt, str | None]], difference: str, *, resample: bool) -> Rate:
    found = [(attempt.attempt, attempt.commit, decided == difference) for attempt, decided in trials]
    return rate(found, resample=resample)


def _by_agent(
    results: Iterable[MeasuredComparison], agents: Mapping[tuple[str, int], str | None]
) -> tuple[AgentCounts, ...]:
    by_agent: dict[str, list[MeasuredComparison]] = defaultdict(list)
    for result in results:
        measurement = result.joined.measurement
        by_agent[agents.get(measurement.key) or measurement.agent or "?"].append(result)
    found = []
    for agent, own in sorted(by_agent.items()):
        kinds = _kinds(own)
        found.append(
            AgentCounts(
                agent=agent,
                results=len(own),
                measured=len(kinds["measured"]),
                environment_failures=len(kinds["environment_failures"]),
                patch_failures=len(kinds["patch_failures"]),
                differences=_by_interval(kinds["measured"]),
            )
        )
    return tuple(found)


def _undecided(results: Iterable[tuple[str | None, MeasuredComparison]]) -> tuple[UndecidedCommit, ...]:
    """The commits at which no measurement shows the human's change to be faster, with the closest to that."""
    ratios: dict[str, list[Ratio]] = defaultdict(list)
    for commit, result in results:
        if commit is not None and (ratio := result.ratio("human")) is not None:
            ratios[commit].append(ratio)
    return tuple(
        UndecidedCommit(commit, max(found, key=lambda ratio: ratio.low))
        for commit, found in sorted(ratios.items())
        if all(ratio.difference != "faster" for ratio in found)
    )


def _cells(
    attempts: Iterable[MeasuredAttempt], decided: Mapping[str, str | None]
) -> dict[Judgement, dict[str, tuple[str, ...]]]:
    cells: dict[Judgement, dict[str, list[str]]] = defaultdict(lambda: {"faster": [], "not faster": []})
    for attempt in attempts:
        difference = decided[attempt.attempt]
        if attempt.judgement is not None and difference is not None:
            cells[attempt.judgement]["faster" if difference == "faster" else "not faster"].append(
                attempt.attempt
            )
    return {
        judgement: {name: tuple(sorted(found)) for name, found in cell.items()}
        for judgement, cell in sorted(cells.items())
    }
