"""Colours of the command line: those of the theme ``ansi``, which are the terminal's own."""

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

import click
from rich.console import Console
from rich.style import Style
from rich.text import Text

from reviewer.cli.common import put, width
from reviewer.config import read_toml, theme_folders
from reviewer.reports.painted import Line, plain

_THEME = "ansi.toml"


@cache
def _styles() -> dict[str, Style]:
    """The styles of the theme as it ships, whatever a user's own of that name says."""
    file = next(path for folder in theme_folders()[1:] if (path := folder / _THEME).is_file())
    return {name: Style.parse(style) for name, style in read_toml(file, dict[str, Any])["styles"].items()}


def message_console() -> Console:
    """Where progress is shown: standard error, without colours where none are wanted."""
    return Console(stderr=True, no_color=_unwanted() or None)


def _unwanted() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and context.color is False


def put_lines(lines: Iterable[Line], *, ascii_only: bool = False) -> None:
    """Write lines to standard output, in colours where that is a terminal which is to have them."""
    coloured = width() is not None and not _unwanted()
    coloured = coloured and os.environ.get("TERM") not in ("dumb", "unknown")
    put(_coloured(lines) if coloured else plain(lines), ascii_only=ascii_only)


def _coloured(lines: Iterable[Line]) -> str:
    """Lines with the codes that make a terminal show their styles."""
    styles = _styles()
    console = Console(color_system="standard", force_terminal=True, legacy_windows=False)
    with console.capture() as capture:
        for line in lines:
            shown = (
                (text, Style.null() if name == "text" else styles.get(name, Style.null()))
                for text, name in line
            )
            console.print(Text.assemble(*shown), soft_wrap=True, highlight=False)
    return capture.get()
