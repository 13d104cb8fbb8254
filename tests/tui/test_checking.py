"""Checks of a large project: what is looked at comes first, then what the queue shows next, then the newest."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import attempt, opened

from reviewer.project.project import Project
from reviewer.tui import checking
from reviewer.tui.checking import Checking


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Twelve attempts, which is many here; the oldest is the first of the queue."""
    monkeypatch.setattr(checking, "MANY", 3)
    monkeypatch.setattr(checking, "_GROUP", 4)
    monkeypatch.setattr(checking, "_AHEAD", 2)
    for number in range(12):
        attempt(tmp_path / "r", f"run/{number:02}", written=1000.0 + number, patch=f"{number}\n")
    return opened(tmp_path)


def test_what_is_looked_at_comes_first_then_the_queue_then_the_newest(large: Project) -> None:
    rows = {entry.attempt.item: entry.row for entry in large.entries}
    shown = [rows["05"]]
    order = Checking(large, lambda: shown, lambda: None)
    groups = order.groups()
    assert [entry.attempt.item for entry in next(groups)] == ["05", "06", "07", "11"]
    shown[:] = [rows["02"]]  # the cursor is elsewhere by now
    assert [entry.attempt.item for entry in next(groups)] == ["02", "03", "04", "10"]
    assert sorted(entry.attempt.item for group in groups for entry in group) == ["00", "01", "08", "09"]


def test_progress_is_said_of_a_large_project_while_it_is_checked(large: Project) -> None:
    painted: list[str] = []
    order = Checking(large, tuple, lambda: painted.append(order.words))
    assert order.words == ""
    order.running = True
    next(order.groups())
    order.count(5)
    assert painted == ["checked 5 of 12"]
    order.count(1)
    assert painted == ["checked 5 of 12"]  # the next figure comes a second later
    assert "pause" in order.pause()
    assert painted[-1] == "paused at 6 of 12"
    assert order.pause() == "checks go on"
    order.finish()
    assert order.words == ""


def test_that_checks_pause_is_said_from_the_key_on(large: Project) -> None:
    order = Checking(large, tuple, lambda: None)
    order.running = True
    order.pause()
    assert order.words == "checks paused"  # none is counted yet


def test_while_checks_pause_no_more_are_chosen(large: Project) -> None:
    order = Checking(large, tuple, lambda: None)
    order.pause()
    order.end()  # leaving the program ends the wait
    assert list(order.groups()) == []


def test_a_small_project_is_checked_as_a_whole(large: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MANY", 2000)
    order = Checking(large, tuple, lambda: None)
    order.running = True
    assert [len(group) for group in order.groups()] == [12]
    assert order.words == ""
    assert "once what the workers have in hand" in order.pause()
    assert order.words == "paused at 0 of 12"
    order.finish()
    assert order.pause() == "everything is checked; new attempts will be, too"
    assert order.pause() == "everything is checked; new attempts wait for the same key"
