"""The views beside the diff, on attempts in memory and on real ones: what they show, where their keys go."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from memory import MemoryRuns
from pilots import reviewing, shown, unchecked, viewing
from textual.pilot import Pilot
from textual.widgets import Input

from reviewer.config import workspace
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.views import NAMES
from reviewer.tui.widgets.columns import part_from

A = "vllm_core-3368ff88/vllm_core-0000"
INCIDENT = "vllm_core-49197c86/vllm_core-0000"


def here(screen: ReviewScreen) -> str:
    return screen.text.text_of(screen.text.cursor)


@asynccontextmanager
async def opened(
    root: Path, attempt: str, verdicts: Path, *repositories: Path, size: tuple[int, int] = (150, 45)
) -> AsyncIterator[tuple[Pilot[None], ReviewScreen]]:
    """The review screen of an attempt below any root; nothing is checked in the background."""
    space = workspace((root,), repositories=repositories, verdicts=verdicts, annotator="tester")
    project = unchecked(space)
    app = ReviewerApp(project, start=project.find(attempt))
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        yield pilot, app.screen


def copied(isobench: Path, folder: Path, attempt: str, part: str = "state/runs") -> Path:
    """A real attempt in a folder that a test may write to."""
    target = folder / "runs" / attempt
    shutil.copytree(isobench / part / attempt, target)
    for file in target.iterdir():
        file.chmod(0o644)
    target.chmod(0o755)
    return target


async def test_tab_goes_through_all_of_them(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        seen = []
        for _step in NAMES:
            await pilot.press("tab")
            await pilot.app.workers.wait_for_complete()
            seen.append(screen.panes.view)
        assert seen == [*NAMES[1:], "Diff"]
        await pilot.press("shift+tab")
        assert screen.panes.view == NAMES[-1]
        await pilot.press("q")
        assert screen.panes.view == "Diff"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Task", "task.txt"),
        ("Prompt", "prompt.json"),
        ("Log", "trae_stdout.txt"),
        ("Steps", "steps"),
        ("Facts", "return code"),
        ("History", "nobody has recorded anything"),
        ("Others", "attempts at"),
        ("Commit", "── human change"),
        ("Run", "── run tinyseries-1a2b3c4d"),
        ("Measured", "No measurements are given"),
    ],
)
async def test_each_shows_what_it_is_about(
    runs: MemoryRuns, tmp_path: Path, name: str, expected: str
) -> None:
    async with reviewing(runs, tmp_path, "0004") as (pilot, screen, _):
        assert any(expected in line for line in await viewing(pilot, screen, name))


# Task and prompt ---------------------------------------------------------------------------------


async def test_lines_that_give_the_solution_away_are_marked(isobench: Path, tmp_path: Path) -> None:
    async with opened(isobench / "state/runs", A, tmp_path, isobench / "vllm.git") as (pilot, screen):
        lines = await viewing(pilot, screen, "Task")
        assert "gives away 23 of the 34 lines" in lines[1]
        assert "the commit's message" in lines[1]
        await pilot.press("f")
        assert "disable_hybrid_kv_cache_manager = True" in here(screen)
        await pilot.press("f", "f", "F")
        assert here(screen).startswith("-                self.model_config.attention_chunk_size")
        assert "◆" in screen.text.content[screen.text.cursor].lead


async def test_without_the_human_change_it_says_unknown(isobench: Path, tmp_path: Path) -> None:
    async with opened(isobench / "state/runs", A, tmp_path) as (pilot, screen):
        lines = await viewing(pilot, screen, "Task")
        assert lines[1].startswith("whether it gives the human solution away is unknown: ")


async def test_what_was_sent_is_compared_with_what_was_kept(isobench: Path, tmp_path: Path) -> None:
    later = "vllm/trae/us-anthropic-claude-sonnet-4-5-20250929-v1-0/2026-01-23_16-40-44/vllm_core-0004"
    folder = copied(isobench, tmp_path, later, "later/runs")
    async with opened(tmp_path / "runs", later, tmp_path / "verdicts") as (pilot, screen):
        trajectory = json.loads((folder / "trajectory.json").read_text())
        (folder / "task.txt").write_text(trajectory["task"] + "\n")
        lines = await viewing(pilot, screen, "Prompt")
        assert any(line.startswith("the same as task.txt") for line in lines)
        (folder / "task.txt").write_text(trajectory["task"].replace("performance", "speed", 1))
        await pilot.press("r")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("f")
        assert here(screen).startswith("differs from task.txt")
        assert any(line.startswith("+") and "performance" in line for line in shown(screen))
        assert any(line.startswith("-") and "speed" in line for line in shown(screen))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"null", b'{"a": {"b": [[]]}}', b"[" * 2000]
)
async def test_a_prompt_of_any_kind_is_shown(isobench: Path, tmp_path: Path, data: bytes) -> None:
    folder = copied(isobench, tmp_path, A)
    (folder / "prompt.json").write_bytes(data)
    async with opened(tmp_path / "runs", A, tmp_path / "verdicts") as (pilot, screen):
        lines = await viewing(pilot, screen, "Prompt")
        assert lines[0] == f"── prompt.json · {len(data):,} bytes"
        assert not any("could not be made" in line for line in lines)


# Log ---------------------------------------------------------------------------------------------


async def test_an_incident_is_one_stop_and_its_tries_are_folded(isobench: Path, tmp_path: Path) -> None:
    async with opened(isobench / "state/runs", INCIDENT, tmp_path) as (pilot, screen):
        lines = await viewing(pilot, screen, "Log")
        assert len([line for line in lines if "No tool output found" in line]) == 3
        fold = next(index for index, line in enumerate(lines) if "again, 9 times (162 lines)" in line)
        stops = []
        for _ in range(6):
            await pilot.press("f")
            stops.append(here(screen))
        assert stops[0].startswith("OpenAI API call failed: Error code: 400")
        assert stops[-1].startswith("│ Error       │")
        screen.text.go_to(fold)
        await pilot.press("enter")
        assert len([line for line in shown(screen) if "No tool output found" in line]) == 21
        await pilot.press("g", "F")
        assert screen.text.cursor == 0


async def test_search_says_how_many_lines_hold_it(isobench: Path, tmp_path: Path) -> None:
    async with opened(isobench / "state/runs", INCIDENT, tmp_path) as (pilot, screen):
        await viewing(pilot, screen, "Log")
        await pilot.press("slash")
        screen.query_one(Input).value = "no tool output"
        await pilot.press("enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "No tool output" in here(screen)
        assert "no tool output: in 21 lines" in screen.message.plain
        first = screen.text.cursor
        await pilot.press("n", "n", "n")
        assert screen.text.cursor == first
        await pilot.press("N")
        assert "No tool output" in here(screen)
        assert screen.text.cursor != first
        await pilot.press("slash")
        screen.query_one(Input).value = "surely nowhere"
        await pilot.press("enter")
        await pilot.pause()
        assert "not found: surely nowhere" in screen.message.plain


async def test_a_log_that_grows_is_followed_at_its_end(isobench: Path, tmp_path: Path) -> None:
    folder = copied(isobench, tmp_path, A)
    log = folder / "trae_stdout.txt"
    (folder / "trae_stderr.txt").unlink()
    async with opened(tmp_path / "runs", A, tmp_path / "verdicts") as (pilot, screen):
        await viewing(pilot, screen, "Log")
        await pilot.press("G")
        with log.open("a") as file:
            file.write("\none more line\n")
        await pilot.press("r")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert here(screen) == "one more line"


async def test_keys_are_masked_and_a_missing_log_is_said(isobench: Path, tmp_path: Path) -> None:
    folder = copied(isobench, tmp_path, A)
    (folder / "trae_stdout.txt").write_text("OPENAI_API_KEY=sk-proj-abcdefghijklmnop1234 and more\n")
    async with opened(tmp_path / "runs", A, tmp_path / "verdicts") as (pilot, screen):
        lines = await viewing(pilot, screen, "Log")
        assert not any("abcdefghijklmnop" in line for line in lines)
        assert any("OPENAI_API_KEY=…" in line for line in lines)
        for name in ("trae_stdout.txt", "trae_stderr.txt"):
            (folder / name).unlink()
        screen.set_view("Diff")
        assert (await viewing(pilot, screen, "Log"))[0].startswith("no log: the attempt left no")


async def test_a_huge_log_costs_little_memory(isobench: Path, tmp_path: Path) -> None:
    folder = copied(isobench, tmp_path, INCIDENT)
    log = folder / "trae_stdout.txt"
    block = log.read_bytes()
    with log.open("wb") as file:
        for _ in range(200_000_000 // len(block)):
            file.write(block)
    async with opened(tmp_path / "runs", INCIDENT, tmp_path / "verdicts") as (pilot, screen):
        await viewing(pilot, screen, "Facts")
        before = _resident()
        lines = await viewing(pilot, screen, "Log")
        assert "repeated lines folded" in lines[0]
        await pilot.press("G", "F", "g", "f")
        assert screen.text.content.find("no tool output", screen.text.count - 1, -1) is not None
        assert screen.text.count > 1_000_000
        assert _resident() - before < 60_000_000


def _resident() -> int:
    """Bytes of memory that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


