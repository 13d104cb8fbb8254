"""Writing a note on a commit or a run."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from reviewer.model import short_commit
from reviewer.project.entries import Entry
from reviewer.project.notes import COMMIT_FIELDS, about_commit, about_run, refused
from reviewer.text import one_line
from reviewer.tui.shell import Shell
from reviewer.verdicts.store import NotSaved


class Ask(Protocol):
    """Opens the line to type in: value, placeholder, what takes the text."""

    def __call__(
        self, value: str, placeholder: str, take: Callable[[str], None], /, *, prose: bool = ...
    ) -> None:
        """Ask."""


class NoteSubject(NamedTuple):
    """What a note is on: its name in the files of notes, and the one for people."""

    id: str
    name: str


def run_subject(entry: Entry) -> NoteSubject:
    """The run of an attempt."""
    return NoteSubject(about_run(entry.run_name), f"note on run {one_line(entry.run_name)}")


def commit_subject(entry: Entry, field: str = "") -> NoteSubject | None:
    """The commit of an attempt, or a field of it (of ``COMMIT_FIELDS``); ``None`` where it is not known."""
    if entry.commit_hash is None:
        return None
    commit = f"commit {one_line(short_commit(entry.commit_hash))}"
    name = f"{COMMIT_FIELDS[field]}, {commit}" if field else f"note on {commit}"
    return NoteSubject(about_commit(entry.commit_hash, field), name)


class NoteEditor:
    """Lets the annotator write the note on a subject; the report and ``reviewer note`` read it.

    ``ask`` opens the line to type in, ``saved`` is called once a note is on disk.
    """

    def __init__(self, shell: Shell, ask: Ask, saved: Callable[[], None]) -> None:
        self._shell = shell
        self._ask = ask
        self._saved = saved

    def edit(self, subject: NoteSubject | None) -> None:
        """Open the line with the annotator's note in force; says so where there is no subject."""
        if subject is None:
            self._shell.say("no note: which commit this attempt was about is not known", "warn")
            return
        help_ = f"{subject.name}: enter keeps it, empty takes it back, esc leaves it"
        own = self._shell.project.notes.own(subject.id)
        self._ask(own, help_, lambda text: self._write(subject, text), prose=True)

    def _write(self, subject: NoteSubject, text: str) -> None:
        if why := refused(subject.id, text.strip()):
            self._ask(text, why, lambda text: self._write(subject, text), prose=True)  # nothing typed is lost
            self._shell.say(f"not saved yet: {why}", "warn")
            return
        try:
            self._shell.project.notes.write(subject.id, text.strip())
        except NotSaved as error:
            self._shell.not_saved(f"note: {error}")
            return
        self._shell.say(f"saved {subject.name}" if text.strip() else f"taken back: {subject.name}", "pass")
        self._saved()
