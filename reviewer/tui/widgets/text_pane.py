"""Lines of text: the views of an attempt, pages, help. What is shown is a :class:`Page`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece, match_spans, painted
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.page import ListPage, Page, Styled


class TextPane(LinePane):
    """Lines with a cursor and a search; ``show`` takes safe text only."""

    class LinkOpened(Message):
        """``enter`` on a line that leads to another attempt."""

        def __init__(self, target: Any) -> None:
            super().__init__()
            self.target = target

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(palette, id=id)
        self.content: Page = ListPage(())
        self.needle = ""
        """What is searched for, in lower case."""

    def show(self, lines: Page | Sequence[Styled], *, at: int | None = None) -> None:
        """Show these lines with the cursor on line ``at``, by default on the page's own start."""
        if lines is not self.content:
            self.content.close()
        self.content = lines if isinstance(lines, Page) else ListPage(lines)
        self.content.fit(self.size.width)
        self.x = 0
        self.cursor = self.content.start if at is None else at
        self.top = max(0, self.cursor - 2)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are wrapped anew, the cursor staying in its line."""
        page = self.content
        if isinstance(page, ListPage):
            item, offset = page.item_at(self.cursor), self.cursor - self.top
            page.fit(event.size.width)
            self.cursor = page.row_of(item)
            self.top = max(0, self.cursor - offset)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.content)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line; what the search found is highlighted."""
        line = self.content[index]
        style = self.palette[line.style]
        lead = (f" {line.lead}", self.palette["line_number"]) if line.lead else (" ", style)
        spans = [*self._spans(line), *match_spans(line.text, self.needle, self.palette["match"])]
        return [lead, *painted(line.text, self.x, width - 1 - cell_len(line.lead), style, spans)]

    def _spans(self, line: Styled) -> Iterator[tuple[int, int, Style]]:
        """Where the pieces of a line of several styles begin and end."""
        end = 0
        for text, style in line.spans:
            start, end = end, end + len(text)
            yield start, end, self.palette[style]

    def text_of(self, index: int) -> str:
        """A line's text, not cut to the pane."""
        return self.content[index].text

    def text_columns(self, index: int, width: int) -> list[tuple[int, int]]:
        """Everything behind the line's lead."""
        return [(1 + cell_len(self.content[index].lead), width)] if index < self.count else [(1, width)]

    # Moving ----------------------------------------------------------------------------------

    def search(self, needle: str, step: int, *, here: bool = False) -> bool:
        """To the next line that holds ``needle``, any case, round once; all that it finds is highlighted."""
        self.needle = needle.lower()
        self.redraw()
        if not self.needle or not self.count:
            return False
        first = self.cursor if here else self.cursor + step
        found = self.content.find(self.needle, first, step) if 0 <= first < self.count else None
        if found is None:
            found = self.content.find(self.needle, 0 if step > 0 else self.count - 1, step)
        if found is not None:
            self.redraw()  # a fold may have been opened
            self.go_to(found)
        return found is not None

    def next_mark(self, step: int) -> bool:
        """To the next marked line (an error, a line that gives away, an edit)."""
        return self.show_at(self.content.next_mark(self.cursor, step), self.page // 4)

    def next_section(self, step: int) -> bool:
        """To the next heading."""
        return self.show_at(self.content.next_section(self.cursor, step), self.page // 4)

    def open_here(self) -> bool:
        """Open what is folded under the cursor, or what the line leads to."""
        if not self.count:
            return False
        target = self.content[self.cursor].target
        if target is not None:
            self.post_message(self.LinkOpened(target))
        elif self.content.toggle(self.cursor):
            self.redraw()
        else:
            return False
        return True

    def toggle_wrap(self) -> bool | None:
        """Wrap long lines or cut them; ``None`` where this page cannot wrap."""
        page = self.content
        if not isinstance(page, ListPage):
            return None
        item = page.item_at(self.cursor)
        page.wrap = not page.wrap
        page.fit(0)
        page.fit(self.size.width)
        self.cursor, self.x = page.row_of(item), 0
        self.redraw()
        return page.wrap

    def take(self, page: Page, found: Any) -> None:
        """Take in what the page worked out after it was shown."""
        if page is self.content:
            offset = self.cursor - self.top
            self.cursor = page.take(found, self.cursor)
            self.top = max(0, self.cursor - offset)
            self.redraw()
