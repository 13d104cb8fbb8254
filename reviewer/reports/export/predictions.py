"""SWE-bench-style prediction rows: ``instance_id``, ``model_name_or_path``, ``model_patch``, with label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from reviewer.reports.export.writers import jsonl
from reviewer.reports.labelled import LabelledAttempt
from reviewer.reports.safe import safe_line
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.text import decode, mask_secrets, visible

NAMES = (
    "instance_id", "model_name_or_path", "model_patch", "attempt", "commit", "base", "status", "judgement",
    "verdict", "strength", "patch_sha256", "patch_changed",
)  # fmt: skip

MEANINGS = (
    "the harness's own id where a prediction.jsonl has one, else <repository>-<first 7 digits of base>; several attempts share one",
    "model, else agent",
    "the patch as text, empty where there is none",
    "attempt id, unique",
    "hash of the human commit",
    "hash of the base",
    "what the pipeline says",
    "gold judgement",
    "gold verdict",
    "what gold rests on",
    "sha256 of the patch file",
    "what was changed in model_patch: secrets masked, or bytes that are not UTF-8 made visible",
)

_SURROGATES = re.compile("[\ud800-\udfff]+")


class _Prediction(msgspec.Struct):
    instance_id: str | None = None


def encode(cases: Sequence[LabelledAttempt]) -> Iterator[bytes]:
    """One row an attempt that has a patch file, malformed ones and copies left out."""
    kept = [
        case
        for case in cases
        if case.attempt.malformed is None
        and case.entry.copy_of is None
        and case.attempt.patch_bytes is not None
    ]
    return jsonl(NAMES, map(_row, kept))


def _row(case: LabelledAttempt) -> tuple[str | None, ...]:
    attempt, gold = case.attempt, case.gold
    patch, changed = _patch(decode(read_attempt_file(attempt.folder, PATCH) or b""))
    facts = case.entry.analysis.facts if case.entry.analysis else None
    texts = (
        _instance(case),
        case.entry.model or attempt.agent,
        None,
        attempt.id,
        case.entry.commit_hash,
        attempt.base,
        attempt.status,
        gold.judgement if gold else None,
        gold.verdict if gold else None,
        gold.strength if gold else None,
        facts.patch_sha256 if facts else None,
        changed,
    )
    safe = [None if text is None else safe_line(text) for text in texts]
    safe[NAMES.index("model_patch")] = patch
    return tuple(safe)


def _patch(text: str) -> tuple[str, str | None]:
    """A patch keeps its tabs and line ends, which it needs; JSON escapes what a terminal would obey."""
    unmasked, text = text, mask_secrets(text)
    changes = ["secrets masked"] if text != unmasked else []
    if _SURROGATES.search(text):
        text = _SURROGATES.sub(lambda match: visible(match.group()), text)
        changes.append("bytes that are not UTF-8 made visible")
    return text, "; ".join(changes) or None


def _instance(case: LabelledAttempt) -> str:
    data = read_attempt_file(case.attempt.folder, "prediction.jsonl") or b""
    try:
        named = msgspec.json.decode(data.partition(b"\n")[0], type=_Prediction).instance_id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        named = None
    return named or f"{case.attempt.repository or case.attempt.run}-{(case.attempt.base or 'unknown')[:7]}"
