"""``reviewer init``."""

import shlex
from pathlib import Path

import click

from reviewer.cli.common import program, put, put_notice, stop
from reviewer.cli.help import command as declare

EXAMPLES = {
    "reviewer init my_results": "write my_results/reviewer.toml",
    "reviewer init my_results --print": "only show what would be written",
}


@declare("init", EXAMPLES)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--print", "only_print", is_flag=True, help="Print it instead of writing it.")
def command(folder: Path, only_print: bool) -> None:
    """Look at what is in FOLDER (this one, where none is named) and write a reviewer.toml that opens it.

    Each line says what was recognised and why; what is only a guess is written as a comment. A reviewer.toml that
    is there stays as it is.
    """
    # the door of the command
    from reviewer.project.init import NothingFound, survey, to_toml, write_project_file

    if not folder.is_dir():
        stop(f"{folder}: no such folder")
    try:
        found = survey(folder)
        text = to_toml(found)
        if only_print:
            put(text)
            return
        path = write_project_file(folder, text)
    except NothingFound as error:
        stop(error)
    except FileExistsError:
        stop(f"{folder}: has a reviewer.toml, which stays as it is; --print shows what would be written")
    except OSError as error:
        stop(f"{error.filename or folder}: {error.strerror or error}; nothing was written")
    for problem in found.problems:
        put_notice(problem)
    repository = "" if any(not repo.guessed for repo in found.repositories) else " --repo PATH"
    put(f"{path}\n{text}\n{program()} {shlex.quote(str(folder))}{repository} opens it\n")
