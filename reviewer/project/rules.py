"""Labels that a written rule gives to many attempts in one act."""

from collections.abc import Iterable

from reviewer.check_values import PatchValue
from reviewer.model import Analysis
from reviewer.project.acts import ByRule
from reviewer.project.entries import Entry

NEVER_ACTED = "infrastructure"
"""Tag of an attempt that the harness ended before the agent took a step."""
_WITHOUT_PATCH = ("missing", "empty", "artefacts")
"""Kinds of a failing ``patch`` where there is nothing to look at; one of comments alone a person may read."""


def without_patch(entries: Iterable[Entry]) -> list[ByRule]:
    """Attempts that are ``nothing`` because there is no patch, in the order given.

    For :meth:`~reviewer.project.labels.Labels.accept_by_rule`. Left out: what is judged already (also on another patch, or under another rubric), flagged for
    discussion, malformed, a copy, or not checked yet.
    """
    found = []
    for entry in entries:
        analysis, attempt = entry.analysis, entry.attempt
        if analysis is None or attempt.malformed is not None or entry.copy_of is not None:
            continue
        if entry.decision is not None or entry.flagged:
            continue
        why = _no_patch(analysis)
        if why is not None:
            tags = (NEVER_ACTED,) if _never_acted(analysis) else ()
            found.append(ByRule(entry, "nothing", f"by rule: {why}", tags))
    return found


def _no_patch(analysis: Analysis) -> str | None:
    """The summary of the ``patch`` check where there is no patch, else ``None``."""
    patch = analysis.check("patch")
    if patch is None or patch.outcome != "fail" or not isinstance(patch.value, PatchValue):
        return None
    return patch.summary if patch.value.kind in _WITHOUT_PATCH else None


def _never_acted(analysis: Analysis) -> bool:
    """Whether no step was taken; where steps are not known, whether it died."""
    steps = analysis.facts.steps
    if steps is not None:
        return steps == 0
    execution = analysis.check("execution")
    return execution is not None and execution.outcome == "fail"
