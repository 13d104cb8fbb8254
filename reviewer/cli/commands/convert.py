"""``reviewer convert``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli.help import command as declare
from reviewer.cli.options import common_options

EXAMPLES = {
    "reviewer convert preds.jsonl --data instances.jsonl my_runs": "predictions, with their benchmark's data",
    "reviewer convert trajectories/ my_runs": "agents' own records",
}


@declare("convert", EXAMPLES)
@common_options
@click.argument("dest", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
def command(**options: Any) -> None:
    """Write the attempts of RUNS below DEST, a folder each, with a journal, the patch and the agent's own record.

    DEST is a new or an empty folder. What --data and reports say of an attempt stands in its journal.
    """
    from reviewer.cli.convert import convert_runs  # the door of the command

    convert_runs(**options)
