"""``reviewer sample``."""

import shlex
from pathlib import Path

import click

from reviewer.cli.commands.open import command as open_command
from reviewer.cli.common import program, put, stop
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
    from reviewer.config import PROJECT_FILE  # the doors of the command
    from reviewer.project.sample import write_sample

    shown = shlex.quote(str(folder))
    there = (folder / PROJECT_FILE).is_file()
    if not (open_it and there):
        try:
            write_sample(folder)
        except FileExistsError:
            hint = f"`{program()} {shown}` opens it" if there else "name a new one"
            stop(f"{folder}: is there already, and stays as it is; {hint}")
        except OSError as error:
            stop(f"{error.filename or folder}: {error.strerror or error}; nothing was written")
    if open_it:
        ctx.invoke(open_command, runs=(str(folder),))
        return
    lines = (
        (shown, "open it; `enter` opens the first attempt, `?` names the keys"),
        (f"stats {shown} --claims {shown}/claims.toml", "what a summary claims, and what holds"),
        (f"report {shown} -o sample.html", "the analysis commit by commit"),
    )
    put(f"{folder} is written; {folder / 'README.md'} says what each attempt shows. Next:\n\n")
    put("".join(f"  {program()} {words}\n      {what}\n" for words, what in lines))
