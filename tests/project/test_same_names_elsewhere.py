"""Attempts of one name in two folders, judged in the folder that all runs outside projects share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.reports.doctor import to_text


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
