"""The views beside the diff, and the search in whatever is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.worker import get_current_worker

from reviewer.text import one_line
from reviewer.tui.review.attempt import AttemptScreen
from reviewer.tui.views import DIFF, NAMES
from reviewer.tui.widgets.page import ListPage, Page, Styled

if TYPE_CHECKING:
    from reviewer.project.entries import Entry
    from reviewer.tui.widgets.text_pane import TextPane

VIEWING_KEYS = [
    Binding("tab", "view(1)", "views", id="review.view"),
    Binding("shift+tab", "view(-1)", "previous view", show=False, id="review.view_back"),
    Binding("slash", "search", "search", show=False, id="review.search", priority=True),
    Binding("n", "found(1)", "next found", show=False, id="review.next_found"),
    Binding("N", "found(-1)", "previous found", show=False, id="review.previous_found"),
    Binding("r", "read_again", "read a view again", show=False, id="review.read_again"),
]


class Viewing(AttemptScreen):
    """Goes from view to view and searches in the one that is shown."""

    _needle = ""
    _counted: tuple[object, str, int | None] | None = None

    def action_view(self, step: int) -> None:
        """The next view."""
        self.set_view(NAMES[(NAMES.index(self.view) + step) % len(NAMES)])
        self.to_main()

    def set_view(self, name: str) -> None:
        """Show the view of that name in the middle; it comes as soon as it is read."""
        if name == self.view:
            return
        self._keep_place()
        self.view = name
        self.diff.display = name == DIFF
        self.text.display = name != DIFF
        self.message.forget()
        if name != DIFF:
            self.text.show([Styled("reading …", "dim")])
            self.read_view(self.places.get((self.entry.attempt.folder, name)))
        self.show_tabs()
        self.show_message()

    def _keep_place(self) -> None:
        """Remember where in a view the annotator was."""
        if self._shown is not None:
            entry, name = self._shown
            self.places[entry.attempt.folder, name] = self.text.cursor
            self._shown = None

    # Reading a view ----------------------------------------------------------------------------

    def read_view(self, at: int | None) -> None:
        """Read the view that is shown, the cursor coming to line ``at``."""
        self._shown = None
        work = partial(self._work, self.entry, self.view, at)
        self.run_worker(work, thread=True, group="view", exit_on_error=False)

    def _work(self, entry: Entry, name: str, at: int | None) -> None:
        try:
            lines = self.lines_of_view(name)
            page = lines if isinstance(lines, Page) else ListPage(lines)
        except Exception as error:
            told = one_line(f"{type(error).__name__}: {error}")
            page = ListPage([Styled(f"this view could not be made: {told}", "fail")])
        self.app.call_from_thread(self._arrived_view, entry, name, page, at)
        worker = get_current_worker()
        found = page.finish(lambda: worker.is_cancelled or self.text.shows is not page)
        if found is not None:
            self.app.call_from_thread(self.text.take, page, found)

    def _arrived_view(self, entry: Entry, name: str, page: Page, at: int | None) -> None:
        if entry == self.entry and name == self.view:
            self._shown = (entry, name)
            self.text.show(page, at=at)
            self.show_message()
        else:
            page.close()

    def action_read_again(self) -> None:
        """Read what is shown again: a log that still grows is followed where its end was looked at."""
        if self.view == DIFF:
            self.say("The patch is read again with r in the list of attempts.")
            return
        pane = self.text
        at_end = pane.count and pane.cursor >= pane.count - 1
        self.read_view(1 << 62 if at_end else pane.cursor)
        self.say(f"{self.view}: read again{', at its end' if at_end else ''}")

    # In a view ---------------------------------------------------------------------------------

    def in_text(self) -> TextPane | None:
        """The pane of a view beside the diff, ``None`` while the diff is shown."""
        return self.text if self.view != DIFF else None

    def on_text_pane_link_opened(self, event: TextPane.LinkOpened) -> None:
        """A line leads to another attempt."""
        event.stop()
        self.open_target(event.target)

    def open_target(self, target: Any) -> None:
        """Open what a line leads to."""
        self._keep_place()
        self.show(target)

    # Search ------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Search in what is on the screen."""
        self.ask("", "search", self._search)
        if self.pane is self.diff:
            self.call_after_refresh(self.diff.model.search.prepare)

    def _search(self, needle: str) -> None:
        self._needle = needle
        self._find(1, here=True)

    def _find(self, step: int, *, here: bool = False) -> None:
        if not self._needle:
            self.diff.clear_search()
            return
        if not self.pane.search(self._needle, step, here=here):
            folded = self.diff.model.count_in_folds() if self.pane is self.diff else 0
            hint = (
                f" in what is shown, but {folded} times in folded lines: z, x or enter opens them"
                if folded
                else ""
            )
            self.say(f"not found: {self._needle}{hint}", "warn")
            self.show_tabs()
            return
        text = self.in_text()
        if text is None:
            self.show_tabs()
        elif not text.shows.slow:
            self._say_count(text.shows.count(self._needle.lower(), lambda: False))
        elif self._counted is not None and self._counted[:2] == (text.shows, self._needle):
            self._say_count(self._counted[2])
        else:
            self._say_count(None)
            self.run_worker(partial(self._count, text.shows, self._needle), thread=True, group="count",
                            exclusive=True, exit_on_error=False)  # fmt: skip

    def _count(self, page: Page, needle: str) -> None:
        worker = get_current_worker()
        total = page.count(needle.lower(), lambda: worker.is_cancelled or self.text.shows is not page)
        if total is not None:
            self.app.call_from_thread(self._counted_now, page, needle, total)

    def _counted_now(self, page: Page, needle: str, total: int) -> None:
        self._counted = (page, needle, total)
        if self.text.shows is page and self._needle == needle and self.view != DIFF:
            self._say_count(total)

    def _say_count(self, total: int | None) -> None:
        where = f"line {self.pane.cursor + 1} of {self.pane.count}"
        if total is None:
            self.say(f"{self._needle}: {where} · being counted")
        else:
            self.say(f"{self._needle}: in {total} line{'s' * (total != 1)} · {where} · n N")

    def action_found(self, step: int) -> None:
        """To the next place that the search finds."""
        self._find(step)
