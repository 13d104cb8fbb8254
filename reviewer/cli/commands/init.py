"""``reviewer init``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli.help import command as declare

EXAMPLES = {
    "reviewer init my_results": "write my_results/reviewer.toml",
    "reviewer init my_results --print": "only show what would be written",
}


@declare("init", EXAMPLES)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--print", "only_print", is_flag=True, help="Print it instead of writing it.")
def command(**options: Any) -> None:
    """Look at what is in FOLDER (this one, where none is named) and write a reviewer.toml that opens it.

    Each line says what was recognised and why; what is only a guess is written as a comment. A reviewer.toml that
    is there stays as it is.
    """
    from reviewer.cli.init import init  # the door of the command

    init(**options)
