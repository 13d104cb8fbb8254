"""``reviewer init``: a ``reviewer.toml`` for what is in a folder."""

import shlex
from pathlib import Path

from reviewer.cli.common import program, put, put_notice, stop
from reviewer.project.init import NothingFound, survey, to_toml, write_project_file


def init(folder: Path, only_print: bool) -> None:
    """Look at what is in FOLDER (this one, where none is named) and write a reviewer.toml that opens it."""
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
