"""``reviewer open``: the screens."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from reviewer.cli.common import common_options, open_project, stop


@click.command("open")
@common_options
@click.option("--attempt", metavar="ID", help="Start in the review screen of this attempt.")
def command(attempt: str | None, **common: Any) -> None:
    """Browse and review attempts on the screen (this is what `reviewer RUNS` does).

    \b
    reviewer open state/runs --repo vllm.git
    reviewer open state/runs --attempt vllm_core-3368ff88/vllm_core-0000
    """  # noqa: D301
    project = open_project(**common)
    start = None
    if attempt is not None:
        start = project.find(attempt)
        if start is None:
            stop(f"no attempt {attempt}; reviewer check lists all")
    _need_terminal()
    from reviewer.tui.app import ReviewerApp

    ReviewerApp(project, start=start).run(mouse=project.space.settings.mouse)


def _need_terminal() -> None:
    """Say what the screens need where it is missing, instead of a screen full of rubbish."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        stop("the screens need a terminal; for pipes there are `reviewer check` and `reviewer stats`")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        stop(f"TERM={os.environ['TERM']} cannot show screens; try TERM=xterm, or `reviewer check`")
    from reviewer.cli.output import is_utf8

    if not is_utf8(sys.stdout.encoding):
        stop(f"the terminal's encoding is {sys.stdout.encoding}; set LANG=C.UTF-8 or PYTHONUTF8=1")
