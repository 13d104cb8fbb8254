"""Prose about commits, runs and sections of the report: ``<verdicts>/<annotator>/+notes.<writer>.toml``.

Notes are appended as decisions are (:mod:`reviewer.verdicts.store`). The newest note of an annotator on a
subject is in force; the earlier ones stay in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.model import COMPLEXITIES, Complexity, Note

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
    return next((name for name in COMPLEXITIES if name == words[0]), None)


def refused(subject: str, text: str) -> str:
    """Why a text cannot be a note on a subject; empty where it can."""
    if text and is_complexity(subject) and noted_complexity(text) is None:
        return f"begin with {' or '.join(COMPLEXITIES)}; the reasons come after it"
    return ""


def all_about_commit(hash_: str) -> set[str]:
    """Every subject that is about a commit."""
    return {about_commit(hash_, field) for field in COMMIT_FIELDS}


def about_run(run: str) -> str:
    """The subject of notes on a run, by its id."""
    return f"run:{run}"


def about_section(name: str) -> str:
    """The subject of prose for a section of the report."""
    return f"section:{name}"


def in_force(notes: Iterable[Note], subject: str) -> tuple[Note, ...]:
    """Each annotator's newest note on a subject, by annotator; one with an empty text takes back the others."""
    newest = {note.annotator: note for note in notes if note.subject == subject}
    return tuple(newest[name] for name in sorted(newest) if newest[name].text)
