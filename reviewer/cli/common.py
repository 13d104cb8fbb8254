"""Shared by the commands: their options, opening the project they name, writing results, and ending with a reason."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from reviewer.guide import Explained, Topic
from reviewer.text import ASCII_FOR, nearest, one_line, possible

if TYPE_CHECKING:  # a project takes long to import, and `reviewer --help` has none
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project

COMMAND_GROUPS = {
    "Look and judge": {
        "open": "Browse and review attempts on the screen.",
        "check": "Check every attempt and print the results with evidence.",
        "triage": "Say what matters about runs, and where to look first.",
        "show": "Print everything about one attempt.",
    },
    "Figures and reports": {
        "stats": "Print success rates with intervals, verdicts, and the funnel.",
        "report": "Write the analysis commit by commit and run by run.",
        "note": "Write what only a person can say into the report.",
        "export": "Write labels, facts and checks for other programs.",
    },
    "Data": {
        "sample": "Write the sample that comes with the program.",
        "init": "Write a reviewer.toml for what is in a folder.",
        "doctor": "Say what was found where, and what is wrong with it.",
        "import": "Import labels or measurements that were made elsewhere.",
        "convert": "Write attempts of any form in the run layout.",
    },
    "The program": {
        "guide": "Read how to judge, what data must look like, what signs and figures mean.",
        "keys": "Print every key in force, and where it comes from.",
        "config": "Print the settings in force, and where they come from.",
        "man": "Print the manual page.",
        "completion": "Print the script that makes a shell complete commands and values.",
    },
}
"""What each command does, in the groups of help."""

COMMANDS = {name: what for group in COMMAND_GROUPS.values() for name, what in group.items()}
"""What each command does; the words are commands, though a folder may have the name."""

PAGES: dict[str, Topic] = {
    "open": "data", "check": "checks", "show": "commands", "stats": "statistics", "report": "reports",
    "note": "reports", "export": "reports", "import": "studies", "init": "data", "convert": "data", "doctor": "data",
    "guide": "tutorial",
}  # fmt: skip
"""The page of the guide about what a command takes."""

EXAMPLES = {
    "reviewer sample --open": "look at the sample",
    "reviewer init my_results": "write a reviewer.toml for your own runs, which makes them a project",
    "reviewer my_results": "open the project",
    "reviewer my_results/runs --repo library.git": "open runs that have no project, with the repository of their base",
    "reviewer preds.jsonl --data instances.jsonl": "open predictions, with the data file of their benchmark",
    "reviewer": "open the project of this folder",
}
"""Command lines to begin with, each with what it does."""

STANDARD_OUTPUT = Path("-")
"""What ``-o`` calls standard output."""

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""

LOST = 2
"""The exit status where a cluster cannot be reached, or is lost."""

NO_COMMAND = "reviewer.no_command"
"""Set in the context where the word `open` was left out."""

COMPLETE = "_REVIEWER_COMPLETE"
"""The variable in which a shell asks for completions."""

BEGIN = """\
No project here: this folder has no reviewer.toml, and no runs were named.
  reviewer sample --open                            the sample that comes with the program
  reviewer init FOLDER                              a project of your own runs (see reviewer guide data)
  reviewer guide                                    the first ten minutes, and all that comes after"""


def open_project(runs: tuple[str, ...], *, seconds: float | None = None, **options: Any) -> Project:
    """Open the project that the arguments name; anything that is wrong with them ends the program with 2.

    ``seconds`` is as in :meth:`Project.open`.
    """
    from reviewer.config import PROJECT_FILE, ConfigError, workspace  # the door of the project
    from reviewer.project.project import NothingToReview, Project

    if not runs:
        if not Path(PROJECT_FILE).is_file():
            click.echo(BEGIN, err=True)
            raise SystemExit(2)
        runs = (".",)
    for index, name in enumerate(runs):
        if not os.path.exists(name):  # noqa: PTH110 - a Path raises for names that no file can have
            _stop_for_missing(name, first=index == 0)
    try:
        return Project.open(workspace(tuple(map(Path, runs)), **options), seconds=seconds)
    except (ConfigError, NothingToReview) as error:
        stop(error)


def find_entry(project: Project, attempt: str) -> Entry:
    """The entry of an attempt's id; an id that is not there ends the program with 2."""
    entry = project.find(attempt)
    if entry is None:
        near = nearest(attempt, project.table.ids()) or "; reviewer check lists all"
        stop(f"no attempt {attempt}{near}")
    return entry


