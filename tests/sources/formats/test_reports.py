"""Reports of evaluations: the marked status of each task, and which attempts a report is about."""

import json
from pathlib import Path

import pytest

from reviewer.model import Attempt
from reviewer.sources.marks import with_marks
from reviewer.sources.recognition import read_root
from reviewer.sources.registry import Marks, Status

SWE_BENCH_4 = {
    "total_instances": 9, "completed_ids": ["a", "b"], "incomplete_ids": ["x"], "resolved_ids": ["a"],
    "unresolved_ids": ["b"], "empty_patch_ids": ["c"], "error_ids": ["d"], "schema_version": 2,
}  # fmt: skip
SWE_BENCH_5 = SWE_BENCH_4 | {
    "infra_failure_ids": ["e"], "ambiguous_failure_ids": ["f"], "failure_reasons": {"e": "no space left"},
}  # fmt: skip
OF_TASK = {"a": {"patch_exists": True, "patch_successfully_applied": True, "resolved": True},
           "b": {"patch_exists": True, "patch_successfully_applied": False, "resolved": False}}  # fmt: skip
TABLE = (
    "instance_id,pred_speedup_ratio,human_speedup_ratio,correctness\n"
    "a,2,0.96,1.0\nb,2,1.5,0.99\nc,2,0.5,1.0\nd,2,,1.0\n,2,1,1.0\ne,2,1,oops\n"
)


def marks_of(tmp_path: Path, text: str) -> Marks:
    path = tmp_path / "model.run.json"
    path.write_text(text)
    reading = read_root(path)
    assert reading.attempts == []
    (marks,) = reading.marks
    return marks


def statuses(tmp_path: Path, text: str) -> dict[str, str]:
    return {task: status.status for task, status in marks_of(tmp_path, text).statuses.items()}


def test_swe_bench_keeps_failures_of_its_infrastructure_apart(tmp_path: Path):
    expected = {"a": "success", "b": "failed", "c": "failed", "d": "not evaluated"}
    assert statuses(tmp_path, json.dumps(SWE_BENCH_4)) == expected
    marks = marks_of(tmp_path, json.dumps(SWE_BENCH_5))
    assert marks.statuses["e"] == Status("not evaluated", "failure of the infrastructure: no space left")
    assert marks.statuses["f"].status == "not evaluated"
    assert marks.name == "model.run"


def test_swe_bench_of_one_task_and_swe_fficiency(tmp_path: Path):
    assert statuses(tmp_path, json.dumps(OF_TASK)) == {"a": "success", "b": "failed"}
    assert statuses(tmp_path, TABLE) == {"a": "success", "b": "failed", "c": "passed", "d": "passed"}
    assert len(read_root(tmp_path / "model.run.json").problems) == 2


def test_gso(other_sources: Path):
    (marks,) = read_root(other_sources / "gso/gpt-5.report.json").marks
    counts = dict.fromkeys(("success", "passed", "failed", "not evaluated"), 0)
    for found in marks.statuses.values():
        counts[found.status] += 1
    assert counts == {"success": 7, "passed": 71, "failed": 21, "not evaluated": 1}
    hacked = [task for task, found in marks.statuses.items() if found.note and "hacked" in found.note]
    assert hacked == ["pandas-dev__pandas-37e9e06"]


def attempt(run: str, task: str, model: str | None = None, **details: str) -> Attempt:
    return Attempt(
        id=f"{run}/{task}", run=run, item=task, root="", folder="", instance=task, model=model, **details
    )


REPORT = Marks(
    "org__m.run-1", "org__m.run-1.json", {"a": Status("success"), "b": Status("failed", "tests failed")}
)


def test_a_report_marks_the_run_or_model_that_it_is_named_after():
    attempts = [
        attempt("p", "a", "org/m"),
        attempt("p", "b", "org/m"),
        attempt("q", "a", "other"),
        attempt("q", "z"),
    ]
    marked, problems = with_marks(attempts, [REPORT])
    assert [found.status for found in marked] == ["success", "failed", None, None]
    assert [(fact.name, fact.value) for fact in marked[1].facts] == [
        ("status", "failed"),
        ("evaluation", "tests failed"),
    ]
    assert problems == []


def test_a_report_of_another_name_marks_the_only_run_and_none_of_several():
    own = [attempt("p", "a"), attempt("p", "b", status="success")]
    assert [found.status for found in with_marks(own, [REPORT])[0]] == ["success", "success"], (
        "its own status stays"
    )
    several = [attempt("p", "a"), attempt("q", "a")]
    marked, problems = with_marks(several, [REPORT])
    assert marked == several
    assert problems == ["org__m.run-1.json: named after none of the runs and models that are open; not used"]
    marked, problems = with_marks([attempt("p", "z")], [REPORT])
    assert "no attempt at its tasks is open" in problems[0]


def test_of_several_attempts_at_a_task_it_is_not_known_which_was_evaluated():
    again = attempt("p", "a")
    marked, problems = with_marks([again, again, attempt("p", "b")], [REPORT])
    assert [found.status for found in marked] == [None, None, "failed"]
    assert "not known" in problems[0]


@pytest.mark.parametrize("text", ['{"resolved_ids": 7}', "{", '{"instance_sets": {}}'])
def test_a_report_that_cannot_be_read_marks_nothing(tmp_path: Path, text: str):
    path = tmp_path / "r.json"
    path.write_text(text)
    assert read_root(path).marks == ()


@pytest.mark.parametrize(
    ("report", "model", "named"),
    [
        ("gpt-4.run", "gpt-4", True),
        ("gpt-4-turbo.run", "gpt-4", False),
        ("gpt-4.1.run", "gpt-4", False),
        ("gpt-4o.run", "gpt-4", False),
        ("eval_report_org.m-v1_0_run_1", "org.m-v1_0_run_1", True),
        ("run-7/org__m/task-1/report", "org/m", True),
        ("run-7/org__m2/task-1/report", "org/m", False),
    ],
)
def test_a_report_is_of_a_model_whose_whole_name_it_has(report: str, model: str, named: bool):
    attempts = [attempt("p", "a", model), attempt("q", "z", "another")]
    marked, problems = with_marks(attempts, [Marks(report, f"{report}.json", {"a": Status("success")})])
    assert (marked[0].status, len(problems)) == (("success", 0) if named else (None, 1))


def test_many_reports_that_are_not_used_are_one_sentence():
    reports = [Marks("x/report", f"{number}.json", {"a": Status("success")}) for number in range(300)]
    _, problems = with_marks([attempt("p", "a"), attempt("q", "a")], reports)
    assert [problem.split(":")[0] for problem in problems] == ["0.json and 299 other reports"]
