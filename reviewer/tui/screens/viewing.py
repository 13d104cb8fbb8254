"""The views beside the diff, and the search in whatever is shown."""

from __future__ import annotations

from textual.binding import Binding

from reviewer.tui.screens.attempt import AttemptScreen
from reviewer.tui.views import DIFF, NAMES

VIEWING_KEYS = [
    Binding("tab", "view(1)", "views", id="review.view"),
    Binding("shift+tab", "view(-1)", "previous view", show=False, id="review.view_back"),
    Binding("slash", "search", "search", show=False, id="review.search", priority=True),
    Binding("n", "found(1)", "next found", show=False, id="review.next_found"),
    Binding("N", "found(-1)", "previous found", show=False, id="review.previous_found"),
]


class Viewing(AttemptScreen):
    """Goes from view to view and searches in the one that is shown."""

    _needle = ""

    def action_view(self, step: int) -> None:
        """The next view."""
        self.set_view(NAMES[(NAMES.index(self.view) + step) % len(NAMES)])
        self.to_main()

    def set_view(self, name: str) -> None:
        """Show the view of that name in the middle."""
        if name == self.view:
            return
        self.view = name
        self.diff.display = name == DIFF
        self.text.display = name != DIFF
        if name != DIFF:
            self.text.show(self.lines_of_view(name))
        self._said = []
        self.show_tabs()
        self.show_message()

    def action_search(self) -> None:
        """Search in what is on the screen."""
        self.ask("", "search", self._search)

    def _search(self, needle: str) -> None:
        self._needle = needle
        self._find(1, here=True)

    def _find(self, step: int, *, here: bool = False) -> None:
        if not self._needle:
            self.diff.search_no_more()
        elif not self.pane.search(self._needle, step, here=here):
            folded = self.diff.found_in_folds() if self.pane is self.diff else 0
            hint = (
                f" in what is shown, but {folded} times in folded lines: z, x or enter opens them"
                if folded
                else ""
            )
            self.say(f"not found: {self._needle}{hint}", "warn")
        self.show_tabs()

    def action_found(self, step: int) -> None:
        """To the next place that the search finds."""
        self._find(step)
