"""One opened project: names, copies, labels found again, and the rows that statistics get."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from small_runs import start_session

from reviewer.config import workspace
from reviewer.project.project import NothingToReview, Project
from reviewer.project.statistics import Statistics
from reviewer.sources.attempt_files import PATCH, read_attempt_file


def attempt(
    root: Path, name: str, *, written: float = 1.0, patch: str | None = "x\n", status: str = "success"
) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    journal = {
        "commits": {"human": "a" * 40, "pre": "b" * 40},
        "status": status,
        "timestamps": {"written": written},
    }
    (folder / "journal.json").write_text(json.dumps(journal))
    if patch is not None:
        (folder / "model_patch.diff").write_text(patch)
    return folder


def opened(tmp_path: Path, *roots: str) -> Project:
    return Project.open(
        workspace(tuple(tmp_path / root for root in roots), verdicts=tmp_path / "verdicts", annotator="ada")
    )


def judge(project: Project, name: str, judgement: str) -> None:
    entry = project.find(name)
    assert entry is not None
    outcome = project.labels.judge(entry, judgement, seconds=1.0)
    assert not outcome.reason


def test_nothing_there_says_what_was_looked_for_and_where(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToReview, match=r"journal\.json.*empty"):
        opened(tmp_path, "empty")


def test_names_are_short_where_that_leaves_them_apart(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "vllm_core-3368ff88/vllm_core-0000", written=1)
    attempt(tmp_path / "r", "x/trae/t1/item", written=2)
    attempt(tmp_path / "r", "y/trae/t1/item", written=3)
    names = [entry.name for entry in opened(tmp_path, "r").entries]
    assert names == ["3368ff88/0000", "x/trae/t1/item", "y/trae/t1/item"]


def test_two_roots_with_the_same_run_are_told_apart_by_their_names(tmp_path: Path) -> None:
    attempt(tmp_path / "one/runs", "run/item", written=1)
    attempt(tmp_path / "two/runs", "run/item", written=2)
    project = opened(tmp_path, "one/runs", "two/runs")
    assert [entry.name for entry in project.entries] == ["one/runs:run/item", "two/runs:run/item"]
    assert {entry.attempt.id for entry in project.entries} == {"run/item"}
    assert project.totals().runs == 2


def test_a_copy_is_the_same_commit_time_and_patch(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "a/item", written=5, patch="p")
    attempt(tmp_path / "r", "b/item", written=5, patch="p")
    attempt(tmp_path / "r", "c/item", written=5, patch="other")
    attempt(tmp_path / "r", "d/item", written=6, patch="p")
    project = opened(tmp_path, "r")
    assert {e.attempt.id: e.copy_of for e in project.entries} == {
        "a/item": None,
        "b/item": "a/item",
        "c/item": None,
        "d/item": None,
    }
    totals = Statistics(project).summary().totals
    assert (totals.attempts, totals.copies) == (4, 1)


def test_a_judgement_is_found_again_and_binds_by_its_patch(tmp_path: Path) -> None:
    folder = attempt(tmp_path / "r", "run/item")
    judge(opened(tmp_path, "r"), "run/item", "wrong")
    entry = opened(tmp_path, "r").entries[0]
    assert entry.decision is not None
    assert (entry.decision.verdict, entry.stale) == ("false_positive", False)
    (folder / "model_patch.diff").write_text("another patch\n")
    entry = opened(tmp_path, "r").entries[0]
    assert entry.stale


def test_a_judgement_follows_a_folder_that_was_moved(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/item")
    judge(opened(tmp_path, "r"), "run/item", "correct")
    shutil.move(tmp_path / "r/run", tmp_path / "r/renamed")
    project = opened(tmp_path, "r")
    assert project.entries[0].attempt.id == "renamed/item"
    assert project.entries[0].decision is not None
    assert [binding.state for binding in project.labels.acts.bindings] == ["re-bound"]


def test_gold_comes_from_people_who_agree(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/item")
    attempt(tmp_path / "r", "run/other", written=2, status="error")
    for annotator in ("ada", "grace"):
        space = workspace((tmp_path / "r",), verdicts=tmp_path / "verdicts", annotator=annotator)
        project = Project.open(space)
        judge(project, "run/item", "correct")
        judge(project, "run/other", "wrong" if annotator == "ada" else "partial")
    summary = Statistics(opened(tmp_path, "r")).summary()
    assert summary.totals.labelled == 2
    assert summary.gold.strengths == {"adjudicated": 0, "agreed": 1, "single": 0}


def test_next_open_leaves_out_what_cannot_be_judged(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "a/item", written=5, patch="p")
    attempt(tmp_path / "r", "b/item", written=5, patch="p")
    (attempt(tmp_path / "r", "c/item", written=4) / "journal.json").write_text("")
    project = opened(tmp_path, "r")
    first = project.next_open(None)
    assert first is not None
    assert first.attempt.id == "a/item"
    judge(project, "a/item", "unsure")
    assert project.next_open(first) is None


def test_a_pipe_in_place_of_a_patch_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("one", "two"):  # but for their patches, they are copies of one another
        os.mkfifo(attempt(tmp_path / "r", f"run/{name}", patch=None) / "model_patch.diff")
    project = opened(tmp_path, "r")
    assert [entry.copy_of for entry in project.entries] == [None, None]
    assert read_attempt_file(str(tmp_path / "r/run/one"), PATCH) is None


# Reading again -------------------------------------------------------------------------------------


def test_entries_are_equal_by_root_run_item_and_showing(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/0")
    attempt(tmp_path / "s", "run/0")
    project, again = opened(tmp_path, "r", "s"), opened(tmp_path, "r", "s")
    assert list(project.entries) == list(again.entries)
    assert project.entries[0] is not again.entries[0]
    assert len({*project.entries, *again.entries}) == 2
    shown = project.labels.acts.add_showing(project.entries[0], "queue", 3)
    assert shown != project.entries[0]
    assert shown == again.labels.acts.add_showing(again.entries[0], "queue", 3)
    assert shown != again.labels.acts.add_showing(again.entries[0], "queue", 4)


def test_after_a_reload_the_queue_holds_the_new_entries_in_its_order(tmp_path: Path) -> None:
    for number in range(5):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    project = opened(tmp_path, "r")
    chosen = [project.entries[number] for number in (3, 0, 4)]
    project.set_queue(chosen)
    shutil.rmtree(tmp_path / "r/run/4")
    attempt(tmp_path / "r", "run/5", written=5)
    project.reload()
    assert [entry.name for entry in project.queue] == [entry.name for entry in chosen[:2]]
    assert all(any(entry is there for there in project.entries) for entry in project.queue)
    assert [project.queue_position(entry) for entry in chosen] == [0, 1, None]
    judge(project, "run/3", "wrong")
    assert project.queue[0].decision is not None
    assert project.next_open(None, project.queue) is project.queue[1]


def test_a_queue_of_everything_stays_one_whatever_another_program_finds_first(tmp_path: Path) -> None:
    """Commits that are looked up in between make the list another one before what is new and gone is taken in."""
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    project, other = opened(tmp_path, "r"), opened(tmp_path, "r")
    for gone, new in (("0", "4"), ("1", "5")):
        shutil.rmtree(tmp_path / "r/run" / gone)
        other.reload()
        project.apply_commits({})
        attempt(tmp_path / "r", f"run/{new}", written=9)
        other.reload()
        project.apply_commits({})
        project.reload()
        assert {entry.id for entry in project.queue} == {entry.id for entry in other.entries}
    assert [entry.attempt.item for entry in project.queue] == ["2", "3", "4", "5"]


def test_after_a_reload_a_queue_of_everything_takes_in_what_is_new(tmp_path: Path) -> None:
    for number in range(3):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    project = opened(tmp_path, "r")
    attempt(tmp_path / "r", "run/3", written=3)
    project.reload()
    assert [entry.attempt.id for entry in project.queue] == [f"run/{number}" for number in range(4)]


def test_after_a_reload_a_session_and_its_labels_are_on_the_new_entries(tmp_path: Path) -> None:
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=f"patch {number}\n")
    project = opened(tmp_path, "r")
    before = start_session(project, "random:n=4,repeats=0.5")
    project.labels.judge(before.entries[0], "wrong", **project.session_details(before.entries[0]))
    project.reload()
    session = project.session
    assert session is not None
    assert session.entries == before.entries
    assert project.queue == session.entries
    assert [session.number(entry) for entry in before.entries] == list(range(1, 7))
    assert session.entries[0].decision is not None
    assert [entry.decision is None for entry in session.entries].count(False) == 1
    project.labels.judge(session.entries[-1], "partial", **project.session_details(session.entries[-1]))
    assert not project.is_open(session.entries[-1])
