"""Selecting with the mouse: in the diff on one side, in text panes over lines, never more than is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import reviewing, viewing
from textual.pilot import Pilot
from textual.selection import SELECT_ALL

from reviewer.tui.diff.lines import RowLine
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.page import Styled


async def drag(pilot: Pilot[None], pane: LinePane, start: tuple[int, int], end: tuple[int, int]) -> str:
    """What is selected after the mouse went from one cell of a pane to another."""
    await pilot.mouse_down(pane, offset=start)
    await pilot.hover(pane, offset=end)
    await pilot.mouse_up(pane, offset=end)
    await pilot.pause()
    return pane.screen.get_selected_text() or ""


async def test_the_split_diff_gives_one_side_only(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = screen.diff
        first = next(
            index
            for index, line in enumerate(diff.model.lines)
            if isinstance(line, RowLine) and diff.model.files[line.file].rows[line.row].mark == "none"
        )
        y = first - diff.top + diff.head_rows
        expected: dict[str, list[str]] = {"human": [], "agent": []}
        for line in diff.model.lines[first : first + 4]:
            assert isinstance(line, RowLine)
            row = diff.model.files[line.file].rows[line.row]
            for side, cell in (("human", row.human), ("agent", row.agent)):
                expected[side] += [cell.text.rstrip("\n")] if cell else []
        width = diff.size.width
        human = await drag(pilot, diff, (10, y), (width // 2 - 4, y + 3))
        assert human.split("\n") == expected["human"]
        agent = await drag(pilot, diff, (width // 2 + 8, y), (width - 2, y + 3))
        assert agent.split("\n")[1:] == expected["agent"][1:]


async def test_selected_text_stands_out_and_a_click_clears_it(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        await viewing(pilot, screen, "Facts")
        text = screen.text
        chosen = await drag(pilot, text, (1, 0), (7, 0))
        assert chosen == text.text_of(0)[:7]
        strip = text.with_selection(text.drawn(0), 0)
        assert [segment.text for segment in strip if segment.style and segment.style.reverse] == [chosen]
        await pilot.click(text, offset=(3, 4))
        assert screen.get_selected_text() is None


async def test_a_double_click_takes_a_line(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        await viewing(pilot, screen, "Facts")
        for times in (2, 3):
            await pilot.click(screen.text, offset=(9, 1), times=times)
            await pilot.pause()
            assert screen.get_selected_text() == screen.text.text_of(1)


@pytest.mark.parametrize("wide", ["漢字かな", "plain"])
async def test_wide_characters_are_not_cut(runs: MemoryRuns, tmp_path: Path, wide: str) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        await viewing(pilot, screen, "Facts")
        screen.text.show([Styled(f"{wide} end"), Styled("next")])
        await pilot.pause()
        assert await drag(pilot, screen.text, (1, 0), (4, 1)) == f"{wide} end\nnext"


async def test_everything_is_what_is_on_the_screen(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        await viewing(pilot, screen, "Facts")
        screen.text.show([Styled(f"line {number}") for number in range(100_000)])
        await pilot.pause()
        found = screen.text.get_selection(SELECT_ALL)
        assert found is not None
        assert len(found[0].split("\n")) == screen.text.size.height
