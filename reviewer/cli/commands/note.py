"""``reviewer note``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli import values
from reviewer.cli.help import command as declare
from reviewer.cli.options import common_options

EXAMPLES = {
    "reviewer note my_results": "which sections there are, and who wrote",
    "reviewer note my_results --on section:conclusion": "print the notes on it",
    "reviewer note my_results --on section:conclusion --file conclusion.txt": "write one, from a file",
    'reviewer note my_results --on commit:8aa1485f --text "it removes a copy"': "on a commit",
    'reviewer note my_results --on commit:8aa1485f#complexity --text "complex: it needs the scheduler"': "call it complex",
}  # fmt: skip


@declare("note", EXAMPLES)
@common_options
@click.option("--on", "subject", metavar="SUBJECT", shell_complete=values.subjects,
              help="section:NAME, commit:HASH (perhaps shortened), commit:HASH#summary, #finding or #complexity of it, or run:ID.")  # fmt: skip
@click.option("--text", help="What to write; an empty text takes back your note.")
@click.option("--file", type=click.Path(path_type=Path), metavar="FILE",
              help="Read it from a file; - is standard input.")  # fmt: skip
def command(**options: Any) -> None:
    """Write what only a person can say into the report: on a section, a commit or a run.

    Notes are appended to files in the verdicts folder; the newest of each annotator is in force.
    """
    from reviewer.cli.note import note  # the door of the command

    note(**options)
