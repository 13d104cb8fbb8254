"""Of what is pasted into an input nothing is lost, however many lines it has."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from memory import MemoryRuns
from pilots import opened, reviewing, settled
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from reviewer.project.notes import about_commit
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.widgets.input_line import LINE_BREAK, on_one_line

PASTED = "ValueError: first line\n  second line of the evidence\n  third line\n"


async def paste(pilot: Pilot[None], text: str) -> str:
    """Paste as a terminal does; gives what the input in front holds then."""
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
    assert isinstance(pilot.app.focused, Input)
    return pilot.app.focused.value


async def test_notes_keep_the_lines_that_are_pasted(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, project):
        await pilot.press("e", *"see ")
        shown = await paste(pilot, PASTED.replace("\n", "\r"))  # as terminals send it
        assert shown == f"see {PASTED.rstrip().replace(chr(10), LINE_BREAK)}"
        await pilot.press("enter", "e")
        assert screen.line.value == shown
        await pilot.press("enter", "1")
        await pilot.pause()
        (saved,) = project.labels.decisions
        assert saved.notes == f"see {PASTED.rstrip()}"


async def test_notes_on_a_commit_keep_the_lines_that_are_pasted(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, project):
        await pilot.press("E")
        await paste(pilot, PASTED)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.entry.commit_hash is not None
        assert project.notes.own(about_commit(screen.entry.commit_hash)) == PASTED.strip()


async def test_the_case_of_the_paste(cases: Path, runs: MemoryRuns, tmp_path: Path) -> None:
    text = (cases / "16-paste-in-notes" / "paste.txt").read_text()
    async with reviewing(runs, tmp_path, "0001") as (pilot, _, project):
        await pilot.press("e")
        await paste(pilot, text)
        await pilot.press("enter", "1")
        await pilot.pause()
        (saved,) = project.labels.decisions
        assert saved.notes == text.rstrip("\n")


async def test_inputs_of_one_line_take_every_line(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        for key in ("slash", "o", "equals_sign", "Y"):
            await pilot.press(key)
            await pilot.pause()
            screen.line.value = ""
            assert await paste(pilot, "one\ntwo\r\nthree") == "one two three", key
            await pilot.press("escape")


async def test_the_filter_and_the_palette_take_every_line(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        assert await paste(pilot, "judged:no\nstatus:error\n") == "judged:no status:error"
        await pilot.press("escape", "ctrl+p")
        await pilot.pause()
        assert await paste(pilot, "group\nby") == "group by"


async def test_a_paste_replaces_what_is_selected_and_an_empty_one_does_nothing(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        assert isinstance(screen, ReviewScreen)
        await pilot.press("e", *"old")
        assert await paste(pilot, "") == "old"
        assert await paste(pilot, "\n\n") == f"old{LINE_BREAK}"
        screen.line.select_all()
        assert await paste(pilot, "a\n\nb") == f"a{LINE_BREAK}{LINE_BREAK}b"


@given(st.text(max_size=30))
def test_only_line_breaks_change(text: str) -> None:
    line = on_one_line(text, "\0")
    assert len(line.splitlines()) <= 1
    assert line.replace("\0", "") == "".join(text.splitlines()).replace("\0", "")
