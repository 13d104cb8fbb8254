"""Picking a file of the diff, or another attempt to compare with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.text import one_line
from reviewer.tui.review.attempt import AttemptScreen
from reviewer.tui.views import DIFF
from reviewer.tui.widgets.pick_pane import PickItem, PickPane

if TYPE_CHECKING:
    from textual import events

    from reviewer.project.entries import Entry
    from reviewer.project.references import Review
    from reviewer.tui.shell import Shell

PICKING_KEYS = [
    Binding("o", "file_by_name", "file by name", show=False, id="review.file_by_name", priority=True),
    Binding("O", "files", "list of files", show=False, id="review.files"),
    Binding("V", "viewed", "file viewed", show=False, id="review.viewed"),
    Binding(
        "equals_sign", "compare", "compare", key_display="=", show=False, id="review.compare", priority=True
    ),
]

HUMAN = -1
"""The choice that brings the human commit back to the left side."""


class Picking(AttemptScreen):
    """A list in place of the diff, with or without a line to type in."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        self.against: Entry | None = None
        """The attempt that stands in the place of the human commit."""
        self._others: list[Entry] = []

    def show_compared(self, review: Review) -> None:
        """Show a review against another attempt."""
        raise NotImplementedError

    # The list ------------------------------------------------------------------------------------

    def action_file_by_name(self) -> None:
        """Open a file of the diff by part of its name; ``:73`` goes to line 73 of the patch file."""
        self._show_files()
        self.ask(
            "", "part of a file's name, or :73 for line 73 of the patch", self._take_file, self.picker.narrow
        )

    def action_files(self) -> None:
        """The list of files: lines added and removed, whose they are, which were viewed."""
        self._show_files()
        self.say(
            f"lines of the {self.diff.model.content.left}'s, of the agent's, whose · enter opens, V viewed, q back"
        )
        self.picker.focus()
        self.call_after_refresh(self.show_keys)

    def _show_files(self) -> None:
        self.set_view(DIFF)
        self.picker.show(self._files(), self.diff.current_file)
        self.open_picker()

    def _files(self) -> list[PickItem]:
        choices = []
        for index, file in enumerate(self.diff.model.content.files):
            found = self.diff.model.drawn.counts_of(index)
            presence = (
                "artefact" if file.artefact else file.presence.replace("human", self.diff.model.content.left)
            )
            mine = f"+{found.human_added} −{found.human_removed}" if file.human is not None else "–"
            other = f"+{found.agent_added} −{found.agent_removed}" if file.agent is not None else "–"
            numbers = f"{mine:>12} {other:>12}"
            told = ((numbers, "dim"), (f"  {one_line(presence):<12}", "dim" if file.artefact else "accent"))
            viewed = index in self.diff.model.viewed
            before = (f"{self.signs['viewed']} " if viewed else "  ", "pass")
            choices.append(PickItem(index, file.path, told, before))
        return choices

    def _take_file(self, typed: str) -> None:
        if typed.startswith(":") and typed[1:].strip().isdigit():
            number = int(typed[1:])
            if not self.diff.jump_to_patch_line(number):
                self.say(f"the patch has no line {number} that changes a file", "warn")
        elif self.picker.picked is not None:
            self.diff.go_to_file(self.picker.picked)

    def on_pick_pane_item_picked(self, event: PickPane.ItemPicked) -> None:
        """The list had the focus, and one was picked."""
        self.close_picker()
        self.diff.go_to_file(event.value)

    def on_pick_pane_dismissed(self) -> None:
        """Nothing was picked."""
        self.close_picker()

    def on_pick_pane_viewed(self, event: PickPane.Viewed) -> None:
        """Mark a file of the list."""
        self.diff.toggle_viewed(event.value)
        self.picker.update(self._files())

    def action_viewed(self) -> None:
        """Mark the file under the cursor as viewed, or take the mark away."""
        file = self.diff.current_file
        if file is None:
            return
        viewed, files = self.diff.toggle_viewed(file), len(self.diff.model.files)
        unread = files - len(self.diff.model.viewed)
        self.say(f"viewed; {unread} of {files} files left" if viewed else "not viewed")

    def open_picker(self) -> None:
        """The list takes the place of the diff."""
        self.picking = True
        self.picker.display = True
        self.diff.display = False
        self.arrange_panes()

    def close_picker(self) -> None:
        """The diff comes back."""
        self.picking = False
        self.picker.display = False
        self.diff.display = self.view == DIFF
        self.to_main()

    def line_closed(self) -> None:
        """The list that the line narrowed closes with it."""
        if self.picking:
            self.picking = False
            self.picker.display = False
            self.diff.display = self.view == DIFF
        super().line_closed()

    def key_pressed(self, event: events.Key) -> None:
        """While the line is open, the arrows move in the list above it."""
        if self.picking and self.typing and event.key in ("down", "up", "pagedown", "pageup"):
            event.stop()
            event.prevent_default()
            step = 1 if "down" in event.key else -1
            (self.picker.action_page if "page" in event.key else self.picker.action_move)(step)

    # Another attempt at the left -------------------------------------------------------------------

    def action_compare(self) -> None:
        """Compare with another attempt at this commit, or with the human commit again."""
        entry = self.entry
        self._others = [
            other
            for other in self.project.entries
            if other != entry
            and other.commit_hash == entry.commit_hash
            and entry.commit_hash
            and other.attempt.patch_bytes
        ]
        if not self._others:
            self.say("No other attempt at this commit left a patch.")
            return
        self.set_view(DIFF)
        choices = [PickItem(HUMAN, "the human commit")] if self.against is not None else []
        self.picker.show([*choices, *(self._attempt(i) for i in range(len(self._others)))])
        self.open_picker()
        self.ask("", "compare with: part of an attempt's name", self._take_attempt, self.picker.narrow)

    def _attempt(self, index: int) -> PickItem:
        other = self._others[index]
        size = f"{(other.attempt.patch_bytes or 0) / 1000:>8.1f} kB"
        who = "" if self.shell.hides(other) else " ".join(filter(None, (other.attempt.agent, other.model)))
        told = ((size, "dim"), (f"  {one_line(who):<24}", "dim"))
        return PickItem(index, self.shell.name_of(other, full=True), told)

    def _take_attempt(self, typed: str) -> None:
        picked = self.picker.picked
        if picked is None:
            self.say(f"no attempt at this commit has {typed!r} in its name", "warn")
        elif picked == HUMAN:
            self.against = None
            self.show(self.entry)
            self.say("compared with the human commit again")
        else:
            self.against = self._others[picked]
            work = partial(self._compare, self.entry, self.against)
            self.run_worker(work, thread=True, group="load", exit_on_error=False)

    def _compare(self, entry: Entry, against: Entry) -> None:
        review = self.project.references.review(entry, against)
        self.app.call_from_thread(self._compared, entry, against, review)

    def _compared(self, entry: Entry, against: Entry, review: Review) -> None:
        if entry == self.entry and against == self.against:
            self.show_compared(review)
