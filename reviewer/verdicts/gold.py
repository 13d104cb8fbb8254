"""Gold labels: what people agree on, computed from their decisions."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from reviewer.model import Decision, Gold, Strength
from reviewer.verdicts.rubric import DEFAULT, Rubric


def gold(
    decisions_in_force: Iterable[Decision], stale: Collection[str] = (), rubric: Rubric = DEFAULT
) -> dict[str, Gold]:
    """The gold label of every attempt that has one.

    ``stale`` holds the ids of decisions that were made on another patch. Adjudications come first,
    then what all annotators say. ``unsure`` is never gold, and a disagreement beside another
    judgement; adjudicators who disagree give none either. A judgement copied to a twin by its
    annotator is theirs and counts; a rule's does not.
    """
    labels = (
        _label(attempt, decisions)
        for attempt, decisions in by_attempt(decisions_in_force, stale, rubric).items()
    )
    return {label.attempt: label for label in labels if label is not None}


def by_attempt(
    decisions_in_force: Iterable[Decision], stale: Collection[str] = (), rubric: Rubric = DEFAULT
) -> dict[str, list[Decision]]:
    """The decisions that gold is made of, by attempt, oldest first."""
    found: dict[str, list[Decision]] = defaultdict(list)
    for decision in sorted(decisions_in_force, key=lambda decision: decision.id):
        if counts(decision, rubric) and decision.id not in stale:
            found[decision.attempt].append(decision)
    return found


def counts(decision: Decision, rubric: Rubric) -> bool:
    """Whether a decision can be part of gold: a person's own, whole, under the rubric in use."""
    return (
        decision.kind == "human"
        and decision.action in ("judge", "adjudicate")
        and decision.source != "rule"
        and not decision.edited
        and rubric.made_under(decision)
        and decision.judgement is not None
        and decision.verdict is not None
    )


def disagree(decisions: Iterable[Decision]) -> bool:
    """Whether judgements of one attempt differ; ``unsure`` beside another judgement does."""
    return len({decision.judgement for decision in decisions}) > 1


def _label(attempt: str, decisions: list[Decision]) -> Gold | None:
    adjudicated = [decision for decision in decisions if decision.action == "adjudicate"]
    deciding = adjudicated or decisions
    judgement, verdict = deciding[-1].judgement, deciding[-1].verdict
    if judgement is None or verdict is None or verdict == "unsure" or disagree(deciding):
        return None
    strength: Strength = "adjudicated" if adjudicated else "agreed" if len(deciding) > 1 else "single"
    return Gold(
        attempt=attempt,
        judgement=judgement,
        verdict=verdict,
        strength=strength,
        decisions=tuple(decision.id for decision in deciding),
    )