def find_run(project: Project, name: str) -> str:
    """The run of this name, or whose name ends with it; any other name ends the program with 2."""
    runs = sorted({entry.run_name for entry in project.entries})
    if name in runs:
        return name
    near = [run for run in runs if run.endswith((f"-{name}", f"/{name}"))] if name else []
    if len(near) > 1:
        stop(f"{name} may be {', '.join(near)}")
    if not near:
        stop(f"there is no run {name}{nearest(name, runs, 0.4)}")
    return near[0]


def _stop_for_missing(name: str, *, first: bool) -> NoReturn:
    """End the program for a word that is no path and, as the first of the line, no command either."""
    word = "/" not in name and not name.startswith(".")
    if first and word and click.get_current_context().meta.get(NO_COMMAND):
        stop(
            f"{name}: neither a command, a folder nor a file{possible(name, 'Commands', COMMANDS)}; "
            "or name a folder of runs",
            "data",
        )
    hint = f" A command stands first: reviewer {name} RUNS." if name in COMMANDS else ""
    if not first:
        hint += f" An attempt is named by an option: --attempt {name}."
    path = os.path.abspath(name)  # noqa: PTH100
    stop(f"{path}: no such folder or file.{hint} RUNS is a folder of runs or predictions", "data")


def stop(reason: str | Explained, page: Topic | None = None) -> NoReturn:
    """End the program with 2 and one line on standard error: the reason, and the page of the guide that helps.

    That is ``page``, else the error's own, else the one about the command.
    """
    topic = page or (reason.guide if isinstance(reason, Explained) else page_of(click.get_current_context()))
    put_notice(f"{reason} (see: reviewer guide {topic})")
    raise SystemExit(2)


def program() -> str:
    """The program in the words that started it: `reviewer` where a shell finds this one under that name."""
    called = Path(sys.argv[0])
    if called.name != "reviewer":
        return f"{shlex.quote(sys.executable)} -m reviewer"
    found = shutil.which("reviewer")
    return "reviewer" if found and Path(found).samefile(called) else shlex.quote(str(called))


def page_of(context: click.Context | None) -> Topic:
    """The page of the guide about the command that runs."""
    return PAGES.get(context.command.name or "" if context else "", "commands")


def width() -> int | None:
    """The columns of the terminal that standard output is; ``None`` for a pipe, with lines of any length."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout and sys.stdout.isatty() else None


def put_notice(text: str) -> None:
    """One line for people on standard error."""
    click.echo(f"reviewer: {one_line(text)}", err=True)


_PLAIN = str.maketrans(ASCII_FOR)


def put(text: str, *, ascii_only: bool = False) -> None:
    """Write to standard output; see :func:`put_all`."""
    put_all([text], ascii_only=ascii_only)


def put_all(texts: Iterable[str], *, ascii_only: bool = False) -> None:
    """Write each as it comes, as UTF-8 but where ASCII is asked for or a terminal is not UTF-8; ends where the reader goes away, which is no error."""
    out = sys.stdout
    if out is None:
        put_notice("standard output is closed")
        raise SystemExit(2)
    plain = ascii_only or (out.isatty() and not is_utf8(out.encoding))
    try:
        # A terminal of another encoding would obey some bytes of UTF-8 as controls.
        out.reconfigure(encoding="ascii" if plain else "utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        for text in texts:
            out.write(text.translate(_PLAIN) if plain else text)
            out.flush()
    except OSError as error:
        _closed(out, error)


def put_bytes(parts: Iterable[bytes]) -> None:
    """Write a file's content to standard output, which must be no terminal where it is no text."""
    try:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    except OSError as error:
        _closed(sys.stdout, error)


def _closed(out: TextIO, error: OSError) -> None:
    """Let nothing that is still buffered fail at the end; a reader that went away is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    if not isinstance(error, BrokenPipeError):
        put_notice(f"standard output: {error.strerror or error}")
        raise SystemExit(2)


def ending(output: Path, format_: str | None, default: str) -> str:
    """The ending of a file's name, small; of standard output what ``--format`` says. Ends the program where both are there."""
    if output != STANDARD_OUTPUT:
        if format_ is not None:
            stop(f"--format is for -o -; the ending of {output} says how it is written")
        return output.suffix.lower()
    return f".{format_ or default}"


def is_utf8(encoding: str | None) -> bool:
    """Whether an encoding's name means UTF-8."""
    return (encoding or "").lower().replace("-", "").replace("_", "") == "utf8"
