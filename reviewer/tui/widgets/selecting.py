"""Selecting text with the mouse in a pane that draws its own lines.

Textual reads from a strip where in the text a cell lies. Strips carry that outside painting only, so that
painting stays cheap. A selection stays in the column of text in which it began (in the split diff: on one
side), and lines that it covers whole are given whole, not as they are cut to the pane.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

Columns = tuple[int, int]
"""Where on a drawn line a column of text begins and ends, in cells."""
_SELECTED = Style(reverse=True)


class Selecting(Widget):
    """Takes part in Textual's selection; y is the index of a line, x counts characters.

    Without lines of its own: a subclass draws them.
    """

    ALLOW_SELECT = True
    _painting = False
    _selection: Selection | None = None
    _pressed: Offset | None = None
    """Row and column of the pane where the mouse was pressed last."""

    # What a subclass draws -----------------------------------------------------------------

    def drawn(self, index: int) -> Strip:
        """A line as it is on the screen, whatever is selected."""
        return Strip.blank(self.size.width)

    def seen(self) -> range:
        """The lines that are on the screen."""
        return range(0)

    @property
    def head_rows(self) -> int:
        """Lines at the top of the pane that stay while the others move under them."""
        return 0

    def text_of(self, index: int) -> str:
        """A line's whole text."""
        return self.drawn(index).text

    def text_columns(self, index: int, width: int) -> Sequence[Columns]:
        """The columns of a drawn line that hold text, numbers and marks left out; always as many."""
        return [(1, width)]

    def text_in(self, index: int, part: int) -> str | None:
        """The whole text of one of those columns; ``None`` where that column has no line here."""
        return self.text_of(index)

    # Textual's side ------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint; positions in the text are not needed for that."""
        self._painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._painting = False

    def with_selection(self, strip: Strip, index: int) -> Strip:
        """A drawn line with what is selected of it standing out; outside painting with positions in its text."""
        if self._selection is not None:
            span = self._span(self._selection, index, strip)
            if span is not None:
                start, end = span
                parts = [strip.crop(0, start), strip.crop(start, end).apply_style(_SELECTED), strip.crop(end)]
                strip = Strip.join(parts)
        return strip if self._painting else strip.apply_offsets(0, index)

    def selection_updated(self, selection: Selection | None) -> None:
        """Something else is selected now."""
        self._selection = self._bounded(selection) if selection is not None else None
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, line by line."""
        selection = self._bounded(selection)
        start, end = selection.start, selection.end
        if start is None or end is None:
            return None
        part = self._part(start)
        lines: list[str] = []
        for index in range(start.y, end.y + 1):
            strip = self.drawn(index)
            column = self._column(index, part)
            span = self._span(selection, index, strip)
            if span is None:
                continue
            if start.y < index < end.y or span == column:
                whole = self.text_in(index, part)
                lines += [whole.removesuffix("\n")] if whole is not None else []
            else:
                lines.append(strip.crop(*span).text.rstrip())
        return "\n".join(lines), "\n"

    def text_select_all(self) -> None:
        """A double click selects a line: all would be a whole log."""
        if self._pressed is None:
            return
        x, index = self._pressed.x, self.seen().start + self._pressed.y
        if index in self.seen():
            start, end = self._column(index, self._part(Offset(x, index)))
            self.screen.selections = {self: Selection(Offset(start, index), Offset(end, index))}

    @property
    def select_container(self) -> Widget:
        """A third click selects no more than the second."""
        return self

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember what is clicked."""
        self._pressed = Offset(event.x, event.y - self.head_rows)

    # Positions in lines --------------------------------------------------------------------------------

    def _bounded(self, selection: Selection) -> Selection:
        """A selection with two ends; one that leaves the pane ends with what is on the screen."""
        seen = self.seen()
        start = selection.start or Offset(0, seen.start)
        end = selection.end or Offset(self.size.width, max(seen.stop - 1, seen.start))
        return Selection(start, end) if start.transpose <= end.transpose else Selection(end, start)

    def _part(self, position: Offset) -> int:
        """The column of text that a position lies in, or the next one to the left of it."""
        columns = self.text_columns(position.y, self.size.width)
        cell = cell_len(self.drawn(position.y).text[: position.x])
        return max((part for part, (start, _) in enumerate(columns) if start <= cell), default=0)

    def _column(self, index: int, part: int) -> Columns:
        columns = self.text_columns(index, self.size.width)
        return columns[min(part, len(columns) - 1)]

    def _span(self, selection: Selection, index: int, strip: Strip) -> Columns | None:
        """The cells of a line that are selected."""
        if selection.start is None or not (span := selection.get_span(index)):
            return None
        left, right = self._column(index, self._part(selection.start))
        text = strip.text
        start = max(cell_len(text[: span[0]]), left)
        end = min(cell_len(text[: span[1]]) if span[1] >= 0 else right, right)
        return (start, end) if start < end else None
