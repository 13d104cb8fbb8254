"""What was measured of real attempts: read, joined, and what is of no attempt named."""

from collections import Counter
from pathlib import Path

import pytest

from reviewer.config import workspace
from reviewer.measurement import Measurement
from reviewer.project.measurements import Measurements
from reviewer.project.project import Project


def opened(isobench: Path, runs: str, *measurements: str) -> Project:
    folders = tuple(isobench / "measurements" / name for name in measurements)
    return Project.open(workspace((isobench / runs / "runs",), measurements=folders))


def joints(project: Project) -> Counter[str]:
    return Counter(joined.joint for entry in project.entries for joined in project.measurements.of(entry))


def both_times(measurements: Measurements) -> list[tuple[float, float]]:
    pairs = ((found.side("base"), found.side("agent")) for found in measurements.all)
    return [
        (base.values("avg_ms")[0], agent.values("avg_ms")[0])
        for base, agent in pairs
        if base and agent and base.values("avg_ms") and agent.values("avg_ms")
    ]


def of_success(measurements: Measurements, trait: str) -> Counter[object]:
    """A trait of the patched side where the harness calls the measurement a success."""

    def agent_of(measurement: Measurement) -> object:
        return getattr(measurement.side("agent"), trait)

    return Counter(agent_of(found) for found in measurements.all if found.status == "success")


@pytest.mark.parametrize(
    ("runs", "files", "statuses", "both", "improvement", "faster", "slower", "off_path", "cpu"),
    [
        ("state", 295, {"baseline_failed": 170, "error": 84, "no_patch": 26, "success": 15}, 14, 7, 2, 4, 3, 7),
        ("later", 75, {"baseline_failed": 42, "error": 23, "success": 10}, 9, 3, 0, 2, 2, 4),
    ],
)  # fmt: skip
def test_the_counts_of_the_real_measurements(
    isobench: Path, runs: str, files: int, statuses: dict[str, int], both: int, improvement: int,
    faster: int, slower: int, off_path: int, cpu: int,
) -> None:  # fmt: skip
    project = opened(isobench, runs, runs)
    measurements = project.measurements
    assert len(measurements.files) == files
    assert joints(project) == {"path": files}
    assert measurements.unjoined == ()
    assert Counter(found.status for found in measurements.all) == statuses
    pairs = both_times(measurements)
    assert len(pairs) == both
    assert sum(found.improvement is True for found in measurements.all) == improvement
    assert sum(base / agent >= 1.05 for base, agent in pairs) == faster
    assert sum(agent / base >= 1.05 for base, agent in pairs) == slower
    assert of_success(measurements, "on_path")[False] == off_path
    assert of_success(measurements, "device")["cpu"] == cpu
    assert all("is not above 0" in problem.reason for problem in measurements.problems)


def test_results_of_attempts_that_are_not_open_are_named(isobench: Path) -> None:
    project = opened(isobench, "state", "later")
    measurements = project.measurements
    assert len(measurements.unjoined) == 75
    assert all(found.reason.endswith(" is not open") for found in measurements.unjoined)
    commit = next(c for c in (found.measurement.commit for found in measurements.unjoined) if c)
    assert measurements.of_commit(commit)[0].candidates == 0


def test_the_second_reading_gives_the_same(isobench: Path) -> None:
    first, second = opened(isobench, "state", "state"), opened(isobench, "state", "state")
    assert first.measurements.all == second.measurements.all
