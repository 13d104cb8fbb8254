"""The command line. What a command needs is imported inside it, so that each starts fast."""

from __future__ import annotations

import gc
import os
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

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""

_NO_COMMAND = "reviewer.no_command"
_EXAMPLE = "for example: reviewer state/runs --repo vllm.git"

BEGIN = """\
No project here: this folder has no reviewer.toml, and no runs were named.
  reviewer sample_runs                              the sample that comes with the program
  reviewer path/to/state/runs --repo path/to/repo   your own runs (reviewer --help tells more)"""


class _Commands(click.Group):
    """``open`` may be left out, and common options may stand before or after the command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        place = self._first_word(args)
        if place is not None and args[place] in self.commands:
            args = [args[place], *args[:place], *args[place + 1 :]]
        elif {"-h", "--help"} & set(args):
            args = ["--help"]
        elif args != ["--version"]:
            ctx.meta[_NO_COMMAND] = True
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(STOPPED) from None

    def _first_word(self, args: list[str]) -> int | None:
        """The place of the first argument that is neither an option nor an option's value."""
        options = (option for command in self.commands.values() for option in command.params)
        with_value = {
            flag
            for option in options
            if isinstance(option, click.Option) and not option.is_flag
            for flag in option.opts
        }
        value = False
        for place, arg in enumerate(args):
            if value:
                value = False
            elif arg == "--":
                return None
            elif arg.startswith("-"):
                value = arg in with_value
            else:
                return place
        return None


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
            click.echo(BEGIN, err=True)
            raise SystemExit(2)
        runs = (".",)
    for place, name in enumerate(runs):
        if not os.path.exists(name):  # noqa: PTH110 - a Path raises for names that no file can have
            _no_such(name, first=place == 0)
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


def _no_such(name: str, *, first: bool) -> NoReturn:
    """A word that is no path, and where it was the first, no command either."""
    word = "/" not in name and not name.startswith(".")
    if first and word and click.get_current_context().meta.get(_NO_COMMAND):
        import difflib

        near = difflib.get_close_matches(name.lower(), main.commands, n=1, cutoff=0.5)
        hint = f" Did you mean `reviewer {near[0]}`?" if near else ""
        if name in COMMANDS_LATER:
            hint = " This command does not exist yet."
        _stop(
            f"{name}: neither a command nor a folder.{hint} Commands: {', '.join(main.commands)}; "
            f"or name a folder of runs, {_EXAMPLE}"
        )
    hint = f" A command stands first: reviewer {name} RUNS." if name in main.commands else ""
    place = os.path.abspath(name)  # noqa: PTH100
    _stop(f"{place}: no such folder.{hint} RUNS is a folder of runs, {_EXAMPLE}")


def _stop(message: str) -> NoReturn:
    """End with 2 and one line that says why."""
    from reviewer.text import one_line

    click.echo(f"reviewer: {one_line(message)}", err=True)
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
    if click.get_current_context().invoked_subcommand != "open":
        gc.enable()  # the screens do so themselves, after their first frame


@main.command("open")
@_common
@click.option("--attempt", metavar="ID", help="Start in the review screen of this attempt.")
def open_(attempt: str | None, **common: Any) -> None:
    """Browse and review attempts on the screen (this is what `reviewer RUNS` does).

    \b
    reviewer open state/runs --repo vllm.git
    reviewer open state/runs --attempt vllm_core-3368ff88/vllm_core-0000
    """  # noqa: D301
    project = _open(**common)
    start = None
    if attempt is not None:
        start = project.find(attempt)
        if start is None:
            _stop(f"no attempt {attempt}; reviewer check lists all")
    _need_terminal()
    from reviewer.tui.app import ReviewerApp

    ReviewerApp(project, start=start).run(mouse=project.space.settings.mouse)


def _need_terminal() -> None:
    """Say what the screens need where it is missing, instead of a screen full of rubbish."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        _stop("the screens need a terminal; for pipes there are `reviewer check` and `reviewer stats`")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        _stop(f"TERM={os.environ['TERM']} cannot show screens; try TERM=xterm, or `reviewer check`")
    if not _is_utf8(sys.stdout.encoding):
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
    done = _analyse(project, jobs)
    _print(
        checks.to_jsonl(project.entries)
        if format_ == "jsonl"
        else checks.to_table(project.entries, _width(), ascii_only=project.space.settings.ascii)
    )
    if not done:
        raise SystemExit(STOPPED)


@main.command()
@_common
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def stats(format_: str, **common: Any) -> None:
    """Say how often it was true: rates with intervals, verdicts, and the funnel.

    \b
    reviewer stats state/runs --repo vllm.git
    reviewer stats state/runs --repo vllm.git --format json
    """  # noqa: D301
    import shutil

    from reviewer.reports.stats_json import to_json
    from reviewer.reports.stats_text import to_text

    project = _open(**common)
    if not _analyse(project, None):
        raise SystemExit(STOPPED)  # figures over a part of the attempts would be wrong ones
    summary = project.summary()
    width = shutil.get_terminal_size((100, 24)).columns
    _print(to_json(summary).decode() if format_ == "json" else to_text(summary, width))


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


def _analyse(project: Project, jobs: int | None) -> bool:
    """Run all checks with progress on standard error; Ctrl-C keeps what is done, and gives ``False``."""
    import contextlib
    import time

    from reviewer.text import one_line

    project.jobs = jobs or project.jobs
    began, done, total = time.monotonic(), 0, len(project.entries)
    live = sys.stderr.isatty()
    try:
        project.apply_commits(project.load_commits())
        for notice in (*project.notices(), *_unusable_repositories(project)):
            click.echo(f"reviewer: {one_line(notice)}", err=True)
        with contextlib.closing(project.analyse()) as analyses:
            for entry, analysis in analyses:
                entry.analysis = analysis
                done += 1
                if live and done % 10 == 0:
                    left = (time.monotonic() - began) / done * (total - done)
                    click.echo(f"\rchecked {done} of {total}, {left:.0f} s left ", nl=False, err=True)
    except KeyboardInterrupt:
        from reviewer.checks.analyse import unknown

        for entry in project.entries:
            if entry.analysis is None:
                entry.analysis = unknown(entry.attempt.id, "not checked: stopped by Ctrl-C")
        click.echo(f"\nreviewer: stopped, {done} of {total} attempts checked", err=True)
        return False
    finally:
        if live:
            click.echo("\r\x1b[K", nl=False, err=True)
        project.close()
    return True


def _unusable_repositories(project: Project) -> list[str]:
    return [f"{path}: {reason}" for path, reason in project.references.repositories.problems]


def _width() -> int | None:
    """Columns of the terminal that standard output is; ``None``: it is none, and lines may be of any length."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns if sys.stdout and sys.stdout.isatty() else None


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": ".", "–": "-", "−": "-", "…": "~"})


def _print(text: str) -> None:
    """Write to standard output, as UTF-8 but to a terminal that is not; a reader that goes away is no error."""
    out = sys.stdout
    if out is None:
        _stop("standard output is closed")
    plain = out.isatty() and not _is_utf8(out.encoding)
    try:
        # A terminal of another encoding would obey some bytes of UTF-8 as controls.
        out.reconfigure(encoding="ascii" if plain else "utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        out.write(text.translate(_PLAIN) if plain else text)
        out.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # what is left must not fail at the end
        if not isinstance(error, BrokenPipeError):
            _stop(f"standard output: {error.strerror or error}")


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "").replace("_", "") == "utf8"
