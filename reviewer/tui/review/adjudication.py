"""Adjudication of one attempt: the raters' decisions, and the final judgement on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.project.disagreements import find_raters
from reviewer.tui.review.side_lines import Rater

if TYPE_CHECKING:
    from typing import Unpack

    from reviewer.model import Decision, Judgement, Mark
    from reviewer.project.acts import ActDetails, SaveResult
    from reviewer.project.entries import Entry
    from reviewer.project.labels import Labels


class Adjudication:
    """What differs from an own judgement: it is saved as the final one and refers to the raters' decisions."""

    def __init__(self, labels: Labels, entry: Entry) -> None:
        self._labels = labels
        self._entry = entry
        self._decisions = find_raters(labels, entry)

    def raters(self, *, named: bool) -> tuple[Rater, ...]:
        """Who has judged the attempt, oldest decision first, by name or by number."""
        return tuple(
            Rater(decision.annotator if named else f"rater {number}", decision)
            for number, decision in enumerate(self._decisions, 1)
        )

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The raters' marks."""
        return tuple(mark for decision in self._decisions for mark in decision.evidence)

    @property
    def decision(self) -> Decision | None:
        """The final judgement in force; the adjudicator's own rating is one of the raters'."""
        decision = self._entry.decision
        return decision if decision is not None and decision.action == "adjudicate" else None

    def save(self, judgement: Judgement, **details: Unpack[ActDetails]) -> SaveResult:
        """Save the final judgement."""
        refers_to = [decision.id for decision in self._decisions]
        return self._labels.adjudicate(self._entry, judgement, refers_to, **details)
