"""What was measured, summed up: the benchmark owners' own counts, and figures computed another way."""

import json
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import pytest
from msgspec.structs import astuple

from reviewer.checks.measuring import compare_sides
from reviewer.config import read_toml, workspace
from reviewer.measurement import Joined, MeasuredComparison, Measurement, MetricValues, SideResult
from reviewer.model import Gold, Side
from reviewer.project.claims import examine
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.stats.claims import HOLDS, UNKNOWN, ClaimsFile
from reviewer.stats.measured import (
    MeasuredAttempt,
    MeasurementSummary,
    Published,
    RuleCounts,
    summarise_measurements,
)
from reviewer.stats.rates import plain_rate
from reviewer.stats.rows import StatRow
from reviewer.stats.selection import select

DATA = Path(__file__).parents[1] / "data"


def _measurement(number: int, **values: float) -> Measurement:
    sides = tuple(
        SideResult(side=_side(name), series=(MetricValues("avg_ms", (value,), "ms", "lower"),), runs=50)
        for name, value in values.items()
    )
    return Measurement(form="test", file=f"{number}.json", status="success", sides=sides)


def _side(name: str) -> Side:
    return {"base": "base", "human": "human", "agent": "agent"}[name]  # type: ignore[return-value]


def _results(*measurements: Measurement) -> list[tuple[str | None, MeasuredComparison]]:
    return [
        (f"c{number}", compare_sides(Joined(measurement=measurement, joint="beside"), [measurement]))
        for number, measurement in enumerate(measurements)
    ]


MEASURED = (
    _measurement(0, base=10.0, human=5.0, agent=4.9),
    _measurement(1, base=10.0, human=9.9, agent=10.1),
    _measurement(2, base=10.0, human=8.0, agent=12.0),
    _measurement(3, base=10.0, agent=9.7),
)


def test_every_rule_and_the_control_that_does_nothing() -> None:
    found = summarise_measurements((), _results(*MEASURED))
    assert (found.measured, found.rules.interval) == (4, RuleCounts(1, 1, 2))
    assert found.rules.threshold_5 == RuleCounts(1, 1, 2)
    published = found.rules.published
    assert (published.n, published.agent, published.do_nothing) == (3, 2, 1)
    assert [each.commit for each in found.undecided] == ["c1"]


def test_a_difference_of_5_percent_as_it_is_written_is_one() -> None:
    pairs = [
        (number, round(number * 1.05, 2)) for number in (1.0, 3.0, 7.0, 10.0, 60.0, 100.0, 300.0, 7000.0)
    ]
    results = [
        _measurement(number, base=base, human=human, agent=agent)
        for number, (base, human, agent) in enumerate(
            [(more, less, less) for less, more in pairs] + [(less, less, more) for less, more in pairs]
        )
    ]
    rules = summarise_measurements((), _results(*results)).rules
    assert rules.threshold_5 == RuleCounts(len(pairs), len(pairs), 0)
    assert rules.published == Published(len(results), len(results), len(results))


def test_a_throughput_is_published_the_other_way_round() -> None:
    sides = [
        SideResult(side=_side(name), series=(MetricValues("throughput", (value,), "tok/s", "higher"),))
        for name, value in (("base", 95.1), ("human", 100.0), ("agent", 94.9))
    ]
    found = summarise_measurements((), _results(Measurement(form="test", file="t.json", sides=tuple(sides))))
    assert (found.rules.published.agent, found.rules.published.do_nothing) == (0, 1)


def test_judgements_stand_against_measurements_with_the_attempts() -> None:
    attempts = [
        MeasuredAttempt(
            attempt=f"a{number}", commit=commit, agent="x", judgement=judgement, comparisons=(result,)
        )
        for number, ((commit, result), judgement) in enumerate(
            zip(_results(*MEASURED), ("correct", "correct", "wrong", None), strict=True)
        )
    ]
    found = summarise_measurements(attempts, _results(*MEASURED))
    assert found.cells == {
        "correct": {"faster": ("a0",), "not faster": ("a1",)},
        "wrong": {"faster": (), "not faster": ("a2",)},
    }
    assert found.faster == plain_rate(1, 4)


