"""What was measured of real attempts: read, joined, and what is of no attempt named."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_runs import attempt

from reviewer.cli import main
from reviewer.config import workspace
from reviewer.measurement import Measurement
from reviewer.project.measurements import Measurements
from reviewer.project.project import Project
from reviewer.sources.measurements.agents import plain


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


def test_a_measurement_without_an_attempt_is_of_those_that_its_agent_and_output_leave(isobench: Path) -> None:
    space = workspace(
        (isobench / "state/runs", isobench / "later/runs"),
        measurements=(isobench / "measurements/three_way",),
    )
    project = Project.open(space)
    measurements = project.measurements
    joined = [(entry, found) for entry in project.entries for found in measurements.of(entry)]
    assert Counter(found.joint for _, found in joined if found.certain) == {"output": 10, "ids": 5}
    for entry, found in joined:
        folder = found.measurement.agent
        assert entry.attempt.agent in (None, {"trae_gpt5": "trae"}.get(folder or "", folder))
        assert found.certain or found.joint == "commit"
        if found.joint == "output":
            patch = (Path(entry.attempt.folder) / "model_patch.diff").read_text(errors="replace")
            assert all(f"b/{file}" in patch for file in found.measurement.patched)
        if found.joint == "ids":
            assert f"{entry.attempt.id}/" in (found.measurement.patch or "")
    reasons = [found.reason for found in measurements.unjoined]
    assert sum(reason == "which side was measured is not recorded" for reason in reasons) == 50
    named = [found.measurement for found in measurements.unjoined if "/modal/" in found.measurement.file]
    for measurement in named:
        at_commit = measurements.of_commit(measurement.commit)
        assert [joined.candidates for joined in at_commit if joined.measurement == measurement] == [0]


def test_a_report_is_joined_to_the_predictions_of_its_model(other_sources: Path) -> None:
    benchmark = other_sources / "swefficiency"
    predictions = tuple(sorted((benchmark / "predictions").glob("*.jsonl")))
    space = workspace(
        predictions, data=(benchmark / "instances.jsonl",), measurements=(benchmark / "reports",)
    )
    project = Project.open(space)
    for entry in project.entries:
        (found,) = project.measurements.of(entry)
        assert (found.certain, found.measurement.item) == (True, entry.attempt.item)
        assert plain(entry.attempt.model or "") in plain(found.measurement.file)
    reasons = {found.reason for found in project.measurements.unjoined}
    assert reasons == {"no patch of an agent was measured, but base and human"}
    assert (
        len(project.measurements.of_commit(project.entries[0].commit_hash)) >= 2
    )  # the human's own beside it


# Runs of our own ---------------------------------------------------------------------------------

COMMIT = "a" * 40
ROW = {"commit": COMMIT, "metric": "latency", "unit": "ms", "better": "lower", "value": 3.5}
PATCH = """\
diff --git a/f.py b/f.py
index 1111111..{blob} 100644
--- a/f.py
+++ b/f.py
@@ -1 +1 @@
-a
+b
"""


def measured(tmp_path: Path, *rows: dict[str, Any], name: str = "m.jsonl") -> Project:
    """Two attempts at one commit, ``r/1`` and ``r/2``, with these rows."""
    for item, blob in (("1", "2222222"), ("2", "3333333")):
        if not (tmp_path / "r/run" / item).exists():
            attempt(tmp_path / "r/run", item, patch=PATCH.format(blob=blob))
    if rows:
        (tmp_path / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return Project.open(
        workspace((tmp_path / "r",), verdicts=tmp_path / "verdicts", measurements=(tmp_path / name,))
    )


def attempts_of(project: Project) -> dict[str, list[tuple[str, int]]]:
    """How the measurements of each attempt were joined, and to how many."""
    return {
        entry.attempt.id: [(found.joint, found.candidates) for found in project.measurements.of(entry)]
        for entry in project.entries
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"attempt": "run/1"}, {"run/1": [("attempt", 1)], "run/2": []}),
        ({"run": "run", "item": "2"}, {"run/1": [], "run/2": [("ids", 1)]}),
        ({"agent": "anything"}, {"run/1": [("commit", 2)], "run/2": [("commit", 2)]}),
        ({"side": "agent"}, {"run/1": [("commit", 2)], "run/2": [("commit", 2)]}),
        ({"side": "base"}, {"run/1": [], "run/2": []}),
        ({"attempt": "run/9"}, {"run/1": [], "run/2": []}),
        ({"attempt": "run/1", "commit": "c" * 40}, {"run/1": [], "run/2": []}),
    ],
)
def test_a_row_is_joined_by_what_it_names(
    tmp_path: Path, names: dict[str, str], expected: dict[str, list[tuple[str, int]]]
) -> None:
    project = measured(tmp_path, ROW | names)
    assert attempts_of(project) == expected
    assert bool(project.measurements.unjoined) == (not any(expected.values()))


def test_the_hash_of_a_patch_leaves_one_attempt(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(PATCH.format(blob="3333333").encode()).hexdigest()
    project = measured(tmp_path, ROW | {"patch_sha256": sha256})
    assert attempts_of(project) == {"run/1": [], "run/2": [("output", 1)]}


@pytest.mark.parametrize(
    ("output", "left"),
    [
        ("checking file f.py\npatching file f.py\n", ["run/1", "run/2"]),
        ("patching file f.py\n|index 1111111..22222\n", ["run/1", "run/2"]),
        ("patching file f.py\n|index 1111111..3333333 100644\n", ["run/2"]),
        ("patching file f.py\n|index 1111111..4444444 100644\n", []),
        ("patching file g.py\n", []),
    ],
)
def test_what_an_output_shows_of_the_patch(tmp_path: Path, output: str, left: list[str]) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    result = {
        "human_commit": COMMIT, "status": "success", "metrics": {"ttft_mean_ms": 3.0}, "raw_output": output,
    }  # fmt: skip
    (folder / "aaaaaaaa_agent_result.json").write_text(json.dumps(result))
    project = measured(tmp_path, name="m")
    assert [entry for entry, found in attempts_of(project).items() if found] == left


def test_duplicates_that_disagree_are_both_there(tmp_path: Path) -> None:
    first = ROW | {"attempt": "run/1", "session": "monday", "time": "2026-01-01"}
    project = measured(tmp_path, first | {"session": "tuesday", "time": "2026-01-02", "value": 9}, first)
    found = project.measurements.of(project.entries[0])
    assert [joined.measurement.sides[0].values("latency") for joined in found] == [(3.5,), (9,)]


def test_a_result_beside_an_attempt_needs_no_option(tmp_path: Path) -> None:
    measured(tmp_path)
    row = {key: value for key, value in ROW.items() if key != "commit"} | {"side": "agent", "item": "1"}
    (tmp_path / "r/run/1/measurements.jsonl").write_text(json.dumps(row))
    project = Project.open(workspace((tmp_path / "r",), verdicts=tmp_path / "verdicts"))
    assert attempts_of(project) == {"run/1": [("beside", 1)], "run/2": []}
    assert project.measurements.given


def test_a_changed_file_is_read_again_and_a_path_without_measurements_is_named(tmp_path: Path) -> None:
    project = measured(tmp_path, ROW | {"attempt": "run/1"})
    assert attempts_of(project)["run/1"]
    (tmp_path / "m.jsonl").write_text("nothing\n")
    project.reload()
    assert attempts_of(project)["run/1"] == []
    assert [(problem.file, problem.reason[:31]) for problem in project.measurements.problems] == [
        (str(tmp_path / "m.jsonl"), "no measurements of a form that "),
    ]  # fmt: skip


# Commands ----------------------------------------------------------------------------------------


def test_a_data_file_that_is_none_is_named_beside_others_that_are(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/rows.json").write_text("[]")
    (tmp_path / "m/README.md").write_text("what this is")
    row = {"commit": "8caa97c8", "side": "base", "metric": "latency", "unit": "ms", "value": 1}
    (tmp_path / "m/m.jsonl").write_text(json.dumps(row))
    attempt(tmp_path / "runs/run", "1")
    project = Project.open(workspace((tmp_path / "runs",), measurements=(tmp_path / "m",)))
    assert [(Path(problem.file).name, problem.reason) for problem in project.measurements.problems] == [
        ("m", "no measurements of a form that is known in rows.json")
    ]


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_import_keeps_a_copy_that_is_read_from_then_on(tmp_path: Path) -> None:
    measured(
        tmp_path,
        ROW | {"attempt": "run/1"},
        ROW | {"attempt": "run/9"},
        ROW | {"attempt": "run/1", "value": "x"},
    )
    words = (
        "import",
        tmp_path / "m.jsonl",
        tmp_path / "r",
        "--kind",
        "measurement",
        "--verdicts",
        tmp_path / "v",
    )
    first, second = run(*words), run(*words)
    assert first.output.startswith(
        "m.jsonl: 1 × rows; 2 measurements, 1 of attempts that are open\nsaved 1, "
    )
    assert "attempt run/9 is not open" in first.output
    assert "m.jsonl:3: latency: 'x' is no number; left out" in first.output
    assert second.output.splitlines()[1].startswith("saved 0, here already 1, ")
    assert first.exit_code == second.exit_code == 2
    (tmp_path / "m.jsonl").unlink()
    project = Project.open(workspace((tmp_path / "r",), verdicts=tmp_path / "v"))
    assert attempts_of(project)["run/1"] == [("attempt", 1)]
    assert (
        "1 measurement of one attempt: it names the attempt"
        in run("doctor", tmp_path / "r", "--verdicts", tmp_path / "v").output
    )


def test_a_kept_copy_of_what_is_named_too_is_read_once(tmp_path: Path) -> None:
    measured(tmp_path, ROW | {"attempt": "run/1"})
    words = (tmp_path / "r", "--verdicts", tmp_path / "verdicts")
    for named in ((), ("--measurements", tmp_path / "m.jsonl")):
        done = run("import", tmp_path / "m.jsonl", *words, "--kind", "measurement", *named)
        assert done.exit_code == 0
        assert "1 measurement, 1 of attempts that are open" in done.output
    assert attempts_of(measured(tmp_path, ROW | {"attempt": "run/1"}))["run/1"] == [("attempt", 1)]


def test_import_of_what_is_no_measurement_says_so(tmp_path: Path) -> None:
    measured(tmp_path)
    (tmp_path / "x.md").write_text("# Notes\n")
    done = run(
        "import", tmp_path / "x.md", tmp_path / "r", "--kind", "measurement", "--verdicts", tmp_path / "v"
    )
    assert done.exit_code == 2
    assert "no measurements of a form that is known" in done.output


def test_a_missing_path_ends_the_program(tmp_path: Path) -> None:
    measured(tmp_path)
    done = run("stats", tmp_path / "r", "--measurements", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.output


def test_measurements_of_a_project_stay_inside_it(tmp_path: Path) -> None:
    measured(tmp_path, ROW | {"attempt": "run/1"})
    (tmp_path / "reviewer.toml").write_text('runs = ["r"]\nmeasurements = ["m.jsonl", "../outside"]\n')
    space = workspace((tmp_path,))
    assert space.measurements == (tmp_path / "m.jsonl",)
    assert any(
        "measurements = '../outside' leads out of the project; ignored" in text for text in space.notices
    )
