"""``reviewer man``."""

import click

from reviewer.cli.common import put
from reviewer.cli.help import command as declare

EXAMPLES = {
    "reviewer man | man -l -": "read it",
    "reviewer man > ~/.local/share/man/man1/reviewer.1": "install it for `man reviewer`",
}


@declare("man", EXAMPLES)
def command() -> None:
    """Print the manual page, in the form that man and groff read."""
    from reviewer.cli.man import manual  # the door of the command

    put("\n".join(manual(click.get_current_context().find_root())) + "\n")
