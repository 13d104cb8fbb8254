"""What the tests of screens share."""

from __future__ import annotations

import asyncio
from time import monotonic, process_time

import pytest
from memory import MemoryRuns

from reviewer.tui import background


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> MemoryRuns:
    """Attempts that need no git and no worker; they are only read."""
    return MemoryRuns(tmp_path_factory.mktemp("runs"))


@pytest.fixture(autouse=True)
def _keys_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on behind the screens goes on after a key too: no person waits for its answer here."""
    monkeypatch.setattr(background, "KEY_LASTS", 0.0)


_STEP = 0.004
"""Seconds between two looks whether the program waits."""
_LOOKS = 2
"""Looks on end at which it does: what a thread has found comes in between two."""


async def _wait_for_idle(min_sleep: float = 5 * _STEP, max_sleep: float = 1) -> None:
    """Wait as Textual's own does, which sleeps 20 ms three times for each key, until the program has nothing to do.

    Where the machine is busy, little time of the processor does not say that: nothing may be due either.
    """
    began, quiet = monotonic(), 0
    while True:
        used = process_time()
        await asyncio.sleep(_STEP)
        due = getattr(asyncio.get_running_loop(), "_ready", ())
        quiet = quiet + 1 if process_time() - used < _STEP / 10 and not due else 0
        passed = monotonic() - began
        if passed >= max_sleep or (passed >= min_sleep and quiet >= _LOOKS):
            return


@pytest.fixture(autouse=True)
def _keys_pressed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that press keys wait for the answers, and for nothing after them."""
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", _wait_for_idle)
