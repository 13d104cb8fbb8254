"""SWE-bench-style prediction rows: ``instance_id``, ``model_name_or_path``, ``model_patch``, with label."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.reports.export.writers import jsonl
from reviewer.reports.labelled import LabelledAttempt, counted_cases
from reviewer.reports.safe import safe_data, safe_line
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.text import decode, mask_secrets, visible

COLUMNS = (
    ("instance_id", "the harness's own id where a prediction.jsonl has one, else <repository>-<first 7 digits of base>; several attempts share one"),
    ("model_name_or_path", "model, else agent"),
    ("model_patch", "the patch as text, empty where there is none"),
    ("attempt", "attempt id, unique"),
    ("commit", "hash of the human commit"),
    ("base", "hash of the base"),
    ("status", "what the pipeline claims"),
    ("judgement", "gold judgement"),
    ("verdict", "gold verdict"),
    ("strength", "what gold rests on"),
    ("patch_sha256", "sha256 of the patch file"),
    ("patch_changed", "what was changed in model_patch: secrets masked, or bytes that are not UTF-8 made visible"),
)  # fmt: skip
"""The columns with what each means."""
NAMES = tuple(name for name, _ in COLUMNS)

_SURROGATES = re.compile("[\ud800-\udfff]+")


class _Prediction(msgspec.Struct):
    instance_id: str | None = None


def encode(cases: Iterable[LabelledAttempt]) -> Iterator[bytes]:
    """One row an attempt that has a patch file which can be read, malformed ones and copies left out."""
    usable_cases = (
        case
        for case in counted_cases(cases)
        if case.attempt.patch_bytes is not None and case.attempt.patch_unknown is None
    )
    return jsonl(NAMES, map(_row, usable_cases))


def _row(case: LabelledAttempt) -> tuple[str | None, ...]:
    attempt, entry, gold = case.attempt, case.entry, case.gold
    patch, changed = _patch(decode(read_attempt_file(attempt.folder, PATCH) or b""))
    names = (_instance(case), entry.model or attempt.agent)
    identity = (attempt.id, entry.commit_hash, attempt.base, attempt.status)
    label = (gold.judgement, gold.verdict, gold.strength) if gold else (None, None, None)
    others = (*identity, *label, entry.facts.patch_sha256, changed)
    return *safe_data(names, safe_line), patch, *safe_data(others, safe_line)


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
