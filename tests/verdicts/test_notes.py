"""Notes on commits, runs and sections: appended, the newest in force, nothing lost."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.config import workspace
from reviewer.model import Note
from reviewer.project.notes import about_commit, about_run, in_force
from reviewer.project.project import Project
from reviewer.verdicts.blocks import NOTE, read_block, write_block
from reviewer.verdicts.reading import label_files, read_folder, read_notes
from reviewer.verdicts.store import NotSaved, Store

COMMIT = about_commit("8aa1485fcff7be3e42300c0615ee0f3f3cbce9a8")


def project_of(sample: Path, verdicts: Path, annotator: str = "anna") -> Project:
    return Project.open(workspace((sample,), verdicts=verdicts, annotator=annotator))


def test_the_newest_is_in_force_and_the_earlier_one_stays(sample: Path, tmp_path: Path) -> None:
    notes = project_of(sample, tmp_path).notes
    notes.write(COMMIT, "first")
    notes.write(COMMIT, "second,\nover two lines")
    (file,) = tmp_path.rglob("+notes.*.toml")
    document = tomllib.loads(file.read_text())
    assert [note["text"] for note in document["note"]] == ["first", "second,\nover two lines"]
    assert (document["annotator"], document["kind"], document["schema"]) == ("anna", "human", 1)
    again = project_of(sample, tmp_path).notes
    assert [note.text for note in again.about(COMMIT)] == ["second,\nover two lines"]
    assert again.own(COMMIT) == "second,\nover two lines"
    assert again.subjects() == [COMMIT]


def test_what_is_in_force_is_not_written_again(sample: Path, tmp_path: Path) -> None:
    notes = project_of(sample, tmp_path).notes
    notes.write(COMMIT, "once")
    (file,) = tmp_path.rglob("+notes.*.toml")
    before = file.read_bytes()
    notes.write(COMMIT, "once")
    assert file.read_bytes() == before


def test_an_empty_note_takes_back(sample: Path, tmp_path: Path) -> None:
    notes = project_of(sample, tmp_path).notes
    notes.write(COMMIT, "too hasty")
    notes.write(COMMIT, "")
    assert notes.about(COMMIT) == ()
    assert project_of(sample, tmp_path).notes.subjects() == []


def test_annotators_stand_beside_one_another(sample: Path, tmp_path: Path) -> None:
    project_of(sample, tmp_path, "bert").notes.write(COMMIT, "of Bert")
    project_of(sample, tmp_path, "anna/x").notes.write(COMMIT, "of Anna")
    notes = project_of(sample, tmp_path).notes.about(COMMIT)
    assert [(note.annotator, note.text) for note in notes] == [("anna/x", "of Anna"), ("bert", "of Bert")]


def test_notes_are_no_decisions(sample: Path, tmp_path: Path) -> None:
    project_of(sample, tmp_path).notes.write(about_run("r"), "died twice")
    assert list(label_files(tmp_path)) == []
    assert read_folder(tmp_path).damaged == ()


def test_what_is_damaged_is_named_and_the_rest_is_read(sample: Path, tmp_path: Path) -> None:
    notes = project_of(sample, tmp_path).notes
    for text in ("one", "two", "three"):
        notes.write(about_run(text), text)
    (file,) = tmp_path.rglob("+notes.*.toml")
    data = file.read_bytes()
    file.write_bytes(data.replace(b'text = "two"', b'text = "2"')[:-20] + b"rubbish\n")
    again = project_of(sample, tmp_path).notes
    assert [note.text for note in again.about(about_run("one"))] == ["one"]
    (edited,) = again.about(about_run("two"))
    assert (edited.text, edited.edited) == ("2", True)
    assert again.about(about_run("three")) == ()
    (damage,) = again.damaged
    assert "cut off" in damage.reason
    assert damage.file == str(file)
    again.write(about_run("three"), "once more")
    assert [note.text for note in project_of(sample, tmp_path).notes.about(about_run("three"))] == [
        "once more"
    ]


def test_what_cannot_be_saved_says_why(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "verdicts"
    folder.write_text("in the way")
    notes = project_of(sample, folder).notes
    with pytest.raises(NotSaved, match="verdicts"):
        notes.write(COMMIT, "lost?")
    assert notes.about(COMMIT) == ()


def test_a_note_without_subject_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotSaved, match="subject"):
        Store(NOTE, tmp_path, "anna").append(Note(subject="", text="about nothing"))
    assert read_notes(tmp_path)[0] == ()


@settings(max_examples=60)
@given(st.text(min_size=1), st.text())
def test_any_text_comes_back(subject: str, text: str) -> None:
    note = Note(subject=subject, text=text, id="0" * 32)
    assert read_block(NOTE, write_block(NOTE, note)) == note


def test_in_force_is_by_annotator() -> None:
    notes = [
        Note(subject="run:a", text=text, annotator=name, id=str(number))
        for number, (name, text) in enumerate([("b", "old"), ("a", "other"), ("b", "new")])
    ]
    assert [note.text for note in in_force(notes, "run:a")] == ["other", "new"]
