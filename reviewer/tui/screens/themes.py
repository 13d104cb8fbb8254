"""The choice of a theme: each is put on as the cursor moves, with the screen before it still to be seen."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.screen import ModalScreen

from reviewer.tui.palette import Palette
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.pick_pane import PickItem, PickPane

_WIDTH = 34
"""Columns of the list: the longest name of ours beside `setting`."""


class ThemeScreen(ModalScreen[None]):
    """A list of themes; ``enter`` keeps the one under the cursor, ``q`` and ``esc`` bring back the one before."""

    def __init__(
        self,
        palette: Palette,
        names: Sequence[str],
        setting: str,
        put_on: Callable[[str], None],
        keep: Callable[[str], None],
    ) -> None:
        """``setting`` is the theme of the settings; ``put_on`` shows one, ``keep`` makes it the setting."""
        super().__init__()
        self._names, self._setting = names, setting
        self._put_on, self._keep = put_on, keep
        self._before = palette.name
        self._palette = palette
        self.pane = PickPane(palette)
        self._keys = Bar(palette, "bar")

    def compose(self) -> ComposeResult:
        """The list, and what ends it."""
        yield from (self.pane, self._keys)

    def on_mount(self) -> None:
        """The cursor is on the theme that is on."""
        marks = (("setting", "dim"),)
        items = [
            PickItem(i, name, marks if name == self._setting else ()) for i, name in enumerate(self._names)
        ]
        self.styles.background = "transparent"  # the screen before it is seen in the colours of the theme
        self.styles.align = ("right", "top")
        self.pane.styles.width, self.pane.styles.height = _WIDTH, len(items)
        self._keys.styles.width = _WIDTH
        self._restyle()
        chosen = self._setting if self._setting in self._names else self._before
        self.pane.show(items, self._names.index(chosen) if chosen in self._names else 0)
        self.pane.on_move = self._moved
        self.pane.focus()

    def _restyle(self) -> None:
        """The list itself in the colours that are on."""
        self.pane.redraw()
        key, dim = self._palette["key"], self._palette["dim"]
        self._keys.show([(" enter ", key), ("keep ", dim), (" esc ", key), ("as before ", dim)])

    def _moved(self) -> None:
        if self.pane.picked is not None:
            self._put_on(self._names[self.pane.picked])
            self._restyle()

    @on(PickPane.ItemPicked)
    def _pick(self, event: PickPane.ItemPicked) -> None:
        self.app.pop_screen()
        self._put_on(self._names[event.value])
        self._keep(self._names[event.value])

    @on(PickPane.Dismissed)
    def _leave(self) -> None:
        self.app.pop_screen()
        self._put_on(self._before)
