"""The command line. What a command needs is imported inside it, so that each starts fast."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from reviewer import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.project import Project

_F = TypeVar("_F", bound="Callable[..., Any]")

COMMANDS_LATER = ("show", "report", "export", "import")
"""Commands of the design that do not exist yet."""

BEGIN = """\
No project here: this folder has no reviewer.toml, and no runs were named.
  reviewer sample_runs                              the sample that comes with the program
  reviewer path/to/state/runs --repo path/to/repo   your own runs (reviewer --help tells more)"""


class _Commands(click.Group):
    """``open`` may be left out, and common options may stand before or after the command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = next((i for i, arg in enumerate(args) if arg in self.commands), None)
        if ("--help" in args and first is None) or args in (["--version"], ["-h"]):
            return super().parse_args(ctx, ["--help" if arg == "-h" else arg for arg in args])
        if first is None:
            args = ["open", *args]
        elif first:
            args = [args[first], *args[:first], *args[first + 1 :]]
        return super().parse_args(ctx, args)


def _common(command: _F) -> _F:
    """The options that every command has."""
    options = (
        click.argument("runs", nargs=-1, metavar="RUNS…"),
        click.option("--repo", "repositories", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
                     help="A git repository to look commits up in; may be given several times."),
        click.option("--commits", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
                     help="A folder of commit files (<sha>.json); may be given several times."),
        click.option("--verdicts", type=click.Path(path_type=Path), metavar="DIR",
                     help="Where judgements are kept. Default: verdicts/ of the project, else your data folder."),
        click.option("--annotator", metavar="NAME", help="Who judges. Default: your login name."),
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Another settings file."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _open(
    runs: tuple[str, ...],
    repositories: tuple[Path, ...],
    commits: tuple[Path, ...],
    verdicts: Path | None,
    annotator: str | None,
    config: Path | None,
) -> Project:
    """The project that the arguments come to; whatever is wrong with them ends the program with 2."""
    from reviewer.config import PROJECT_FILE, ConfigError, workspace
    from reviewer.project import NothingToReview, Project

    if not runs:
        if not Path(PROJECT_FILE).is_file():
            _stop(BEGIN)
        runs = (".",)
    for name in runs:
        if not Path(name).exists():
            _no_such(name)
    try:
        space = workspace(
            tuple(Path(name) for name in runs),
            repositories=repositories,
            commits=commits,
            verdicts=verdicts,
            annotator=annotator,
            config=config,
        )
        return Project.open(space)
    except (ConfigError, NothingToReview) as error:
        _stop(str(error))


def _no_such(name: str) -> NoReturn:
    """A word that is neither a command nor a path."""
    if "/" not in name and not name.startswith("."):
        import difflib

        near = difflib.get_close_matches(name, main.commands, n=1, cutoff=0.5)
        hint = f" Did you mean `reviewer {near[0]}`?" if near else ""
        if name in COMMANDS_LATER:
            hint = " This command does not exist yet."
        _stop(f"{name}: neither a command nor a folder.{hint} Commands: {', '.join(main.commands)}.")
    _stop(
        f"{name}: no such folder. RUNS is a folder of runs, for example: reviewer state/runs --repo vllm.git"
    )


def _stop(message: str) -> NoReturn:
    from reviewer.text import visible

    click.echo(f"reviewer: {visible(message)}" if not message.startswith("No project") else message, err=True)
    raise SystemExit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reviewer")
def main() -> None:
    """Review what coding agents did on real performance commits, attempt by attempt.

    \b
    reviewer sample_runs                           open the sample
    reviewer state/runs --repo vllm.git            open your own runs, with the repository of their base
    reviewer                                       open the project that reviewer.toml here describes
    reviewer check state/runs --repo vllm.git      what can be told automatically, as a table
    reviewer stats state/runs --format json        rates with intervals, for programs
    reviewer doctor state/runs --repo vllm.git     what was found, and what is wrong with it

    The word `open` may be left out. `reviewer COMMAND --help` tells the options of a command.
    """  # noqa: D301


