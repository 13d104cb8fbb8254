"""Judgements of several people on the same attempt, and the attempts on which they differ."""

from __future__ import annotations

from reviewer.model import Decision
from reviewer.project.entries import Entry
from reviewer.project.labels import Labels
from reviewer.verdicts.gold import by_attempt, disagree
from reviewer.verdicts.state import deciding, in_force


def find_raters(labels: Labels, entry: Entry) -> tuple[Decision, ...]:
    """Each person's own judgement of an attempt in force, oldest first; adjudications left out."""
    attempt = entry.attempt.id
    judgements = in_force(labels.history(entry), {"judge"}).values()
    return tuple(by_attempt(judgements, labels.stale(), labels.rubric).get(attempt, ()))


def find_disagreements(labels: Labels) -> dict[str, tuple[Decision, ...]]:
    """The attempts to be adjudicated with their judgements: people differ, and nobody has decided.

    By attempt id, in the order of the entries, copies left out; each attempt's judgements oldest first.
    """
    judgements = by_attempt(deciding(labels.bound()), labels.stale(), labels.rubric)
    return {
        attempt: tuple(decisions)
        for attempt, entry in labels.by_id.items()
        if entry.copy_of is None
        and (decisions := judgements.get(attempt))
        and all(decision.action == "judge" for decision in decisions)
        and disagree(decisions)
    }
