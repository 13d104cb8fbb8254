from __future__ import annotations

from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import until
from textual.pilot import Pilot

from reviewer.tui.app import ReviewerApp
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.figures import VIEWS
from reviewer.tui.screens.statistics import StatisticsScreen
from reviewer.tui.widgets.attempt_list import Group


def statistics(app: ReviewerApp) -> StatisticsScreen:
    assert isinstance(app.screen, StatisticsScreen)
    return app.screen


def text(app: ReviewerApp) -> str:
    pane = statistics(app).pane
    return "\n".join(pane.text_of(index) for index in range(pane.count))


def listed(app: ReviewerApp) -> int:
    assert isinstance(app.screen, BrowseScreen)
    return sum(not isinstance(line, Group) for line in app.screen.list.lines)


async def to(pilot: Pilot[None], app: ReviewerApp, beginning: str) -> None:
    """The cursor on the first line that begins so."""
    pane = statistics(app).pane
    pane.go_to(next(i for i in range(pane.count) if pane.text_of(i).strip().startswith(beginning)))
    await pilot.pause()


async def test_figures_are_there_at_once_and_their_intervals_follow(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert "134/300 44.7 %" in text(app)
        assert "92/96 95.8 %" in text(app)
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.node is app.screen])
        await pilot.pause()
        assert "37.9–52.2" in text(app)
        assert "scope: all attempts, labels: gold" in statistics(app).header.plain


async def test_a_level_of_the_funnel_opens_to_its_attempts_and_the_way_back_shows_all(
    app: ReviewerApp,
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await to(pilot, app, "1 marked")
        await pilot.press("enter")
        await pilot.pause()
        assert listed(app) == 134
        assert "1 marked success" in app.screen.hint.plain  # type: ignore[attr-defined]
        await pilot.press("q")
        assert listed(app) == 300


async def test_what_is_listed_is_a_scope_and_so_is_a_run(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"a40b2039", "enter", "s", "S")
        screen = statistics(app)
        words = [item.name for item in screen.scopes.items]
        assert words[:2] == ["all attempts, labels: gold", "filter: a40b2039, labels: gold"]
        assert "run vllm_core-9641716f, labels: gold" in words
        assert "all attempts, without the shared work tree, labels: gold" in words
        await pilot.press("j", "enter")
        await pilot.pause()
        assert "scope: filter: a40b2039" in screen.header.plain
        assert screen.summary is not None
        assert screen.summary.totals.attempts == 49


async def test_every_figure_can_be_seen_without_the_shared_work_tree(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "S", "j", "enter")
        await pilot.pause()
        screen = statistics(app)
        assert "scope: all attempts, without the shared work tree (−" in screen.header.plain
        assert screen.statistics is not None
        assert not any(row.shared for row in screen.statistics.rows)


async def test_a_run_of_the_table_opens_and_tables_can_be_ordered(app: ReviewerApp) -> None:
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.press("s", "tab", "tab", "tab")
        pane = statistics(app).pane
        await to(pilot, app, "vllm_core-0511ee90")
        await pilot.press("o", "o")  # by name, by attempts
        first = next(i for i in range(pane.count) if "vllm_core" in pane.text_of(i))
        assert "vllm_core-9641716f" in pane.text_of(first)
        await pilot.press("O")
        assert "vllm_core-9641716f" not in pane.text_of(first)
        await to(pilot, app, "vllm_core-9641716f")
        await pilot.press("enter")
        await pilot.pause()
        assert listed(app) == 60


async def test_tables_are_narrowed_by_what_is_typed(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "tab", "tab", "tab", "slash", *"beffe", "enter")
        assert "vllm_core-beffe4cd" in text(app)
        assert "vllm_core-a40b2039" not in text(app)
        await pilot.press("q")
        assert "vllm_core-a40b2039" in text(app)
        assert isinstance(app.screen, StatisticsScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_view_is_painted_at_every_size(app: ReviewerApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        for _ in VIEWS:
            assert text(app).strip()
            await pilot.press("G", "g", "o", "tab")
        await pilot.press("s")
        assert isinstance(app.screen, BrowseScreen)


async def test_no_attempt_in_scope_says_so(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"nothing-is-called-so", "enter", "s", "S", "j", "enter")
        await until(pilot, lambda: "no attempt is in this scope" in text(app))


async def test_when_blind_nothing_opens(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("B", "s", "tab")
        assert "blind" in statistics(app).message.plain
        assert statistics(app).view == 0
        await to(pilot, app, "1 marked")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, StatisticsScreen)


async def test_what_has_no_room_on_a_line_is_below_it_whole(app: ReviewerApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", "tab", "tab")
        pane = statistics(app).pane
        cut = next(i for i, line in enumerate(pane.lines) if line.whole)
        pane.go_to(cut)
        assert pane.lines[cut].whole in " ".join(statistics(app).message.plain.split())
        pane.go_to(next(i for i, line in enumerate(pane.lines) if pane.selectable(i) and not line.whole))
        assert not statistics(app).message.plain
