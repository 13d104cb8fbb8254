"""Data files of benchmarks: bases and human changes of tasks, in the fields of each, and what is odd in them."""

import json
import sys
from pathlib import Path

import pytest

from reviewer.model import Attempt
from reviewer.sources.commits import CommitFiles
from reviewer.sources.data_files import DataFiles, is_data
from reviewer.sources.json_files import Unreadable

HUMAN, BASE = "a" * 40, "b" * 40
SWE_BENCH = {"instance_id": "o__r-1", "repo": "o/r", "base_commit": BASE, "patch": "p1", "test_patch": "t1",
             "problem_statement": "\n\nIt is slow\nvery", "created_at": "2021-08-04T15:22:07Z"}  # fmt: skip
GSO = {"instance_id": "o__r-2", "repo": "o/r", "base_commit": f"{HUMAN}^", "opt_commit": HUMAN, "gt_diff": "p2",
       "gt_commit_message": "Make it fast\n\nby half"}  # fmt: skip
HASHES = {"instance_id": "o__r-3", "base_commit": BASE, "human_commit": "c" * 12}
ROWS = [SWE_BENCH, GSO, HASHES]


def attempt(task: str | None, **details: str) -> Attempt:
    return Attempt(id=f"p/{task}", run="p", item=task or "", root="", folder="", instance=task, **details)


def write_parquet(path: Path, rows: list[dict]) -> Path:
    arrow = pytest.importorskip("pyarrow")
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = arrow.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
    pytest.importorskip("pyarrow.parquet").write_table(table, path, row_group_size=2)
    return path


def write(path: Path, rows: list[dict]) -> Path:
    if path.suffix == ".parquet":
        return write_parquet(path, rows)
    by_id = {row["instance_id"]: row for row in rows}
    texts = {".jsonl": "\n".join(map(json.dumps, rows)), ".json": json.dumps(rows), ".ids": json.dumps(by_id)}
    path.write_text(texts[path.suffix])
    return path


@pytest.mark.parametrize("name", ["d.jsonl", "d.json", "d.ids", "d.parquet"])
def test_tasks_in_the_fields_of_every_benchmark(tmp_path: Path, name: str):
    file = write(tmp_path / name, ROWS)
    assert is_data(file.read_bytes()[:1000])
    data = DataFiles([file])
    first, second, third = (data.instances[row["instance_id"]] for row in ROWS)
    assert data.problems == []
    assert (first.commit, first.base, first.repository, first.has_patch) == ("o__r-1", BASE, "o/r", True)
    assert (second.commit, second.base, second.has_patch) == (HUMAN, None, True)
    assert (third.commit, third.base, third.has_patch) == ("c" * 12, BASE, False)
    text = data.text(first)
    assert (text.patch, text.tests, text.subject, text.created) == (
        b"p1",
        b"t1",
        "It is slow",
        SWE_BENCH["created_at"],
    )
    assert (data.text(second).patch, data.text(second).message) == (b"p2", GSO["gt_commit_message"])
    assert data.of_commit(HUMAN) == second
    assert data.of_commit("c" * 40) == third, "the file shortens the hash"
    assert data.of_commit("d" * 40) is None
    commit = CommitFiles([], [file]).find("o__r-1")
    assert commit is not None
    assert (commit.commit.hash, commit.commit.base, commit.commit.subject) == ("o__r-1", BASE, "It is slow")


def test_attempts_are_completed_and_what_has_a_commit_stays_as_it_is(tmp_path: Path):
    data = DataFiles([write(tmp_path / "d.jsonl", ROWS)])
    found = data.complete(attempt("o__r-3"))
    assert (found.commit, found.base, found.problems) == ("c" * 12, BASE, ())
    unknown = data.complete(attempt("o__r-9"))
    assert (unknown.commit, unknown.base, unknown.problems) == ("o__r-9", None, ("o__r-9: in no data file",))
    assert DataFiles([]).complete(attempt("o__r-9")).problems == ()
    for other in (attempt(None), attempt("o__r-3", commit=HUMAN)):
        assert data.complete(other) == other


def test_what_cannot_be_used_is_named_and_the_others_are_used(tmp_path: Path):
    twice = write(tmp_path / "a.jsonl", [SWE_BENCH, SWE_BENCH, GSO, GSO | {"gt_diff": "another"}])
    bad = tmp_path / "b.jsonl"
    bad.write_text(
        json.dumps(HASHES) + "\n{broken\n" + json.dumps({"patch": "p", "base_commit": BASE}) + "\n"
    )
    empty = write(tmp_path / "c.jsonl", [{"instance_id": "o__r-7", "base_commit": BASE, "patch": ""}])
    data = DataFiles([twice, bad, empty, tmp_path / "gone"])
    assert sorted(data.instances) == ["o__r-1", "o__r-3", "o__r-7"]
    reasons = {
        path.name: [reason for file, reason in data.problems if file == path] for path, _ in data.problems
    }
    assert reasons["a.jsonl"] == ["o__r-2: named twice, with different content; not used"]
    assert [reason[:6] for reason in reasons["b.jsonl"]] == ["line 2", "line 3"]
    assert "no human side" in reasons["c.jsonl"][0]
    assert reasons["gone"]


def test_a_task_that_two_files_have_in_other_forms_is_one(tmp_path: Path):
    files = [write(tmp_path / name, ROWS) for name in ("d.jsonl", "d.json", "d.parquet")]
    data = DataFiles(files)
    assert (len(data.instances), data.problems) == (3, [])


def test_a_data_file_that_was_written_anew_is_said(tmp_path: Path):
    file = write(tmp_path / "d.jsonl", ROWS)
    data = DataFiles([file])
    first = data.instances["o__r-1"]
    write(file, [SWE_BENCH | {"patch": "p9"}])
    with pytest.raises(Unreadable):
        data.text(first)


def test_parquet_without_pyarrow_and_a_broken_one_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = write_parquet(tmp_path / "d.parquet", ROWS)
    broken = tmp_path / "e.parquet"
    broken.write_bytes(b"PAR1 and nothing more")
    data = DataFiles([broken])
    assert (data.instances, len(data.problems)) == ({}, 1)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    data = DataFiles([file])
    assert data.instances == {}
    assert "agent-patch-reviewer[parquet]" in data.problems[0][1]


def test_a_report_and_predictions_are_no_data(other_sources: Path):
    names = ("gso/gpt-5.report.json", "swe_agent/all_preds.jsonl", "swe_agent/pydicom__pydicom-1458.traj")
    assert [name for name in names if is_data((other_sources / name).read_bytes()[: 1 << 16])] == []
