"""Shared by the commands: their options, opening the project they name, and ending with a reason."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar, Unpack

import click

from reviewer.config import PROJECT_FILE
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.start import COMMANDS, STOPPED, ProjectOptions, load_project, stop

__all__ = [
    "COMMANDS",
    "NO_COMMAND",
    "STOPPED",
    "closest",
    "common_options",
    "find_entry",
    "open_project",
    "stop",
]

_F = TypeVar("_F", bound=Callable[..., Any])

NO_COMMAND = "reviewer.no_command"
"""Set in the context where the word `open` was left out."""

_EXAMPLE = "for example: reviewer state/runs --repo vllm.git"

BEGIN = """\
No project here: this folder has no reviewer.toml, and no runs were named.
  reviewer sample_runs                              the sample that comes with the program
  reviewer path/to/state/runs --repo path/to/repo   your own runs (see reviewer --help)"""


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


def open_project(runs: tuple[str, ...], **options: Unpack[ProjectOptions]) -> Project:
    """Open the project that the arguments name; anything that is wrong with them ends the program with 2."""
    if not runs:
        if not Path(PROJECT_FILE).is_file():
            click.echo(BEGIN, err=True)
            raise SystemExit(2)
        runs = (".",)
    for index, name in enumerate(runs):
        if not os.path.exists(name):  # noqa: PTH110 - a Path raises for names that no file can have
            _stop_for_missing(name, first=index == 0)
    return load_project(runs, **options)


def find_entry(project: Project, attempt: str) -> Entry:
    """The entry of an attempt's id; an id that is not there ends the program with 2."""
    entry = project.find(attempt)
    if entry is None:
        stop(f"no attempt {attempt}; reviewer check lists all")
    return entry


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that a misspelt ``name`` probably means."""
    return next(iter(difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)), None)


def _stop_for_missing(name: str, *, first: bool) -> NoReturn:
    """End the program for a word that is no path and, as the first of the line, no command either."""
    word = "/" not in name and not name.startswith(".")
    if first and word and click.get_current_context().meta.get(NO_COMMAND):
        command = closest(name, COMMANDS)
        hint = f" Did you mean `reviewer {command}`?" if command else ""
        stop(
            f"{name}: neither a command nor a folder.{hint} Commands: {', '.join(COMMANDS)}; "
            f"or name a folder of runs, {_EXAMPLE}"
        )
    hint = f" A command stands first: reviewer {name} RUNS." if name in COMMANDS else ""
    stop(f"{os.path.abspath(name)}: no such folder.{hint} RUNS is a folder of runs, {_EXAMPLE}")  # noqa: PTH100
