"""``reviewer guide``."""

from typing import Any

import click

from reviewer.cli import values
from reviewer.cli.help import command as declare
from reviewer.guide import TOPICS, title

EXAMPLES = {
    "reviewer guide": "the topics",
    "reviewer guide tutorial": "the first ten minutes, step by step",
    "reviewer guide data": "what must lie where, with examples",
    "reviewer guide diff": "every sign on the screen",
}


@declare("guide", EXAMPLES)
@click.argument(
    "topic", required=False, shell_complete=values.described(lambda: {name: title(name) for name in TOPICS})
)
def command(**options: Any) -> None:
    """Read the guide: how to judge, what data must look like, what every sign and figure means.

    In a pipe a page is plain Markdown. In the program `?` leads to the page of the screen.
    """
    from reviewer.cli.guide import guide  # the door of the command

    guide(**options)
