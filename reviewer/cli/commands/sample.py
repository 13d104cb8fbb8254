"""``reviewer sample``."""

from pathlib import Path

import click

from reviewer.cli.commands.open import command as open_command
from reviewer.cli.help import command as declare

EXAMPLES = {
    "reviewer sample --open": "write it into reviewer-sample here, and open it",
    "reviewer sample ~/sample": "write it into another folder",
}


@declare("sample", EXAMPLES)
@click.argument(
    "folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), default="reviewer-sample"
)
@click.option("--open", "open_it", is_flag=True, help="Open it as well, also where it is there already.")
@click.pass_context
def command(ctx: click.Context, folder: Path, open_it: bool) -> None:
    """Write the sample into FOLDER (reviewer-sample here, where none is named), which must be new or empty.

    Three runs of agents on the human optimisations of a small library, with labels, notes, measurements, a rubric and
    a drawn queue. The first attempt is marked a success, and is none.
    """
    from reviewer.cli.sample import sample  # the door of the command

    sample(folder, open_it)
    if open_it:
        ctx.invoke(open_command, runs=(str(folder),))
