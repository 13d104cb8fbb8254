"""The guide in the program: the page of the screen, its neighbours, and what is searched for in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import opened, settled

from reviewer.guide import TOPICS
from reviewer.tui.app import ReviewerApp
from reviewer.tui.screens.guide import GuideScreen


def guide(app: ReviewerApp) -> GuideScreen:
    assert isinstance(app.screen, GuideScreen)
    return app.screen


def text(app: ReviewerApp) -> str:
    pane = guide(app).text
    return "\n".join(map(pane.text_of, range(pane.count)))


@pytest.mark.parametrize(
    ("way", "topic"),
    [
        ((), "tutorial"),
        (("enter",), "diff"),
        (("s",), "statistics"),
        (("Q",), "studies"),
        (("p",), "reports"),
    ],
)
async def test_help_leads_to_the_page_of_the_screen(
    runs: MemoryRuns, tmp_path: Path, way: tuple[str, ...], topic: str
) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        for key in (*way, "question_mark", "question_mark"):
            await pilot.press(key)
            await settled(pilot)
        assert f"guide: {topic}" in guide(app).header.plain
        assert guide(app).text.cursor == 0


async def test_pages_headings_and_words_are_found(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark", "question_mark", "tab")
        assert guide(app).topic == TOPICS[1]
        await pilot.press("shift+tab", "full_stop", "full_stop")
        pane = guide(app).text
        assert pane.text_of(pane.cursor).startswith("2. ")
        await pilot.press("slash", *"undo", "enter")
        assert "not found: undo" in guide(app).message.plain
        await pilot.press("slash", *"takes it back", "enter")
        assert "takes it back" in pane.text_of(pane.cursor)
        await pilot.press("q", "q")
        assert app.screen is app.screen_stack[0]


async def test_a_page_is_laid_out_for_the_width(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark", "question_mark")
        wide = text(app)
        await pilot.press("G")
        await pilot.resize_terminal(60, 30)
        await pilot.pause()
        assert len(text(app).splitlines()) > len(wide.splitlines())
        assert "".join(text(app).split()).replace("─", "") == "".join(wide.split()).replace("─", "")
        pane = guide(app).text
        assert pane.cursor > pane.count * 0.9
