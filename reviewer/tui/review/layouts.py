"""The layout of the diff that was chosen, remembered from one session to the next in the user's state folder."""

import contextlib
from pathlib import Path

from reviewer import config
from reviewer.files import write_whole
from reviewer.tui.diff.lines import LAYOUTS, Layout
from reviewer.tui.diff.pane import SPLIT_FROM

NAME = "screen.toml"


def layout_file() -> Path:
    """Where the layout is remembered."""
    return config.state_folder() / NAME


def load_layout() -> Layout | None:
    """The layout that was chosen last; ``None`` where none was. Raises ``ConfigError`` where the file is of no use."""
    path = layout_file()
    if not path.is_file():
        return None
    layout = config.read_toml(path, dict[str, object]).get("layout")
    if layout not in LAYOUTS:
        raise config.ConfigError(f"{path}: layout: not one of {', '.join(LAYOUTS)}: {layout!r}")
    return layout


def save_layout(layout: Layout) -> None:
    """Remember a layout. Raises ``OSError`` where that is not possible."""
    write_whole(layout_file(), [f'layout = "{layout}"\n'.encode()])


class LayoutChoice:
    """Which layout the diff has at a width: the chosen one, side by side only where there is room for it."""

    def __init__(self) -> None:
        self._chosen: Layout | None = None
        self.problem = ""
        """Why the last choice could not be remembered; empty where it was."""
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

    def choose_after(self, layout: Layout) -> Layout:
        """Choose the layout that comes after this one, and remember it."""
        chosen = LAYOUTS[(LAYOUTS.index(layout) + 1) % len(LAYOUTS)]
        self._chosen, self._chosen_here, self.problem = chosen, True, ""
        try:
            save_layout(chosen)
        except OSError as error:
            self.problem = f"{layout_file()}: {error.strerror or error}"
        return chosen

    def width_changed(self) -> None:
        """What was chosen at another width counts only where there is room for it."""
        self._chosen_here = False
