"""The user's own keys and the palette."""

from __future__ import annotations

from pathlib import Path

from memory import MemoryRuns
from textual.actions import parse
from textual.binding import Binding

from reviewer.config import Settings
from reviewer.tui.app import ReviewerApp
from reviewer.tui.keys import check_keys
from reviewer.tui.review.commands import PaneCommands
from reviewer.tui.review.keys import REVIEW_KEYS
from reviewer.tui.review.session import AttemptSession
from reviewer.tui.screens.browse import BrowseScreen


def test_unknown_ids_and_clashes_are_said_and_left_out() -> None:
    keymap, problems = check_keys({"browse.group": "b", "browse.order": "j", "no.such": "x"}, ReviewerApp)
    assert keymap == {"browse.group": "b"}
    assert len(problems) == 2
    assert any("no 'no.such'" in problem for problem in problems)
    assert any("'j' for browse.order is taken by move.down" in problem for problem in problems)


async def test_a_key_of_ones_own(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path, settings=Settings(keys={"browse.group": "b", "bad": "x"})))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        assert "no 'bad'" in screen.message.plain
        await pilot.press("b")
        assert screen.list.grouping == "run"
        await pilot.press("v")
        assert screen.list.grouping == "run"


async def test_the_palette_offers_what_the_keys_do(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.press(*"group by", "enter")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        assert screen.list.grouping == "run"


def test_every_command_that_a_key_names_is_a_method() -> None:
    owners = {"act": AttemptSession, "look": PaneCommands}
    commands = [
        (parse(binding.action), binding.id) for binding in REVIEW_KEYS if isinstance(binding, Binding)
    ]
    named = [(name, arguments[0], id_) for (_, name, arguments), id_ in commands if name in owners]
    assert len(named) > 15
    assert not [
        (id_, command) for name, command, id_ in named if not callable(getattr(owners[name], command))
    ]
