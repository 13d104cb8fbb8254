"""Running the checks for a command, with progress on standard error."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from reviewer.model import Analysis
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project

_EVERY = 0.1
"""Seconds between two updates of the progress line."""


class Progress:
    """One line on standard error, where that is a terminal: how many of how many, and the time left."""

    def __init__(self, total: int, what: str) -> None:
        self._total = total
        self._what = what
        self._done = 0
        self._began = self._told = time.monotonic()
        self._live = sys.stderr.isatty()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self._live and now - self._told >= _EVERY:
            self._told = now
            left = (now - self._began) / self._done * max(self._total - self._done, 0)
            click.echo(
                f"\r{self._what} {self._done} of {self._total}, {left:.0f} s left ", nl=False, err=True
            )

    def close(self) -> None:
        """Take the line away."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)


def analyse(
    project: Project,
    jobs: int | None,
    *,
    entries: Sequence[Entry] | None = None,
    only: Set[str] | None = None,
    control: dict[str, Analysis] | None = None,
) -> bool:
    """Run the checks; Ctrl-C keeps what is done, and gives ``False``.

    ``entries`` are the attempts that are asked for, all where ``None``; of the others only what provenance
    needs is found out. ``only`` names checks; ``control`` takes those of the human patches.
    """
    from reviewer.text import one_line

    project.analyses.jobs = jobs or project.analyses.jobs
    wanted = project.entries if entries is None else entries
    try:
        project.analyses.start(len(wanted))
        project.apply_commits(project.load_commits())
        for notice in (*project.notices(), *_unusable_repositories(project)):
            click.echo(f"reviewer: {one_line(notice)}", err=True)
        if entries is not None and (only is None or "provenance" in only):
            chosen = set(entries)
            _run(project, [e for e in project.entries if e not in chosen], {"execution"}, "read")
        _run(project, wanted, only, "checked")
        if control is not None:
            _run_control(project, only, control)
    except KeyboardInterrupt:
        done = _give_up(wanted)
        click.echo(f"\nreviewer: stopped, {done} of {len(wanted)} attempts checked", err=True)
        return False
    finally:
        project.close()
    return True


def _run(project: Project, entries: Sequence[Entry], only: Set[str] | None, what: str) -> None:
    import contextlib

    progress = Progress(len(entries), what)
    try:
        with contextlib.closing(project.analyse(entries, only)) as analyses:
            for entry, analysis in analyses:
                fresh = entry.analysis is None
                entry.analysis = analysis  # before it is told: Ctrl-C comes at any moment
                if fresh:
                    progress.step()
    finally:
        progress.close()


def _run_control(project: Project, only: Set[str] | None, control: dict[str, Analysis]) -> None:
    import contextlib

    progress = Progress(
        len({entry.commit.hash for entry in project.entries if entry.commit}), "human patches"
    )
    try:
        with contextlib.closing(project.control(only)) as analyses:
            for commit, analysis in analyses:
                control[commit] = analysis
                progress.step()
    finally:
        progress.close()


def _give_up(entries: Sequence[Entry]) -> int:
    """Say of the attempts that were not reached that they were not; how many were."""
    from reviewer.checks.unanswered import unknown

    left = [entry for entry in entries if entry.analysis is None]
    for entry in left:
        entry.analysis = unknown(entry.attempt.id, "not checked: stopped by Ctrl-C")
    return len(entries) - len(left)


def _unusable_repositories(project: Project) -> list[str]:
    return [f"{path}: {reason}" for path, reason in project.references.repositories.problems]
