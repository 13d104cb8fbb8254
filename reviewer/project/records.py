"""Acts of the annotator as records for the store."""

from __future__ import annotations

from typing import Any

from reviewer import __version__
from reviewer.model import Action, Decision
from reviewer.project.acts import ActDetails
from reviewer.project.entries import Entry, journal_sha256, patch_sha256
from reviewer.verdicts.rubric import Rubric


def record_act(entry: Entry, action: Action, details: ActDetails, rubric: Rubric, **fields: Any) -> Decision:
    """An act on an attempt as its files are now, or on the patch that ``details`` say was shown.

    ``fields`` are further fields of :class:`~reviewer.model.Decision`.
    """
    shown_patch = details.get("patch_sha256")
    seconds = details.get("seconds")
    return Decision(
        attempt=entry.attempt.id,
        action=action,
        commit=entry.commit_hash,
        base=entry.attempt.base,
        patch_sha256=shown_patch if shown_patch is not None else patch_sha256(entry.attempt),
        journal_sha256=journal_sha256(entry.attempt),
        criteria=dict(details.get("criteria", {})),
        notes=details.get("notes") or None,
        tags=tuple(details.get("tags", ())),
        confidence=details.get("confidence"),
        evidence=tuple(details.get("evidence", ())),
        seconds=None if seconds is None else round(seconds, 1),
        blind=details.get("blind", False),
        saw=tuple(details.get("saw", ())),
        queue=details.get("queue"),
        number=details.get("number"),
        batch=details.get("batch"),
        rubric=rubric.version,
        rubric_sha256=rubric.sha256,
        program=__version__,
        **fields,
    )
