"""The layout of the diff that was chosen, remembered from one session to the next in the user's state folder."""

import contextlib
from pathlib import Path

import msgspec

from reviewer import config
from reviewer.files import write_whole
from reviewer.tui.diff.lines import Layout
from reviewer.tui.diff.pane import SPLIT_FROM

NAME = "screen.toml"


class _Remembered(msgspec.Struct):
    layout: Layout


def layout_file() -> Path:
    """Where the layout is remembered."""
    return config.state_folder() / NAME


def load_layout() -> Layout | None:
    """The layout that was chosen last; ``None`` where none was. Raises ``ConfigError`` where the file is of no use."""
    path = layout_file()
    return config.read_toml(path, _Remembered).layout if path.is_file() else None


def save_layout(layout: Layout) -> None:
    """Remember a layout. Raises ``OSError`` where that is not possible."""
    write_whole(layout_file(), [f'layout = "{layout}"\n'.encode()])


class LayoutChoice:
    """Which layout the diff has at a width: the chosen one, side by side only where there is room for it."""

    def __init__(self) -> None:
        self._chosen: Layout | None = None
        self._chosen_here = False
        """Whether it was chosen at this width, and not in a wider terminal or an earlier session."""
        with contextlib.suppress(config.ConfigError):  # a file of no use is left as it is
            self._chosen = load_layout()

    def at_width(self, width: int) -> Layout:
        """The layout in a terminal of that many columns."""
        narrow = width < SPLIT_FROM
        if self._chosen is None or (self._chosen == "split" and narrow and not self._chosen_here):
            return "unified" if narrow else "split"
        return self._chosen

    def choose(self, layout: Layout) -> None:
        """Choose a layout, and remember it. Raises ``OSError`` where that is not possible; it is chosen all the same."""
        self._chosen, self._chosen_here = layout, True
        save_layout(layout)

    def width_changed(self) -> None:
        """What was chosen at another width counts only where there is room for it."""
        self._chosen_here = False
