"""A list to pick from, narrowed by what is typed: files of a diff, attempts to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.cells import cut_name
from reviewer.text import one_line
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece, columns_of, painted
from reviewer.tui.widgets.line_pane import LinePane


class PickItem(msgspec.Struct, frozen=True):
    """One thing to pick: its name, which is searched, with a sign before it and details behind it."""

    value: int
    name: str
    details: tuple[tuple[str, str], ...] = ()
    """Texts, safe to show, each with the name of its style."""
    sign: tuple[str, str] = ("  ", "text")


class PickPane(LinePane):
    """Items, one a line; ``enter`` picks the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "open", id="pick.pick"),
        Binding("V", "viewed", "viewed", id="pick.viewed"),
        Binding("escape,q,O", "leave", "back", id="pick.leave"),
    ]

    @dataclass
    class ItemPicked(Message):
        """An item was picked, of this value."""

        value: int

    @dataclass
    class Viewed(Message):
        """The item of this value is to be marked as viewed, or not any more."""

        value: int

    class Dismissed(Message):
        """The list was left, nothing picked."""

    def __init__(self, palette: Palette, *, viewing: bool = False) -> None:
        """``viewing``: items can be marked as viewed."""
        super().__init__(palette, id="pick")
        self._viewing = viewing
        self._all: Sequence[PickItem] = ()
        self.items: list[PickItem] = []
        """Those that are shown."""
        self._typed = ""

    def show(self, items: Sequence[PickItem], value: int | None = None) -> None:
        """Show these, the cursor on the one of that value."""
        self._all = items
        self.narrow("")
        self.x = 0
        self.cursor = next((i for i, item in enumerate(items) if item.value == value), 0)
        self.redraw()

    def update(self, items: Sequence[PickItem]) -> None:
        """The same items with other details."""
        self._all = items
        cursor, top = self.cursor, self.top
        self.narrow(self._typed)
        self.cursor, self.top = cursor, top
        self.redraw()

    def narrow(self, typed: str) -> None:
        """Only those whose name holds every word typed; those whose last part begins with it come first."""
        self._typed = typed
        words = typed.lower().split()
        first = words[0] if words else ""
        found = (item for item in self._all if all(word in item.name.lower() for word in words))
        self.items = sorted(found, key=lambda i: not i.name.lower().rpartition("/")[2].startswith(first))
        self.cursor = self.top = 0
        self.redraw()

    @property
    def picked(self) -> int | None:
        """The value under the cursor, if there is any."""
        return self.items[self.cursor].value if self.items else None

    @property
    def count(self) -> int:
        """How many are shown, or the one line that says there are none."""
        return max(len(self.items), 1)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One item."""
        if not self.items:
            narrowed = f"nothing here has {one_line(self._typed)} in its name"
            return [(f"  {narrowed if self._typed else 'nothing to pick'}", self.palette["dim"])]
        item = self.items[index]
        sign, style = item.sign
        name_width = max(width - columns_of(item.details) - cell_len(sign) - 4, 12)
        name = one_line(item.name)
        if not self.x:  # the ends of paths and ids tell them apart
            name = cut_name(name, name_width)
        return [
            (f" {sign}", self.palette[style]),
            *painted(name, self.x, name_width, self.palette.text, cut=self.palette["accent"]),
            ("  ", self.palette.text),
            *((text, self.palette[style]) for text, style in item.details),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key for what this list is not for."""
        return self._viewing if action == "viewed" else super().check_action(action, parameters)

    def action_pick(self) -> None:
        """Pick the one under the cursor."""
        if self.picked is not None:
            self.post_message(self.ItemPicked(self.picked))

    def action_viewed(self) -> None:
        """Mark the one under the cursor as viewed, or take the mark away."""
        if self.picked is not None:
            self.post_message(self.Viewed(self.picked))

    def action_leave(self) -> None:
        """Leave the list, nothing picked."""
        self.post_message(self.Dismissed())
