"""The message line: what happened, and what is or is not saved."""

import time
from collections.abc import Callable

import msgspec
from rich.segment import Segment
from textual.strip import Strip

from reviewer.cells import cut, cut_name, wrap
from reviewer.guide import Topic
from reviewer.text import one_line
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import Piece, columns_of
from reviewer.tui.widgets.question import Question
from reviewer.verdicts.store import NotSaved

SAVED_WHOLE = 2.0
"""Seconds for which what was saved is shown whole, whatever stands beside it."""
MOST_ROWS = 4
"""Rows that a message or question takes at most."""
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

    What was saved last stays at the right with its undo, and so does the page of the guide about an error.
    ``details`` is asked where nothing happened. What happened and what is asked goes on below where it is
    longer than the line; the panes above give way.
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
        self._page: Topic | None = None
        self._shown_at = 0.0
        self._below: list[Piece] = []

    @property
    def page(self) -> Topic | None:
        """The page of the guide about the error that is shown, ``None`` where none is."""
        if self._question.waiting:
            return None
        return NotSaved.page if self._saves.unsaved else self._page

    def say(self, text: str, style: str = "dim", page: Topic | None = None) -> None:
        """Show what happened, and which page helps; what is not saved stays in front of it until it is."""
        self._message = [(f" {one_line(text)}", self.palette[style])] if text else []
        self._page = page
        self._shown_at = self.clock()
        self.redraw()

    def forget(self, *, older_than: float = -1.0) -> None:
        """Let go of a message shown for more than so many seconds; the next :meth:`redraw` is without it."""
        if self.clock() - self._shown_at > older_than:
            self._message, self._page = [], None

    def redraw(self) -> None:
        """Bring the line up to date."""
        unsaved = self._saves.unsaved
        if self._question.waiting:
            self._show_whole([(f" {one_line(self._question.text)}", self.palette["accent"])])
        elif unsaved:
            failed = (f" NOT SAVED: {one_line(unsaved)} ", self.palette["fail"])
            self._show_whole([failed, *self._message])
        elif self._unread <= 0 and columns_of([*self._message, *self._helping()]) >= self.size.width:
            self._show_whole(self._message)
        else:
            self._show_beside_saved(self._message or self._details())
            self._go_on_below([])

    def _show_whole(self, pieces: list[Piece]) -> None:
        """On one row where that has room, else each piece on rows of its own, the page that helps on the last."""
        helping, room = self._helping(), max(self.size.width - 2, 1)
        if not 0 < self.size.width <= columns_of([*pieces, *helping]):
            self.show(pieces, helping)
            self._go_on_below([])
            return
        parts = [(part, style) for text, style in pieces for part in wrap(text.strip(), room)]
        if len(parts) > MOST_ROWS:
            last = " ".join(part for part, _ in parts[MOST_ROWS - 1 :])
            parts[MOST_ROWS - 1 :] = [(cut(last, room), parts[-1][1])]
        first, *below = [(f" {part}", style) for part, style in parts]
        self.show([first])
        self._go_on_below([*below, *helping])

    def _go_on_below(self, pieces: list[Piece]) -> None:
        if pieces != self._below:
            self._below = pieces
            self.styles.height = 1 + len(pieces)
            self.refresh()

    @property
    def plain(self) -> str:
        """The text of all rows without its styles."""
        return super().plain + "".join(text for text, _ in self._below)

    def render_line(self, y: int) -> Strip:
        """The first row, or one of those below it."""
        if not 0 < y <= len(self._below):
            return super().render_line(y)
        text, style = self._below[y - 1]
        return Strip([Segment(text, self.palette.text + style)]).adjust_cell_length(
            self.size.width, self.palette.text
        )

    def on_resize(self) -> None:
        """Another width breaks it elsewhere."""
        self.redraw()

    def _helping(self) -> list[Piece]:
        """The key and the page that help with the error that is shown."""
        return [(f" ? guide: {self.page} ", self.palette["dim"])] if self.page else []

    @property
    def _unread(self) -> float:
        """Seconds until what was saved last could be read."""
        return self._saves.saved_at + SAVED_WHOLE - self.clock() if self._saves.saved else 0.0

    def _show_beside_saved(self, pieces: list[Piece]) -> None:
        """What was saved last, at the right; once it could be read, its names give way where both do not fit."""
        saved, helping = one_line(self._saves.saved), self._helping()
        room = self.size.width - columns_of([*pieces, *helping]) - 10
        if pieces and len(saved) > room:
            words = saved.split(" ")
            if self._unread > 0:
                self.set_timer(self._unread, self.redraw)
            elif sum(min(len(word), SAVED_WORD) + 1 for word in words) <= room + 1:
                saved = " ".join(cut_name(word, SAVED_WORD) for word in words)
            else:
                saved = " ".join(words[: 2 if words[0] == "saved" else 1])
        undoing = [(f" {saved} · u undo ", self.palette["pass"])] if saved else []
        self.show(pieces, [*helping, *undoing])
