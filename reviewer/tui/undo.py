"""What becomes of an attempt whose judgement was taken back."""

from __future__ import annotations

from reviewer.model import Decision
from reviewer.project.acts import ActDetails, SaveResult
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.tui.review.answers import Answers


def keep_as_draft(project: Project, entry: Entry, undone: Decision) -> None:
    """Keep criteria and notes of a judgement that was taken back as a draft. Raises ``NotSaved``."""
    answers, saw = Answers.from_decision(undone), undone.saw if undone.blind else ()
    if undone.judgement is None or entry.decision is not None or (answers.empty and not saw):
        return
    details: ActDetails = {**answers.details(), "saw": saw}
    project.labels.save_draft(entry, **details)


def entry_to_show(project: Project, undone: SaveResult) -> Entry:
    """Of the attempts that an undo is about one of the queue, else the one whose judgement had been copied."""
    source = next((act.copied_from for act in undone.decisions if act.copied_from), None)
    sources = [entry for entry in project.queue if source and entry.decision and entry.decision.id == source]
    inside = [entry for entry in undone.entries if project.queue_position(entry) is not None]
    return (*inside, *sources, *undone.entries)[0]
