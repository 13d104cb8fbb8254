"""Running the checks for a command, with progress on standard error."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence, Set

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reviewer.checks.results import unknown
from reviewer.cli.common import put_notice
from reviewer.model import Analysis
from reviewer.project.entries import Entry
from reviewer.project.human_changes import keep_controls
from reviewer.project.project import Project


@contextlib.contextmanager
def show_progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """Show on a terminal how many of ``total`` are done; gives what is called for each one."""
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(" of "), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


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
    project.analyses.jobs = jobs or project.analyses.jobs
    wanted = project.entries if entries is None else entries
    try:
        project.analyses.start(len(wanted))
        project.apply_commits(project.load_commits())
        unusable = (f"{path}: {reason}" for path, reason in project.references.repositories.problems)
        for notice in (*project.notices(), *unusable):
            put_notice(notice)
        if entries is not None and (only is None or "provenance" in only):
            chosen = set(entries)
            _run(project, [e for e in project.entries if e not in chosen], {"execution"}, "read")
        _run(project, wanted, only, "checked")
        if control is not None:
            _run_control(project, only, control)
    except KeyboardInterrupt:
        done = _mark_unchecked(wanted)
        click.echo(f"\nreviewer: stopped, {done} of {len(wanted)} attempts checked", err=True)
        return False
    finally:
        project.close()
    return True


def _run(project: Project, entries: Sequence[Entry], only: Set[str] | None, what: str) -> None:
    with (
        show_progress(len(entries), what) as advance,
        contextlib.closing(project.analyse(entries, only)) as analyses,
    ):
        for entry, analysis in analyses:
            fresh = entry.analysis is None
            entry.analysis = analysis  # first of all: Ctrl-C comes at any moment
            if fresh:
                advance()


def _run_control(project: Project, only: Set[str] | None, control: dict[str, Analysis]) -> None:
    commits = {entry.commit.hash for entry in project.entries if entry.commit}
    with (
        show_progress(len(commits), "human patches") as advance,
        contextlib.closing(project.control(only)) as analyses,
    ):
        for commit, analysis in analyses:
            control[commit] = analysis
            advance()
    if only is None:  # figures ask for the counts once the workers have ended
        keep_controls(project, control.values())


def _mark_unchecked(entries: Sequence[Entry]) -> int:
    """Give the attempts that were not reached an analysis that says so; how many were reached."""
    unchecked = [entry for entry in entries if entry.analysis is None]
    for entry in unchecked:
        entry.analysis = unknown(entry.attempt.id, "not checked: stopped by Ctrl-C")
    return len(entries) - len(unchecked)