def _frame(folder: Path) -> pd.DataFrame:
    rows = []
    for file in sorted(folder.rglob("test_results.json")):
        data = json.loads(file.read_bytes())
        output: dict[str, Any] = data["result"]["patched_output"] or {}
        rows.append(
            data["result"] | {"commit": data["metadata"]["human_commit"], "device": output.get("device"),
                              "hit": output.get("opt_path_hit")}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _stats(runs: Path, measurements: Path) -> MeasurementSummary:
    project = Project.open(workspace((runs,), measurements=(measurements,)))
    found = Statistics(project).summary(resample=False, human=False).measurements
    assert found is not None
    return found


@pytest.mark.parametrize("part", ["state", "later"])
def test_the_owners_results_are_counted_as_pandas_counts_them(isobench: Path, part: str) -> None:
    found = _stats(isobench / part / "runs", isobench / "measurements" / part)
    frame = _frame(isobench / "measurements" / part)
    both = frame[(frame.baseline_ms > 0) & (frame.patched_ms > 0)]
    speed = both.baseline_ms / both.patched_ms
    assert found.files == found.joined == len(frame)
    assert found.no_patch == (frame.status == "no_patch").sum()
    assert found.environment_failures == frame.status.isin(["baseline_failed", "error"]).sum()
    assert (found.patch_failures, found.measured) == (0, len(both))
    assert (found.off_path, found.on_cpu) == ((frame.hit == False).sum(), (frame.device == "cpu").sum())  # noqa: E712
    assert found.rules.harness.improvement == frame.improvement.sum()
    threshold = found.rules.threshold_5
    assert (threshold.faster, threshold.slower) == ((speed >= 1.05).sum(), (speed <= 1 / 1.05).sum())
    assert sum(astuple(found.rules.interval)) == len(both)
    bases = frame[frame.baseline_ms > 0].groupby("commit").baseline_ms.agg(["count", "min", "max"])
    several = bases[bases["count"] > 1]
    spreads = (several["max"] / several["min"]).tolist()
    assert found.base_spread.commits == len(spreads)
    if spreads:
        assert found.base_spread.median == pytest.approx(median(spreads))
        assert found.base_spread.largest == pytest.approx(max(spreads))


def test_a_patch_that_does_nothing_succeeds_on_most_commits(isobench: Path) -> None:
    three_way = isobench / "measurements" / "three_way" / "claude_code" / "results" / "modal"
    found = _stats(isobench / "later" / "runs", three_way)
    assert found.rules.published == Published(20, 19, 14)
    assert found.rules.threshold_5.faster == 6


def test_figures_that_were_published_stand_beside_what_is_measured(isobench: Path) -> None:
    three_way = isobench / "measurements" / "three_way" / "claude_code" / "results" / "modal"
    project = Project.open(workspace((isobench / "later" / "runs",), measurements=(three_way,)))
    claims = read_toml(DATA / "claims_measured.toml", ClaimsFile)
    answers = [found.answer for found in examine(project, claims)]
    assert (answers[:4], set(answers[4:])) == ([HOLDS] * 4, {UNKNOWN})


def test_without_measurements_their_claims_cannot_be_computed(isobench: Path) -> None:
    project = Project.open(workspace((isobench / "state" / "runs",)))
    found = examine(project, read_toml(DATA / "claims_measured.toml", ClaimsFile))
    assert {claim.answer for claim in found} == {UNKNOWN}
    assert "--measurements" in found[0].details


def test_a_cell_of_the_table_opens_its_attempts() -> None:
    gold = Gold(attempt="a", judgement="wrong", verdict="false_positive", strength="single")
    rows = [
        StatRow(attempt="a", run="r", gold=gold, measured="faster"),
        StatRow(attempt="b", run="r", gold=gold, measured="slower"),
        StatRow(attempt="c", run="r", gold=gold),
        StatRow(attempt="d", run="r", measured="faster"),
    ]
    assert [row.attempt for row in select(("measured", "wrong", "faster"), rows)] == ["a"]
    assert [row.attempt for row in select(("measured", "wrong", "not faster"), rows)] == ["b"]


def test_the_base_measured_again_is_what_a_patch_that_does_nothing_gets() -> None:
    bases = [_measurement(number, base=value) for number, value in enumerate((10.0, 10.1, 20.0))]
    results: list[tuple[str | None, MeasuredComparison]] = [
        ("c", compare_sides(Joined(measurement=base, joint="beside"), bases)) for base in bases
    ]
    found = summarise_measurements((), results).do_nothing
    assert (found.n, found.threshold_5) == (3, RuleCounts(1, 1, 1))
    assert found.interval == RuleCounts(0, 0, 3)
