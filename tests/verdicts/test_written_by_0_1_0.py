"""Verdict files that version 0.1.0 wrote are read as it read them, and written the same, byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_runs import attempt, entry_of, opened, start_session

from reviewer.model import Mark
from reviewer.project.project import Project
from reviewer.verdicts import queues
from reviewer.verdicts.blocks import DECISION, NOTE, Form, read_block, write_block

WRITTEN = Path(__file__).parent.parent / "data" / "verdicts-0.1.0"
"""Every kind of act on six small attempts by three annotators, a repeat in a queue, notes and a draft."""
QUEUE = "random-n-4-seed-1-repeats-0.25"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for number in range(6):
        patch = "same\n" if number in (3, 4) else f"patch {number}\n"
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=patch)
    shutil.copytree(WRITTEN, tmp_path / "verdicts")
    return opened(tmp_path)


def _blocks(form: Form, path: Path) -> list[bytes]:
    data = path.read_bytes()
    starts = [match.start() for match in form.start.finditer(data)]
    return [data[a:b].rstrip(b"\n") + b"\n" for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


def test_every_block_is_written_as_it_was_read(sample: Path) -> None:
    files = [*WRITTEN.glob("[!+]*/*.toml"), *WRITTEN.glob("*/+drafts/*.toml")]
    files += (sample / "verdicts").glob("[!+]*/*.toml")
    read: dict[str, int] = {}
    for path in files:
        form = NOTE if path.name.startswith("+notes.") else DECISION
        for block in _blocks(form, path):
            item = read_block(form, block)
            assert not item.edited
            assert write_block(form, item) == block
            read[form.table] = read.get(form.table, 0) + 1
    assert read == {"decision": 71, "note": 8}


def test_a_queue_file_is_written_as_it_was_read(tmp_path: Path) -> None:
    (path,) = (WRITTEN / "+queues").glob("*.toml")
    queues.write(tmp_path / "queue.toml", queues.read(path))
    assert (tmp_path / "queue.toml").read_bytes() == path.read_bytes()


def test_what_labels_come_to_is_what_it_was(project: Project) -> None:
    labels = project.labels
    assert labels.damaged == ()
    assert {binding.state for binding in labels.acts.bindings} == {"bound"}
    judged = {
        e.attempt.item: (e.decision.judgement, e.decision.source) for e in project.entries if e.decision
    }
    assert judged == {
        "0": ("correct", "human"), "2": ("correct", "human"), "3": ("wrong", "human"),
        "4": ("wrong", "twin"), "5": ("nothing", "rule"),
    }  # fmt: skip
    assert [e.attempt.item for e in project.entries if e.skipped] == ["1"]
    assert [e.attempt.item for e in project.entries if e.flagged] == ["2"]
    assert {name: (gold.judgement, gold.strength) for name, gold in labels.gold().items()} == {
        "run/0": ("correct", "single"), "run/3": ("wrong", "adjudicated"), "run/4": ("wrong", "single"),
    }  # fmt: skip
    assert project.notes.subjects() == [f"commit:{'a' * 40}", "run:run"]
    assert project.notes.own("run:run") == "slow"


def test_an_act_has_all_that_was_recorded(project: Project) -> None:
    first = project.labels.history(entry_of(project, "run/0"))[0]
    assert (first.queue, first.number, first.blind, first.seconds) == (QUEUE, 1, True, 74.2)
    assert first.criteria == {"complete": "yes", "meaningful": "no"}
    assert (first.tags, first.confidence, first.saw) == (("scope_creep", "names"), "high", ("log",))
    assert first.notes == 'core "right"\nsecond line'
    assert first.evidence[0] == Mark(side="agent", file="a.py", line=3, mark="extra")
    assert b"place = 1\n" in write_block(DECISION, first)
    assert read_block(DECISION, write_block(DECISION, first)).number == 1


def test_the_queue_shows_its_repeat_as_judged(project: Project) -> None:
    session = start_session(project, QUEUE)
    assert [entry.attempt.item for entry in session.entries] == ["0", "2", "3", "4", "0"]
    assert session.entries[-1].showing == (QUEUE, 5)
    assert not project.is_open(session.entries[-1])
