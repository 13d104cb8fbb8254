"""``reviewer sample``: the sample that comes with the program, to look at and to judge."""

import shlex
from pathlib import Path

from reviewer.cli.common import program, put, stop
from reviewer.config import PROJECT_FILE
from reviewer.project.sample import write_sample


def sample(folder: Path, open_it: bool) -> None:
    """Write the sample, and name what to do next where it is not opened."""
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
        return
    lines = (
        (shown, "open it; `enter` opens the first attempt, `?` names the keys"),
        (f"stats {shown} --claims {shown}/claims.toml", "what a summary claims, and what holds"),
        (f"report {shown} -o sample.html", "the analysis commit by commit"),
    )
    put(f"{folder} is written; {folder / 'README.md'} says what each attempt shows. Next:\n\n")
    put("".join(f"  {program()} {words}\n      {what}\n" for words, what in lines))
