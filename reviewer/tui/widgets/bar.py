"""A line of text across the screen: header, filter, message and key lines."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece


class Bar(Widget):
    """Pieces on the left and on the right; the left gives way where both do not fit, marked by ``…``."""

    DEFAULT_CSS = "Bar { height: 1; }"
    ALLOW_SELECT = False

    def __init__(self, palette: Palette, style: str = "text", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.palette = palette
        self._style = style
        self._left: list[Piece] = []
        self._right: list[Piece] = []

    def show(self, left: list[Piece], right: list[Piece] | None = None) -> None:
        """Show these pieces from now on; nothing is painted where nothing changed."""
        if (left, right or []) != (self._left, self._right):
            self._left, self._right = left, right or []
            self.refresh()

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join(text for text, _ in (*self._left, *self._right))

    def render_line(self, y: int) -> Strip:
        """The line; ``y`` is always 0."""
        width = self.size.width
        base = self.palette.over(self._style)
        plain = self.palette.text  # would bring the pane's background into the bar
        left, right = (
            Strip(Segment(text, base if style == plain else base + style) for text, style in pieces)
            for pieces in (self._left, self._right)
        )
        if right.cell_length > width:
            right = right.crop(0, width)
        room = width - right.cell_length
        if left.cell_length > room:
            left = Strip([*left.crop(0, max(room - 2, 0)), Segment("… " if room > 1 else "", base)])
        return Strip.join([left.adjust_cell_length(room, base), right])
