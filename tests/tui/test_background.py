"""What goes on behind the screens lets a key go first."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from memory import MemoryRuns
from pilots import opened, settled

from reviewer.tui import background
from reviewer.tui.app import ReviewerApp
from reviewer.tui.background import Background
from reviewer.tui.checking import Checking


class Reading:
    """A project of which three steps are to be read."""

    is_reading = has_changed = False

    def __init__(self) -> None:
        self.read_at: list[float] = []
        self.table = SimpleNamespace()

    def read_on(self) -> bool:
        self.read_at.append(time.monotonic())
        return len(self.read_at) < 3


class Host:
    """An application without a screen, whose workers work at once."""

    def run_worker(self, work: Callable[[], object], **_: object) -> None:
        work()

    def shown_rows(self) -> list[int]:
        return []


def test_reading_goes_on_when_a_key_has_been_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "KEY_LASTS", 0.1)
    project: Any = Reading()
    host: Any = Host()
    behind = Background(host, project, Checking(project, tuple, lambda: None), follow=False)
    behind.key_pressed()
    pressed = time.monotonic()
    behind.read()
    first, second, third = project.read_at
    assert second >= pressed + 0.1
    assert third >= second >= first


async def test_what_is_garbage_by_a_later_pass_of_the_checks_can_go(
    runs: MemoryRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A freeze keeps for ever what is garbage then: screens that were closed, attempts that were left."""
    app = ReviewerApp(opened(runs, tmp_path / "verdicts"))
    async with app.run_test() as pilot:
        await settled(pilot)
        frozen: list[None] = []
        monkeypatch.setattr(background.gc, "freeze", lambda: frozen.append(None))
        app._background.check()
        await settled(pilot)
    assert frozen == []
