"""Judging blind: what is hidden, what stands in its place, and what is on record about looks and reveals."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from memory import MemoryRuns
from pilots import FLAT, decisions, opened, reviewing, settled, viewing
from textual.pilot import Pilot

from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.statistics import StatisticsScreen
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.line_pane import LinePane

TELLING = re.compile(
    r"trae|gpt-?[45o]|claude|codex|1a2b3c4d|2025-\d\d-\d\d|false_positive|true_success|failure\b"
    r"|\bsuccess\b|\bmarked\b"
)
"""Agents, models, runs, times, verdicts and statuses of the attempts."""


def seen(pilot: Pilot[None]) -> str:
    """Every word on the screen in front."""
    screen = pilot.app.screen
    assert isinstance(screen, ReviewerScreen)
    bars = [bar.plain for bar in screen.query(Bar) if bar.display]
    panes = [
        "".join(segment.text for segment in pane.render_line(y))
        for pane in screen.query(LinePane)
        if pane.display and pane.id != "diff"
        for y in range(pane.size.height)
    ]
    return "\n".join((*bars, *panes))


async def test_nothing_tells_until_the_reveal(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, project):
        entry = screen.entry
        assert not TELLING.search(seen(pilot)), seen(pilot)
        assert "item 1 " in screen.header.plain
        names = {result.name for result in screen.session.results() or ()}
        assert names
        assert not names & {"execution", "provenance"}
        await pilot.press("2")
        await settled(pilot)
        assert "saved partial item 1 · u undo" in screen.message.plain
        assert not TELLING.search(seen(pilot)), seen(pilot)
        await pilot.press("u")
        await settled(pilot)
        assert "undone: partial item 1" in screen.message.plain
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("K")
        await settled(pilot)
        assert screen.entry is entry
        await pilot.press("R")
        assert FLAT + "0000" in screen.header.plain
        assert "trae" in screen.header.plain
        await pilot.press("3")
        await settled(pilot)
        first, _, judged, reveal, again = decisions(tmp_path)
        assert (first["blind"], judged["blind"]) == (True, True)
        assert reveal["action"] == "reveal"
        assert again["refers_to"] == [judged["id"]]
        assert again["blind"] is False
        assert again["saw"] == ["reveal"]
        assert project.labels.independent()["tester", FLAT + "0000"].judgement == "partial"


async def test_a_reveal_before_the_judgement_is_asked_for_twice(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        await pilot.press("R")
        assert "R reveals" in screen.message.plain
        await pilot.press("j")
        assert "item 1 " in screen.header.plain
        await pilot.press("R")
        screen.question.reading_time = 0  # it has been read
        await pilot.press("R")
        assert FLAT + "0000" in screen.header.plain
        await pilot.press("1")
        await settled(pilot)
        _, saved = decisions(tmp_path)
        assert saved["blind"] is False


async def test_what_was_revealed_is_shown_on_a_later_day_too(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("K", "R")
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        assert FLAT + "0000" in screen.header.plain


async def test_closed_views_open_when_asked_and_are_on_record(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        while screen.panes.view != "Log":
            await pilot.press("tab")
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            text = seen(pilot)
            if screen.panes.view == "Prompt":  # what the task calls a success is in its own field
                text = text.replace("\n success ", "\n")
            assert not TELLING.search(text), (screen.panes.view, text)
        assert "Log is closed" in seen(pilot)
        await pilot.press("enter")
        assert "stdout" in seen(pilot)
        await pilot.press("q", "2")
        await settled(pilot)
        (saved,) = decisions(tmp_path)
        assert saved["blind"] is True
        assert "log" in saved["saw"]
        await pilot.press("tab", "tab", "tab")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "closed" in seen(pilot)  # of the next attempt


async def test_what_was_saved_before_is_gone_once_one_judges_blind(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("3")
        await settled(pilot)
        assert "saved wrong 1a2b3c4d/0000 (false_positive)" in screen.message.plain
        await pilot.press("q", "B")
        await settled(pilot)
        assert not TELLING.search(seen(pilot)), seen(pilot)


async def test_a_look_stays_on_record_when_the_attempt_was_left(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        screen.set_view("Facts")
        await settled(pilot)
        await pilot.press("enter")
        await pilot.press("J", "K")
        await settled(pilot)
        assert screen.session.saw == ("facts",)
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        assert screen.session.saw == ("facts",)  # killed and begun anew
        await pilot.press("q")  # nothing was filled in: it asks nothing
        assert pilot.app.screen is not screen
        for key in ("enter", "2", "u"):
            await pilot.press(key)
            await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        judged = [act for act in decisions(tmp_path) if act["action"] == "judge"]
        assert [(act["blind"], act["saw"]) for act in judged] == [(True, ["facts"])] * 2


async def test_the_list_tells_nothing(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    project.blind = True
    app = ReviewerApp(project)
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        for keys in (
            ["v"],
            ["v"],
            ["o"],
            ["slash", *"agent:trae", "enter"],
            ["slash", *"sort:status", "enter"],
        ):
            await pilot.press(*keys)
            text = seen(pilot).replace("agent:trae", "").replace("sort:status", "")
            assert not TELLING.search(text), text
        assert screen.list.grouping != "run"
        assert "tells too much" in screen.message.plain
        await pilot.press("escape", "slash", *'"item 3"', "enter")
        assert screen.list.current_entry is not None
        assert app.blind.name_of(screen.list.current_entry) == "item 3"
        await pilot.press("escape", "n", "enter")
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert not TELLING.search(seen(pilot))


async def test_b_goes_blind_and_asks_before_it_shows_everything(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    app = ReviewerApp(project)
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        assert TELLING.search(seen(pilot))
        await pilot.press("B")
        assert project.blind
        assert not TELLING.search(app.screen.query_one("#attempts", LinePane).render_line(3).text)
        await pilot.press("B", "j")
        assert project.blind
        await pilot.press("B", "B")
        assert not project.blind
        assert TELLING.search(seen(pilot))


async def test_what_cannot_be_saved_names_no_run(runs: MemoryRuns, tmp_path: Path) -> None:
    blocked = tmp_path / "verdicts"
    blocked.write_text("a file where the folder should be")
    async with reviewing(runs, blocked, "0000", blind=True) as (pilot, screen, _project):
        await pilot.press("3")
        assert "NOT SAVED: " in screen.message.plain
        assert not TELLING.search(seen(pilot))


async def test_every_theme_and_size_blind(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001", size=(80, 24), blind=True) as (pilot, screen, _project):
        for size in ((80, 24), (120, 40), (200, 50)):
            await pilot.resize_terminal(*size)
            await pilot.press("T", "j", "i", "q", "c", "q", "t", "q")
            assert screen.diff.has_focus
            assert not TELLING.search(seen(pilot))


async def test_statistics_offer_no_run_and_no_annotator_to_look_at(runs: MemoryRuns, tmp_path: Path) -> None:
    lin = opened(runs, tmp_path, "lin")
    lin.labels.judge(lin.entries[0], "wrong")
    lin.close()
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, _screen, _project):
        await pilot.press("s")
        await settled(pilot)
        await pilot.press("S")
        await pilot.pause()
        assert isinstance(pilot.app.screen, StatisticsScreen)
        text = seen(pilot)
        assert "all attempts" in text
        assert not re.search(r"1a2b3c4d|claude|trae|2025-|: lin\b", text), text


async def test_notices_name_no_run(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, project):
        run = project.entries[0].attempt.run
        project.root_problems = [f"/data/{run}/journal.json cannot be read"]
        app = pilot.app
        assert isinstance(app, ReviewerApp)
        app.say_notices()
        assert "cannot be read" in screen.message.plain
        assert run not in screen.message.plain


async def test_what_is_copied_when_blind_is_the_number(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, _screen, _project):
        await pilot.press("y", "i")
        assert pilot.app.clipboard == "item 1"
        assert not TELLING.search(seen(pilot))


async def test_a_model_that_only_the_log_tells_is_hidden(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _project):
        app = pilot.app
        assert isinstance(app, ReviewerApp)
        app.blind.cleared("")  # the names are put together before the checks are in
        analysis = screen.entry.analysis
        assert analysis is not None
        facts = msgspec.structs.replace(analysis.facts, model="shiny-9-preview")
        screen.entry.analysis = msgspec.structs.replace(analysis, facts=facts)
        app.take_result(screen.entry)
        assert app.blind.cleared("made by shiny-9-preview itself") == "made by [hidden] itself"


async def test_a_closed_view_is_open_after_the_reveal(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, _):
        assert "Facts is closed" in (await viewing(pilot, screen, "Facts"))[1]
        await pilot.press("R")
        screen.question.reading_time = 0  # it has been read
        await pilot.press("R")
        await settled(pilot)
        assert screen.text.text_of(0).endswith(screen.entry.attempt.id)
