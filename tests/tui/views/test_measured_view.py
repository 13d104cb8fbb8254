"""What was measured on the screen: the view, the column and the badge, and what of it is open while judging blind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from memory import MemoryAnalyses, MemoryRuns
from pilots import DEEP, FLAT, decisions, settled, shown
from small_runs import attempt, entry_of, opened, start_session
from textual.pilot import Pilot

from reviewer.checks.measured import judge_measurements
from reviewer.config import workspace
from reviewer.project.cases import with_results
from reviewer.project.listing import ORDERS
from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.views import commit, measured
from reviewer.tui.widgets.page import Folded, ListPage


def row(attempt: str | None, side: str, *values: float, **more: Any) -> dict[str, Any]:
    """A row of the program's own form."""
    whose = {"attempt": attempt} if attempt else {}
    series = {"metric": "avg_ms", "unit": "ms", "better": "lower", "values": values} if values else {}
    return {**whose, "side": side, "command": "bench", "device": "cuda", **series, **more}


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    return file


def lines(page: object) -> list[str]:
    assert isinstance(page, ListPage)
    return [page[index].text for index in range(len(page))]


def fold(page: object, words: str) -> list[str]:
    """What is folded behind the line with these words."""
    assert isinstance(page, ListPage)
    found = [item for item in page.items if isinstance(item, Folded) and words in item.line.text]
    assert len(found) == 1
    return [line.text for line in found[0].inside()]


# The view ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def state(isobench: Path) -> Project:
    measurements = (isobench / "measurements/state",)
    return Project.open(workspace((isobench / "state/runs",), measurements=measurements))


def test_a_real_improvement(state: Project) -> None:
    page = measured.page(state, entry_of(state, "vllm_core-a40b2039/vllm_core-0020"))
    text = lines(page)
    assert text[0].startswith("✓ faster: 1.386 × as fast as the base")
    bars = {line.split()[0]: line for line in text if "ms  " in line and "┃" in line}
    assert "  ▲ 1.39× (1.32–1.46)" in bars["agent"] or "  ▲ 1.44× " in bars["agent"]
    assert bars["base"].count("█") > bars["agent"].count("█")
    assert "  ✓ path         the changed code ran" in text
    assert any("beffe4cd/0020" in line and "◆" in line for line in text)
    assert any("50" in line for line in fold(page, "agent: what it printed"))


def test_a_real_failure_of_the_environment(state: Project) -> None:
    text = lines(measured.page(state, entry_of(state, "vllm_core-3368ff88/vllm_core-0000")))
    assert text[0] == "? not measured, the environment failed (a module is missing): No module named 'cbor2'"
    assert "  ? base   the environment's failure, by the rule: a module is missing" in text
    assert not any("▒" in line for line in text)


def test_a_real_three_way_result_whose_patch_is_not_recorded(isobench: Path) -> None:
    file = isobench / "measurements/three_way/claude_code/results/modal/b690e348/benchmark_result.json"
    project = Project.open(workspace((isobench / "later/runs",), measurements=(file,)))
    entry = entry_of(project, "vllm/claude_code/default/2025-12-23_04-37-32/vllm_core-0064")
    text = lines(measured.page(project, entry))
    assert any("which patch was measured is not recorded" in line for line in text[1:6])
    at = text.index("── ttft_mean · ms · lower is better · noise 5.0 %, assumed")
    ratios = [line.split("  ")[-1].strip() for line in text[at + 1 : at + 5]]
    assert ratios[1:] == ["▲ 4.14× (3.94–4.35)", "▲ 3.92× (3.73–4.12)", "▼ 0.95× (0.90–0.99)"]
    page = lines(commit.page(project, entry))
    at = page.index("── does the human win? by all measurements of the commit")
    assert page[at + 1].startswith(
        "  ▲ yes, beyond noise: 4.140 × as fast as the base (3.943–4.347, ttft_mean)"
    )


def test_where_nothing_is_given_it_says_what_to_do(runs: MemoryRuns, tmp_path: Path) -> None:
    project = runs.open(tmp_path)
    text = lines(measured.page(project, entry_of(project, f"{FLAT}0000")))
    assert text[0].startswith("No measurements are given")
    assert any("--measurements PATH" in line for line in text)
    assert not any("does the human win" in line for line in lines(commit.page(project, project.entries[0])))


