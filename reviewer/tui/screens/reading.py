"""Reading the diff: files, changes, findings, context, layouts."""

from __future__ import annotations

from typing import Literal

from textual.binding import Binding

from reviewer.text import one_line
from reviewer.tui.screens.attempt import AttemptScreen
from reviewer.tui.views import DIFF

READING_KEYS = [
    Binding(
        "greater_than_sign,right_square_bracket", "file(1)", "file", key_display="> <", id="review.next_file"
    ),
    Binding(
        "less_than_sign,left_square_bracket",
        "file(-1)",
        "previous file",
        show=False,
        id="review.previous_file",
    ),
    Binding("full_stop,right_curly_bracket", "hunk(1)", "hunk", key_display=". ,", id="review.next_hunk"),
    Binding("comma,left_curly_bracket", "hunk(-1)", "previous hunk", show=False, id="review.previous_hunk"),
    Binding("f", "finding(1)", "finding", id="review.next_finding"),
    Binding("F", "finding(-1)", "previous finding", show=False, id="review.previous_finding"),
    Binding("L", "switch_layout", "layout", show=False, id="review.layout"),
    Binding("x", "context(True)", "more context", show=False, id="review.more_context"),
    Binding("X", "context(False)", "less context", show=False, id="review.less_context"),
    Binding("enter", "open_fold", "open a fold", show=False, id="review.open_fold"),
]


class Reading(AttemptScreen):
    """Moves in the diff and says what stands at its lines."""

    layout_wish: Literal["split", "unified"] | None = None

    def show_message(self) -> None:
        """What the checks say of the line under the cursor, where nothing more urgent was said."""
        super().show_message()
        if self.reviewer.unsaved or self._said or self.view != DIFF:
            return
        found = self.diff.findings_here()
        if found:
            first = found[0]
            text = f" {self.signs['finding']} {first.check}: {one_line(first.evidence.text)} · f next"
            self.message.show([(text, self.palette[first.outcome])], self.saved_last())

    def on_line_pane_cursor_moved(self) -> None:
        """Another line: its numbers, and what the checks say of it."""
        self._said = []
        self.show_tabs()
        self.show_message()
        self.colouring.soon()

    def action_file(self, step: int) -> None:
        """The next or previous file."""
        self.set_view(DIFF)
        if not self.diff.next_file(step):
            self.say("No further file." if step > 0 else "No file before this one.")

    def action_hunk(self, step: int) -> None:
        """The next or previous change."""
        self.set_view(DIFF)
        if not self.diff.next_hunk(step):
            self.say("No further change." if step > 0 else "No change before this one.")

    def action_finding(self, step: int) -> None:
        """The next or previous line that a check points to."""
        self.set_view(DIFF)
        if self.diff.next_finding(step) is None:
            self.say("No further finding in the diff." if step > 0 else "No finding before this one.")

    def action_switch_layout(self) -> None:
        """Split or unified, whatever the width."""
        self.layout_wish = "unified" if self.diff.layout_ == "split" else "split"
        self.diff.set_layout(self.layout_wish)

    def action_context(self, more: bool) -> None:
        """More or less of the unchanged lines around changes."""
        self.diff.more_context(more)

    def action_open_fold(self) -> None:
        """Open the fold or the artefact under the cursor."""
        if self.view == DIFF:
            self.diff.open_here()
