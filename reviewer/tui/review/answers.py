"""The answers of an annotator on one attempt before a judgement saves them."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from reviewer.model import Answer, Confidence, Decision, Mark, Side
from reviewer.project.acts import ActDetails
from reviewer.project.entries import Entry
from reviewer.project.project import Project

MarkKind = Literal["right", "extra", "wrong"]
MARK_KEYS: dict[str, MarkKind | None] = {"r": "right", "x": "extra", "w": "wrong", "m": None}
"""The kind of mark by its key; ``None`` takes a mark away."""
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)


class Answers(msgspec.Struct):
    """Criteria, notes, tags, confidence and marks; changed by the attempt session only."""

    criteria: dict[str, Answer] = {}
    notes: str = ""
    tags: tuple[str, ...] = ()
    confidence: Confidence | None = None
    marks: tuple[Mark, ...] = ()

    @classmethod
    def from_decision(cls, decision: Decision | None) -> Answers:
        """The answers in a draft or decision; none where there is no decision."""
        if decision is None:
            return cls()
        criteria, notes = dict(decision.criteria), decision.notes or ""
        return cls(criteria, notes, decision.tags, decision.confidence, decision.evidence)

    @property
    def empty(self) -> bool:
        """Whether nothing was filled in."""
        return self == Answers()

    def details(self) -> ActDetails:
        """The answers as keywords of an act."""
        return {
            "criteria": dict(self.criteria),
            "notes": self.notes or None,
            "tags": self.tags,
            "confidence": self.confidence,
            "evidence": self.marks,
        }

    def answer(self, criterion: str, answer: Answer | None) -> None:
        """Answer a criterion, or take its answer away."""
        if answer is None:
            self.criteria.pop(criterion, None)
        else:
            self.criteria[criterion] = answer

    def toggle_tag(self, tag: str, order: tuple[str, ...]) -> None:
        """Put a tag on or take it off; tags stay in the rubric's order."""
        chosen = set(self.tags) ^ {tag}
        known = tuple(name for name in order if name in chosen)
        self.tags = known + tuple(name for name in self.tags if name in chosen and name not in order)

    def change_confidence(self, step: int) -> None:
        """One level of confidence up or down; the first step goes to that end of the scale."""
        if self.confidence is None:
            self.confidence = CONFIDENCES[-1 if step > 0 else 0]
        else:
            index = CONFIDENCES.index(self.confidence) + step
            self.confidence = CONFIDENCES[max(0, min(index, len(CONFIDENCES) - 1))]

    def mark(self, side: Side, file: str, line: int, kind: MarkKind | None) -> None:
        """Mark a line (from 1) of a file, replacing an earlier mark there; ``None`` removes that."""
        others = tuple(m for m in self.marks if (m.side, m.file, m.line) != (side, file, line))
        self.marks = others if kind is None else (*others, Mark(side=side, file=file, line=line, mark=kind))


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
