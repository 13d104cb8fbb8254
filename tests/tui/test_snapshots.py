"""How every screen is laid out, at a small and at a large size, held in pictures.

    pytest -n 0 tests/tui/test_snapshots.py --snapshot-update

writes the pictures anew; look at each that changed before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from memory import MemoryRuns, write_labels
from pilots import coloured, settled
from textual.pilot import Pilot

from reviewer.config import Settings
from reviewer.tui.app import ReviewerApp
from reviewer.tui.diff import pane
from reviewer.tui.review.review import ReviewScreen

SCREENS = {
    "list": (),
    "filter": ("slash", *"agent:trae"),
    "diff": ("g", "j", "enter"),
    "criteria": ("g", "j", "enter", "c"),
    "commit-view": ("g", "j", "enter", *["tab"] * 8),
    "page": ("p",),
    "rates": ("s",),
    "runs": ("s", "tab", "tab", "tab"),
    "queues": ("Q",),
    "agreement": ("D",),
    "guidelines": ("g", "j", "enter", "M"),
    "help": ("question_mark",),
}
"""Each by the keys that lead to it from the list."""


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_layout_of(
    screen: str,
    size: tuple[int, int],
    runs: MemoryRuns,
    tmp_path: Path,
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pane, "COLOUR_AFTER", 0.001)  # colours are there or not, never on their way
    monkeypatch.delenv("NO_COLOR", raising=False)
    write_labels(runs, tmp_path)
    project = runs.open(tmp_path, "ada", Settings(theme="dark", guard_ms=0))

    async def open_screen(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in SCREENS[screen]:
            await pilot.press(key)
            await settled(pilot)
        if isinstance(pilot.app.screen, ReviewScreen):
            await coloured(pilot, pilot.app.screen)

    assert snap_compare(ReviewerApp(project), terminal_size=size, run_before=open_screen)
