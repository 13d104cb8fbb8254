from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.model import Decision, Mark
from reviewer.verdicts import drafts
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.reading import read_folder
from reviewer.verdicts.store import NotSaved, Store

DRAFT = Decision(
    attempt="run/../\udce9/1",
    notes='half a "sentence',
    tags=("names", "my own"),
    confidence="low",
    criteria={"complete": "partly"},
    evidence=(Mark(side="agent", file="a.py", line=3, mark="wrong"),),
)


def test_a_draft_is_kept_replaced_and_cleared(tmp_path: Path) -> None:
    assert drafts.load(tmp_path, "ann", DRAFT.attempt) is None
    drafts.clear(tmp_path, "ann", DRAFT.attempt)
    drafts.save(tmp_path, "ann", Decision(attempt=DRAFT.attempt, notes="first"))
    drafts.save(tmp_path, "ann", DRAFT)
    read = drafts.load(tmp_path, "ann", DRAFT.attempt)
    assert read is not None
    assert read.annotator == "ann"
    for name in ("attempt", "notes", "tags", "confidence", "criteria", "evidence", "judgement"):
        assert getattr(read, name) == getattr(DRAFT, name)
    assert drafts.load(tmp_path, "bob", DRAFT.attempt) is None
    assert drafts.load(tmp_path, "ann", "run/2") is None
    drafts.clear(tmp_path, "ann", DRAFT.attempt)
    assert drafts.load(tmp_path, "ann", DRAFT.attempt) is None
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_drafts_are_no_decisions(tmp_path: Path) -> None:
    saved = Store(DECISION, tmp_path, "ann").append(Decision(attempt="run/1", action="skip"))
    drafts.save(tmp_path, "ann", DRAFT)
    assert read_folder(tmp_path).decisions == saved
    assert read_folder(tmp_path).damaged == ()


def test_a_draft_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    drafts.save(tmp_path, "ann", DRAFT)
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    path.write_bytes(path.read_bytes()[:40])
    assert drafts.load(tmp_path, "ann", DRAFT.attempt) is None
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved):
        drafts.save(tmp_path / "file", "ann", DRAFT)


def test_a_failed_save_keeps_the_draft_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts.save(tmp_path, "ann", DRAFT)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotSaved, match="No space left"):
        drafts.save(tmp_path, "ann", Decision(attempt=DRAFT.attempt, notes="newer"))
    read = drafts.load(tmp_path, "ann", DRAFT.attempt)
    assert read is not None
    assert read.notes == DRAFT.notes
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
