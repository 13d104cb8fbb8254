"""Attempts of one name in two folders, judged in the folder that all runs outside projects share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_runs import attempt, start_session

from reviewer.config import workspace
from reviewer.model import Note
from reviewer.project.import_labels import import_labels
from reviewer.project.notes import about_run, about_section
from reviewer.project.project import Project
from reviewer.project.session import progress
from reviewer.project.statistics import Statistics
from reviewer.reports.doctor import to_text
from reviewer.reports.labelled import labelled
from reviewer.verdicts.blocks import NOTE
from reviewer.verdicts.store import Store


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("DATA", "CACHE", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / "home" / kind))


def predictions(folder: Path, **patches: str | None) -> Path:
    """A ``preds.jsonl`` with a row for each instance."""
    folder.mkdir(exist_ok=True)
    rows = [
        {"instance_id": name, "model_patch": patch, "model_name_or_path": folder.name}
        for name, patch in patches.items()
    ]
    file = folder / "preds.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def opened(*sources: Path, verdicts: Path | None = None) -> Project:
    return Project.open(workspace(sources, verdicts=verdicts, annotator="ada"))


def judgements(project: Project) -> dict[str, str | None]:
    return {e.attempt.item: e.decision and e.decision.judgement for e in project.entries}


def test_labels_of_one_file_are_never_those_of_another(tmp_path: Path) -> None:
    """The same instance, by two models: without a patch, with the same, with another."""
    first = predictions(tmp_path / "gpt", none=None, same="+ x\n", other="+ y\n")
    second = predictions(tmp_path / "opus", none=None, same="+ x\n", other="+ z\n")
    project = opened(first)
    for entry in project.entries:
        project.labels.judge(entry, "wrong")
    elsewhere = opened(second)
    assert judgements(elsewhere) == dict.fromkeys(("none", "same", "other"))
    assert elsewhere.labels.gold() == {}
    assert elsewhere.labels.acts.stale == set()
    (notice,) = [notice for notice in elsewhere.notices() if "elsewhere" in notice]
    assert notice.startswith("3 acts on attempts of the same names elsewhere")
    assert "another preds/same, which lies elsewhere" in to_text(elsewhere)
    elsewhere.labels.judge(elsewhere.find("preds/same"), "correct")  # type: ignore[arg-type]
    assert judgements(opened(first)) == dict.fromkeys(("none", "same", "other"), "wrong")
    assert judgements(opened(second)) == {"none": None, "same": "correct", "other": None}


def test_a_file_that_moved_keeps_its_labels_and_one_made_anew_has_stale_ones(tmp_path: Path) -> None:
    file = predictions(tmp_path / "gpt", a=None, b="+ x\n")
    project = opened(file)
    for entry in project.entries:
        project.labels.judge(entry, "wrong")
    (tmp_path / "moved").mkdir()
    moved = file.rename(tmp_path / "moved" / file.name)
    assert judgements(opened(moved)) == {"a": "wrong", "b": "wrong"}
    predictions(tmp_path / "gpt", a=None, b="+ another\n")
    again = opened(file)
    assert judgements(again) == {"a": "wrong", "b": "wrong"}
    assert len(again.labels.acts.stale) == 1


def test_labels_that_were_saved_before_are_found_as_they_were(tmp_path: Path) -> None:
    """Blocks of earlier versions do not say where the attempt lay; those of a project never do."""
    file = predictions(tmp_path / "gpt", a="+ x\n")
    project = opened(file, verdicts=tmp_path / "v")
    project.labels.judge(project.entries[0], "wrong")
    assert "origin" not in "".join(path.read_text() for path in (tmp_path / "v").rglob("*.toml"))
    (tmp_path / "home/DATA/reviewer").mkdir(parents=True)
    (tmp_path / "v").rename(tmp_path / "home/DATA/reviewer/verdicts")
    assert judgements(opened(file)) == {"a": "wrong"}


def test_a_draft_of_one_file_is_none_of_the_other_and_is_not_lost(tmp_path: Path) -> None:
    first, second = predictions(tmp_path / "gpt", a="+ x\n"), predictions(tmp_path / "opus", a="+ y\n")
    for file, note in ((first, "of the first"), (second, "of the second")):
        project = opened(file)
        assert project.labels.load_draft(project.entries[0]).notes is None
        project.labels.save_draft(project.entries[0], notes=note)
    for file, note in ((first, "of the first"), (second, "of the second")):
        project = opened(file)
        assert project.labels.load_draft(project.entries[0]).notes == note
    project.labels.judge(project.entries[0], "wrong")
    assert project.labels.load_draft(project.entries[0]).notes is None
    project = opened(first)
    assert project.labels.load_draft(project.entries[0]).notes == "of the first"


def two_roots(tmp_path: Path) -> tuple[Path, Path]:
    """Attempts of the same ids, and of the same last two parts of their path: other patches, the same one, none."""
    roots = tmp_path / "gpt/state/runs", tmp_path / "opus/state/runs"
    for number, root in enumerate(roots):
        attempt(root, "run/other", patch=f"+ {number}\n", written=1 + number)
        attempt(root, "run/same", patch="+ x\n", written=3 + number)
        attempt(root, "run/none", patch=None, written=5 + number)
    return roots


@pytest.mark.parametrize("own_folder", [True, False])
@pytest.mark.parametrize("judged", [0, 1])
def test_a_label_is_on_the_attempt_of_the_root_that_it_was_given_on(
    tmp_path: Path, own_folder: bool, judged: int
) -> None:
    roots = two_roots(tmp_path)
    verdicts = tmp_path / "v" if own_folder else None

    def labels(project: Project) -> dict[tuple[int, str], str]:
        return {
            (roots.index(Path(entry.attempt.root)), entry.attempt.item): entry.decision.judgement or ""
            for entry in project.entries
            if entry.decision is not None
        }

    project = opened(*roots, verdicts=verdicts)
    assert len({entry.id for entry in project.entries}) == 6
    chosen = [entry for entry in project.entries if entry.attempt.root == str(roots[judged])]
    for entry in chosen:
        project.labels.judge(entry, "wrong")
        project.labels.flag(entry)
    expected = {(judged, item): "wrong" for item in ("other", "same", "none")}
    for again in (project, opened(*roots, verdicts=verdicts), opened(*reversed(roots), verdicts=verdicts)):
        assert labels(again) == expected
        assert {entry.id for entry in again.entries if entry.flagged} == {
            e.id for e in again.entries if e.decision
        }
        assert [len(again.labels.history(entry)) for entry in again.entries if entry.decision is None] == [
            0,
            0,
            0,
        ]
        assert len(again.labels.gold()) == 3
        assert sum(case.gold is not None for case in labelled(again)) == 3
        assert sum(row.gold is not None for row in Statistics(again, again.entries).rows) == 3
    assert labels(opened(roots[judged], verdicts=verdicts)) == expected
    assert labels(opened(roots[1 - judged], verdicts=verdicts)) == {}
    project.labels.undo()
    assert [entry.flagged for entry in project.entries].count(True) == 2


def test_notes_on_two_runs_of_one_id_are_kept_apart(tmp_path: Path) -> None:
    roots = two_roots(tmp_path)
    both = opened(*roots, verdicts=tmp_path / "v")
    first, second = sorted({about_run(entry.run_name) for entry in both.entries})
    both.notes.write(first, "of the first")
    assert (both.notes.own(first), both.notes.own(second)) == ("of the first", "")
    both.notes.write(second, "of the second")
    for again in (both, opened(*reversed(roots), verdicts=tmp_path / "v")):
        assert (again.notes.own(first), again.notes.own(second)) == ("of the first", "of the second")
        assert again.notes.subjects() == [first, second]
    alone = opened(roots[1], verdicts=tmp_path / "v")
    assert alone.notes.own(about_run("run")) == "of the second"
    alone.notes.write(about_run("run"), "")
    assert alone.notes.subjects() == []


def test_notes_of_other_runs_outside_projects_are_not_taken_for_these(tmp_path: Path) -> None:
    """Nor is prose for the report on others; a note of an earlier version, which knows no place, is."""
    for name in ("gpt", "opus"):
        attempt(tmp_path / name, "run/0", patch=f"+ {name}\n")
    first, second = (lambda: opened(tmp_path / "gpt")), (lambda: opened(tmp_path / "opus"))
    for subject in (about_run("run"), about_section("conclusion")):
        first().notes.write(subject, "of gpt")
        assert first().notes.own(subject) == "of gpt"
        assert second().notes.own(subject) == ""
        second().notes.write(subject, "of opus")
        assert (first().notes.own(subject), second().notes.own(subject)) == ("of gpt", "of opus")
    assert "run:run, of ada: of opus" in to_text(first())
    (file,) = (tmp_path / "home/DATA").rglob("+notes.*")
    Store(NOTE, file.parent.parent, "ada", writer="w").append(Note(subject="section:findings", text="old"))
    assert first().notes.own("section:findings") == second().notes.own("section:findings") == "old"


@pytest.mark.parametrize("wanted", ["all", "random:n=6,seed=1", "random:n=4,seed=1,repeats=0.5"])
def test_queues_keep_attempts_of_two_roots_apart(tmp_path: Path, wanted: str) -> None:
    roots = two_roots(tmp_path)
    project = opened(*roots, verdicts=tmp_path / "v")
    session = start_session(project, wanted)
    shown = [entry.id for entry in session.entries]
    assert session.missing == ()
    assert len(shown) == len(session.queue.items) == 6
    assert len({*shown}) == (4 if "repeats" in wanted else 6)
    judged = session.entries[0]
    project.labels.judge(judged, "wrong", **project.session_details(judged))
    assert progress(session.queue, project.labels) == (6, 1)
    assert [entry.decision is not None for entry in session.entries] == [
        entry is judged for entry in session.entries
    ]
    if session.path is None:
        return
    again = opened(*reversed(roots), verdicts=tmp_path / "v")
    assert [entry.id for entry in start_session(again, str(session.path)).entries] == shown
    (design,) = Statistics(again).summary().designs
    assert design.refused is None
    alone = start_session(opened(roots[0], verdicts=tmp_path / "v"), str(session.path))
    assert len(alone.entries) + len(alone.missing) == 6
    assert len(alone.entries) == sum(id_.startswith("gpt") for id_ in shown)


def test_a_label_without_its_place_is_on_what_its_files_tell_or_on_none(tmp_path: Path) -> None:
    """As of a project whose roots were opened one by one: the same id is in two of them now."""
    roots = two_roots(tmp_path)
    project = opened(roots[1], verdicts=tmp_path / "v")
    for entry in project.entries:
        project.labels.judge(entry, "wrong")
    both = opened(*roots, verdicts=tmp_path / "v")
    assert {(e.attempt.root, e.attempt.item) for e in both.entries if e.decision is not None} == {
        (str(roots[1]), item) for item in ("other", "same", "none")
    }
    for item in ("other", "none"):
        journal = roots[1] / "run" / item / "journal.json"
        journal.write_text(journal.read_text().replace("{", '{"note": 1, ', 1))
    (roots[1] / "run/other/model_patch.diff").write_text("+ another\n")
    both = opened(*roots, verdicts=tmp_path / "v")
    assert [e.attempt.item for e in both.entries if e.decision is not None] == ["same"]
    assert both.labels.acts.count_elsewhere() == 2


def test_imported_labels_are_on_the_attempt_of_the_folder_that_they_name(tmp_path: Path) -> None:
    both = opened(*two_roots(tmp_path), verdicts=tmp_path / "v")
    file = tmp_path / "labels.jsonl"
    labels = {entry.id: "correct" if "gpt" in entry.id else "wrong" for entry in both.entries}
    rows = [{"attempt": name, "judgement": judgement} for name, judgement in labels.items()]
    file.write_text(
        "".join(json.dumps(row) + "\n" for row in [*rows, {"attempt": "run/same", "judgement": "unsure"}])
    )
    found = import_labels(both, file, annotator="bob", kind="human")
    assert (found.saved, found.problems) == (len(labels), ())
    (unmatched,) = found.unmatched
    assert "run/same is in 2 of the opened folders" in unmatched
    given = {name: act.judgement for (who, name), act in both.labels.in_force().items() if who == "bob"}
    assert given == labels
    assert import_labels(both, file, annotator="bob", kind="human").unchanged == len(labels)


def test_twins_of_one_folder_are_no_cluster_with_those_of_another(tmp_path: Path) -> None:
    for root, commit in (("gpt", "a"), ("opus", "c")):
        for item in ("0", "1"):
            attempt(tmp_path / root, f"run/{item}", commit=commit, patch="+ x\n", written=ord(item))
    both = opened(tmp_path / "gpt", tmp_path / "opus", verdicts=tmp_path / "v")
    list(both.analyse(only=set()))
    assert len({row.cluster for row in Statistics(both).rows}) == 2
