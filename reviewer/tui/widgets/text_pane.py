"""Plain lines of text: task, log, facts, help. Lines come from a source that is read as far as seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
from rich.cells import chop_cells

from reviewer.tui.widgets.columns import window
from reviewer.tui.widgets.line_pane import LinePane, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.tui.palette import Palette


class Lines(Protocol):
    """Lines that are safe to show, by index."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> str: ...


class Styled(msgspec.Struct, frozen=True):
    """A line in a style of its own."""

    text: str
    style: str = "text"


class TextPane(LinePane):
    """Lines with a cursor and a search; ``show`` takes safe text only."""

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(palette, id=id)
        self._lines: Lines | Sequence[Styled] = ()
        self.needle = ""

    def show(self, lines: Lines | Sequence[Styled], *, at: int = 0) -> None:
        """Show these lines with the cursor on one of them."""
        self._lines = lines
        self.x, self.cursor, self.top = 0, at, max(0, at - 2)
        self.redraw()

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line; the places that the search found stand out."""
        line = self._lines[index]
        style = line.style if isinstance(line, Styled) else "text"
        text = f" {window(self.text_of(index), self.x, width - 1)}"
        if not self.needle or self.needle not in text.lower():
            return [(text, self.palette[style])]
        pieces: list[Piece] = []
        rest = text
        while (place := rest.lower().find(self.needle)) >= 0:
            end = place + len(self.needle)
            pieces += [(rest[:place], self.palette[style]), (rest[place:end], self.palette["match"])]
            rest = rest[end:]
        return [*pieces, (rest, self.palette[style])]

    def text_of(self, index: int) -> str:
        """A line's whole text, not cut to the pane."""
        line = self._lines[index]
        return line.text if isinstance(line, Styled) else line

    def search(self, needle: str, step: int, *, here: bool = False) -> bool:
        """Like every pane's, and what was found stands out."""
        self.needle = needle.lower()
        self.redraw()
        return super().search(needle, step, here=here)


def wrapped(text: str, width: int) -> list[str]:
    """Safe text in lines of at most ``width`` columns, broken between words where that can be done."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if len(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            parts = chop_cells(word, max(width, 1)) or [""]
            lines += parts[:-1]
            line = parts[-1]
        lines.append(line)
    return lines
