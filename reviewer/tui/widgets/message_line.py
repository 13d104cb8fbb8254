"""The message line: what happened, and what is or is not saved."""

import time
from collections.abc import Callable

import msgspec

from reviewer.cells import cut_name
from reviewer.text import one_line
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import Piece, columns_of
from reviewer.tui.widgets.question import Question

SAVED_WHOLE = 2.0
"""Seconds for which what was saved is shown whole, whatever stands beside it."""
SAVED_WORD = 16
"""Columns of a name in it later, where there is no room."""


class SaveState(msgspec.Struct):
    """What was saved last, when, and what could not be saved; one for all screens."""

    saved: str = ""
    saved_at: float = 0.0
    """In seconds of ``time.monotonic``."""
    unsaved: str = ""
    draft_unsaved: bool = False
    """Whether it is a draft that could not be saved."""


class MessageLine(Bar):
    """A question, else what is not saved, what happened, or details of what the cursor is on.

    What was saved last stays at the right with its undo. ``details`` is asked where nothing happened.
    """

    def __init__(
        self,
        palette: Palette,
        saves: SaveState,
        question: Question,
        details: Callable[[], list[Piece]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(palette, id="message")
        self._saves = saves
        self._question = question
        self._details = details
        self.clock = clock
        self._message: list[Piece] = []
        self._shown_at = 0.0

    def say(self, text: str, style: str = "dim") -> None:
        """Show what happened; what is not saved stays in front of it until it is."""
        self._message = [(f" {one_line(text)}", self.palette[style])] if text else []
        self._shown_at = self.clock()
        self.redraw()

    def forget(self, *, older_than: float = -1.0) -> None:
        """Let go of a message shown for more than so many seconds; the next :meth:`redraw` is without it."""
        if self.clock() - self._shown_at > older_than:
            self._message = []

    def redraw(self) -> None:
        """Bring the line up to date."""
        unsaved = self._saves.unsaved
        if self._question.waiting:
            self.show([(f" {one_line(self._question.text)}", self.palette["accent"])])
        elif unsaved:
            self.show([(f" NOT SAVED: {one_line(unsaved)} ", self.palette["fail"]), *self._message])
        else:
            self._show_beside_saved(self._message or self._details())

    def _show_beside_saved(self, pieces: list[Piece]) -> None:
        """What was saved last, at the right; once it could be read, its names give way where both do not fit."""
        saved = one_line(self._saves.saved)
        room = self.size.width - columns_of(pieces) - 10
        if pieces and len(saved) > room:
            whole = self._saves.saved_at + SAVED_WHOLE - self.clock()
            words = saved.split(" ")
            if whole > 0:
                self.set_timer(whole, self.redraw)
            elif sum(min(len(word), SAVED_WORD) + 1 for word in words) <= room + 1:
                saved = " ".join(cut_name(word, SAVED_WORD) for word in words)
            else:
                saved = " ".join(words[:2])
        self.show(pieces, [(f" {saved} · u undo ", self.palette["pass"])] if saved else [])
