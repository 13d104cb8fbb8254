"""Writing results to standard output."""

from __future__ import annotations

import os
import shutil
import sys

import click

from reviewer.start import is_utf8, stop
from reviewer.text import one_line


def width() -> int | None:
    """The columns of the terminal that standard output is; ``None`` for a pipe, with lines of any length."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout and sys.stdout.isatty() else None


def put_notice(text: str) -> None:
    """One line for people on standard error."""
    click.echo(f"reviewer: {one_line(text)}", err=True)


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": ".", "–": "-", "−": "-", "…": "~"})


def put(text: str) -> None:
    """Write to standard output, as UTF-8 but to a terminal that is not; a reader that goes away is no error."""
    out = sys.stdout
    if out is None:
        stop("standard output is closed")
    plain = out.isatty() and not is_utf8(out.encoding)
    try:
        # A terminal of another encoding would obey some bytes of UTF-8 as controls.
        out.reconfigure(encoding="ascii" if plain else "utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        out.write(text.translate(_PLAIN) if plain else text)
        out.flush()
    except OSError as error:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), out.fileno()
        )  # what is still buffered must not fail at the end
        if not isinstance(error, BrokenPipeError):
            stop(f"standard output: {error.strerror or error}")
