"""Running the checks for a command, with progress on standard error."""

import contextlib
import sys
from collections.abc import Callable, Generator, Iterator, Sequence, Set

import click

from reviewer.checks.engine.workers import WorkersLost
from reviewer.cli.common import LOST, STOPPED, put_notice, stop
from reviewer.model import Analysis
from reviewer.project.entries import Entry
from reviewer.project.human_changes import keep_controls
from reviewer.project.project import Project


def analyse(
    project: Project,
    jobs: int | None,
    *,
    cluster: str | None = None,
    entries: Sequence[Entry] | None = None,
    only: Set[str] | None = None,
    control: dict[str, Analysis] | None = None,
    take: Callable[[Entry], None] | None = None,
) -> int:
    """Run the checks and give the exit status: 0, or why they stopped, with what was done kept.

    ``cluster`` is the address of one that checks instead of this machine, ``jobs`` how many check at once;
    ``entries`` are the attempts that are asked for, all where ``None``; of the others only what provenance
    needs is found out. ``only`` names checks; ``control`` takes those of the human patches, ``take`` each attempt
    once it is checked.
    """
    analyses = project.analyses
    analyses.load()
    if cluster is not None:
        analyses.cluster, analyses.jobs = cluster, jobs
    elif jobs is not None:
        analyses.jobs = jobs
    wanted = project.entries if entries is None else entries
    try:
        if cluster is not None:
            _connect(project)
        analyses.start(len(wanted))
        project.apply_commits(project.load_commits())
        repositories = (f"{path}: {notice}" for path, notice in project.references.repositories.notices)
        for notice in (*project.notices(), *repositories):
            put_notice(notice)
        if entries is not None and (only is None or "provenance" in only):
            chosen = {entry.row for entry in entries}
            others = project.store.entries(line for line in project.entries.lines if line not in chosen)
            _collect(project.analyse(others, {"execution"}), len(others), "read")
        answers = project.analyse(wanted, only)
        _collect(answers if take is None else _taken(answers, take), len(wanted), "checked")
        if control is not None:
            commits = {commit.hash for commit in project.store.commits.values()}
            _collect(_kept(project.control(only), control), len(commits), "human patches")
            if only is None:  # figures ask for the counts once the workers have ended
                keep_controls(project, control.values())
    except KeyboardInterrupt:
        _stop(project, wanted, "stopped by Ctrl-C", whole=only is None)
        return STOPPED
    except WorkersLost as error:
        click.echo(err=True)
        put_notice(f"{error}.")
        _stop(project, wanted, str(error), whole=only is None)
        return LOST
    finally:
        project.close()
    return 0


def _connect(project: Project) -> None:
    """Say which workers a cluster has; one that cannot be reached ends the program with 2."""
    try:
        put_notice(f"Dask cluster {project.analyses.workers}")
    except WorkersLost as error:
        stop(error)


def _stop(project: Project, wanted: Sequence[Entry], reason: str, *, whole: bool) -> None:
    """What was not checked is unknown for this reason; say how much was, and that it is kept."""
    project.store.stopped = f"not checked: {reason}", project.check_names
    done = len(wanted) - len(project.store.unchecked(wanted, whole=whole))
    click.echo(f"\nreviewer: stopped, {done} of {len(wanted)} attempts checked", err=True)
    put_notice("what is checked is kept: the same command goes on from there")


def _kept(
    answers: Generator[tuple[str, Analysis], None, None], control: dict[str, Analysis]
) -> Iterator[None]:
    with contextlib.closing(answers):
        for commit, analysis in answers:
            control[commit] = analysis
            yield


def _taken(answers: Iterator[Entry], take: Callable[[Entry], None]) -> Generator[None, None, None]:
    for entry in answers:
        take(entry)
        yield


def _collect(answers: Iterator[object], total: int, what: str) -> None:
    """Have everything found out, and show on a terminal how many of ``total`` are."""
    with contextlib.closing(answers) if isinstance(answers, Generator) else contextlib.nullcontext():
        for _ in _shown(answers, total, what) if sys.stderr.isatty() else answers:
            pass


def _shown(answers: Iterator[object], total: int, what: str) -> Iterator[None]:
    """Each of the answers, with how many of ``total`` have come on standard error."""
    # Rich takes a tenth of the time in which a command starts
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from reviewer.cli.colours import message_console

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(" of "), TimeRemainingColumn())
    # what check writes meanwhile is no message
    bar = Progress(*columns, console=message_console(), transient=True, redirect_stdout=False)
    with bar as progress:
        task = progress.add_task(what, total=total)
        for number, _ in enumerate(answers, start=1):
            progress.update(task, completed=min(number, total))  # some come again at the end
            yield
