"""A scrolling list of lines that draws only what is seen: the base of every hot pane.

It scrolls by itself instead of with Textual's machinery: no layout pass, no animation, one line repainted
when the cursor moves inside the page. A key is answered with few bytes so, over a slow line too.

Textual reads from a strip where in the text a cell lies. Strips carry that outside painting only, so that
painting stays cheap. A selection stays in the column of text in which it began (in the split diff: on one
side), and lines that it covers whole are given whole, not as they are cut to the pane.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.reactive import Reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece, columns_of

Columns = tuple[int, int]
"""Where on a drawn line a column of text begins and ends, in cells."""
_SELECTED = Style(reverse=True)


class LinePane(Widget, can_focus=True):
    """``count`` lines, a cursor, and the line at the top; a subclass draws a line as pieces. Empty by itself."""

    ALLOW_SELECT = True
    # it scrolls by itself: no second layout for another size
    virtual_size = Reactive(Size(0, 0), repaint=False)
    head_moves = True
    """Whether the lines at the top are others on another page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", show=False, id="move.down"),
        Binding("k,up", "move(-1)", "up", show=False, id="move.up"),
        Binding("g,home", "to_start", "first line", show=False, id="move.first"),
        Binding("G,end", "to_end", "last line", show=False, id="move.last"),
        Binding("ctrl+d", "page(0.5)", "half a page down", show=False, id="move.half_down"),
        Binding("ctrl+u", "page(-0.5)", "half a page up", show=False, id="move.half_up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="move.page_down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="move.page_up"),
        Binding("h,left", "sideways(-8)", "left", show=False, id="move.left"),
        Binding("l,right", "sideways(8)", "right", show=False, id="move.right"),
    ]

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.palette = palette
        self.lines: Sequence[object] = ()
        """What a subclass keeps of each line, where it keeps something."""
        self.top = 0
        self.cursor = 0
        self.x = 0
        self.on_move: Callable[[], None] | None = None
        """Called with every move, before it is painted: what is changed there is painted in the same frame."""
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._painted: dict[int, Strip] = {}
        """The rows of the pane as they were painted last, but for those that are to be painted again."""
        self._painted_size = Size(0, 0)
        self._painting = False
        self._selection: Selection | None = None
        self._pressed: Offset | None = None
        """Row and column of the pane where the mouse was pressed last."""

    # What a subclass shows -----------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line's text and styles, at most ``width`` columns are shown."""
        return []

    def line_style(self, index: int) -> Style:
        """The style under a whole line."""
        return self.palette.text

    def selectable(self, index: int) -> bool:
        """Whether the cursor may be on a line."""
        return True

    def head_pieces(self, y: int, width: int) -> list[Piece]:
        """One of the lines that stay."""
        return []

    @property
    def page(self) -> int:
        """How many lines are seen at once."""
        return max(self.size.height - self.head_rows, 0)

    @property
    def cursor_columns(self) -> int:
        """How many columns at the left show the cursor; few of them mean few bytes over the line."""
        return self.size.width

    @property
    def cursor_shown(self) -> bool:
        """Whether the cursor is to be seen: not in a pane that is only read."""
        return self.can_focus

    def text_of(self, index: int) -> str:
        """A line's whole text, for the search."""
        return "".join(text for text, _ in self.pieces(index, self.size.width))

    @property
    def head_rows(self) -> int:
        """Lines at the top of the pane that stay while the others move under them."""
        return 0

    def text_columns(self, index: int, width: int) -> Sequence[Columns]:
        """The columns of a drawn line that hold text, numbers and marks left out; always as many."""
        return [(1, width)]

    def text_in(self, index: int, part: int) -> str | None:
        """The whole text of one of those columns; ``None`` where that column has no line here."""
        return self.text_of(index)

    # Drawing -------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Forget what was drawn and paint again, the cursor kept inside."""
        self._strips.clear()
        self._clamp()
        self.refresh()

    def redraw_line(self, index: int) -> None:
        """Paint one line again."""
        self._strips.pop((index, True), None)
        self._strips.pop((index, False), None)
        y = index - self.top
        if 0 <= y < self.page:
            self.refresh(Region(0, y + self.head_rows, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the screen, from the cache where it was drawn before."""
        y -= self.head_rows
        if y < 0:
            width = self.size.width
            return self._strip(self.head_pieces(y + self.head_rows, width), width, self.palette.over("bar"))
        index = self.top + y
        if index >= self.count:
            return Strip([Segment(" " * self.size.width, self.palette.text)], self.size.width)
        return self.with_selection(self.drawn(index), index)

    def seen(self) -> range:
        """The lines that are on the screen."""
        return range(self.top, min(self.top + self.page, self.count))

    def drawn(self, index: int) -> Strip:
        """A line as it is on the screen, whatever is selected."""
        width = (self._painted_size if self._painting else self.size).width  # the latter takes long
        at_cursor = index == self.cursor and self.cursor_shown
        strip = self._strips.get((index, at_cursor))
        if strip is None:
            strip = self._draw(index, width, at_cursor)
            if len(self._strips) > 4000:
                self._strips.clear()
            self._strips[index, at_cursor] = strip
        return strip

    def _draw(self, index: int, width: int, at_cursor: bool) -> Strip:
        base = self.line_style(index)
        pieces = self.pieces(index, width)
        if not at_cursor:
            return self._strip(pieces, width, base)
        columns = min(self.cursor_columns, width)
        dim, plain = self.palette["dim"], self.palette.text  # dim text would be hard to read under the cursor
        strip = self._strip([(text, plain if style == dim else style) for text, style in pieces], width, base)
        over = Segment.apply_style(strip.crop(0, columns), post_style=self.palette["cursor"])
        return Strip.join([Strip(over, columns), strip.crop(columns)])

    @staticmethod
    def _strip(pieces: list[Piece], width: int, base: Style) -> Strip:
        columns = columns_of(pieces)
        texts: list[str] = []
        styles: list[Style] = []
        last: Style | None = None
        for text, style in [piece for piece in (*pieces, (" " * (width - columns), base)) if piece[0]]:
            if style is not last:  # each segment takes long
                last, over = style, style if style is base else base + style
                if not styles or over is not styles[-1]:  # the same object for equal styles
                    texts.append("")
                    styles.append(over)
            texts[-1] += text
        segments = map(Segment, texts, styles)
        return Strip(segments, max(columns, width)).adjust_cell_length(width, base)

    def on_resize(self, event: events.Resize) -> None:
        """Another width: everything is drawn anew, the cursor stays in sight."""
        self._strips.clear()
        self.fit()
        self._clamp()

    def fit(self) -> None:
        """Make what depends on the pane's width anew, where that is another."""

    def refresh(self, *regions: Region, **what: bool) -> Self:
        """Paint again; while the pane is painted it is right already."""
        if self._painting:
            return self
        dirty = {row for region in regions for row in region.line_range}
        self._painted = {row: strip for row, strip in self._painted.items() if regions and row not in dirty}
        return super().refresh(*regions, **what)

    # Moving --------------------------------------------------------------------------------

    def _clamp(self) -> None:
        self.cursor = max(0, min(self.cursor, self.count - 1))
        height = self.page
        if not height:  # not laid out yet
            return
        self.top = self._bounded_top(self.top)
        if not self.top <= self.cursor < self.top + height:
            self.top = self._bounded_top(self.cursor - height // 3)

    def _bounded_top(self, top: int) -> int:
        """The nearest line that a page can begin with."""
        return max(0, min(top, self.count - self.page))

    def go_to(self, index: int, *, top: int | None = None) -> None:
        """Put the cursor on a line; the page moves only if it must, or to ``top``."""
        old_cursor, old_top = self.cursor, self.top
        self.cursor = max(0, min(index, self.count - 1))
        if top is not None:
            self.top = top
        self._clamp()
        if self.top != old_top:
            self.refresh(*[] if self.head_moves else [Region(0, self.head_rows, self.size.width, self.page)])
        elif self.cursor != old_cursor:
            for line in (old_cursor, self.cursor):
                self.refresh(Region(0, line - self.top + self.head_rows, self.cursor_columns, 1))
        if self.cursor != old_cursor and self.on_move is not None:
            self.on_move()

    def show_at(self, index: int | None, above: int) -> bool:
        """The cursor on a line, ``above`` lines of the page before it unless it is in sight; false for no line."""
        if index is not None:
            in_sight = self.top <= index < self.top + self.page - 4
            self.go_to(index, top=None if in_sight else max(0, index - above))
        return index is not None

    def _next_selectable(self, index: int, step: int) -> int | None:
        """The first line from one on that the cursor may be on."""
        while 0 <= index < self.count:
            if self.selectable(index):
                return index
            index += step
        return None

    def action_move(self, step: int) -> None:
        """Move the cursor; at the edge of the page, move the page by half its height."""
        target = self._next_selectable(self.cursor + step, step)
        if target is None:
            return
        on_page = self.top <= target < self.top + self.page
        self.go_to(target, top=None if on_page else self.top + step * max(self.page // 2, 1))

    def action_page(self, pages: float) -> None:
        """Move by a share of the page, the cursor keeping its row on the screen."""
        step = int(max(self.page - 1, 1) * pages)
        top = self._bounded_top(self.top + step)
        target = self.cursor + ((top - self.top) or step)
        target = max(0, min(target, self.count - 1))
        self.go_to(self._selectable_near(target, 1 if pages > 0 else -1), top=top)

    def _selectable_near(self, index: int, step: int) -> int:
        """The first line from one on that the cursor may be on, else the first the other way, else that line."""
        found = (self._next_selectable(index, direction) for direction in (step, -step))
        return next((line for line in found if line is not None), index)

    def action_to_start(self) -> None:
        """To the first line."""
        self.go_to(self._selectable_near(0, 1), top=0)

    def action_to_end(self) -> None:
        """To the last line."""
        self.go_to(self._selectable_near(self.count - 1, -1), top=self.count)

    def search(self, needle: str, step: int, *, here: bool = False) -> bool:
        """To the next line that holds ``needle``, any case, round once; false where none does."""
        wanted, count = needle.lower(), self.count
        for offset in range(0 if here else 1, count + 1):
            index = (self.cursor + step * offset) % count
            if wanted in self.text_of(index).lower():
                self.go_to(index)
                return True
        return False

    def found(self) -> str:
        """Which of the lines that the last search finds the cursor is on; empty where that is not known."""
        return ""

    def action_sideways(self, step: int) -> None:
        """Move the text sideways."""
        self.x = max(0, self.x + step)
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines down."""
        event.stop()
        self._wheel(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines up."""
        event.stop()
        self._wheel(-3)

    def _wheel(self, lines: int) -> None:
        top = self._bounded_top(self.top + lines)
        cursor = max(top, min(self.cursor, top + self.page - 1))
        self.go_to(cursor, top=top)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the pointer is."""
        index = self.top + event.y - self.head_rows
        if self.top <= index < self.count and self.selectable(index):
            self.go_to(index)

    # Selecting with the mouse: y is the index of a line, x counts characters ----------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint, at another width at once what fits it; positions in the text are not needed for that.

        Textual's own way looks on each row for borders, tints and opacity, which no pane has: half the time of a page.
        """
        self._painting = True
        try:
            self.fit()
            size = self.size
            if self._painted_size != size:
                self._painted, self._painted_size = {}, size
            filters, (_, ground) = self.get_line_filters(), self.background_colors
            for y in crop.line_range:
                if y not in self._painted:
                    segments = [*self.render_line(y)]
                    for line_filter in filters:
                        segments = line_filter.apply(segments, ground)
                    self._painted[y] = Strip(segments, size.width)
            return [self._painted[y].crop(*crop.column_span) for y in crop.line_range]
        finally:
            self._painting = False

    def with_selection(self, strip: Strip, index: int) -> Strip:
        """A drawn line with what is selected of it standing out; outside painting with positions in its text."""
        span = self._span(self._selection, index, strip) if self._selection is not None else None
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
