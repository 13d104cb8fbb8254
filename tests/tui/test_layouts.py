"""How the screens are laid out, at a small and at a large size.

    pytest tests/tui/test_layouts.py --snapshot-update

writes the pictures anew; look at each that changed before it is committed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pilots import opened, settled
from textual.pilot import Pilot

from reviewer.tui.app import ReviewerApp

SCREENS = {
    "list": (),
    "filter": ("slash", *"agent:trae"),
    "page": ("p",),
    "statistics": ("s",),
    "queues": ("Q",),
}
"""Each by the keys that lead to it from the list."""


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_layout_of(
    screen: str, size: tuple[int, int], sample: Path, tmp_path: Path, snap_compare: Callable[..., bool]
) -> None:
    runs = tmp_path / "home" / "work" / "sample_runs"  # the last three parts are shown in the header
    shutil.copytree(sample, runs)

    async def open_screen(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in SCREENS[screen]:
            await pilot.press(key)
        await settled(pilot)

    app = ReviewerApp(opened(runs, tmp_path / "verdicts"))
    assert snap_compare(app, terminal_size=size, run_before=open_screen)
