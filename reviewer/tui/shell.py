"""What a screen may ask of the application that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from reviewer.guide import Explained, Topic
from reviewer.project.entries import Entries, Entry
from reviewer.project.project import Project
from reviewer.tui.blind import Blind
from reviewer.tui.checking import Checking
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.message_line import SaveState

if TYPE_CHECKING:  # the diff is read with the review screen only
    from reviewer.tui.reading import ReadingMemory


class Shell(Protocol):
    """The application as its screens know it."""

    project: Project
    palette: Palette
    signs: dict[str, str]
    saves: SaveState
    blind: Blind
    """How attempts are called, and what is hidden of them."""
    reading: ReadingMemory | None
    """What was viewed, and where the annotator was; the review screen reads it when it is first opened."""
    reviewed: Entry | None
    """The attempt that the review screen showed last, until the list has found it."""

    follows: bool
    """Whether what changes on disk shows by itself."""

    checks: Checking
    """What is checked in the background, and how far that is."""

    # What happened
    def revealed(self, entry: Entry) -> None:
        """An attempt was revealed, on record: every screen shows it."""

    def say(self, what: str | Explained, style: str = "dim", page: Topic | None = None) -> None:
        """Show what happened on the message line of the screen in front (:meth:`ReviewerScreen.say`)."""

    def act_saved(self, text: str, judgements: int = 0) -> None:
        """An act is on disk, and how many judgements it holds."""

    def not_saved(self, reason: str) -> None:
        """An act is not on disk, and why."""

    def draft_kept(self, problem: str) -> None:
        """A draft is on disk, or why it is not; ``problem`` is empty where it is."""

    def undo(self) -> None:
        """Take the newest act that stands back and show its attempt."""

    def pace(self) -> list[str]:
        """How far the queue is and how fast this sitting goes, what matters most first; empty before the first judgement."""

    def after_frame(self, call: Callable[[], None]) -> None:
        """Call once the terminal has painted what was written so far."""

    def reload(self) -> None:
        """Read the runs and verdicts again: every screen shows it."""

    def session_changed(self) -> None:
        """Another queue, or none, is worked through: every screen shows it."""

    # Screens
    def review(self, entry: Entry) -> None:
        """Show an attempt in the review screen."""

    async def open_page(self, entry: Entry, *, of_run: bool, of_group: bool, write: bool) -> None:
        """Open the page of an attempt's run or commit; ``write`` opens the line for a note on it."""

    def filtered(self) -> tuple[Entries, str]:
        """The attempts that the list's filter lets through, and the filter; its text is empty without one."""

    def list_only(self, entries: Sequence[Entry], why: str) -> None:
        """Back to the list, with these attempts alone."""
