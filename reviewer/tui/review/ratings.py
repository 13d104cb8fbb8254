"""The two kinds of judgement: an annotator's own, and the final one on what several raters decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import Unpack

    from reviewer.model import Decision, Judgement
    from reviewer.project.acts import ActDetails, SaveResult
    from reviewer.project.entries import Entry
    from reviewer.project.labels import Labels


class Rating(Protocol):
    """A kind of judgement: how it is saved and which decisions it builds on."""

    decisions: tuple[Decision, ...]
    """The raters' decisions to be adjudicated, oldest first; none for an own judgement."""

    def decision(self, entry: Entry) -> Decision | None:
        """The annotator's decision of this kind that is in force."""

    def save(self, entry: Entry, judgement: Judgement, **details: Unpack[ActDetails]) -> SaveResult:
        """Save a judgement of this kind."""


class OwnRating:
    """An annotator's own judgement of an attempt."""

    decisions: tuple[Decision, ...] = ()

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def decision(self, entry: Entry) -> Decision | None:
        """The annotator's decision in force."""
        return entry.decision

    def save(self, entry: Entry, judgement: Judgement, **details: Unpack[ActDetails]) -> SaveResult:
        """Save a judgement."""
        return self._labels.judge(entry, judgement, **details)


class Adjudication:
    """The final judgement of an attempt; it refers to the raters' decisions."""

    def __init__(self, labels: Labels, decisions: tuple[Decision, ...]) -> None:
        self._labels = labels
        self.decisions = decisions

    def decision(self, entry: Entry) -> Decision | None:
        """The final judgement in force; the adjudicator's own rating stands beside the others."""
        decision = entry.decision
        return decision if decision is not None and decision.action == "adjudicate" else None

    def save(self, entry: Entry, judgement: Judgement, **details: Unpack[ActDetails]) -> SaveResult:
        """Save the final judgement."""
        return self._labels.adjudicate(entry, judgement, [d.id for d in self.decisions], **details)
