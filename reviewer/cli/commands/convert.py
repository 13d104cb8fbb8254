"""``reviewer convert``."""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from reviewer.cli.common import open_project, program, put, put_notice, stop
from reviewer.cli.help import command as declare
from reviewer.cli.options import common_options
from reviewer.text import plural

EXAMPLES = {
    "reviewer convert preds.jsonl --data instances.jsonl my_runs": "predictions, with their benchmark's data",
    "reviewer convert trajectories/ my_runs": "agents' own records",
}


@declare("convert", EXAMPLES)
@common_options
@click.argument("dest", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
def command(dest: Path, **common: Any) -> None:
    """Write the attempts of RUNS below DEST, a folder each, with a journal, the patch and the agent's own record.

    DEST is a new or an empty folder. What --data and reports say of an attempt stands in its journal.
    """
    # the doors of the command
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from reviewer.cli.colours import message_console
    from reviewer.project.convert import NotConverted, check_destination, convert

    project = open_project(**common)
    space = project.space
    attempts = [entry.attempt for entry in project.entries]
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(" of "), TimeRemainingColumn())
    try:
        check_destination(dest, (*space.roots, *space.repositories, *space.commits, *space.data))
        console = message_console()
        with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("written", total=len(attempts))
            done = convert(attempts, dest, lambda: progress.advance(task))
    except NotConverted as error:
        stop(error)
    finally:
        project.close()
    for notice in (*project.notices(), *done.problems):
        put_notice(notice)
    put(f"{plural(done.attempts, 'attempt')} written below {dest}\n")
    given = {"--repo": space.repositories, "--commits": space.commits, "--data": space.data}
    options = [word for option, paths in given.items() for path in paths for word in (option, str(path))]
    if done.attempts:
        put(f"{program()} {shlex.join([str(dest), *options])} opens them\n")
    else:
        stop("no attempt could be written")
