"""A list to pick from, narrowed by what is typed: files of a diff, attempts to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.text import one_line
from reviewer.tui.widgets.columns import painted
from reviewer.tui.widgets.line_pane import LinePane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.tui.palette import Palette
    from reviewer.tui.widgets.line_pane import Piece


class Choice(msgspec.Struct, frozen=True):
    """One thing to pick: what is searched and shown first, then what is told of it (text, style)."""

    value: int
    name: str
    told: tuple[tuple[str, str], ...] = ()
    before: tuple[str, str] = ("  ", "text")


class PickPane(LinePane):
    """Choices, one a line; ``enter`` picks the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "open", id="pick.pick"),
        Binding("V", "viewed", "viewed", id="pick.viewed"),
        Binding("escape,q,O", "leave", "back", id="pick.leave"),
    ]

    class Picked(Message):
        """One was picked."""

        def __init__(self, value: int) -> None:
            super().__init__()
            self.value = value

    class Viewed(Message):
        """The mark of one is to be changed."""

        def __init__(self, value: int) -> None:
            super().__init__()
            self.value = value

    class Left(Message):
        """None was picked."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette, id="pick")
        self._all: Sequence[Choice] = ()
        self.choices: list[Choice] = []
        self._typed = ""

    def show(self, choices: Sequence[Choice], value: int | None = None) -> None:
        """Show these, the cursor on the one of that value."""
        self._all = choices
        self._typed = ""
        self.choices = list(choices)
        self.top = self.x = 0
        self.cursor = next((i for i, choice in enumerate(choices) if choice.value == value), 0)
        self.redraw()

    def update(self, choices: Sequence[Choice]) -> None:
        """The same choices, told otherwise."""
        self._all = choices
        cursor, top = self.cursor, self.top
        self.narrow(self._typed)
        self.cursor, self.top = cursor, top
        self.redraw()

    def narrow(self, typed: str) -> None:
        """Only those whose name holds every word typed; those whose last part begins with it come first."""
        self._typed = typed
        words = typed.lower().split()
        found = [choice for choice in self._all if all(word in choice.name.lower() for word in words)]
        first = words[0] if words else ""
        found.sort(key=lambda choice: not choice.name.lower().rpartition("/")[2].startswith(first))
        self.choices = found
        self.cursor = self.top = 0
        self.redraw()

    @property
    def picked(self) -> int | None:
        """The value under the cursor, if there is any."""
        return self.choices[self.cursor].value if self.choices else None

    @property
    def count(self) -> int:
        """How many are left, or the one line that says there are none."""
        return max(len(self.choices), 1)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One choice."""
        if not self.choices:
            what = (
                f"nothing here has {one_line(self._typed)} in its name" if self._typed else "nothing to pick"
            )
            return [(f"  {what}", self.palette["dim"])]
        choice = self.choices[index]
        told = sum(len(text) for text, _ in choice.told)
        room = max(width - told - len(choice.before[0]) - 4, 12)
        return [
            (f" {choice.before[0]}", self.palette[choice.before[1]]),
            *painted(one_line(choice.name), self.x, room, self.palette.text, cut=self.palette["accent"]),
            ("  ", self.palette.text),
            *((text, self.palette[style]) for text, style in choice.told),
        ]

    def action_pick(self) -> None:
        """Pick the one under the cursor."""
        if self.picked is not None:
            self.post_message(self.Picked(self.picked))

    def action_viewed(self) -> None:
        """Mark it as viewed, or not."""
        if self.picked is not None:
            self.post_message(self.Viewed(self.picked))

    def action_leave(self) -> None:
        """Back, nothing picked."""
        self.post_message(self.Left())
