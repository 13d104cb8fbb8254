"""The pages of commits and runs, opened from the list as a user does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import MemoryRuns
from pilots import opened, reviewing, settled
from textual.pilot import Pilot
from textual.widgets import Input

from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.page import PageScreen
from reviewer.tui.widgets.page import ListPage, Styled, pieced


@asynccontextmanager
async def browsing(
    runs: MemoryRuns, verdicts: Path, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], BrowseScreen, Project]]:
    """The list, every check in."""
    project = opened(runs, verdicts)
    app = ReviewerApp(project)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, BrowseScreen)
        yield pilot, app.screen, project


async def page_of(pilot: Pilot[None], *keys: str) -> tuple[PageScreen, list[str]]:
    """The page that the keys open, and its lines."""
    await pilot.press(*keys)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, PageScreen)
    return screen, lines_of(screen)


def lines_of(screen: PageScreen) -> list[str]:
    return [screen.text.text_of(index) for index in range(screen.text.count)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_group_line_opens_the_page_of_its_commit(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with browsing(runs, tmp_path, size) as (pilot, browse, project):
        group = browse.list.groups[0]
        browse.list.select(group)
        screen, lines = await page_of(pilot, "p")
        assert f"commit {group.key[:8]}" in screen.header.plain
        assert any("human change" in line for line in lines)
        assert all(
            any(part in line for line in lines) for part in ("what the human did", "key finding", "notes")
        )
        same = [entry for entry in project.entries if entry.commit_hash == group.key]
        targets = [screen.text.content[index].target for index in range(screen.text.count)]
        assert {target for target in targets if target is not None} == set(same)
        await pilot.press("q")
        assert pilot.app.screen is browse
        await page_of(pilot, "p")
        await pilot.press("escape")
        assert pilot.app.screen is browse


async def test_an_attempt_on_the_page_is_opened_judged_and_seen_there(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with browsing(runs, tmp_path, (80, 24)) as (pilot, browse, project):
        browse.list.select(browse.list.groups[0])
        screen, _ = await page_of(pilot, "p")
        place = next(i for i in range(screen.text.count) if screen.text.content[i].target is not None)
        entry = screen.text.content[place].target
        screen.text.go_to(place)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert pilot.app.screen.entry is entry
        assert {e.commit_hash for e in project.queue} == {entry.commit_hash}
        assert project.labels.judge(entry, "wrong", seconds=3).reason == ""
        screen, lines = await page_of(pilot, "q")
        assert entry.decision.verdict in lines[place]
        assert screen.text.cursor == place


async def test_the_page_follows_the_grouping_and_shift_p_turns_it_round(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with browsing(runs, tmp_path) as (pilot, browse, _):
        entry = browse.list.groups[0].entries[0]
        browse.list.select(entry)
        _, lines = await page_of(pilot, "P")
        assert lines[0] == f"── run {entry.attempt.run}"
        _, lines = await page_of(pilot, "p")
        assert lines[0] == f"── commit {entry.commit_hash}"
        await pilot.press("q", "v")
        assert browse.list.grouping == "run"
        group = browse.list.groups[-1]
        browse.list.select(group)
        _, lines = await page_of(pilot, "p")
        assert lines[0] == f"── run {group.entries[0].attempt.run}"
        screen, _ = await page_of(pilot, "p")
        assert "Put the cursor on an attempt" in screen.message.plain
        assert screen.of_run
        await pilot.press("G")
        _, lines = await page_of(pilot, "p")
        assert lines[0].startswith("── commit ")
        await pilot.press("q", "P")
        assert pilot.app.screen is browse
        assert "Put the cursor on an attempt" in browse.message.plain


async def test_notes_from_the_list_and_the_page(runs: MemoryRuns, tmp_path: Path) -> None:
    async with browsing(runs, tmp_path) as (pilot, browse, project):
        group = browse.list.groups[0]
        browse.list.select(group)
        # typed in one go: nothing of it may act as a key
        screen, lines = await page_of(pilot, "E", *"quick", "enter")
        assert project.notes.own(f"commit:{group.key}") == "quick"
        assert "saved note" in screen.message.plain
        assert "    quick" in lines
        assert screen.text.has_focus
        assert "search" in screen.keys.plain
        await pilot.press("E")
        assert screen.query_one("#line", Input).value == "quick"
        await pilot.press("escape")
        assert pilot.app.screen is screen
        await pilot.press("q", "v")
        run = browse.list.current_entry
        assert run is not None
        screen, lines = await page_of(pilot, "E", *"of the run", "enter")
        assert project.notes.own(f"run:{run.attempt.run}") == "of the run"
        assert "    of the run" in lines


async def test_summary_and_key_finding_are_written_where_the_cursor_is(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with browsing(runs, tmp_path) as (pilot, browse, project):
        group = browse.list.groups[0]
        browse.list.select(group)
        screen, lines = await page_of(pilot, "p")
        parts = {
            "what the human did": ("#summary", "on what"),
            "key finding": ("#finding", "on key"),
            "simple or complex": ("#complexity", "complex: it is not"),
            "notes": ("", "on notes"),
        }
        for part, (field, text) in parts.items():
            screen.text.go_to(next(i for i, line in enumerate(lines) if line.startswith(f"── {part}")))
            screen, lines = await page_of(pilot, "E", *text, "enter")
            assert project.notes.own(f"commit:{group.key}{field}") == text
            place = lines.index(f"    {text}")
            heading = place - 2 - (field == "#complexity")  # under which the figures stand
            assert lines[heading].startswith(f"── {part}")
            screen.text.go_to(place)  # the text itself is a part as well
            await pilot.press("E")
            assert screen.query_one("#line", Input).value == text
            await pilot.press("escape")


async def test_a_text_that_calls_a_commit_neither_stays_in_the_line(runs: MemoryRuns, tmp_path: Path) -> None:
    async with browsing(runs, tmp_path) as (pilot, browse, project):
        group = browse.list.groups[0]
        browse.list.select(group)
        screen, lines = await page_of(pilot, "p")
        screen.text.go_to(lines.index("── simple or complex · E here writes it"))
        await pilot.press("E", *"hard", "enter")
        await settled(pilot)
        assert screen.query_one("#line", Input).value == "hard"
        assert screen.query_one("#line", Input).has_focus
        assert "not saved yet: begin with simple or complex" in screen.message.plain
        assert "NOT SAVED" not in screen.message.plain
        await pilot.press("home", *"complex: ", "enter")
        await settled(pilot)
        assert project.notes.own(f"commit:{group.key}#complexity") == "complex: hard"
        assert "saved simple or complex" in screen.message.plain


async def test_the_commit_view_beside_the_diff_takes_them_too(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        screen.set_view("Commit")
        screen.to_main()
        await settled(pilot)
        rows = range(screen.text.count)
        screen.text.go_to(next(i for i in rows if screen.text.text_of(i).startswith("── key finding")))
        await pilot.press("E", *"a switch", "enter")
        await settled(pilot)
        assert project.notes.own(f"commit:{screen.entry.commit_hash}#finding") == "a switch"
        assert any(screen.text.text_of(i) == "    a switch" for i in range(screen.text.count))


async def test_a_note_that_cannot_be_saved_is_said(runs: MemoryRuns, tmp_path: Path) -> None:
    verdicts = tmp_path / "verdicts"
    verdicts.write_text("a file where the folder would be")
    async with browsing(runs, verdicts) as (pilot, _, _):
        screen, lines = await page_of(pilot, "E", *"lost", "enter")
        assert "NOT SAVED: note: " in screen.message.plain
        assert "    lost" not in lines
        await pilot.press("q")
        assert isinstance(pilot.app.screen, BrowseScreen)
        assert "NOT SAVED" in pilot.app.screen.message.plain


async def test_the_run_view_takes_a_note_on_the_run(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        screen.set_view("Run")
        screen.to_main()
        await settled(pilot)
        await pilot.press("E", *"slow", "enter")
        await settled(pilot)
        assert project.notes.own(f"run:{screen.entry.attempt.run}") == "slow"
        assert any(screen.text.text_of(i) == "    slow" for i in range(screen.text.count))


async def test_pages_are_closed_in_blind_mode(runs: MemoryRuns, tmp_path: Path) -> None:
    async with browsing(runs, tmp_path) as (pilot, browse, _):
        await pilot.press("B")
        for key in ("p", "P", "E"):
            browse.say("")
            await pilot.press(key)
            assert pilot.app.screen is browse
            assert "closed while you judge blind" in browse.message.plain
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _):
        screen.set_view("Run")
        screen.to_main()
        await settled(pilot)
        await pilot.press("E")
        assert not screen.line.is_open
        assert "stays closed" in screen.message.plain


async def test_search_and_headings_on_the_page(runs: MemoryRuns, tmp_path: Path) -> None:
    async with browsing(runs, tmp_path) as (pilot, _, _):
        screen, lines = await page_of(pilot, "p")
        await pilot.press("full_stop")
        assert lines[screen.text.cursor].startswith("── human change")
        await pilot.press("slash", *"attempts at", "enter")
        await pilot.press("slash", *"zzzz", "enter")
        assert "not found: zzzz" in screen.message.plain
        await pilot.press("slash", *"enter opens", "enter")
        assert "enter opens" in lines[screen.text.cursor]
        assert "in 1 line" in screen.message.plain


@pytest.mark.parametrize("blanks", [0, 2, 7, 60])
def test_a_broken_line_keeps_its_indentation_and_every_word(blanks: int) -> None:
    text = " " * blanks + "commit 8aa1485f is unknown: no repository was opened, and none was named"
    page = ListPage([Styled(text)], wrap=True)
    page.fit(40)
    rows = [page[index].text for index in range(len(page))]
    assert " ".join(row.strip() for row in rows) == text.strip()
    assert all(len(row) <= 39 for row in rows)
    assert {len(row) - len(row.lstrip()) for row in rows} == {min(blanks, 19)}


@given(
    st.lists(
        st.tuples(st.text("ab  é界", max_size=30), st.sampled_from(("fail", "dim", "text"))), max_size=6
    ),
    st.integers(24, 60),
    st.integers(0, 12),
)
def test_the_pieces_of_a_line_keep_their_styles_where_it_is_wrapped(
    pieces: list[tuple[str, str]], width: int, hang: int
) -> None:
    line = pieced(*pieces, hang=hang)
    page = ListPage([line], wrap=True)
    page.fit(width)
    rows = [page[index] for index in range(len(page))]
    assert all("".join(text for text, _ in row.spans) == row.text for row in rows)
    styled = [(sign, style) for row in rows for text, style in row.spans for sign in text if sign != " "]
    assert styled == [(sign, style) for text, style in pieces for sign in text if sign != " "]
