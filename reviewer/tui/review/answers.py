"""The answers of an annotator on one attempt before a judgement saves them."""

from __future__ import annotations

from typing import Literal, cast, get_args

import msgspec

from reviewer.model import Answer, Confidence, Decision, Mark
from reviewer.project.acts import ActDetails
from reviewer.project.entries import Entry
from reviewer.project.project import Project

MarkKind = Literal["right", "extra", "wrong"]
MARK_KEYS: dict[str, MarkKind | None] = {"r": "right", "x": "extra", "w": "wrong", "m": None}
"""The kind of mark by its key; ``None`` takes a mark away."""
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)


class Answers(msgspec.Struct):
    """Criteria, notes, tags, confidence and marks (``evidence``), named as in an act; the attempt session changes them."""

    criteria: dict[str, Answer] = {}
    notes: str = ""
    tags: tuple[str, ...] = ()
    confidence: Confidence | None = None
    evidence: tuple[Mark, ...] = ()

    @classmethod
    def from_decision(cls, decision: Decision | None) -> Answers:
        """The answers in a draft or decision; none where there is no decision."""
        if decision is None:
            return cls()
        notes = decision.notes or ""
        return cls(dict(decision.criteria), notes, decision.tags, decision.confidence, decision.evidence)

    @property
    def empty(self) -> bool:
        """Whether nothing was filled in."""
        return self == Answers()

    def details(self) -> ActDetails:
        """The answers as keywords of an act."""
        return cast("ActDetails", msgspec.structs.asdict(self))


def keep_as_draft(project: Project, entry: Entry, undone: Decision) -> None:
    """Keep criteria and notes of a judgement that was taken back as a draft. Raises ``NotSaved``."""
    answers, saw = Answers.from_decision(undone), undone.saw if undone.blind else ()
    if undone.judgement is None or entry.decision is not None or (answers.empty and not saw):
        return
    details: ActDetails = {**answers.details(), "saw": saw}
    project.labels.save_draft(entry, **details)


def assign_letters(names: tuple[str, ...], taken: str = "jkqu") -> dict[str, str]:
    """A key for each name: the first of its own letters that is free, which is easy to remember."""
    chosen: dict[str, str] = {}
    for name in names:
        free = (c for c in (*name.lower(), *"abcdefghijklmnopqrstuvwxyz") if c.isalpha() and c.isascii())
        letter = next((c for c in free if c not in chosen and c not in taken), None)
        if letter is not None:
            chosen[letter] = name
    return chosen
