"""Lines of text: the views of an attempt, pages, help. What is shown is a :class:`Page`, perhaps read in a worker."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual import events, on
from textual.message import Message
from textual.worker import get_current_worker

from reviewer.text import one_line
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece, match_spans, painted, part_from
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.page import ListPage, Page, Styled


class _Source(NamedTuple):
    """Where a page comes from: what reads it, what to say where that fails, and what tells that there is more."""

    read: Callable[[], Page]
    failure: str
    stamp: Callable[[], object] | None


_REST = 10
"""A page that is followed is read again after this many times what reading it took."""


class TextPane(LinePane):
    """Lines with a cursor and a search; ``show`` takes safe text only.

    A page may take long to read or to search; only what was asked for last is shown.
    """

    @dataclass
    class LinkOpened(Message):
        """``enter`` on a line that leads to another attempt."""

        target: Any

    @dataclass
    class Loaded(Message):
        """A page was read; the cursor comes to line ``at``, or stays at the ``end`` of that part where it was read again."""

        request: int
        page: Page
        at: int | None
        end: int | None
        stamp: object

    @dataclass
    class Finished(Message):
        """What a page worked out after it was read, for :meth:`Page.take`."""

        page: Page
        found: Any

    @dataclass
    class Counted(Message):
        """How many lines of the page that is shown hold a text."""

        page: Page
        needle: str
        total: int

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(palette, id=id)
        self.content: Page = ListPage(())
        self.needle = ""
        """What is searched for, in lower case."""
        self.is_loaded = False
        """Whether a page is shown that was read in a worker, and not a line about it."""
        self._request = 0
        self._source: _Source | None = None
        """What the page that is shown, or is being read, is read from."""
        self._stamp: object = None
        """The stamp of what is shown."""
        self._is_reading = False
        self._due = 0.0
        """When the page may be read again, in seconds of ``time.monotonic``."""
        self._counted: TextPane.Counted | None = None

    # What is shown ---------------------------------------------------------------------------

    def show(self, lines: Page | Sequence[Styled], *, at: int | None = None) -> None:
        """Show these lines with the cursor on line ``at``, by default on the first.

        A page that is still being read is not shown any more.
        """
        self._request += 1
        self.is_loaded, self._source = False, None
        self._show(lines if isinstance(lines, Page) else ListPage(lines), at)

    def _show(self, page: Page, at: int | None, end: int | None = None) -> None:
        before, self.content = self.content, page
        if page is not before:
            before.close()
        if end is not None and isinstance(page, ListPage) and isinstance(before, ListPage):
            page.wrap = before.wrap
        page.fit(self.size.width)
        if end is None:
            self.x, self.cursor = 0, at or 0
            self.top = max(0, self.cursor - 2)
        else:
            self.cursor = page.end_of(end)
            self.top = max(self.top, self.cursor - self.page + 1)
        self.redraw()

    def load(
        self,
        read: Callable[[], Page],
        *,
        at: int | None = None,
        failure: str = "this page could not be made",
        stamp: Callable[[], object] | None = None,
    ) -> None:
        """Call ``read`` in a worker and show its page, the cursor on line ``at``.

        Where ``read`` fails, ``failure`` and the error are shown. With ``stamp``, which gives something else once more
        is there to be read, the page can be followed (:meth:`follow`).
        """
        self.is_loaded = False
        self._source = _Source(read, failure, stamp)
        self._start(self._source, at, None)

    @property
    def is_following(self) -> bool:
        """Whether what is appended to the page shows by itself: it can be followed, and the cursor is at its end."""
        source = self._source
        return (
            self.is_loaded
            and source is not None
            and source.stamp is not None
            and self.content.end_at(self.cursor) is not None
        )

    def follow(self) -> None:
        """Read the page again where it is followed and more is there to be read; what is elsewhere in it never moves."""
        source = self._source
        if source is None or source.stamp is None or self._is_reading or not self.is_following:
            return
        if time.monotonic() >= self._due and source.stamp() != self._stamp:
            self._start(source, None, self.content.end_at(self.cursor))

    def _start(self, source: _Source, at: int | None, end: int | None) -> None:
        self._request += 1
        self._is_reading = True
        work = partial(self._read, source, self._request, at, end)
        self.run_worker(work, thread=True, group="page", exit_on_error=False)

    def _read(self, source: _Source, request: int, at: int | None, end: int | None) -> None:
        began = time.monotonic()
        stamp = source.stamp() if source.stamp is not None else None
        try:
            page = source.read()
        except Exception as error:
            reason = one_line(f"{type(error).__name__}: {error}")
            page = ListPage([Styled(f"{source.failure}: {reason} (reviewer guide data)", "fail")])
        self.post_message(self.Loaded(request, page, at, end, stamp))
        worker = get_current_worker()
        found = page.finish(lambda: worker.is_cancelled or self._request != request)
        if found is not None:
            self.post_message(self.Finished(page, found))
        if request == self._request:
            self._due = time.monotonic() + _REST * (time.monotonic() - began)
            self._is_reading = False

    @on(Loaded)
    def _show_loaded(self, event: Loaded) -> None:
        elsewhere = event.end is not None and self.content.end_at(self.cursor) != event.end
        if event.request != self._request or elsewhere:
            event.stop()
            event.page.close()
            return
        self._show(event.page, event.at, event.end)
        self._stamp = event.stamp
        self.is_loaded = True

    @on(Finished)
    def _take_finished(self, event: Finished) -> None:
        event.stop()
        if event.page is self.content:
            offset = self.cursor - self.top
            self.cursor = self.content.take(event.found, self.cursor)
            self.top = max(0, self.cursor - offset)
            self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are wrapped anew, the cursor staying in its line."""
        page = self.content
        if isinstance(page, ListPage):
            item, offset = page.item_at(self.cursor), self.cursor - self.top
            page.fit(event.size.width)
            self.cursor = page.row_of(item)
            self.top = max(0, self.cursor - offset)
            self.refresh()

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

    @property
    def beyond(self) -> str:
        """What of the line under the cursor is cut at the right, as far as a line below may show it."""
        if not self.count:
            return ""
        line = self.content[self.cursor]
        room = self.size.width - 1 - cell_len(line.lead)
        return part_from(line.text, self.x + room - 1, self.size.width) if room > 0 else ""

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

    @property
    def target(self) -> Any:
        """What the line under the cursor leads to, if it does."""
        return self.content[self.cursor].target if self.count else None

    def open_here(self) -> bool:
        """Open what is folded under the cursor, or what the line leads to; false where there is neither."""
        if self.target is not None:
            self.post_message(self.LinkOpened(self.target))
        elif self.count and self.content.toggle(self.cursor):
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

    # Counting what a search finds ------------------------------------------------------------------

    def count_matches(self, needle: str) -> int | None:
        """How many lines hold ``needle``, any case; ``None`` while that is counted, and :class:`Counted` follows."""
        page = self.content
        if not page.slow:
            return page.count(needle.lower(), lambda: False)
        known = self._counted
        if known is not None and known.page is page and known.needle == needle:
            return known.total
        work = partial(self._count, page, needle)
        self.run_worker(work, thread=True, group="count", exclusive=True, exit_on_error=False)
        return None

    def _count(self, page: Page, needle: str) -> None:
        worker = get_current_worker()
        total = page.count(needle.lower(), lambda: worker.is_cancelled or self.content is not page)
        if total is not None:
            self.post_message(self.Counted(page, needle, total))

    @on(Counted)
    def _keep_count(self, event: Counted) -> None:
        self._counted = event
        if event.page is not self.content:
            event.stop()
