"""Whole ways of attempts that come from other forms than the run layout: opened, checked, judged, counted, written."""

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviewer.cli import main
from reviewer.config import PROJECT_FILE, workspace
from reviewer.project.project import Project
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.runs import scan

UNKNOWN = {"execution", "provenance", "prompt"}
"""What a prediction alone cannot tell: how the agent's run went, when, and with what prompt."""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def done(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def checked(*arguments: str | Path) -> dict[str, dict]:
    rows = map(json.loads, done("check", *arguments, "--format", "jsonl").splitlines())
    return {row["attempt"]: row["checks"] for row in rows}


@pytest.fixture(scope="module")
def xarray(other_sources: Path) -> tuple[str | Path, ...]:
    """The arguments that open ten pull requests of xarray, two agents' predictions, and what was measured of them."""
    folder = other_sources / "swefficiency"
    reports = sorted((folder / "reports").glob("*.csv"))
    files = [folder / "instances.jsonl", *reports]
    data = [word for file in files for word in ("--data", file)]
    return (*sorted((folder / "predictions").glob("*.jsonl")), *data, "--repo", folder / "xarray.git")


@pytest.fixture(scope="module")
def space(other_sources: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = other_sources / "swefficiency"
    return workspace(
        tuple(sorted((folder / "predictions").glob("*.jsonl"))),
        repositories=(folder / "xarray.git",),
        data=(folder / "instances.jsonl", *sorted((folder / "reports").glob("*claude*.csv"))),
        verdicts=tmp_path_factory.mktemp("verdicts"),
        annotator="ada",
    )


def test_a_second_benchmark_is_opened_with_one_command(xarray: tuple[str | Path, ...]):
    answers = checked(*xarray)
    assert len(answers) == 11
    for checks in answers.values():
        assert {name for name, check in checks.items() if check["outcome"] == "unknown"} <= UNKNOWN | {
            "names"
        }
        assert checks["applies"]["outcome"] == "pass", "the last line break is given back"
        assert checks["patch"]["outcome"] == "warn"
    syntax = [name for name, checks in answers.items() if checks["syntax"]["outcome"] == "fail"]
    assert syntax == ["oh_gemini25pro/pydata__xarray-7374"]
    table = done("check", *xarray)
    assert "human patches (10): how often a check fails" in table


def test_both_sides_stand_on_their_base_and_judgements_are_counted(space, tmp_path: Path):
    project = Project.open(space)
    try:
        project.resolve_commits()
        assert (len(project.entries), project.totals().commits, project.totals().marked) == (11, 10, 2)
        for entry in project.entries:
            review = project.references.review(entry)
            assert review.problems == ()
            assert all(file.base_known and not file.mismatch for file in review.files)
            assert any(file.human for file in review.files)
            assert any(file.agent for file in review.files)
        for name, judgement in (("pydata__xarray-5661", "correct"), ("pydata__xarray-7472", "wrong")):
            entry = project.find(f"oh_claude37sonnet/{name}")
            assert entry is not None
            assert project.labels.judge(entry, judgement).reason == ""
    finally:
        project.close()
    again = Project.open(space)
    judged = {
        e.attempt.item: (e.decision.judgement, e.decision.verdict, e.stale)
        for e in again.entries
        if e.decision
    }
    again.close()
    assert judged == {
        "pydata__xarray-5661": ("correct", "true_success", False),
        "pydata__xarray-7472": ("wrong", "failure", False),
    }
    words = (*space.roots, "--repo", *space.repositories, "--verdicts", space.verdicts)
    words = (*words, *(word for file in space.data for word in ("--data", file)))
    figures = json.loads(done("stats", *words, "--format", "json"))
    assert (figures["totals"]["attempts"], figures["totals"]["commits"]) == (
        11,
        10,
    )
    done("report", *words, "-o", tmp_path / "r.md")
    report = (tmp_path / "r.md").read_text()
    assert "Faster interp (#4740)" in report
    done("export", *words, "-o", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().count("\n") >= 11


def test_a_run_layout_made_from_predictions_gives_the_same_answers(
    xarray: tuple[str | Path, ...], other_sources: Path, tmp_path: Path
):
    assert "11 attempts written" in done("convert", *xarray, tmp_path / "runs")
    folder = other_sources / "swefficiency"
    layout = (tmp_path / "runs", "--data", folder / "instances.jsonl", "--repo", folder / "xarray.git")
    assert checked(*layout) == checked(*xarray)
    statuses = {attempt.id: attempt.status for attempt in scan(tmp_path / "runs")}
    assert statuses["oh_claude37sonnet/pydata__xarray-5661"] == "success"
    assert statuses["oh_claude37sonnet/pydata__xarray-7382"] == "failed"
    again = run("convert", *xarray, tmp_path / "runs")
    assert again.exit_code == 2
    assert "not an empty folder" in again.stderr
    inside = run("convert", tmp_path / "runs", tmp_path / "runs" / "new")
    assert "never written to" in inside.stderr


@pytest.mark.parametrize("name", ["atif", "claude_code", "inspect"])
def test_a_run_layout_made_from_records_gives_the_same_answers(
    other_sources: Path, tmp_path: Path, name: str
):
    done("convert", other_sources / name, tmp_path / "runs")
    records, converted = checked(other_sources / name), checked(tmp_path / "runs")
    assert records.keys() == converted.keys()
    for id_, checks in records.items():
        assert {name: check["outcome"] for name, check in converted[id_].items()} == {
            name: check["outcome"] for name, check in checks.items()
        }
        for check in ("patch", "provenance", "applies"):
            assert checks[check]["outcome"] == "unknown"
            assert "holds no patch" in checks[check]["summary"]
            assert converted[id_][check] == checks[check]


def test_an_own_folder_is_a_project_in_one_step(other_sources: Path, tmp_path: Path):
    folder = tmp_path / "mine"
    shutil.copytree(other_sources / "swefficiency", folder, copy_function=os.link)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    shown = done("init", folder, "--print")
    assert not (folder / PROJECT_FILE).exists()
    done("init", folder)
    text = (folder / PROJECT_FILE).read_text()
    assert text == shown
    assert '"xarray.git",  # has 10 of 10 bases' in text
    assert '"instances.jsonl",  # 10 tasks, 10 of the 10 that were attempted' in text
    opened = Project.open(workspace((folder,)))
    opened.resolve_commits()
    assert (len(opened.entries), opened.notices()[1:]) == (11, [])
    assert all(entry.commit is not None for entry in opened.entries)
    assert any(opened.measurements.of(entry) for entry in opened.entries), "its reports hold measurements too"
    opened.close()
    again = run("init", folder)
    assert again.exit_code == 2
    assert "stays as it is" in again.stderr


def test_init_words_a_sample_and_finds_nothing_where_nothing_is(sample: Path, tmp_path: Path):
    text = done("init", sample, "--print")
    for line in (
        '"runs",  # run layout: 41 attempts',
        '"library.git",  # has 10 of 10 bases',
        '"commits",  # 1 commit file',
    ):
        assert line in text
    (tmp_path / "notes.txt").write_text("nothing")
    nothing = run("init", tmp_path)
    assert nothing.exit_code == 2
    assert "nothing to review" in nothing.stderr


def test_init_names_what_is_missing_and_what_it_leaves_out(tmp_path: Path):
    folder = tmp_path / "my own"
    attempt = folder / "runs/run/0"
    attempt.mkdir(parents=True)
    (attempt / "journal.json").write_text(json.dumps({"commits": {"human": "a" * 40, "pre": "b" * 40}}))
    row = {"instance_id": "o__r-1", "model_patch": "x", "model_name_or_path": "m"}
    (folder / "preds.jsonl").write_text(json.dumps(row) + "\n")
    shown = done("init", folder)
    assert "# no git repository found below: give one with --repo PATH" in shown
    assert '    # "preds.jsonl",  # a guess: predictions: rows with' in shown
    assert shown.splitlines()[-1].endswith(f"{shlex.quote(str(folder))} --repo PATH opens it")
    assert workspace((folder,)).roots == (folder / "runs",)
    target = tmp_path / "new runs"
    last = done("convert", folder / "preds.jsonl", target, "--data", folder / "preds.jsonl").splitlines()[-1]
    assert last.endswith(f"{shlex.join([str(target), '--data', str(folder / 'preds.jsonl')])} opens them")


def test_a_repository_that_has_no_base_is_only_a_guess(sample: Path, other_sources: Path, tmp_path: Path):
    shutil.copy(other_sources / "swefficiency/instances.jsonl", tmp_path)
    shutil.copy(other_sources / "swefficiency/predictions/oh_gemini25pro.jsonl", tmp_path)
    shutil.copytree(sample / "library.git", tmp_path / "library.git")
    text = done("init", tmp_path, "--print")
    assert '# "library.git",  # a guess: has 0 of 1 base' in text


def test_predictions_beside_the_runs_have_the_same_patches_and_checks(isobench: Path, tmp_path: Path):
    attempts = [a for a in scan(isobench / "state/runs/vllm_core-3368ff88") if a.patch_bytes][:12]
    predictions, data = tmp_path / "predictions.jsonl", tmp_path / "data.jsonl"
    rows = [json.loads((Path(a.folder) / "prediction.jsonl").read_text()) for a in attempts]
    # the ids of the rows carry the base only, and repeat
    ids = [f"{row['instance_id']}-{attempt.item}" for row, attempt in zip(rows, attempts, strict=True)]
    tasks = [
        {"instance_id": id_, "base_commit": attempt.base, "human_commit": attempt.commit}
        for id_, attempt in zip(ids, attempts, strict=True)
    ]
    renamed = [row | {"instance_id": id_} for row, id_ in zip(rows, ids, strict=True)]
    predictions.write_text("\n".join(map(json.dumps, renamed)))
    data.write_text("\n".join(map(json.dumps, tasks)))
    names = "patch,applies,syntax,names,files,template,similarity,signatures,uninitialised,swallowed,copies,fields"
    common = ("--repo", isobench / "vllm.git", "--only", names)
    found = checked(predictions, "--data", data, *common)
    expected = checked(isobench / "state/runs/vllm_core-3368ff88", *common)
    opened = Project.open(workspace((predictions,), data=(data,)))
    for id_, attempt in zip(ids, attempts, strict=True):
        entry = opened.find(f"predictions/{id_}")
        assert entry is not None
        assert read_attempt_file(entry.attempt.folder, PATCH) == read_attempt_file(attempt.folder, PATCH)
        own, original = found[f"predictions/{id_}"], expected[attempt.id]
        assert {name: check["outcome"] for name, check in own.items()} == {
            name: check["outcome"] for name, check in original.items()
        }
    opened.close()


def test_predictions_without_their_data_are_attempts_without_a_human_side(other_sources: Path):
    (checks,) = checked(other_sources / "swe_agent/all_preds.jsonl").values()
    assert checks["patch"]["outcome"] == "pass"
    for name in ("applies", "files", "scope", "similarity"):
        assert checks[name]["outcome"] == "unknown"
        assert "no data file (--data) has its human change" in checks[name]["summary"]


def test_a_human_patch_without_a_repository_is_compared_and_its_tests_are_told_apart(other_sources: Path):
    folder = other_sources / "swe_agent"
    (checks,) = checked(folder / "all_preds.jsonl", "--data", folder / "gold.json").values()
    assert checks["files"]["outcome"] == "pass", "the test patch is no part of the human's change"
    assert checks["applies"]["outcome"] == "unknown"
    project = Project.open(workspace((folder / "all_preds.jsonl",), data=(folder / "gold.json",)))
    project.resolve_commits()
    (entry,) = project.entries
    assert entry.commit_hash == "pydicom__pydicom-1458"
    files = {file.path: file for file in project.references.review(entry).files}
    tests = files["pydicom/tests/test_numpy_pixel_data.py"]
    assert any("test_patch" in note for note in tests.notes)
    others = [file for path, file in files.items() if path != tests.path]
    assert others
    assert all(not any("test_patch" in note for note in file.notes) for file in others)
    assert [change.path for change in project.references.human(entry).files] == [
        "pydicom/pixel_data_handlers/numpy_handler.py"
    ]
    project.close()


def test_doctor_says_which_form_was_recognised_and_why(other_sources: Path, sample: Path):
    folder = other_sources / "swefficiency"
    text = done("doctor", other_sources / "swe_agent/all_preds.jsonl")
    assert "all_preds.jsonl: 1 attempt\n" in text
    assert "; shortened hashes" in text, "a task's id is none"
    text = done("doctor", folder / "predictions", sample, "--data", folder / "instances.jsonl")
    assert "predictions (SWE-bench, SWE-fficiency, GSO)" in text
    assert "rows with instance_id, model_name_or_path, model_patch" in text
    assert "run layout (journal.json)" in text
    assert "10 tasks, 10 with the human's patch" in text


def test_a_data_file_given_as_runs_is_told_from_predictions(other_sources: Path):
    result = run("check", other_sources / "swefficiency/instances.jsonl")
    assert result.exit_code == 2
    assert "name it with --data" in result.stderr
    result = run("check", other_sources / "swe_agent/all_preds.jsonl", "--data", other_sources / "README.md")
    assert "README.md: a file of no form that is known" in result.stderr
