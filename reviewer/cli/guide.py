"""``reviewer guide``: the pages of the guide."""

import click
from rich.console import Console
from rich.text import Text

from reviewer.cli.common import put, width
from reviewer.guide import TOPICS, Topic, read, title
from reviewer.guide.rendering import Role, render
from reviewer.text import possible

_STYLES: dict[Role, str] = {
    "text": "", "title": "bold", "heading": "bold", "strong": "bold", "code": "cyan", "screen": "", "rule": "dim",
}  # fmt: skip
"""Colours of the terminal's own palette."""


def guide(topic: str | None) -> None:
    """Print a page of the guide, or its topics."""
    if topic is None:
        wide = max(map(len, TOPICS))
        put("".join(f"{name:<{wide}}  {title(name)}\n" for name in TOPICS))
        return
    _show(_known(topic))


def _known(wanted: str) -> Topic:
    """The topic of that name, or the end of the program."""
    found = next((topic for topic in TOPICS if topic == wanted), None)
    if found is None:
        raise click.BadParameter(f"the guide has no page {wanted}{possible(wanted, 'Topics', TOPICS)}")
    return found


def _show(topic: Topic) -> None:
    """The page as Markdown in a pipe; on a terminal at its width, in the user's pager where it is longer."""
    columns = width()
    if columns is None:
        put(read(topic))
        return
    console = Console(width=columns, force_terminal=True, legacy_windows=False)
    with console.capture() as capture:
        for line in render(read(topic), columns):
            console.print(Text.assemble(*((text, _STYLES[role]) for text, role in line)), soft_wrap=True)
    click.echo_via_pager(capture.get())
