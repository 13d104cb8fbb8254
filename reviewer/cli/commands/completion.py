"""``reviewer completion``."""

import click

from reviewer.cli.common import put
from reviewer.cli.help import command as declare

EXAMPLES = {
    'eval "$(reviewer completion bash)"': "in ~/.bashrc",
    'eval "$(reviewer completion zsh)"': "in ~/.zshrc, after compinit",
    "reviewer completion fish > ~/.config/fish/completions/reviewer.fish": "once, for fish",
}


@declare("completion", EXAMPLES)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")), metavar="SHELL")
def command(shell: str) -> None:
    """Print the script that makes a shell complete commands, options and values: bash, zsh or fish.

    Completed are folders, checks, attempts of the runs on the line, annotators, queues, themes and sections.
    """
    from reviewer.cli.completion import script  # the door of the command

    put(script(click.get_current_context().find_root().command, shell))