@main.command("open")
@_common
@click.option("--attempt", metavar="ID", help="Start in the review screen of this attempt.")
def open_(attempt: str | None, **common: Any) -> None:
    """Browse and review attempts on the screen (this is what `reviewer RUNS` does).

    \b
    reviewer open state/runs --repo vllm.git
    reviewer open state/runs --attempt vllm_core-3368ff88/vllm_core-0000
    """  # noqa: D301
    gc.disable()  # nothing to collect until the first frame is out; see DESIGN.md §11
    _need_terminal()
    project = _open(**common)
    start = None
    if attempt is not None:
        start = project.find(attempt)
        if start is None:
            _stop(f"no attempt {attempt}; reviewer check lists all")
    from reviewer.tui.app import ReviewerApp

    ReviewerApp(project, start=start).run(mouse=project.space.settings.mouse)


def _need_terminal() -> None:
    """Say what the screens need where it is missing, instead of a screen full of rubbish."""
    import os

    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        _stop("the screens need a terminal; for pipes there are `reviewer check` and `reviewer stats`")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        _stop(f"TERM={os.environ['TERM']} cannot show screens; try TERM=xterm, or `reviewer check`")
    if (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "utf_8"):
        _stop(f"the terminal's encoding is {sys.stdout.encoding}; set LANG=C.UTF-8 or PYTHONUTF8=1")


@main.command()
@_common
@click.option(
    "--format", "format_", type=click.Choice(["table", "jsonl"]), default="table", show_default=True
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes. Default: one per processor.")
def check(format_: str, jobs: int | None, **common: Any) -> None:
    """Say of every attempt what can be told automatically, with evidence.

    \b
    reviewer check state/runs --repo vllm.git
    reviewer check state/runs --repo vllm.git --format jsonl > checks.jsonl
    """  # noqa: D301
    from reviewer.reports import checks

    project = _open(**common)
    _analyse(project, jobs)
    write = checks.to_jsonl if format_ == "jsonl" else checks.to_table
    _print(write(project.entries))


@main.command()
@_common
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def stats(format_: str, **common: Any) -> None:
    """Say how often it was true: rates with intervals, verdicts, and the funnel.

    \b
    reviewer stats state/runs --repo vllm.git
    reviewer stats state/runs --repo vllm.git --format json
    """  # noqa: D301
    from reviewer.reports.stats_json import to_json
    from reviewer.reports.stats_text import to_text

    project = _open(**common)
    _analyse(project, None)
    summary = project.summary()
    if format_ == "json":
        _print(to_json(summary).decode() + "\n")
    else:
        import shutil

        _print(to_text(summary, shutil.get_terminal_size((100, 24)).columns))


@main.command()
@_common
def doctor(**common: Any) -> None:
    """Say what was found where, what is malformed and why, and what is wrong with verdict files.

    \b
    reviewer doctor sample_runs
    """  # noqa: D301
    from reviewer.reports.doctor import to_text

    project = _open(**common)
    project.apply_commits(project.load_commits())
    _print(to_text(project))


def _analyse(project: Project, jobs: int | None) -> None:
    """Run all checks with progress on standard error; Ctrl-C keeps what is done."""
    import time

    if jobs:
        project.jobs = jobs
    project.apply_commits(project.load_commits())
    began, done, total = time.monotonic(), 0, len(project.entries)
    live = sys.stderr.isatty()
    try:
        for entry, analysis in project.analyse():
            entry.analysis = analysis
            done += 1
            if live and done % 10 == 0:
                left = (time.monotonic() - began) / done * (total - done)
                click.echo(f"\rchecked {done} of {total}, {left:.0f} s left ", nl=False, err=True)
    except KeyboardInterrupt:
        click.echo(f"\nstopped: {done} of {total} attempts checked", err=True)
    finally:
        if live:
            click.echo("\r\x1b[K", nl=False, err=True)
        project.close()


def _print(text: str) -> None:
    """Write to standard output; a reader that goes away early is no error."""
    try:
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
