"""What the screens remember from one session to the next, in the user's state folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, cast

from reviewer import config
from reviewer.tui.diff.lines import LAYOUTS, Layout

if TYPE_CHECKING:
    from pathlib import Path

NAME = "screen.toml"


class Remembered(NamedTuple):
    """The layout that was chosen last, ``None`` where none was; ``problem`` says why the file was of no use."""

    layout: Layout | None = None
    problem: str = ""


def _path() -> Path:
    return config.state_folder() / NAME


def load() -> Remembered:
    """Read what was remembered; a file that cannot be used is told and left as it is."""
    path = _path()
    if not path.is_file():
        return Remembered()
    try:
        layout = config.read_toml_table(path).get("layout")
    except config.ConfigError as error:
        return Remembered(problem=str(error))
    if layout not in LAYOUTS:
        return Remembered(problem=f"{path}: layout: not one of {', '.join(LAYOUTS)}: {layout!r}")
    return Remembered(cast("Layout", layout))


def save(layout: Layout) -> str:
    """Remember a layout; the reason where that was not possible, else an empty text."""
    import tomli_w

    path = _path()
    fresh = path.with_name(f"{NAME}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(tomli_w.dumps({"layout": layout}))
        fresh.replace(path)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""
