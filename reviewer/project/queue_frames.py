"""Which attempts a queue is taken from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from reviewer.model import Decision
from reviewer.project.disagreements import find_disagreements
from reviewer.project.entries import Entry
from reviewer.project.labels import Labels
from reviewer.project.queue_spec import Spec
from reviewer.verdicts.queues import QueueError

COUNTING = ("patch", "applies", "syntax", "names", "template", "provenance")
"""Checks that a suggestion follows from, and by which attempts are put worst first."""


def choose_attempts(entries: Iterable[Entry], labels: Labels, spec: Spec) -> list[Entry]:
    """The attempts of the kind that was asked for. Raises :class:`QueueError` where there is none."""
    frame = find_frame(entries, spec)
    match spec.kind:
        case "unlabelled":
            frame = [entry for entry in frame if entry.decision is None]
        case "skipped":
            frame = [entry for entry in frame if entry.skipped or entry.flagged]
        case "stale":
            frame = [entry for entry in frame if entry.stale or entry.old_rubric]
        case "old-rubric":
            frame = [entry for entry in frame if entry.old_rubric]
        case "checks-disagree":
            frame = [entry for entry in frame if contradicts_status(entry)]
        case "disagree":
            differing = _find_differing(labels.in_force().values(), labels.stale())
            frame = [entry for entry in frame if entry.attempt.id in differing]
        case "adjudication":
            undecided = find_disagreements(labels)
            frame = [entry for entry in frame if entry.attempt.id in undecided]
    if not frame:
        raise QueueError(f"queue {spec.text!r} is empty: nothing here is {spec.kind}")
    return frame


def find_frame(entries: Iterable[Entry], spec: Spec) -> list[Entry]:
    """The attempts that a queue is taken from: those of its ``of``, malformed ones and copies left out."""
    return [
        entry
        for entry in entries
        if entry.attempt.malformed is None and entry.copy_of is None and _in_frame(entry, spec)
    ]


def _in_frame(entry: Entry, spec: Spec) -> bool:
    attempt, facts = entry.attempt, entry.analysis.facts if entry.analysis else None
    non_empty = bool(attempt.patch_bytes) and not (facts is not None and facts.blank_patch)
    if spec.of == "non-empty":
        return non_empty
    if spec.of == "acted":
        return non_empty or bool(facts is not None and facts.steps)
    if spec.of == "unlabelled":
        return entry.decision is None
    return spec.of == "all" or attempt.marked == (spec.of == "marked")


def _find_differing(decisions: Iterable[Decision], stale: set[str]) -> set[str]:
    """Attempts that two or more, people or judges, judge differently."""
    judgements: defaultdict[str, set[str | None]] = defaultdict(set)
    for decision in decisions:
        if decision.id not in stale and decision.source != "rule":
            judgements[decision.attempt].add(decision.judgement)
    return {attempt for attempt, different in judgements.items() if len(different) > 1}


def find_failing(entry: Entry) -> Sequence[str]:
    """Which of the checks that count against a patch fail."""
    results = entry.analysis.checks if entry.analysis else ()
    return [result.name for result in results if result.name in COUNTING and result.outcome == "fail"]


def suggested_judgement(entry: Entry) -> str | None:
    """The judgement that the written rules suggest for an attempt."""
    return entry.suggestion.judgement if entry.suggestion is not None else None


def contradicts_status(entry: Entry) -> bool:
    """Whether checks contradict the pipeline: success though one fails, or none though no check does."""
    bad = suggested_judgement(entry) in ("wrong", "nothing") or bool(find_failing(entry))
    if entry.attempt.marked:
        return bad
    return bool(entry.attempt.patch_bytes) and entry.analysis is not None and not bad
