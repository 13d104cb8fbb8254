"""Drafts of the annotator: what is filled in for an attempt and not yet judged."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Unpack

from reviewer.model import Decision
from reviewer.project.acts import ActDetails
from reviewer.project.entries import Entry
from reviewer.project.records import record_act
from reviewer.verdicts import drafts
from reviewer.verdicts.rubric import Rubric
from reviewer.verdicts.store import NotSaved


class Drafts:
    """One draft an attempt, on disk until the judgement. ``folder`` is the verdicts folder."""

    def __init__(self, folder: Path, annotator: str, rubric: Rubric) -> None:
        self._folder = folder
        self._annotator = annotator
        self._rubric = rubric

    def load(self, entry: Entry) -> Decision:
        """The draft of an attempt; one without content where there is none.

        A draft that was saved before the judgement in force is part of that, and is none.
        """
        draft = drafts.load(self._folder, self._annotator, entry.attempt.id)
        if draft is None or draft.refers_to != _judged(entry):
            return Decision(attempt=entry.attempt.id)
        return draft

    def save(self, entry: Entry, **details: Unpack[ActDetails]) -> str:
        """Keep what is filled in on disk; the reason where that failed, else empty.

        Without criteria, notes, tags, confidence, marks and looks (``saw``) the draft is removed.
        """
        draft = record_act(entry, "judge", details, self._rubric, refers_to=_judged(entry))
        try:
            if any((draft.criteria, draft.notes, draft.tags, draft.confidence, draft.evidence, draft.saw)):
                drafts.save(self._folder, self._annotator, draft)
            else:
                drafts.clear(self._folder, self._annotator, entry.attempt.id)
        except NotSaved as error:
            return str(error)
        return ""

    def remove(self, entry: Entry) -> None:
        """Remove the draft after the judgement, which holds its content now."""
        with contextlib.suppress(NotSaved):
            drafts.clear(self._folder, self._annotator, entry.attempt.id)


def _judged(entry: Entry) -> tuple[str, ...]:
    """The id of the judgement in force, which a draft refers to."""
    return (entry.decision.id,) if entry.decision is not None else ()
