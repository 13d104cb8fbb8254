"""The user's own keys and the palette."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import MemoryRuns
from pilots import until
from textual.actions import parse
from textual.binding import Binding

from reviewer.config import Settings, config_folder
from reviewer.tui.app import ReviewerApp
from reviewer.tui.keys import check_keys
from reviewer.tui.palette import FALLBACK, load
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


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("/", "'/' is a sign; its key is called 'slash'"),
        ("+", "'+' is a sign; its key is called 'plus'"),
        (",", "',' is a sign; its key is called 'comma'"),
        (" ", "' ' is a sign; its key is called 'space'"),
        ("?", "'?' is a sign; its key is called 'question_mark'"),
        ("→", "'→' is a sign; its key is called 'rightwards_arrow'"),
        ("ctrl+/", "'/' is a sign; its key is called 'slash'"),
        ("n,/", "'/' is a sign; its key is called 'slash'"),
        ("bb", "'bb' never comes"),
        ("ctrl+bb", "'ctrl+bb' never comes"),
        ("control+b", "'control+b' is no key"),
        ("ctrl+", "'ctrl+' is no key"),
        ("esc", "'esc' never comes"),
        ("F5", "'F5' never comes; its key is called 'f5'"),
        ("ctrl+B", "'ctrl+B' never comes; its key is called 'ctrl+b'"),
        ("shift+b", "'shift+b' never comes; its key is called 'B'"),
        ("", "no key is named"),
    ],
)
def test_a_key_that_can_never_come_is_said_and_left_as_it_was(key: str, why: str) -> None:
    keymap, problems = check_keys({"browse.group": key}, ReviewerApp)
    assert keymap == {}
    assert problems == [f"keys.browse.group: {why}; left as it was"]


@pytest.mark.parametrize(
    "key", ["b", "B", "é", "f9", "slash", "ctrl+t", "alt+b", "shift+f3", "f9, f8", "rightwards_arrow"]
)
def test_a_key_that_can_come_is_taken(key: str) -> None:
    keymap, problems = check_keys({"browse.group": key}, ReviewerApp)
    assert problems == (
        []
        if key != "slash"
        else ["keys.browse.group: 'slash' for browse.group is taken by browse.filter; left as it was"]
    )
    assert list(keymap) == ([] if key == "slash" else ["browse.group"])


@given(st.text(max_size=8))
def test_no_key_in_the_settings_breaks_the_program(key: str) -> None:
    keymap, problems = check_keys({"browse.group": key}, ReviewerApp)
    assert len(keymap) + len(problems) == 1


async def test_keys_and_themes_that_cannot_be_are_named_with_file_and_field(
    runs: MemoryRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    theme = config_folder() / "themes" / "mine.toml"
    theme.parent.mkdir(parents=True)
    theme.write_text('[styles]\ntext = "bogus colour"\ndim = "bold"\n')
    keys = {"browse.group": "/", "browse.order": "bb", "help": "f1"}
    app = ReviewerApp(runs.open(tmp_path / "v", settings=Settings(keys=keys, theme="mine")))
    async with app.run_test(size=(200, 30)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        file = app.project.space.settings_file
        assert app.notices() == [
            f"{theme}: styles.text: not a style: 'bogus colour'; for example bold #c8ccd4 on #16181d",
            f"{file}: keys.browse.group: '/' is a sign; its key is called 'slash'; left as it was",
            f"{file}: keys.browse.order: 'bb' never comes; left as it was",
            f"{file}: keys: there is no 'help'; did you mean app.help?; `reviewer keys` lists the ids",
        ]
        await until(pilot, lambda: "and 3 more, which you see when you leave" in screen.message.plain)
        assert app.palette.text == load(FALLBACK).text
        assert str(app.palette["dim"]) == "bold"
        await pilot.press("v")  # the default is kept
        assert screen.list.grouping == "run"


async def test_a_key_of_ones_own(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path, settings=Settings(keys={"browse.group": "b", "bad": "x"})))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        await until(pilot, lambda: "no 'bad'" in screen.message.plain)
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
