"""``reviewer sample``: the sample that comes with the program, to look at and to judge."""

import shlex
from pathlib import Path

import click

from reviewer.cli.common import program, put, stop
from reviewer.config import PROJECT_FILE
from reviewer.project.sample import write_sample


@click.command("sample")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path), default="reviewer-sample")
@click.option("--open", "open_it", is_flag=True, help="Open it as well, also where it is there already.")
@click.pass_context
def command(ctx: click.Context, folder: Path, open_it: bool) -> None:
    """Write the sample into FOLDER (reviewer-sample here, where none is named), which must be new or empty.

    \b
    reviewer sample --open
    reviewer sample ~/sample

    Three runs of agents on the human optimisations of a small library, with labels, notes, measurements, a rubric and
    a drawn queue. The first attempt is marked a success, and is none.
    """  # noqa: D301
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
        from reviewer.cli.open import command as open_  # the door of the screens

        ctx.invoke(open_, runs=(str(folder),))
        return
    lines = (
        (shown, "open it; `enter` opens the first attempt, `?` names the keys"),
        (f"stats {shown} --claims {shown}/claims.toml", "what a summary claims, and what holds"),
        (f"report {shown} -o sample.html", "the analysis commit by commit"),
    )
    wide = max(len(words) for words, _ in lines)
    put(f"{folder} is written; {folder / 'README.md'} says what each attempt shows. Next:\n\n")
    put("".join(f"  {program()} {words.ljust(wide)}   {what}\n" for words, what in lines))
