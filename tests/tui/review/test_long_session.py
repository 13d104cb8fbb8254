"""A long session: what a judgement leaves in memory is the decision, not the attempt."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from pathlib import Path

import pytest
from pilots import coloured, settled

from reviewer.config import Settings, Workspace
from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from many_attempts import write_runs

FIRST = 12
"""Judgements after which everything that is made once has been made."""
EACH = 16_000
"""Bytes that a judgement may leave: the decision, its place among the others, and where the annotator was."""


@pytest.mark.parametrize(
    "judgements", [18, pytest.param(1_000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
async def test_memory_does_not_grow_with_the_attempts_that_were_judged(
    tmp_path: Path, judgements: int
) -> None:
    write_runs(tmp_path / "runs", FIRST + judgements * 5 // 4 + 20)
    space = Workspace(
        roots=(tmp_path / "runs",), verdicts=tmp_path / "v", annotator="ada", settings=Settings(guard_ms=0)
    )
    project = Project.open(space)
    project.set_queue([entry for entry in project.entries if entry.attempt.patch_bytes])
    app = ReviewerApp(project, start=project.queue[0])
    async with app.run_test(size=(120, 40)) as pilot:

        async def judge(count: int) -> None:
            done = project.totals().labelled
            while project.totals().labelled < done + count:
                assert isinstance(app.screen, ReviewScreen)
                await pilot.press("x", "j", "3")
                await pilot.pause()

        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        await coloured(pilot, app.screen)  # what colours are made with is loaded
        tracemalloc.start()
        await judge(FIRST)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        await judge(judgements)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (after - before) / judgements < EACH