def test_two_that_disagree_stand_beside_each_other(runs: MemoryRuns, tmp_path: Path) -> None:
    first, same = f"{FLAT}0000", {"session": "later"}
    file = written(
        tmp_path,
        row(first, "base", 168, 166, 170),
        row(first, "agent", 10, 9.9, 10.1),
        row(first, "base", 10, 10.1, 9.9, **same),
        row(first, "agent", 10, 9.9, 10.1, **same),
    )
    project = runs.open(tmp_path, measurements=(file,))
    text = lines(measured.page(project, entry_of(project, first)))
    at = text.index("── all measurements, none averaged")
    assert sorted(line.split()[2] for line in text[at + 1 : at + 3]) == ["1.00×", "16.80×"]
    assert sum("duplicates" in line and "✗" in line for line in text if "in doubt" not in line) == 2
    cell = next(line for line in text if line.startswith("  agent") and "16.80×" in line)
    assert cell.count("┃") == 1
    assert "█" not in cell.split("┃")[0][-1:]


@pytest.mark.parametrize(
    "values", [([1e-300, 1e300], [1, 2]), ([1e308], [1e-308]), ([1, 1e9], [2, 1]), ([1], [1])]
)
def test_extreme_values_are_drawn(
    runs: MemoryRuns, tmp_path: Path, values: tuple[list[float], list[float]]
) -> None:
    first, (base, agent) = f"{FLAT}0000", values
    project = runs.open(
        tmp_path, measurements=(written(tmp_path, row(first, "base", *base), row(first, "agent", *agent)),)
    )
    text = lines(measured.page(project, entry_of(project, first)))
    assert max(len(line) for line in text if "┃" in line) <= 80
    assert sum("◆" in line for line in text) == 1


def test_output_is_safe_bounded_and_read_when_it_is_opened(tmp_path: Path) -> None:
    folder = attempt(tmp_path / "r", "run-1/item-0001")
    secret = "sk-ant-" + "a1B2" * 10
    output = (
        f"\x1b[31mred {secret}\nCUDA out of memory\n" + "x" * (2 * measured.SHOWN_OF_OUTPUT) + "\nthe end"
    )
    times = {"baseline_ms": None, "patched_ms": None, "improvement": False}
    result = {"status": "baseline_failed", **times, "stdout": output}
    file = folder / "test_results.json"
    file.write_text(json.dumps({"metadata": {}, "result": result}))
    project = opened(tmp_path)
    page = measured.page(project, project.entries[0])
    inside = fold(page, "base: what it printed")
    assert not any("\x1b" in line or secret in line for line in (*inside, *lines(page)))
    assert inside[0].strip().startswith("␛[31mred sk-ant-…")
    assert inside[-1].strip() == "the end"
    assert any("bytes are left out here" in line for line in inside)
    page = measured.page(project, project.entries[0])
    file.unlink()
    assert "cannot be read" in fold(page, "base: what it printed")[0]


