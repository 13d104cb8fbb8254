"""A judging key acts on an attempt only once its diff was on the screen, whatever covered it."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from memory import MemoryRuns
from pilots import decisions, reviewing, settled
from textual.pilot import Pilot

from reviewer.project.entries import Entry
from reviewer.project.references import Review
from reviewer.tui.review.review import ReviewScreen

NARROW, WIDE = (80, 24), (150, 45)


def diff_is_shown(screen: ReviewScreen) -> bool:
    """Whether the diff has lines on the screen, and the keys go to it."""
    return screen.diff.display and screen.diff.size.height > 0 and screen.focused is screen.diff


async def judged(pilot: Pilot[None], verdicts: Path, key: str = "3") -> int:
    """How many acts are on disk after a judging key."""
    await pilot.press(key)
    await settled(pilot)
    return len(decisions(verdicts))


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
async def test_the_next_attempt_opens_with_its_diff_whatever_covered_the_one_before(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with reviewing(runs, tmp_path, "0000", size) as (pilot, screen, _project):
        for count, keys in enumerate((["i"], ["c"], ["t"], ["O"], ["tab"], ["tab", "i"], ["tab", "O"]), 1):
            before = screen.entry
            await pilot.press(*keys)
            await settled(pilot)
            assert not diff_is_shown(screen), keys
            assert await judged(pilot, tmp_path, "3" if count < 5 else "0") == count
            assert screen.entry != before
            assert diff_is_shown(screen), keys


@pytest.mark.parametrize("keys", [["tab"], ["i"], ["O"]], ids=["view", "checks", "files"])
async def test_a_key_is_dropped_where_the_diff_was_covered_before_it_came(
    runs: MemoryRuns, tmp_path: Path, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(runs, tmp_path, "0000", NARROW) as (pilot, screen, project):
        pressed, read = Event(), project.references.review

        def read_after_the_keys(entry: Entry, against: Entry | None) -> Review:
            assert pressed.wait(60)
            return read(entry, against)

        monkeypatch.setattr(project.references, "review", read_after_the_keys)
        screen.panes.forget()
        screen.show(screen.entry)
        await pilot.press(*keys)
        pressed.set()
        await settled(pilot)
        assert screen.panes.loaded
        assert await judged(pilot, tmp_path) == 0
        assert "1 key dropped" in screen.message.plain
        await pilot.press("q")
        await settled(pilot)
        assert diff_is_shown(screen)
        await pilot.press("tab")  # it was seen: what covers it now is of this attempt too
        await settled(pilot)
        assert await judged(pilot, tmp_path) == 1


async def test_a_key_is_dropped_where_the_terminal_is_too_small_to_show_anything(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, _screen, _project):
        for size in ((39, 24), (80, 7)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert await judged(pilot, tmp_path) == 0
        await pilot.resize_terminal(*NARROW)
        await settled(pilot)
        assert await judged(pilot, tmp_path) == 1
