"""What the diff is drawn with, so that its painters know neither a theme nor a terminal."""

from __future__ import annotations

from typing import Protocol

from rich.style import Style


class Styles(Protocol):
    """Styles by name, as :class:`reviewer.tui.palette.Palette` has them."""

    text: Style
    """The style of plain text, below every other."""

    def __getitem__(self, name: str) -> Style:
        """The style of that name over the plain text's."""

    def over(self, *names: str) -> Style:
        """Several styles on top of one another, the plain text's below."""
