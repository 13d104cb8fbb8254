"""Notes on commits, runs and sections of the report: read once, written as they come."""

from __future__ import annotations

from reviewer import __version__
from reviewer.config import Workspace, state_folder
from reviewer.model import Complexity, Note
from reviewer.verdicts.blocks import NOTE
from reviewer.verdicts.names import storable
from reviewer.verdicts.notes import in_force, is_complexity, noted_complexity, refused
from reviewer.verdicts.reading import read_notes
from reviewer.verdicts.store import NotSaved, Store, writer_id


class Notes:
    """Notes of all annotators on subjects (``commit:<hash>``, ``run:<id>``, ``section:<name>``)."""

    def __init__(self, space: Workspace) -> None:
        self._space = space
        self._store: Store[Note] | None = None
        self._notes, self.damaged = read_notes(space.verdicts)

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

    def write(self, subject: str, text: str) -> None:
        """Save a note of the annotator's: it is on disk then. Raises :class:`NotSaved`.

        A text that is in force already is not written again; an empty one takes back the note in force.
        """
        if text == self.own(subject):
            return
        if why := refused(subject, text):
            raise NotSaved(why)
        if self._store is None:
            self._store = Store(
                NOTE, self._space.verdicts, self._space.annotator, writer=writer_id(state_folder())
            )
        saved = self._store.append(Note(subject=storable(subject), text=text, program=__version__))
        self._notes = (*self._notes, *saved)
