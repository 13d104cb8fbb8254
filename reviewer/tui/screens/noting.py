"""Writing a note on the commit of the attempt on the screen."""

from __future__ import annotations

from textual.binding import Binding

from reviewer.tui.screens.attempt import AttemptScreen

NOTING_KEYS = [
    Binding("E", "commit_note", "note on the commit", show=False, key_display="E", id="review.commit_note", priority=True),
]  # fmt: skip


class Noting(AttemptScreen):
    """Keeps what an annotator says of a commit; the report and ``reviewer note`` read it."""

    def action_commit_note(self) -> None:
        """Write the annotator's note on this commit, beginning with the one in force."""
        from reviewer.verdicts.notes import about_commit

        if self.entry.commit_hash is None:
            self.say("no note: which commit this attempt was about is not known", "warn")
            return
        subject = about_commit(self.entry.commit_hash)
        told = (
            f"note on commit {self.entry.commit_hash[:8]}: enter keeps it, empty takes it back, esc leaves it"
        )
        self.ask(self.project.notes.own(subject), told, lambda text: self._keep_note(subject, text))

    def _keep_note(self, subject: str, text: str) -> None:
        reason = self.project.notes.write(subject, text.strip())
        if reason:
            self.reviewer.not_saved(f"note: {reason}")
        else:
            self.say(f"saved note on {subject}" if text.strip() else f"note on {subject} taken back", "pass")
