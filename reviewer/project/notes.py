"""Prose about commits, runs and sections of the report: ``<verdicts>/<annotator>/+notes.<writer>.toml``.

Notes are appended as decisions are (:mod:`reviewer.verdicts.store`). The newest note of an annotator on a
subject is in force; the earlier ones stay in the file.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, get_args

import msgspec

from reviewer import __version__
from reviewer.config import Workspace, state_folder
from reviewer.model import Complexity, Note
from reviewer.project.attempt_keys import origin_of
from reviewer.project.note_sections import SECTIONS
from reviewer.project.table import AttemptTable
from reviewer.verdicts.blocks import NOTE
from reviewer.verdicts.names import storable
from reviewer.verdicts.reading import read_notes
from reviewer.verdicts.store import NotSaved, Store, writer_id

COMMIT_FIELDS = {
    "summary": "what the human did",
    "finding": "key finding",
    "complexity": "simple or complex",
    "": "notes",
}
"""Fields of notes about a commit with their names on the screen; ``""`` is everything else."""


def about_commit(hash_: str, field: str = "") -> str:
    """The subject of notes on a commit, or of one of :data:`COMMIT_FIELDS` of it; ``hash_`` in full."""
    return f"commit:{hash_}#{field}" if field else f"commit:{hash_}"


def is_complexity(subject: str) -> bool:
    """Whether a subject is what a commit's change is called, simple or complex."""
    return subject.startswith("commit:") and subject.endswith("#complexity")


def noted_complexity(text: str) -> Complexity | None:
    """The first word of a note on a commit's complexity, which names it; reasons come after it."""
    words = re.split(r"\W", text.strip().lower(), maxsplit=1)
    return next((name for name in get_args(Complexity) if name == words[0]), None)


def refused(subject: str, text: str) -> str:
    """Why a text cannot be a note on a subject; empty where it can."""
    if text and is_complexity(subject) and noted_complexity(text) is None:
        return f"begin with {' or '.join(get_args(Complexity))}; the reasons come after it"
    return ""


def all_about_commit(hash_: str) -> set[str]:
    """Every subject that is about a commit."""
    return {about_commit(hash_, field) for field in COMMIT_FIELDS}


def about_run(run: str) -> str:
    """The subject of notes on a run, by its name in this session; files have its id."""
    return f"run:{run}"


def about_section(name: str) -> str:
    """The subject of prose for a section of the report."""
    return f"section:{name}"


def in_force(notes: Iterable[Note], subject: str) -> tuple[Note, ...]:
    """Each annotator's newest note on a subject, by annotator; one with an empty text takes back the others."""
    newest = {note.annotator: note for note in notes if note.subject == subject}
    return tuple(newest[name] for name in sorted(newest) if newest[name].text)


class _InFiles(NamedTuple):
    """How files name a subject of this session, and hashes of where that lies."""

    subject: str
    origins: frozenset[str]


class Notes:
    """Notes of all annotators on subjects (``commit:<hash>``, ``run:<id>``, ``section:<name>``).

    Runs of one id that are open together are told apart by where they lie. In the folder of all runs outside projects each
    is, and so are sections: prose is for a report on all that was open, or on some of it.
    """

    def __init__(self, space: Workspace, table: AttemptTable) -> None:
        self._space = space
        self._named = {
            about_run(prefix + run): _InFiles(
                about_run(run), frozenset({origin_of(str(space.roots[root]), run)})
            )
            for prefix, run, root in table.all("SELECT DISTINCT prefix, run, root FROM attempt")
        }
        opened = frozenset(origin_of(str(root)) for root in space.roots)
        self._named |= {about_section(name): _InFiles(about_section(name), opened) for name in SECTIONS}
        notes, self.damaged = read_notes(space.verdicts)
        self._notes = tuple(bound for note in notes for bound in self._bound(note))
        self.elsewhere = tuple(note for note in notes if not any(self._bound(note)))
        """Those on runs and sections of the same names that lie elsewhere."""

    def _bound(self, note: Note) -> Iterator[Note]:
        """A note under each subject of this session that it may be on."""
        named = {name: kept for name, kept in self._named.items() if storable(kept.subject) == note.subject}
        if not named:
            yield note
        for name, kept in named.items():
            if note.origin is None or not kept.origins.isdisjoint(note.origin.split()):
                yield msgspec.structs.replace(note, subject=storable(name))

    def about(self, subject: str) -> tuple[Note, ...]:
        """Every annotator's note in force on a subject, by annotator; ``edited`` ones are marked so."""
        return in_force(self._notes, storable(subject))

    def own(self, subject: str) -> str:
        """The annotator's own note in force, empty where there is none."""
        own = storable(self._space.annotator)
        return next((note.text for note in self.about(subject) if note.annotator == own), "")

    def subjects(self) -> list[str]:
        """All subjects that have a note in force, in alphabetical order."""
        return sorted({note.subject for note in self._notes if self.about(note.subject)})

    def complexities(self) -> dict[str, Complexity]:
        """Simple or complex, by the commit's full hash, where those who wrote about it agree."""
        notes = [note for note in self._notes if is_complexity(note.subject)]
        found: dict[str, Complexity] = {}
        for subject in {note.subject for note in notes}:
            names = {name for note in in_force(notes, subject) if (name := noted_complexity(note.text))}
            if len(names) == 1:
                found[subject.removeprefix("commit:").partition("#")[0]] = names.pop()
        return found

    @cached_property
    def _store(self) -> Store[Note]:
        """The annotator's own files; opened with the first note, since that leaves a trace of this machine."""
        return Store(NOTE, self._space.verdicts, self._space.annotator, writer=writer_id(state_folder()))

    def write(self, subject: str, text: str) -> None:
        """Save a note of the annotator's: it is on disk then. Raises :class:`NotSaved`.

        A text that is in force already is not written again; an empty one takes back the note in force.
        """
        if text == self.own(subject):
            return
        if why := refused(subject, text):
            raise NotSaved(why)
        kept = self._named.get(subject)
        note = Note(subject=storable(kept.subject if kept else subject), text=text, program=__version__)
        if kept is not None and (self._space.shares_verdicts or kept.subject != subject):
            note = msgspec.structs.replace(note, origin=" ".join(sorted(kept.origins)))
        self._notes = (
            *self._notes,
            *(bound for saved in self._store.append(note) for bound in self._bound(saved)),
        )
