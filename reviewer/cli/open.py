"""``reviewer open``: the screens."""

from __future__ import annotations

from typing import Any

import click

from reviewer.cli.analysing import analyse
from reviewer.cli.common import STOPPED, common_options, find_entry, open_project, stop
from reviewer.project.project import Project
from reviewer.project.queue_spec import HELP
from reviewer.project.queues import needs_checks, open_queue
from reviewer.start import run_screens
from reviewer.verdicts.queues import QueueError
from reviewer.verdicts.store import NotSaved


class _WithQueues(click.Command):
    """``--help`` explains the syntax of ``--queue`` below the options."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        for part in f"--queue takes the name of a stored queue, a queue file, or {HELP}".split("\n\n"):
            formatter.write("\n")
            if part.startswith("\b\n"):
                formatter.write(part.removeprefix("\b\n") + "\n")
            else:
                formatter.write_text(part)


@click.command("open", cls=_WithQueues)
@common_options
@click.option("--attempt", metavar="ID", help="Start in the review screen of this attempt.")
@click.option("--queue", metavar="NAME|FILE|KIND", help="Work through a queue; see below.")
@click.option("--blind/--no-blind", default=None, help="Hide what could sway you until you have judged.")
def command(attempt: str | None, queue: str | None, blind: bool | None, **common: Any) -> None:
    """Browse and review attempts on the screen (this is what `reviewer RUNS` does).

    \b
    reviewer open state/runs --repo vllm.git
    reviewer open state/runs --attempt vllm_core-3368ff88/vllm_core-0000
    reviewer open state/runs --queue unlabelled
    reviewer open state/runs --queue random:n=50,seed=7,of=non-empty
    """  # noqa: D301
    project = open_project(**common)
    if blind is not None:
        project.blind = blind
    if queue is not None:
        _start_session(project, queue, blind)
    run_screens(project, None if attempt is None else find_entry(project, attempt))


def _start_session(project: Project, wanted: str, blind: bool | None) -> None:
    """Open the queue; anything that is wrong with it ends the program with 2."""
    try:
        if needs_checks(project, wanted) and not analyse(project, None):
            raise SystemExit(STOPPED)
        session = project.start_session(open_queue(project, wanted), blind=blind)
    except (QueueError, NotSaved) as error:
        stop(str(error))
    if not session.entries:
        stop(f"queue {session.queue.name}: none of its {len(session.queue.items)} attempts is here")