# Steps -------------------------------------------------------------------------------------------


async def test_steps_from_a_log_with_the_first_edit_marked(isobench: Path, tmp_path: Path) -> None:
    async with opened(isobench / "state/runs", A, tmp_path) as (pilot, screen):
        lines = await viewing(pilot, screen, "Steps")
        assert lines[0].startswith("── TRAE's console · 40 steps · 1,625,127 tokens in, 18,312 out")
        assert any(line.startswith("step 40  completed") for line in lines)
        await pilot.press(".", ".")
        assert here(screen).startswith("step 2  completed  14,540 in 328 out")
        await pilot.press("f")
        assert "edit" in here(screen)
        folds = [index for index, line in enumerate(lines) if "enter opens" in line]
        screen.text.go_to(folds[0])
        await pilot.press("enter")
        opened_count = screen.text.count
        assert opened_count > len(lines)
        await pilot.press("enter")
        assert screen.text.count == len(lines)


async def test_steps_of_a_trajectory(isobench: Path, tmp_path: Path) -> None:
    attempt = "sglang/trae/openai-gpt-5/2025-12-23_09-46-40/sglang_001_09deb20d"
    async with opened(isobench / "later/runs", attempt, tmp_path) as (pilot, screen):
        lines = await viewing(pilot, screen, "Steps")
        assert lines[0].startswith("── TRAE · 27 steps of at most 120 · ")
        assert "its own account: success" in lines[0]
        first = next(line for line in lines if "first edit: " in line)
        assert first.startswith("step 4  ")
        assert first.endswith("logits_processor.py")


