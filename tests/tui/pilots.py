"""The screens as tests drive them, on a project made in memory or on the sample that ships with the program."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from memory import MemoryAnalyses, MemoryRuns
from textual.pilot import Pilot

from reviewer.config import Settings, Workspace, workspace
from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen

FLAT = "tinyseries-1a2b3c4d/tinyseries-"
DEEP = "tinyseries/claude_code/default/2025-12-23_04-37-32/tinyseries-"


def opened(runs: MemoryRuns | Path, verdicts: Path, annotator: str = "tester", guard_ms: int = 0) -> Project:
    """The runs as an annotator opens them."""
    settings = Settings(guard_ms=guard_ms)
    if isinstance(runs, MemoryRuns):
        return runs.open(verdicts, annotator, settings)
    space = workspace((runs,), verdicts=verdicts, annotator=annotator)
    return Project.open(msgspec.structs.replace(space, settings=settings))


def unchecked(space: Workspace) -> Project:
    """A project in which no attempt is ever checked."""
    project = Project(space, analyses=MemoryAnalyses({}))
    project.read()
    return project


@asynccontextmanager
async def reviewing(
    runs: MemoryRuns | Path,
    verdicts: Path,
    attempt: str,
    size: tuple[int, int] = (150, 45),
    guard_ms: int = 0,
    blind: bool = False,
) -> AsyncIterator[tuple[Pilot[None], ReviewScreen, Project]]:
    """The review screen of an attempt, its patches painted and its checks in."""
    project = opened(runs, verdicts, guard_ms=guard_ms)
    project.blind = blind
    app = ReviewerApp(project, start=project.find(FLAT + attempt))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        yield pilot, app.screen, project


async def settled(pilot: Pilot[None]) -> None:
    """Wait for the workers, those that they start in turn, and the paint."""
    app = pilot.app
    assert isinstance(app, ReviewerApp)
    await pilot.pause()
    while True:
        await app.workers.wait_for_complete()
        await pilot.pause()
        if not app.checks.running and all(worker.is_finished for worker in app.workers):
            return


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let timers run out until something holds that follows on them; fails where it never does."""
    for _ in range(2_000):
        if holds():
            return
        await settled(pilot)
    raise AssertionError("it never came to hold")


async def coloured(pilot: Pilot[None], screen: ReviewScreen) -> None:
    """Wait until what the diff shows has its syntax colours, which follow once no key has come for a while."""
    await until(pilot, lambda: not screen.diff.display or screen.diff.colourless() is None)


async def viewing(pilot: Pilot[None], screen: ReviewScreen, name: str) -> list[str]:
    """Open a view and wait until it is read; its lines."""
    screen.set_view(name)
    screen.to_main()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return shown(screen)


def shown(screen: ReviewScreen) -> list[str]:
    """The first lines of a view, enough for all but a huge log."""
    return [screen.text.text_of(index) for index in range(min(screen.text.count, 6000))]


def decisions(verdicts: Path) -> list[dict[str, object]]:
    """Every block on disk, drafts left out, in the order of time."""
    files = [file for file in sorted(verdicts.rglob("*.toml")) if "+drafts" not in str(file)]
    found = [block for file in files for block in tomllib.loads(file.read_text()).get("decision", [])]
    return sorted(found, key=lambda block: block["id"])
