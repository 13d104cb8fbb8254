"""Acts of the annotator: the details that the screen records, the record for the store, the result of saving."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import msgspec

from reviewer import __version__
from reviewer.model import Action, Answer, Confidence, Decision, Judgement, Mark
from reviewer.project.entries import Entry
from reviewer.sources.attempt_files import patch_sha256
from reviewer.verdicts.rubric import Rubric


class ActDetails(TypedDict, total=False):
    """The parts of a record that only the screen knows; every act and the draft take the same ones.

    ``seconds`` is attention, idle time taken out. ``saw`` names what was looked at before the act
    (``suggestion``, ``checks``, ``judge``, ``log``, ``steps``, ``facts``, ``others``, ``status``).
    Acts of one ``batch`` are undone as one. ``patch_sha256`` is of the patch that was on the screen, ``None``
    where there was none; without this key the file is hashed as it is now.
    """

    criteria: Mapping[str, Answer]
    notes: str | None
    tags: Sequence[str]
    confidence: Confidence | None
    evidence: Sequence[Mark]
    seconds: float | None
    blind: bool
    saw: Sequence[str]
    queue: str | None
    number: int | None
    batch: str | None
    patch_sha256: str | None


class ByRule(NamedTuple):
    """A judgement by a written rule; ``why`` becomes the notes."""

    entry: Entry
    judgement: Judgement
    why: str
    tags: tuple[str, ...] = ()


class SaveResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an act.

    ``decisions`` are on disk and flushed; of an undo, they are the acts that were taken back. None
    without a ``reason`` means that there was nothing to do.
    """

    decisions: tuple[Decision, ...] = ()
    entries: tuple[Entry, ...] = ()
    reason: str = ""
    """Why nothing was saved; empty where it was."""
    doubt: str = ""
    """How the judgement contradicts its own criteria or what the screen shows; it was taken all the same."""

    @property
    def decision(self) -> Decision | None:
        """The act, the first one of a batch."""
        return self.decisions[0] if self.decisions else None

    @property
    def entry(self) -> Entry | None:
        """The attempt of :attr:`decision`."""
        return self.entries[0] if self.entries else None


def record_act(entry: Entry, action: Action, details: ActDetails, rubric: Rubric, **fields: Any) -> Decision:
    """An act on the journal that was read and the patch that ``details`` say was shown, else as it is now."""
    seconds, attempt = details.get("seconds"), entry.attempt
    patch = details["patch_sha256"] if "patch_sha256" in details else patch_sha256(attempt.folder)
    return Decision(
        attempt=attempt.id,
        action=action,
        commit=entry.commit_hash,
        base=attempt.base,
        patch_sha256=patch,
        journal_sha256=attempt.journal_sha256,
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