async def test_steps_of_codex_and_claude_code(isobench: Path, tmp_path: Path) -> None:
    attempt = "vllm/codex_cli/default/2026-01-21_05-29-45/vllm_gpt5_v5-0034"
    async with opened(isobench / "later/runs", attempt, tmp_path) as (pilot, screen):
        lines = await viewing(pilot, screen, "Steps")
        assert lines[0].startswith("── Codex's transcript · 48 steps")
        first = next(line for line in lines if "first edit: " in line)
        assert first.endswith("prefix_caching_block.py")
    claude = next((isobench / "later/runs").glob("vllm/claude_code/*/*/*/claude_code_stdout.txt")).parent
    attempt = str(claude.relative_to(isobench / "later/runs"))
    async with opened(isobench / "later/runs", attempt, tmp_path) as (pilot, screen):
        lines = await viewing(pilot, screen, "Steps")
        assert lines[0].startswith("── Claude Code · its own account: ")
        assert "the log holds the result alone" in lines[1]
        assert any(line.startswith("── final result") for line in lines)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
async def test_a_trajectory_that_is_cut_off(isobench: Path, tmp_path: Path, share: float) -> None:
    attempt = "sglang/trae/openai-gpt-5/2025-12-23_09-46-40/sglang_001_09deb20d"
    folder = copied(isobench, tmp_path, attempt, "later/runs")
    (folder / "trae_stdout.txt").unlink(missing_ok=True)
    data = (folder / "trajectory.json").read_bytes()
    (folder / "trajectory.json").write_bytes(data[: int(len(data) * share)])
    async with opened(tmp_path / "runs", attempt, tmp_path / "verdicts") as (pilot, screen):
        lines = await viewing(pilot, screen, "Steps")
        assert any("cut off or damaged" in line for line in lines)
        steps = [line for line in lines if line.startswith("step ")]
        assert bool(steps) == (share > 0.1)
        assert ("the steps themselves are missing" in " ".join(lines)) == (0.1 < share < 0.5)


