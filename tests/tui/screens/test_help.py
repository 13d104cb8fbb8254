"""The help: every key once, under what it is for, the legend of signs, and narrowing both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from memory import MemoryRuns
from pilots import opened, settled
from textual.binding import Binding

from reviewer.model import Outcome
from reviewer.tui import keys
from reviewer.tui.app import ReviewerApp
from reviewer.tui.legends import legend
from reviewer.tui.screens.help import GROUPS, HelpScreen
from reviewer.tui.signs import ASCII, UNICODE, LegendName
from reviewer.tui.widgets.pick_pane import PickPane
from reviewer.tui.widgets.table_pane import TablePane


def lines(screen: object) -> list[str]:
    assert isinstance(screen, HelpScreen)
    return [screen.pane.text_of(index).rstrip() for index in range(screen.pane.count)]


def ids() -> Iterator[str]:
    for owners in (*keys.SCREENS, (TablePane, PickPane)):
        for owner in owners:
            yield from (b.id for b in owner.BINDINGS if isinstance(b, Binding) and b.id)


def test_the_groups_name_keys_that_exist_each_once() -> None:
    named = [name for names in GROUPS.values() for name in names.split()]
    assert len(named) == len(set(named))
    assert set(named) <= set(ids())
    review = {name for name in ids() if name.startswith("review.")}
    assert review - set(named) == {"review.back", "review.statistics"}  # which are the program's


@pytest.mark.parametrize("signs", [UNICODE, ASCII])
def test_the_legend_names_every_outcome_check_and_mark(signs: dict[str, str]) -> None:
    checks = ("execution", "patch", "measured")
    text = {name: [line.text for line in legend(name, checks, signs)] for name in get_args(LegendName)}
    assert [line.split()[1] for line in text["checks"][1:]] == list(checks)
    for outcome in get_args(Outcome):
        assert any(line.startswith(f"  {signs[outcome]}") for line in text["outcomes"])
    drawn = ("relation_", "mark_", "moved_", "finding", "fold", "indent", "viewed")
    for name, sign in signs.items():
        if name.startswith(drawn) and name != "relation_other":
            assert any(line.strip().startswith(sign) for line in text["diff"]), name


@pytest.mark.parametrize("way", [(), ("enter",), ("s",), ("Q",)])
async def test_a_key_is_named_once_and_typing_narrows_the_help(
    runs: MemoryRuns, tmp_path: Path, way: tuple[str, ...]
) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        await pilot.press(*way, "question_mark")
        every = lines(app.screen)
        headings = [line.strip(" ─") for line in every if line.startswith("── ")]
        assert len(headings) == len(set(headings))
        assert {"moving", "program"} <= set(headings)
        keyed = [line[:16].split() for line in every[: every.index("── program")] if line.startswith("  ")]
        known = [key for words in keyed for key in words]
        assert len(known) == len(set(known))
        assert not any("Focus" in line for line in every)
        if way == ("s",):  # what stands above the first figures
            explained = [line.strip() for line in every[every.index("── words of the overview") :]]
            for word in ("all", "acted", "commit mean", "any attempt"):
                assert any(line.startswith(f"{word} ") for line in explained)
        await pilot.press("slash", *"half a page", "enter")
        found = [line for line in lines(app.screen) if line.startswith("  ")]
        assert len(found) == 2
        assert all(re.search("half a page (up|down)", line) for line in found)
        await pilot.press("q")
        assert lines(app.screen) == every
        await pilot.press("q")
        assert not isinstance(app.screen, HelpScreen)
