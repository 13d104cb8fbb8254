"""The runs change while the program shows them: it shows that by itself, and moves nothing under the hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from pilots import settled
from small_runs import attempt, opened
from textual.pilot import Pilot

from reviewer.config import cache_folder
from reviewer.project.labels import Labels
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.widgets.page import ListPage


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.tui.following.OFTEN", 0.02)


@asynccontextmanager
async def following(tmp_path: Path) -> AsyncIterator[tuple[ReviewerApp, Pilot[None]]]:
    """The runs below ``tmp_path/r``, shown and followed."""
    app = ReviewerApp(opened(tmp_path), follow=True)
    async with app.run_test(size=(120, 30)) as pilot:
        yield app, pilot


async def wait_for(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come")


def browse(app: ReviewerApp) -> BrowseScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, BrowseScreen)
    return screen


async def test_attempts_come_and_go_and_the_cursor_stays_on_its_own(tmp_path: Path) -> None:
    for number in range(3, 40):
        attempt(tmp_path / "r", f"run/{number:02}", written=number, patch=f"{number}\n")
    async with following(tmp_path) as (app, pilot):
        shown = browse(app).list
        await pilot.press(*"jjjjj", "space")
        under, chosen, row = shown.current, set(shown.chosen), shown.cursor - shown.top
        for number in range(3):  # all of them come above
            attempt(tmp_path / "r", f"run/{number:02}", written=number, patch=f"{number}\n")
        await wait_for(pilot, lambda: len(app.project.entries) == 40)
        assert (shown.current, shown.chosen, shown.cursor - shown.top) == (under, chosen, row)
        assert [entry.attempt.item for entry in app.project.queue][-3:] == ["00", "01", "02"]
        shutil.rmtree(tmp_path / "r/run/03")
        await wait_for(pilot, lambda: len(app.project.entries) == 39)
        assert shown.current == under
        assert app.project.find("run/03") is None


async def test_a_new_patch_of_the_attempt_on_the_screen_is_told_and_shown_when_asked(tmp_path: Path) -> None:
    folder = attempt(tmp_path / "r", "run/0", patch="diff --git a/x b/x\n")
    async with following(tmp_path) as (app, pilot):
        await pilot.press("j", "enter")
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await wait_for(pilot, lambda: screen.panes.loaded)
        (folder / "model_patch.diff").write_text("diff --git a/another b/another\n")
        await wait_for(pilot, lambda: "a new patch is there: r shows it" in screen.message.plain)
        await pilot.press("r")
        await wait_for(pilot, lambda: screen.panes.loaded and b"another" in screen.diff.model.review.patch)
        journal = folder / "journal.json"
        journal.write_text(f" {journal.read_text()}")
        await wait_for(pilot, lambda: "a new journal is there: r shows it" in screen.message.plain)
        shutil.rmtree(folder)
        await wait_for(pilot, lambda: "the attempt is gone: r leaves it" in screen.message.plain)
        assert "0 attempts" in browse(app).header.plain
        await pilot.press("r")
        assert app.screen is browse(app)
        assert app.project.labels.decisions == ()


async def test_a_journal_that_is_half_written_is_being_written(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/0")
    async with following(tmp_path) as (app, pilot):
        folder = tmp_path / "r/run/1"
        folder.mkdir()
        (folder / "model_patch.diff").write_text("x\n")
        await wait_for(pilot, lambda: len(app.project.entries) == 2)
        found = app.project.find("run/1")
        assert found is not None
        assert found.attempt.malformed == "being written"
        assert app.project.totals().malformed == 0
        assert Project.open(app.project.space, seconds=60).totals().malformed == 0  # in a first frame as well
        assert [row.attempt for row in Statistics(app.project).rows] == ["run/0"]
        journal = json.dumps({"commits": {"human": "c" * 40}, "status": "success"})
        for part in (journal[:20], journal):
            (folder / "journal.json").write_text(part)
        await wait_for(pilot, lambda: app.project.totals().attempts == 2)


LOG = "trae_stdout.txt"


async def test_a_log_is_followed_at_its_end_and_nowhere_else(tmp_path: Path) -> None:
    folder = attempt(tmp_path / "r", "run/0")
    (folder / LOG).write_text("".join(f"line {number}\n" for number in range(60)))
    (folder / "trae_stderr.txt").write_text("warning\n" * 2)
    async with following(tmp_path) as (app, pilot):
        await pilot.press("enter", "tab", "tab", "tab")
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        text = screen.text
        await wait_for(pilot, lambda: text.is_loaded)
        assert (screen.panes.view, text.is_following) == ("Log", False)
        with (folder / LOG).open("a") as log:
            log.write("unseen\n")
        await pilot.pause(0.1)
        assert (text.cursor, text.count) == (0, 64)  # two headings and two lines of standard error
        text.go_to(60)  # the end of standard output as it was read, above standard error
        await wait_for(pilot, lambda: text.text_of(text.cursor) == "unseen")
        assert "following" in screen.message.plain
        assert [text.text_of(row) for row in text.seen()][-1] != "line 0"
        with (folder / LOG).open("a") as log:
            log.write("one\ntwo\n")
        await wait_for(pilot, lambda: text.text_of(text.cursor) == "two")
        await pilot.press("G")
        with (folder / "trae_stderr.txt").open("a") as log:
            log.write("Killed\n")
        await wait_for(pilot, lambda: text.text_of(text.cursor) == "Killed")
        (folder / LOG).write_text("begun anew\n")
        await wait_for(pilot, lambda: text.count == 6)
        assert text.text_of(text.cursor) == "Killed"


async def test_steps_are_followed_and_lines_stay_wrapped_as_they_were(tmp_path: Path) -> None:
    folder = attempt(tmp_path / "r", "run/0")
    steps = [
        {"step_number": n, "state": "thinking", "llm_response": {"content": f"thought {n}"}}
        for n in range(1, 9)
    ]
    trajectory = folder / "trajectory.json"
    trajectory.write_text(json.dumps({"agent_steps": steps[:2]}))
    async with following(tmp_path) as (app, pilot):
        await pilot.press("enter", "tab", "tab", "tab", "tab")
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await wait_for(pilot, lambda: screen.text.is_loaded)
        await pilot.press("W", "G")
        for number in range(3, 9):
            trajectory.write_text(json.dumps({"agent_steps": steps[:number]}))
            wanted = f"thought {number}"
            await wait_for(pilot, lambda: wanted in screen.text.text_of(screen.text.cursor))  # noqa: B023
        assert isinstance(screen.text.content, ListPage)
        assert not screen.text.content.wrap


def is_longer(labels: Labels, count: int) -> bool:
    return len(labels.decisions) > count


async def test_judgements_made_meanwhile_are_on_what_was_shown(tmp_path: Path) -> None:
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=f"{number}\n")
    async with following(tmp_path) as (app, pilot):
        await pilot.press("enter")
        screen, acts = app.screen, app.project.labels
        assert isinstance(screen, ReviewScreen)
        for number in range(4):
            await wait_for(pilot, lambda: screen.panes.loaded and screen.session.guard.counts())
            attempt(tmp_path / "r", f"run/new-{number}", written=-number, patch="new\n")
            shown = screen.diff.model.review.patch_sha256
            await pilot.press("3")
            await wait_for(pilot, partial(is_longer, acts, number))
            assert acts.decisions[-1].patch_sha256 == shown
        await wait_for(pilot, lambda: len(app.project.entries) == 8)
        await wait_for(pilot, lambda: "4 judged · 4 left" in screen.keys.plain)
        assert [decision.attempt for decision in acts.decisions] == [f"run/{n}" for n in range(4)]


async def test_without_following_nothing_comes_by_itself(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/0")
    app = ReviewerApp(opened(tmp_path))
    async with app.run_test(size=(120, 30)) as pilot:
        attempt(tmp_path / "r", "run/1", written=2)
        await pilot.pause(0.2)
        assert len(app.project.entries) == 1
        for count in (2, 3):  # each is read by a thread of its own
            await pilot.press("r")
            await settled(pilot)
            assert len(app.project.entries) == count
            assert "read again" in app.screen.message.plain
            attempt(tmp_path / "r", f"run/{count}", written=2)


async def test_a_first_start_says_that_it_reads_until_all_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(600):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=None)
    space = opened(tmp_path).space
    shutil.rmtree(cache_folder())
    monkeypatch.setattr("reviewer.project.attempts._TOGETHER", 200)
    app = ReviewerApp(Project.open(space, seconds=0.0))
    heads: list[str] = []
    async with app.run_test(size=(120, 30)) as pilot:
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        heads.append(screen.header.plain)
        await wait_for(pilot, lambda: "reading" not in screen.header.plain)
        heads.append(screen.header.plain)
        message = screen.message.plain
    assert ["reading" in head for head in heads] == [True, False]
    assert "600 attempts" in heads[1]
    assert "new attempt" not in message


async def test_a_cache_that_is_damaged_under_the_list_stops_no_key_and_loses_no_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.project.entries._HELD", 5)
    names = {f"run/{number:03}" for number in range(150)}
    for number, name in enumerate(sorted(names)):
        attempt(tmp_path / "r", name, written=number)
    async with following(tmp_path) as (app, pilot):
        (file,) = cache_folder().glob("attempts-*.sqlite")
        with file.open("r+b") as content:
            content.seek(file.stat().st_size // 4)
            content.write(b"\xa5" * (file.stat().st_size // 2))
        app.project.table.run("PRAGMA shrink_memory")  # nothing of it is in memory any more
        await pilot.press(*"GgGg", "pagedown", "n", "enter", "3", "q", *"ovG")
        whole = lambda: {e.attempt.id for e in app.project.entries if e.attempt.malformed is None} == names  # noqa: E731
        await wait_for(pilot, lambda: whole() and not app.project.table.lost)
        assert all(decision.attempt in names for decision in app.project.labels.decisions)
        assert [notice for notice in app.notices() if str(file) in notice]
        assert not file.exists()
