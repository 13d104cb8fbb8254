"""A text pane whose page is read in a worker: the views of an attempt, the page of a commit or a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.message import Message
from textual.worker import get_current_worker

from reviewer.text import one_line
from reviewer.tui.widgets.page import ListPage, Page, Styled
from reviewer.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class PagePane(TextPane):
    """Shows pages that may take long to read or to search; only what was asked for last is shown."""

    @dataclass
    class Loaded(Message):
        """A page was read."""

        request: int
        page: Page
        at: int | None

    @dataclass
    class Finished(Message):
        """What a page worked out after it was read, for :meth:`TextPane.take`."""

        page: Page
        found: Any

    @dataclass
    class Counted(Message):
        """How many lines of the page that is shown hold a text."""

        page: Page
        needle: str
        total: int

    is_loaded = False
    """Whether a page is shown that was read in a worker, and not a line about it."""
    _request = 0
    _counted: PagePane.Counted | None = None

    def show(self, lines: Page | Sequence[Styled], *, at: int | None = None) -> None:
        """Show these lines; a page that is still being read is not shown any more."""
        self._request += 1
        self.is_loaded = False
        super().show(lines, at=at)

    # Reading -------------------------------------------------------------------------------------

    def load(
        self,
        read: Callable[[], Page | Sequence[Styled]],
        *,
        at: int | None = None,
        failure: str = "this page could not be made",
    ) -> None:
        """Call ``read`` in a worker and show its page, the cursor on line ``at``, else on the page's own start.

        Where ``read`` fails, ``failure`` and the error are shown.
        """
        self._request += 1
        self.is_loaded = False
        work = partial(self._read, read, self._request, at, failure)
        self.run_worker(work, thread=True, group="page", exit_on_error=False)

    def _read(
        self, read: Callable[[], Page | Sequence[Styled]], request: int, at: int | None, failure: str
    ) -> None:
        try:
            lines = read()
            page = lines if isinstance(lines, Page) else ListPage(lines)
        except Exception as error:
            reason = one_line(f"{type(error).__name__}: {error}")
            page = ListPage([Styled(f"{failure}: {reason}", "fail")])
        self.post_message(self.Loaded(request, page, at))
        worker = get_current_worker()
        found = page.finish(lambda: worker.is_cancelled or self._request != request)
        if found is not None:
            self.post_message(self.Finished(page, found))

    @on(Loaded)
    def _show_loaded(self, event: Loaded) -> None:
        event.stop()
        if event.request != self._request:
            event.page.close()
            return
        super().show(event.page, at=event.at)
        self.is_loaded = True

    @on(Finished)
    def _take_finished(self, event: Finished) -> None:
        event.stop()
        self.take(event.page, event.found)

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
