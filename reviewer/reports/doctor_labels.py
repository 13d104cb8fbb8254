"""What ``doctor`` says of labels: damage, doubt, and what could be done; nothing is changed by it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reviewer.verdicts import examine, queues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewer.project.project import Project
    from reviewer.verdicts.examine import LabelFinding


def sections(project: Project) -> tuple[tuple[str, Iterable[str]], ...]:
    """Titles with their lines."""
    labels = project.labels
    folder = project.space.verdicts
    return (
        ("verdict files", _files(project)),
        ("decisions that stand in two places", _told(examine.copies(folder))),
        ("decisions edited by hand", _told(examine.edited(labels.decisions))),
        (
            "decisions that contradict themselves",
            _told(examine.contradictions(labels.decisions, labels.rubric)),
        ),
        ("decisions on attempts that moved, changed or are gone", _told(examine.bindings(labels.bindings))),
        ("decisions under another rubric", _told(examine.old_rubric(labels.decisions, labels.rubric))),
        ("clocks", _told(examine.clocks(labels.decisions, datetime.now(UTC)))),
        ("judgements under 2 s", _told(examine.fast(labels.decisions))),
        ("drafts", _told(examine.drafts(folder))),
        ("queues", queues.stored(folder)[1]),
    )


def _files(project: Project) -> Iterator[str]:
    labels = project.labels
    annotators = {decision.annotator for decision in labels.decisions}
    yield f"{len(labels.decisions)} decisions of {len(annotators)} annotators"
    rubric = labels.rubric
    yield f"rubric {rubric.version}, {rubric.source or 'the one that comes with the program'}"
    for damage in dict.fromkeys((*labels.damaged, *project.notes.damaged)):
        place = f":{damage.line}" if damage.line else ""
        yield f"{damage.file}{place}: {damage.reason}; set aside, the rest of the file is used"


def _told(findings: Iterable[LabelFinding]) -> Iterator[str]:
    for finding in findings:
        yield f"{finding.text} → {finding.proposal}" if finding.proposal else finding.text
