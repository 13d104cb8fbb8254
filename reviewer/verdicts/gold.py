"""Gold labels: what people agree on, computed from their decisions (DESIGN.md §2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from reviewer.model import Decision, Gold, Strength
from reviewer.verdicts.rubric import DEFAULT


def gold(decisions_in_force: Iterable[Decision], stale: Collection[str] = ()) -> dict[str, Gold]:
    """The gold label of every attempt that has one.

    ``stale`` holds the ids of decisions that were made on another patch. Adjudications come first,
    then what all annotators say. ``unsure`` is never gold, and a disagreement beside another
    judgement; adjudicators who disagree give none either.
    """
    by_attempt: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions_in_force:
        if _counts(decision) and decision.id not in stale:
            by_attempt[decision.attempt].append(decision)
    labels = (_label(attempt, decisions) for attempt, decisions in by_attempt.items())
    return {label.attempt: label for label in labels if label is not None}


def _counts(decision: Decision) -> bool:
    return (
        decision.kind == "human"
        and decision.action in ("judge", "adjudicate")
        and decision.source != "rule"
        and not decision.edited
        and decision.rubric == DEFAULT.version
        and decision.judgement is not None
        and decision.verdict is not None
    )


def _label(attempt: str, decisions: list[Decision]) -> Gold | None:
    adjudicated = [decision for decision in decisions if decision.action == "adjudicate"]
    deciding = sorted(adjudicated or decisions, key=lambda decision: decision.id)
    judgement, verdict = deciding[-1].judgement, deciding[-1].verdict
    if judgement is None or verdict is None or judgement == "unsure":
        return None
    if any(decision.judgement != judgement for decision in deciding):
        return None
    strength: Strength = "adjudicated" if adjudicated else "agreed" if len(deciding) > 1 else "single"
    return Gold(
        attempt=attempt,
        judgement=judgement,
        verdict=verdict,
        strength=strength,
        decisions=tuple(decision.id for decision in deciding),
    )
