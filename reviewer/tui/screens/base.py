"""What every screen has: where am I (top), what happened (above the bottom), what can I press (bottom)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual.binding import Binding
from textual.screen import Screen

from reviewer.text import one_line
from reviewer.tui.widgets.attempt_list import end_of
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.line_pane import LinePane

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual import events

    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.tui.app import ReviewerApp
    from reviewer.tui.palette import Palette
    from reviewer.tui.widgets.line_pane import Piece
    from reviewer.tui.widgets.text_pane import TextPane


SMALLEST = (40, 8)
"""Columns and lines below which a screen only says that it is too small."""


class Question(NamedTuple):
    """A question on the message line: keys and what they do; every other key goes on to where it belongs."""

    text: str
    answers: Mapping[str, Callable[[], None]]
    careful: frozenset[str]
    """Answers that lose something: taken only where the question could be read before."""
    asked: float


SAVED_WHOLE = 2.0
"""Seconds for which what was saved is shown whole, whatever stands beside it."""
SAVED_WORD = 16
"""Columns of a name in it later, where there is no room."""

READING_TIME = 0.3
"""Seconds after which a question counts as read."""


class ReviewerScreen(Screen[None]):
    """A screen over one project, with a header, a message line and a line of keys."""

    HELP_TITLE = ""
    OPENS_INPUT: ClassVar[frozenset[str]] = frozenset(
        {
            "filter",
            "search",
            "notes",
            "write_file",
            "note",
            "file_by_name",
            "compare",
            "new_queue",
            "hand_over",
        }
    )

    def __init__(self, project: Project, palette: Palette, signs: dict[str, str]) -> None:
        super().__init__()
        self.project = project
        self.palette = palette
        self.signs = signs
        self.header = Bar(palette, "bar", id="header")
        self.message = Bar(palette, id="message")
        self.keys = Bar(palette, "bar", id="keys")
        self._said: list[Piece] = []
        self._said_at = 0.0
        self._question: Question | None = None
        self._too_small: TextPane | None = None

    @property
    def reviewer(self) -> ReviewerApp:
        """The application, by its own type."""
        return cast("ReviewerApp", self.app)

    def on_resize(self) -> None:
        """Say so where the terminal is too small to show anything of use."""
        width, height = self.size
        small = width < SMALLEST[0] or height < SMALLEST[1]
        if small:
            self._say_too_small(width, height)
        elif self._too_small is not None:
            self._too_small.display = False

    def _say_too_small(self, width: int, height: int) -> None:
        from reviewer.tui.widgets.text_pane import Styled, TextPane

        if self._too_small is None:
            self._too_small = TextPane(self.palette, id="too-small")
            self.mount(self._too_small)
        self._too_small.display = True
        needed = f"needs {SMALLEST[0]}×{SMALLEST[1]}"
        told = (
            ("too small", "warn"),
            (f"{width}×{height}", "text"),
            (needed, "text"),
            ("ctrl+q leaves", "dim"),
        )
        self._too_small.show([Styled(text, style) for text, style in told])

    def say(self, text: str, style: str = "dim") -> None:
        """Tell what happened; what is not saved stays in front of it until it is."""
        self._said = [(f" {one_line(text)}", self.palette[style])] if text else []
        self._said_at = time.monotonic()
        self.show_message()

    # A question in a line ----------------------------------------------------------------------

    def question(
        self, text: str, answers: Mapping[str, Callable[[], None]], careful: frozenset[str] = frozenset()
    ) -> None:
        """Ask on the message line. The keys of ``answers`` answer; any other key closes the question and acts.

        Keys with priority (those that open an input) cannot answer: they never come this far.
        """
        self._question = Question(text, answers, careful, time.monotonic())
        self.show_message()

    @property
    def questioned(self) -> bool:
        """Whether a question waits on the message line."""
        return self._question is not None

    def close_question(self) -> None:
        """Take the question away, unanswered."""
        if self._question is not None:
            self._question = None
            self.show_message()

    def answered(self, event: events.Key) -> bool:
        """Let a key answer the question; false where there is none or the key goes on to where it belongs."""
        asked = self._question
        if asked is None:
            return False
        answer = asked.answers.get(event.key)
        if answer is not None and event.key in asked.careful and event.time < asked.asked + READING_TIME:
            event.stop()
            event.prevent_default()
            return True  # typed before the question was there: it stays, and nothing is lost
        self.close_question()
        if answer is None:
            return False
        event.stop()
        event.prevent_default()
        answer()
        return True

    def on_key(self, event: events.Key) -> None:
        """Keys answer a question first."""
        self.answered(event)

    def show_message(self) -> None:
        """The message line: a question, else what is not saved, what was said, what was saved last."""
        unsaved = self.reviewer.unsaved
        if self._question is not None:
            self.message.show([(f" {one_line(self._question.text)}", self.palette["accent"])])
        elif unsaved:
            self.message.show([(f" NOT SAVED: {one_line(unsaved)} ", self.palette["fail"]), *self._said])
        else:
            self.show_beside_saved(self._said)

    def show_beside_saved(self, said: list[Piece]) -> None:
        """Something on the message line; what was saved last stays at its right with its undo.

        Once it could be read, its names are cut where both do not fit.
        """
        saved = one_line(self.reviewer.saved)
        room = self.size.width - sum(len(text) for text, _ in said) - 10
        if said and len(saved) > room and time.monotonic() > self.reviewer.saved_at + SAVED_WHOLE:
            saved = " ".join(end_of(word, SAVED_WORD) for word in saved.split(" "))
        self.message.show(said, [(f" {saved} · u undo ", self.palette["pass"])] if saved else [])

    def show_keys(self) -> None:
        """The line of keys: what the focused pane adds, then the screen's own as they are written there."""
        shown: dict[str, Binding] = {}
        for active in self.active_bindings.values():
            if active.binding.show and active.binding.id:
                shown.setdefault(active.binding.id, active.binding)
        own = [binding.id for binding in self.BINDINGS if isinstance(binding, Binding) and binding.id]
        of_pane = [name for name in shown if name not in own and not name.startswith("app.")]
        pieces: list[Piece] = []
        for name in (*of_pane, *own, "app.help"):
            if name in shown:
                binding = shown[name]
                pieces.append((f" {self.app.get_key_display(binding)} ", self.palette["key"]))
                pieces.append((f"{binding.description} ", self.palette["dim"]))
        self.keys.show(pieces, self.progress())

    def progress(self) -> list[Piece]:
        """What stands at the right of the line of keys."""
        pace = self.reviewer.pace()
        return [(f"{pace} ", self.palette["dim"])] if pace else []

    def on_screen_resume(self) -> None:
        """Shown again: the lines at top and bottom are brought up to date."""
        self.show_message()
        self.call_after_refresh(self.show_keys)

    def restyle(self) -> None:
        """Another theme was put on: every pane and bar is drawn anew."""
        for pane in self.query(LinePane):
            pane.redraw()
        for bar in self.query(Bar):
            bar.show([], [])
        self.show_message()
        self.call_after_refresh(self.show_keys)

    def entry_changed(self, entry: Entry) -> None:
        """Something about an attempt is known now that was not before."""

    def leaving(self, leave: Callable[[], None]) -> None:
        """Leave; a screen with something unfinished asks first."""
        leave()

    def action_undo(self) -> None:
        """Take the last act back and show the attempt it was about."""
        self.reviewer.undo()

    def action_queues(self) -> None:
        """Choose or make the queue that is worked through."""
        self.reviewer.open_queues()

    def action_statistics(self) -> None:
        """Open the statistics."""
        self.reviewer.open_statistics()

    def review(self, entry: Entry) -> None:
        """Open the review screen at an attempt."""
        self.reviewer.review(entry)

    @property
    def typing(self) -> bool:
        """Whether what is typed goes into a line of text."""
        return self.focused is not None and self.focused.id == "line"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that open an input act before any key after them is looked at, but never inside one.

        Their bindings have priority: without it, what was typed right behind them would still go to the
        list, and its letters would act as keys.
        """
        if action in self.OPENS_INPUT and self.typing:
            return False
        return super().check_action(action, parameters)
