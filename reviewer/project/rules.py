"""Labels that a written rule gives to many attempts in one act."""

from collections.abc import Iterable

from reviewer.check_values import PatchValue
from reviewer.project.acts import ByRule
from reviewer.project.entries import Entry

NEVER_ACTED = "infrastructure"
"""Tag of an attempt that the harness ended before the agent took a step."""
_WITHOUT_PATCH = ("missing", "empty", "artefacts")
"""Kinds of a failing ``patch`` where there is nothing to look at; one of comments alone a person may read."""


def without_patch(entries: Iterable[Entry]) -> list[ByRule]:
    """Attempts that are ``nothing`` because there is no patch, in the order given.

    Left out: what is judged already (also on another patch, or under another rubric), flagged for discussion,
    malformed, a copy, or not checked yet.
    """
    found = []
    for entry in entries:
        if entry.attempt.malformed is not None or entry.copy_of is not None:
            continue
        if entry.decision is not None or entry.flagged:
            continue
        patch, value = entry.check("patch"), entry.value(PatchValue)
        if patch and patch.outcome == "fail" and value and value.kind in _WITHOUT_PATCH:
            tags = (NEVER_ACTED,) if _never_acted(entry) else ()
            found.append(ByRule(entry, "nothing", f"by rule: {patch.summary}", tags))
    return found


def _never_acted(entry: Entry) -> bool:
    """Whether no step was taken; where steps are not known, whether it died."""
    if entry.facts.steps is not None:
        return entry.facts.steps == 0
    execution = entry.check("execution")
    return execution is not None and execution.outcome == "fail"
