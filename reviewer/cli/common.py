"""What every command shares: its options, opening the project they name, and ending with a reason."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from reviewer.start import COMMANDS, STOPPED, project_of, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.project.project import Project

__all__ = ["COMMANDS", "NO_COMMAND", "STOPPED", "common_options", "open_project", "stop"]

_F = TypeVar("_F", bound="Callable[..., Any]")

NO_COMMAND = "reviewer.no_command"
"""Set in the context where the word `open` was left out."""

_EXAMPLE = "for example: reviewer state/runs --repo vllm.git"

BEGIN = """\
No project here: this folder has no reviewer.toml, and no runs were named.
  reviewer sample_runs                              the sample that comes with the program
  reviewer path/to/state/runs --repo path/to/repo   your own runs (reviewer --help tells more)"""


def common_options(command: _F) -> _F:
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


def open_project(
    runs: tuple[str, ...],
    repositories: tuple[Path, ...],
    commits: tuple[Path, ...],
    verdicts: Path | None,
    annotator: str | None,
    config: Path | None,
) -> Project:
    """The project that the arguments come to; whatever is wrong with them ends the program with 2."""
    from reviewer.config import PROJECT_FILE

    if not runs:
        if not Path(PROJECT_FILE).is_file():
            click.echo(BEGIN, err=True)
            raise SystemExit(2)
        runs = (".",)
    for place, name in enumerate(runs):
        if not os.path.exists(name):  # noqa: PTH110 - a Path raises for names that no file can have
            _no_such(name, first=place == 0)
    return project_of(runs, repositories, commits, verdicts, annotator, config)


def _no_such(name: str, *, first: bool) -> NoReturn:
    """A word that is no path, and where it was the first, no command either."""
    word = "/" not in name and not name.startswith(".")
    if first and word and click.get_current_context().meta.get(NO_COMMAND):
        import difflib

        near = difflib.get_close_matches(name.lower(), COMMANDS, n=1, cutoff=0.5)
        hint = f" Did you mean `reviewer {near[0]}`?" if near else ""
        stop(
            f"{name}: neither a command nor a folder.{hint} Commands: {', '.join(COMMANDS)}; "
            f"or name a folder of runs, {_EXAMPLE}"
        )
    hint = f" A command stands first: reviewer {name} RUNS." if name in COMMANDS else ""
    place = os.path.abspath(name)  # noqa: PTH100
    stop(f"{place}: no such folder.{hint} RUNS is a folder of runs, {_EXAMPLE}")