def test_no_screen_loads_what_reads_measurements() -> None:
    code = (
        "import sys, reviewer.tui.app, reviewer.tui.review.review, reviewer.project.analyses; "
        "sys.exit(any(name.startswith('reviewer.sources.measurements') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# Blind -------------------------------------------------------------------------------------------


@asynccontextmanager
async def judging(
    runs: MemoryRuns, verdicts: Path, queue: str | None = None, *, blind: bool = False
) -> AsyncIterator[tuple[Pilot[None], ReviewScreen]]:
    """The review screen of an attempt that was measured to be faster, its checks in."""
    name = f"{FLAT}0000"
    file = written(verdicts, row(name, "base", 20, 20.1, 19.9), row(name, "agent", 10, 9.9, 10.1))
    project = runs.open(verdicts, measurements=(file,))
    known = with_measured(project)
    project.analyses = MemoryAnalyses(known)  # type: ignore[assignment]
    project.blind = blind
    if queue is not None:
        start_session(project, queue)
    app = ReviewerApp(project, start=entry_of(project, name))
    async with app.run_test(size=(150, 45)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        yield pilot, app.screen


def with_measured(project: Project) -> dict[str, Any]:
    """The analyses of a project in memory with what was measured."""
    for _ in project.analyse():
        pass
    found = {entry.attempt.id: entry.analysis for entry in project.entries}
    for entry in project.entries:
        if (analysis := found.get(entry.attempt.id)) is not None:
            answer = judge_measurements(project.measurements.compare(entry))
            found[entry.attempt.id] = entry.analysis = with_results(analysis, [answer])
    return found


def checks_shown(screen: ReviewScreen) -> set[str]:
    return {result.name for result in screen.session.results() or ()}


async def test_blind_it_is_closed_and_a_look_is_on_record(runs: MemoryRuns, tmp_path: Path) -> None:
    async with judging(runs, tmp_path, blind=True) as (pilot, screen):
        assert "measured" not in checks_shown(screen)
        await pilot.press("shift+tab")
        await settled(pilot)
        assert screen.panes.view == "Measured"
        assert "Measured is closed" in "\n".join(shown(screen))
        assert screen.session.saw == ()
        await pilot.press("enter")
        await settled(pilot)
        text = "\n".join(shown(screen))
        assert "▲ 2.00×" in text
        assert FLAT not in text
        await pilot.press("2")
        await settled(pilot)
        (saved,) = decisions(tmp_path)
        assert (saved["blind"], saved["saw"]) == (True, ["measured"])


async def test_a_queue_may_show_it_and_the_look_is_on_record(runs: MemoryRuns, tmp_path: Path) -> None:
    async with judging(runs, tmp_path, "random:n=9,measured=shown") as (pilot, screen):
        assert screen.session.hidden
        assert "measured" in checks_shown(screen)
        await pilot.press("shift+tab")
        await settled(pilot)
        text = "\n".join(shown(screen))
        assert "▲ 2.00×" in text
        assert FLAT not in text
        assert "measured" in screen.session.saw


async def test_seen_beside_the_diff_it_is_on_record_too(runs: MemoryRuns, tmp_path: Path) -> None:
    async with judging(runs, tmp_path) as (_, screen):
        assert screen.side.display
        assert "measured" in screen.session.saw


# The list ----------------------------------------------------------------------------------------


def rows_of_list(runs: MemoryRuns, folder: Path) -> Project:
    names = [f"{FLAT}0000", f"{FLAT}0001", f"{DEEP}0001"]
    base = [row(name, "base", 20, 20.1, 19.9) for name in names]
    faster, slower = row(names[0], "agent", 10, 9.9, 10.1), row(names[1], "agent", 40, 40.1, 39.9)
    failed = row(names[2], "agent", status="error", error="ValueError: shapes do not fit")
    project = runs.open(folder, measurements=(written(folder, *base, slower, failed, faster),))
    project.analyses = MemoryAnalyses(with_measured(project))  # type: ignore[assignment]
    return project


def drawn(screen: BrowseScreen) -> list[str]:
    return [screen.list.render_line(y).text for y in range(screen.list.size.height)]


async def test_the_column_sorts_and_is_closed_while_blind(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(rows_of_list(runs, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        await pilot.press("v", "v", "slash", *"sort:measured", "enter")
        first = [line for line in drawn(screen) if line.strip()][1:5]  # below the titles of the columns
        assert [
            sign in line for sign, line in zip(("▲ 2.00×", "▼ 0.50×", "✗ failed", "–"), first, strict=True)
        ] == [True] * 4
        await pilot.press("escape", "B")
        assert not any("2.00×" in line for line in drawn(screen))
        start_session(app.project, "random:n=9,measured=shown")
        app.session_changed()
        assert any("2.00×" in line for line in drawn(screen))


async def test_without_measurements_there_is_no_column_and_no_order(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        assert not screen.list.measured
        orders = set()
        for _ in range(len(ORDERS) + 1):
            await pilot.press("o")
            orders.add(screen.order)
        assert orders == {None, *ORDERS} - {"measured"}


async def test_another_reading_of_the_files_is_shown(runs: MemoryRuns, tmp_path: Path) -> None:
    project = rows_of_list(runs, tmp_path)
    before = project.measurements.all
    written(tmp_path, row(f"{FLAT}0000", "base", 20))
    project.reload()
    assert not project.measurements.ready
    assert len(project.measurements.all) == 1 != len(before)


def test_the_queue_file_says_what_is_hidden(runs: MemoryRuns, tmp_path: Path) -> None:
    project = runs.open(tmp_path)
    for words, value in (("random:n=2", "hidden"), ("random:n=3,measured=shown", "shown")):
        session = start_session(project, words)
        assert session.path is not None
        assert msgspec.toml.decode(session.path.read_bytes()).get("measured", "hidden") == value
        assert project.measurements_hidden is (value == "hidden")
