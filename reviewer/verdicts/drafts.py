"""Drafts: what an annotator has filled in for an attempt without judging it yet.

A draft is a decision without a judgement, one block in a file of its own:
``<verdicts>/<annotator>/+drafts/<attempt>.toml``, with the ``origin`` behind the name of the attempt where it has one.
"""

from pathlib import Path

import msgspec

from reviewer.files import read_file, write_whole
from reviewer.model import Decision
from reviewer.verdicts.blocks import DECISION, NotWhole, read_block, write_block
from reviewer.verdicts.names import file_name, storable
from reviewer.verdicts.store import NotSaved


def save(folder: Path, annotator: str, draft: Decision) -> None:
    """Keep a draft (criteria, notes, tags, confidence, marks) on disk instead of an earlier draft.

    ``folder`` is the verdicts folder. Raises :class:`NotSaved`; the earlier draft is then still there.
    """
    kept = msgspec.structs.replace(draft, id="", at=None, judgement=None, verdict=None)
    try:
        write_whole(_path(folder, annotator, draft.attempt, draft.origin), (write_block(DECISION, kept),))
    except OSError as error:
        raise NotSaved(error.strerror or str(error)) from error


def load(folder: Path, annotator: str, attempt: str, origin: str | None = None) -> Decision | None:
    """The draft of an attempt; ``None`` where there is none that can be read."""
    try:
        draft = read_block(DECISION, read_file(_path(folder, annotator, attempt, origin)))
    except (OSError, NotWhole):
        # before drafts had an origin they were kept without
        return None if origin is None else load(folder, annotator, attempt)
    if draft.attempt != storable(attempt):
        return None
    return msgspec.structs.replace(draft, attempt=attempt, annotator=storable(annotator), edited=False)


def clear(folder: Path, annotator: str, attempt: str, origin: str | None = None) -> None:
    """Remove the draft of an attempt, if there is one, as after its judgement. Raises :class:`NotSaved`."""
    try:
        for named in {origin, None}:
            _path(folder, annotator, attempt, named).unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as error:
        raise NotSaved(error.strerror or str(error)) from error


def _path(folder: Path, annotator: str, attempt: str, origin: str | None) -> Path:
    name = file_name(attempt) + (f".{origin}" if origin else "")
    return folder / file_name(storable(annotator)) / "+drafts" / f"{name}.toml"
