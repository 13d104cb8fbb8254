"""Opening a project and its screens: shared by the command line and by a start without click.

click takes 30 ms to import. The screens and textual are one more door: only :func:`run_screens` imports them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypedDict, Unpack

from reviewer.config import ConfigError, workspace
from reviewer.project.entries import Entry
from reviewer.project.project import NothingToReview, Project
from reviewer.text import one_line

COMMANDS = ("open", "check", "show", "stats", "report", "note", "export", "import", "doctor")
"""The words that are commands, though a folder may have the name."""

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""

_PATHS = {"--repo": "repositories", "--commits": "commits", "--verdicts": "verdicts", "--config": "config"}
_SEVERAL = ("repositories", "commits")


class ProjectOptions(TypedDict):
    """The options that every command has, as :func:`reviewer.config.workspace` takes them."""

    repositories: tuple[Path, ...]
    commits: tuple[Path, ...]
    verdicts: Path | None
    annotator: str | None
    config: Path | None


def parse_plain_line(words: Sequence[str]) -> dict[str, Any] | None:
    """The keywords of :func:`load_project` for ``RUNS… [--repo PATH] …``, the line that only opens the screens.

    ``None`` where the line has anything else in it or is wrong: then click reads it, and reports what is wrong.
    """
    runs: list[str] = []
    options: dict[str, Any] = {
        "repositories": (), "commits": (), "verdicts": None, "annotator": None, "config": None,
    }  # fmt: skip
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            runs.append(word)
            continue
        value = next(rest, "-")
        key = _PATHS.get(word)
        if value.startswith("-") or (key is None and word != "--annotator"):
            return None
        if key is None:
            options["annotator"] = value
        elif os.path.exists(value) and not os.access(value, os.R_OK):  # noqa: PTH110
            return None
        else:
            options[key] = (*options[key], Path(value)) if key in _SEVERAL else Path(value)
    if not runs or runs[0] in COMMANDS or not all(map(os.path.exists, runs)):
        return None
    return {"runs": tuple(runs), **options}


def load_project(runs: Iterable[str], **options: Unpack[ProjectOptions]) -> Project:
    """Open the project of paths that exist; anything else that is wrong ends the program with 2."""
    try:
        return Project.open(workspace(tuple(map(Path, runs)), **options))
    except (ConfigError, NothingToReview) as error:
        stop(str(error))


def run_screens(project: Project, start: Entry | None = None) -> None:
    """Run the screens until they are closed, beginning with the attempt ``start`` where there is one."""
    _require_terminal()
    # Even under `nohup`: without their terminal the screens would read its end over and over.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    from reviewer.tui.app import ReviewerApp

    ReviewerApp(project, start=start).run(mouse=project.space.settings.mouse)


def _require_terminal() -> None:
    """End the program with a reason where the screens could not be drawn."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        stop("the screens need a terminal; for pipes there are `reviewer check` and `reviewer stats`")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        stop(f"TERM={os.environ['TERM']} cannot show screens; try TERM=xterm, or `reviewer check`")
    if not is_utf8(sys.stdout.encoding):
        stop(f"the terminal's encoding is {sys.stdout.encoding}; set LANG=C.UTF-8 or PYTHONUTF8=1")


def is_utf8(encoding: str | None) -> bool:
    """Whether an encoding's name means UTF-8."""
    return (encoding or "").lower().replace("-", "").replace("_", "") == "utf8"


def stop(message: str) -> NoReturn:
    """End the program with 2 and one line on standard error, the reason."""
    if sys.stderr is not None:  # else print would write to standard output
        print(f"reviewer: {one_line(message)}", file=sys.stderr)
    raise SystemExit(2)
