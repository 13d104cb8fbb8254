"""The page of a commit or a run, opened from the list: the view's lines in a screen of their own."""

from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from reviewer.model import short_commit
from reviewer.project.entries import Entry
from reviewer.text import one_line
from reviewer.tui.note_editor import NoteEditor, commit_subject, run_subject
from reviewer.tui.screens.text_screen import TextScreen
from reviewer.tui.shell import Shell
from reviewer.tui.views import commit, run
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.text_pane import TextPane

SETTLED = 0.3
"""Seconds after which results of checks that came in together are shown."""


class PageScreen(TextScreen):
    """What is known of the commit, or the run, of one attempt; ``enter`` opens an attempt."""

    HELP_TITLE = "Page: a commit or a run, and the attempts at it"
    GUIDE = "reports"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "review", id="page.open"),
        Binding("E", "note", "note", key_display="E", id="page.note", priority=True),
        Binding("p", "other", "commit or run", id="page.other"),
        Binding("slash", "search", "search", key_display="/", id="page.search", priority=True),
        Binding("n", "find(1)", "next found", show=False, id="page.next_found"),
        Binding("N", "find(-1)", "previous found", show=False, id="page.previous_found"),
        Binding("full_stop", "heading(1)", "next heading", show=False, id="page.heading"),
        Binding("comma", "heading(-1)", "previous heading", show=False, id="page.heading_back"),
        Binding("r", "read_again", "read again", show=False, id="page.read_again"),
        Binding("escape,q", "back", "back", key_display="q", id="page.back"),
    ]

    def __init__(
        self, shell: Shell, entry: Entry, *, of_run: bool, of_group: bool = False, write: bool = False
    ) -> None:
        super().__init__(shell)
        self.entry = entry
        self.of_run = of_run
        self.text.on_move = self.show_message
        self._notes = NoteEditor(shell, self.ask, self._read_again)
        self._of_group = of_group  # and not of one attempt, whose run or commit would be clear
        self._write = write
        self._waiting: Timer | None = None

    def on_mount(self) -> None:
        """The page; with the line for a note open where that was asked for."""
        self._turn_to(of_run=self.of_run)
        if self._write:
            self.action_note()

    def _turn_to(self, *, of_run: bool) -> None:
        self.of_run = of_run
        self.show_bars()
        self.text.show([Styled("reading …", "dim")])
        self._read(None)

    def show_bars(self) -> None:
        """The commit or run of the page."""
        hash_ = self.entry.commit_hash
        commit = one_line(short_commit(hash_)) if hash_ else "not known"
        title = f"run {one_line(self.entry.run_name)}" if self.of_run else f"commit {commit}"
        subject = "" if self.of_run else one_line(self.entry.subject or "")
        self.header.show([(f" {title}  ", self.palette["strong"]), (subject, self.palette["dim"])])

    def details(self) -> list[Piece]:
        """What there is no room for on the line under the cursor."""
        beyond = self.text.beyond
        return [(f" {beyond}", self.palette["dim"])] if beyond else []

    def _read(self, at: int | None) -> None:
        page = run.page if self.of_run else commit.page
        self.text.load(partial(page, self.project, self.entry, beside=False), at=at)

    def _read_again(self) -> None:
        """Read the page again, the cursor staying in its line."""
        self._waiting = None
        self._read(self.text.cursor)

    def entry_changed(self, entry: Entry) -> None:
        """Checks have come in; the page waits until no more do for a moment."""
        own, other = self.entry.attempt, entry.attempt
        same_run = (own.root, own.run) == (other.root, other.run)
        same_commit = self.entry.commit_hash == entry.commit_hash
        if (same_run if self.of_run else same_commit) and self._waiting is None:
            self._waiting = self.set_timer(SETTLED, self._read_again)

    def on_screen_resume(self) -> None:
        """Back from an attempt: what was decided there is shown."""
        if self.text.count > 1:
            self._read_again()

    def action_note(self) -> None:
        """Write the note on the run that the page is of, or on that part of the commit which the cursor is in."""
        if self.of_run:
            self._notes.edit(run_subject(self.entry))
        else:
            field = commit.field_at(self.text.content, self.text.cursor)
            self._notes.edit(commit_subject(self.entry, field))

    def action_open(self) -> None:
        """Review the attempt under the cursor; the others of the page come after it."""
        if not self.text.open_here():
            self.say("enter on an attempt's line opens it; . goes to the next heading")

    def on_text_pane_link_opened(self, event: TextPane.LinkOpened) -> None:
        """The page's attempts are the queue, unless one is worked through."""
        event.stop()
        if self.project.session is None:
            targets = (self.text.content[index].target for index in range(self.text.count))
            self.project.set_queue([target for target in targets if target is not None])
        self.shell.review(event.target)

    def action_other(self) -> None:
        """From the commit to the run of the attempt under the cursor, and the other way round."""
        under = self.text.target
        if under is None and self._of_group:
            what = "commit" if self.of_run else "run"
            self.say(f"Put the cursor on an attempt: which {what} is not clear here.")
            return
        self.entry, self._of_group = under or self.entry, False
        self._turn_to(of_run=not self.of_run)

    def action_read_again(self) -> None:
        """Make the page again."""
        self._read_again()
        self.say("read again")
