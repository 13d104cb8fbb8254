"""Every key of every screen does what its binding says there: none is shadowed, missing, or left without a screen.

What each action does is tested beside the screen that it belongs to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from memory import MemoryRuns
from pilots import decisions, opened, reviewing, settled
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widget import Widget

from reviewer.model import JUDGEMENTS
from reviewer.tui.app import ReviewerApp
from reviewer.tui.keys import SCREENS
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.review.side_pane import SidePane
from reviewer.tui.screens.agreement import AgreementScreen
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.guide import GuideScreen
from reviewer.tui.screens.guidelines import GuidelinesScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.page import PageScreen
from reviewer.tui.screens.queues import QueuesScreen
from reviewer.tui.screens.statistics import StatisticsScreen
from reviewer.tui.widgets.line_pane import LinePane

PLACES: dict[str, tuple[tuple[str, ...], tuple[type[DOMNode], ...]]] = {
    "browse": ((), (ReviewerApp, LinePane, BrowseScreen)),
    "review": (("enter",), (ReviewerApp, LinePane, ReviewScreen)),
    "checks": (("enter", "i"), (LinePane, SidePane)),
    "criteria": (("enter", "c"), (SidePane,)),
    "statistics": (("s",), (StatisticsScreen,)),
    "help": (("question_mark",), (HelpScreen,)),
    "guide": (("question_mark", "question_mark"), (GuideScreen,)),
    "guidelines": (("enter", "M"), (GuidelinesScreen,)),
    "queues": (("Q",), (QueuesScreen,)),
    "agreement": (("D",), (AgreementScreen,)),
    "page": (("p",), (PageScreen,)),
}
"""How a screen, or a pane of it, is come to from the list, and whose keys are pressed there."""
NOT_HERE = {"tags.toggle"}
"""For tags only, which have a test of their own below."""
ON_CRITERIA = {"criteria.yes", "criteria.partly", "criteria.no", "criteria.unsure", "criteria.clear"}


def keys_of(owners: tuple[type[DOMNode], ...], without: set[str] = NOT_HERE) -> list[tuple[str, Binding]]:
    """Every key, the ones that share a binding too."""
    return [
        (key, binding)
        for owner in owners
        for binding in owner.BINDINGS
        if isinstance(binding, Binding) and binding.id not in without
        for key in binding.key.split(",")
    ]


class Recorded(ReviewerApp):
    """Tells which actions keys have run, and does not end with one of them."""

    ran: list[str]

    def exit(self, *args: Any, **named: Any) -> None:
        """Stay for the next key; a session that ends is tested with the pty."""

    async def run_action(self, action: Any, *args: Any, **named: Any) -> bool:
        done = await super().run_action(action, *args, **named)
        if done and isinstance(action, str):
            self.ran.append(action)
        return done


async def come_to(pilot: Pilot[None], way: tuple[str, ...]) -> None:
    """From wherever the last key led, to the place that the keys lead to."""
    app = pilot.app
    while len(app.screen_stack) > 1:
        app.pop_screen()
    await pilot.pause()
    browse = app.screen
    assert isinstance(browse, BrowseScreen)
    browse.question.close()
    if browse.typing:
        await pilot.press("escape")
    browse.list.select(browse.list.groups[0].entries[0])
    for key in way:
        await pilot.press(key)
        await settled(pilot)


def at(app: ReviewerApp) -> tuple[ReviewerScreen, Widget | None]:
    """The screen in front, and what has the focus in it."""
    assert isinstance(app.screen, ReviewerScreen)
    return app.screen, app.focused


@pytest.mark.parametrize("place", PLACES)
async def test_every_key_runs_its_own_action(runs: MemoryRuns, tmp_path: Path, place: str) -> None:
    way, owners = PLACES[place]
    app = Recorded(opened(runs, tmp_path / "verdicts"))
    app.ran = []
    wrong: list[str] = []
    async with app.run_test(size=(150, 45)) as pilot:
        await settled(pilot)
        await come_to(pilot, way)
        screen, focused = at(app)
        without = (
            NOT_HERE | ON_CRITERIA if place == "checks" else NOT_HERE
        )  # they answer what the cursor is on
        for key, binding in keys_of(owners, without):
            if app.screen is not screen or app.focused is not focused or screen.question.waiting:
                await come_to(pilot, way)
                screen, focused = at(app)
            app.ran.clear()
            await pilot.press(key)
            await settled(pilot)
            if binding.action not in app.ran:
                wrong.append(f"{key}: {binding.id} ({binding.action}) but {app.ran or 'nothing'}")
    assert wrong == []


def test_no_screen_is_left_out() -> None:
    """Whatever has keys, as far as the user's settings know of it, is walked through above."""
    known = {ReviewerApp, *(owner for owners in SCREENS for owner in owners)}
    assert known == {owner for _, owners in PLACES.values() for owner in owners}


async def test_moving_keys_move(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path / "verdicts"))
    async with app.run_test(size=(60, 12)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await settled(pilot)
        pane = app.screen.query_one(LinePane)
        assert pane.count > 2 * pane.page
        for away, back in (("j", "k"), ("down", "up"), ("ctrl+d", "ctrl+u"), ("pagedown", "pageup")):
            await pilot.press(away)
            there = pane.cursor
            assert there > 0, away
            await pilot.press(back)
            assert pane.cursor < there, back
            await pilot.press("g")
        for last, first in (("G", "g"), ("end", "home")):
            await pilot.press(last)
            assert pane.cursor == pane.count - 1
            await pilot.press(first)
            assert (pane.cursor, pane.top) == (0, 0)
        for right, left in (("l", "h"), ("right", "left")):
            await pilot.press(right)
            assert pane.x == 8
            await pilot.press(left)
            assert pane.x == 0


async def test_files_and_hunks_by_either_pair_of_keys(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = screen.diff
        for forth, back in (
            ("greater_than_sign", "less_than_sign"),
            ("right_square_bracket", "left_square_bracket"),
            ("full_stop", "comma"),
            ("right_curly_bracket", "left_curly_bracket"),
        ):
            await pilot.press("g", forth, forth)
            there = diff.cursor
            assert there > 0, forth
            await pilot.press(back)
            assert diff.cursor < there, back


async def test_all_digits(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        for digit in "6789":
            await pilot.press(digit)
            assert f"{digit} is no judgement of this rubric" in screen.message.plain
        assert decisions(tmp_path) == []
        for digit, judgement in zip("12345", JUDGEMENTS, strict=True):
            entry = screen.entry
            await pilot.press(digit)
            await settled(pilot)
            assert entry.decision is not None
            assert entry.decision.judgement == judgement
            assert screen.entry is not entry
        assert len(decisions(tmp_path)) == 5
        assert project.labels


async def test_tags_by_the_space_bar(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        await pilot.press("t", "space")
        first = screen.session.answers.tags
        assert len(first) == 1
        await pilot.press("j", "space")
        assert len(screen.session.answers.tags) == 2
        await pilot.press("k", "space", "enter")
        assert len(screen.session.answers.tags) == 1
        assert screen.session.answers.tags != first
        assert screen.diff.has_focus
