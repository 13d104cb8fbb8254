"""``reviewer open``: the screens."""

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from reviewer.cli.common import find_entry, is_utf8, open_project, put_notice, stop
from reviewer.config import AUTO_CONTRAST, AUTOMATIC
from reviewer.index import on_network
from reviewer.project.project import Project
from reviewer.verdicts.queues import QueueError

if TYPE_CHECKING:
    from reviewer.tui.terminal_colour import Ground

PATIENCE = 0.3
"""Seconds that the first frame waits for what has changed since the last session."""


def open_screens(
    attempt: str | None, queue: str | None, blind: bool | None, follow: bool | None, **common: Any
) -> None:
    """Browse and review attempts on the screen (this is what `reviewer RUNS` does)."""
    # what is asked for by name or number must be known first; else the list is shown while the rest is read
    seconds = PATIENCE if attempt is None and queue is None and not blind else None
    project = open_project(seconds=seconds, **common)
    if blind is not None:
        project.blind = blind
    if queue is not None:
        _start_session(project, queue, blind)
    start = None if attempt is None else find_entry(project, attempt)
    _require_terminal()
    # Even under `nohup`: without their terminal the screens would read its end over and over.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    from rich.console import Console

    from reviewer.tui.app import ReviewerApp  # the door of the screens

    if follow is None:
        follow = not any(on_network(root) for root in project.space.roots)
    ground: Ground | None = None
    if project.space.settings.theme != AUTO_CONTRAST and Console().color_system == "standard":
        ground = "sixteen colours"
    elif project.space.settings.theme in AUTOMATIC:
        from reviewer.tui.terminal_colour import ask_background  # nothing is asked of a terminal otherwise

        ground = ask_background()
    app = ReviewerApp(project, start=start, ground=ground, follow=follow)
    app.run(mouse=project.space.settings.mouse)
    for notice in app.notices():
        put_notice(notice)


def _start_session(project: Project, wanted: str, blind: bool | None) -> None:
    """Open the queue; anything that is wrong with it ends the program with 2."""
    from reviewer.cli.analysing import analyse  # the door of queues, which a start without one does not need
    from reviewer.project.queues import needs_checks, open_queue
    from reviewer.verdicts.store import NotSaved

    try:
        if needs_checks(project, wanted) and (status := analyse(project, None)):
            raise SystemExit(status)
        session = project.start_session(open_queue(project, wanted), blind=blind)
    except (QueueError, NotSaved) as error:
        stop(error)
    if not session.entries:
        stop(
            f"queue {session.queue.name}: none of its {len(session.queue.items)} attempts is here", "studies"
        )


def _require_terminal() -> None:
    """End the program with a reason where the screens could not be drawn."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        stop(
            "the screens need a terminal; for pipes there are `reviewer check` and `reviewer stats`",
            "terminals",
        )
    if os.environ.get("TERM") in ("dumb", "unknown"):
        stop(
            f"TERM={os.environ['TERM']} cannot show screens; try TERM=xterm, or `reviewer check`", "terminals"
        )
    if not is_utf8(sys.stdout.encoding):
        stop(
            f"the terminal's encoding is {sys.stdout.encoding}; set LANG=C.UTF-8 or PYTHONUTF8=1", "terminals"
        )