# History, other attempts -------------------------------------------------------------------------


async def test_history_shows_every_act_and_what_was_taken_back(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        entry = screen.entry
        for judgement in ("wrong", "partial"):
            name: Any = judgement
            project.labels.judge(entry, name, criteria={}, notes=f"{judgement} it is", seconds=3)
        project.labels.undo()
        lines = await viewing(pilot, screen, "History")
        assert lines[0] == "── 3 acts of 1 annotator · 1 taken back"
        assert [word for line in lines for word in ("wrong →", "partial →", "undo of") if word in line] == [
            "wrong →",
            "partial →",
            "undo of",
        ]
        assert "partial →" in [line for line in lines if line.endswith("taken back")][1]
        assert "    wrong it is" in lines


async def test_enter_opens_another_attempt_at_the_commit(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        entry = screen.entry
        lines = await viewing(pilot, screen, "Others")
        assert sum(line.startswith("▸ ") for line in lines) == 1
        other = next(index for index, line in enumerate(lines) if index > 1 and line.startswith("  "))
        screen.text.go_to(other)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.entry is not entry
        assert screen.entry.commit_hash == entry.commit_hash
        assert screen.panes.view == "Diff"


async def test_the_place_in_a_view_is_kept(isobench: Path, tmp_path: Path) -> None:
    async with opened(isobench / "state/runs", A, tmp_path) as (pilot, screen):
        await viewing(pilot, screen, "Log")
        screen.text.go_to(700)
        await viewing(pilot, screen, "Diff")
        await viewing(pilot, screen, "Log")
        assert screen.text.cursor == 700


@pytest.mark.parametrize("size", [(80, 24), (40, 8), (200, 50)])
async def test_lines_are_broken_to_the_pane_and_again_when_it_changes(
    isobench: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(isobench / "state/runs", A, tmp_path, size=size) as (pilot, screen):
        await viewing(pilot, screen, "Task")
        for width, height in ((120, 40), size):
            screen.text.go_to(20)
            item = screen.text.content.whole(20)
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert screen.text.content.whole(screen.text.cursor) == item
            room = screen.text.size.width
            # words longer than the pane are cut at its edge, nothing is lost to the right of it
            assert max(len(line) for line in shown(screen)) <= max(room, 40)


async def test_what_has_no_room_on_a_line_is_below_it(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(80, 24)) as (pilot, screen, _):
        lines = await viewing(pilot, screen, "Others")
        screen.text.go_to(2)
        whole = lines[2]
        below = screen.message.plain.strip()
        assert below
        assert whole.endswith(below)
        assert whole.removesuffix(below).strip() in screen.text.drawn(2).text.replace("…", "") + below
        screen.text.go_to(0)
        assert not screen.message.plain.strip()


async def test_every_view_is_named_beside_the_position_however_narrow_it_is(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(80, 24)) as (pilot, screen, _):
        short = " Diff Task Prom Log Step Fact Hist Othe Comm Run Meas "
        assert screen.tabs.plain.startswith(short)
        assert screen.tabs.plain.endswith("unified  file 1 of 2 ")
        assert len(screen.tabs.plain) <= 80
        await viewing(pilot, screen, "Others")
        assert all(f" {name} " in screen.tabs.plain for name in NAMES)


@pytest.mark.parametrize(
    ("text", "x", "below"),
    [
        ("ab  cd  ef", 20, ""),
        ("ab  cd  ef", 9, ""),
        ("ab  cd  ef", 5, "cd  ef"),
        ("one two three", 9, "three"),
        ("x" * 30, 9, "x" * 20),
        ("", 9, ""),
    ],
)
def test_what_is_cut_begins_with_its_cell_or_word(text: str, x: int, below: str) -> None:
    assert part_from(text, x, 20) == below


async def test_attempts_to_compare_with_are_told_apart_by_their_ends(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(80, 24)) as (pilot, screen, _):
        await pilot.press("equals_sign")
        picker = screen.panes.picker
        names = [item.name for item in picker.items]
        assert any(len(name) > 40 for name in names)
        for index, name in enumerate(names):
            assert name.rpartition("/")[2] in picker.text_of(index)
