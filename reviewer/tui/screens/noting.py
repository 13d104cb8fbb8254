"""Writing a note on a commit or a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding

from reviewer.text import one_line
from reviewer.tui.screens.asking import Asking

if TYPE_CHECKING:
    from reviewer.project.entries import Entry

NOTING_KEYS = [
    Binding("E", "note", "note on commit (or run, in its view)", show=False, key_display="E", id="review.commit_note", priority=True),
]  # fmt: skip


class Subject(NamedTuple):
    """What a note is on: its name in the files of notes, and the one for people."""

    id: str
    name: str


class Noting(Asking):
    """Keeps what an annotator says of a commit or a run; the report and ``reviewer note`` read it."""

    def note_subject(self) -> Subject | None:
        """What a note would be on now; ``None`` where that was said to be impossible."""
        raise NotImplementedError

    def note_kept(self) -> None:
        """A note is on disk: whatever shows it shows it now."""

    def subject_of(self, entry: Entry, *, of_run: bool, field: str = "") -> Subject | None:
        """The run of an attempt, or a field of its commit; says so where the commit is not known."""
        from reviewer.verdicts.notes import COMMIT_FIELDS, about_commit, about_run

        if of_run:
            return Subject(about_run(entry.attempt.run), f"note on run {one_line(entry.run_name)}")
        if entry.commit_hash is None:
            self.say("no note: which commit this attempt was about is not known", "warn")
            return None
        commit = f"commit {entry.commit_hash[:8]}"
        name = f"{COMMIT_FIELDS[field]}, {commit}" if field else f"note on {commit}"
        return Subject(about_commit(entry.commit_hash, field), name)

    def action_note(self) -> None:
        """Write the annotator's note, beginning with the one in force."""
        subject = self.note_subject()
        if subject is not None:
            told = f"{subject.name}: enter keeps it, empty takes it back, esc leaves it"
            own = self.project.notes.own(subject.id)
            self.ask(own, told, lambda text: self._keep_note(subject, text))

    def _keep_note(self, subject: Subject, text: str) -> None:
        from reviewer.verdicts.notes import refused

        if why := refused(subject.id, text.strip()):
            self.ask(text, why, lambda text: self._keep_note(subject, text))  # nothing typed is lost
            self.say(f"not saved yet: {why}", "warn")
            return
        reason = self.project.notes.write(subject.id, text.strip())
        if reason:
            self.reviewer.not_saved(f"note: {reason}")
            return
        self.say(f"saved {subject.name}" if text.strip() else f"taken back: {subject.name}", "pass")
        self.note_kept()
