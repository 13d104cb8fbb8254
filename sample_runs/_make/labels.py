"""The labels of two annotators that ship with the sample, with fixed ids and times."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from reviewer.model import Decision, Judgement, Verdict
from reviewer.verdicts.blocks import DECISION, Header, format_header, write_block
from reviewer.verdicts.names import file_name, run_of
from reviewer.verdicts.rubric import DEFAULT

A, B, C = (
    "tinyseries-1a2b3c4d/tinyseries-",
    "tinyseries/trae/gpt-5/2025-11-06_03-26-11/tinyseries-",
    "tinyseries/claude_code/default/2025-12-23_04-37-32/tinyseries-",
)
ANNOTATORS = {
    "ada": datetime(2026, 1, 8, 9, 12, 4, 318_000, tzinfo=UTC),
    "grace": datetime(2026, 1, 9, 14, 3, 22, 417_000, tzinfo=UTC),
}
DONE = {"equivalent_logic": "yes", "meaningful": "yes", "complete": "yes", "addresses_issue": "yes"}

Row = tuple[str, Judgement | None, dict[str, Any]]
"""Attempt, judgement (``None`` takes back the last one on it), and what else the decision says."""

LABELS: dict[str, list[Row]] = {
    "ada": [
        (A + "0000", "correct", {"confidence": "high", "criteria": DONE}),
        (
            A + "0001",
            "partial",
            {
                "tags": ("scope_creep",),
                "notes": "core logic right; a switch, a helper and log edits nobody asked for",
                "criteria": {"equivalent_logic": "yes", "complete": "yes"},
            },
        ),
        (A + "0002", "partial", {"tags": ("incomplete",), "notes": "encode still calls number cell by cell"}),
        (A + "0003", "wrong", {"tags": ("syntax",), "notes": "does not compile: semicolon", "confidence": "high"}),
        (A + "0005", "correct", {"notes": "one pass, as the human does"}),
        (A + "0005", None, {}),
        (A + "0005", "wrong", {"tags": ("names",), "notes": "defaultdict is never imported"}),
        (A + "0006", "nothing", {"tags": ("template",), "confidence": "high", "criteria": {"meaningful": "no"}}),
        (A + "0010", "correct", {"criteria": DONE, "notes": "killed by the clock after the work was done"}),
        (B + "0000", "wrong", {"tags": ("syntax",)}),
        (B + "0006", "nothing", {"tags": ("stale", "template")}),
        (B + "0009", "unsure", {"notes": "is a sampled quantile still the same function?"}),
        (C + "0000", "correct", {"criteria": DONE, "seconds": 21.5}),
        (C + "0003", "correct", {"confidence": "medium", "notes": "look past the escapes: one pass, right"}),
    ],
    "grace": [
        (A + "0000", "correct", {"criteria": DONE}),
        (A + "0001", "partial", {"tags": ("scope_creep",), "confidence": "high"}),
        (A + "0002", "correct", {"notes": "the dict is the whole gain; encode hardly matters"}),
        (A + "0003", "wrong", {"tags": ("syntax",)}),
        (A + "0006", "nothing", {"tags": ("template",)}),
        (A + "0010", "correct", {"criteria": {**DONE, "runs": "yes"}}),
        (B + "0000", "wrong", {"tags": ("syntax",), "confidence": "high"}),
        (B + "0004", "partial", {"tags": ("syntax",), "notes": "cache right, JSON broken by a comma"}),
        (B + "0006", "nothing", {"tags": ("stale",), "notes": "same bytes as the flat run's item 6"}),
        (B + "0009", "wrong", {"tags": ("wrong_logic",), "notes": "no longer exact for long series"}),
    ],
}  # fmt: skip


class Files(msgspec.Struct, frozen=True):
    """What a label binds to: the attempt's commits, whether it is marked success, its files' hashes."""

    commit: str
    base: str
    marked: bool
    patch_sha256: str | None
    journal_sha256: str


def write_labels(verdicts: Path, attempts: dict[str, Files]) -> None:
    """Write ``<annotator>/<run>.sample.toml`` for both annotators, in place of older ones."""
    for annotator, began in ANNOTATORS.items():
        blocks: dict[str, list[bytes]] = {}
        last: dict[str, str] = {}
        for number, (attempt, judgement, more) in enumerate(LABELS[annotator]):
            at = began + timedelta(seconds=73 * number, milliseconds=211 * number)
            decision = _decision(annotator, attempt, judgement, at, attempts[attempt], last.get(attempt))
            last[attempt] = decision.id
            decision = msgspec.structs.replace(decision, **more)
            blocks.setdefault(run_of(attempt), []).append(write_block(DECISION, decision))
        folder = verdicts / annotator
        folder.mkdir(parents=True, exist_ok=True)
        for run, written in blocks.items():
            header = format_header(Header(annotator=annotator))
            data = b"\n".join([header, *written])
            (folder / f"{file_name(run)}.sample.toml").write_bytes(data)


def _decision(
    annotator: str, attempt: str, judgement: Judgement | None, at: datetime, files: Files, last: str | None
) -> Decision:
    milliseconds = int(at.timestamp() * 1000)
    salt = hashlib.sha256(f"{annotator} {attempt} {at}".encode()).hexdigest()[:16]
    verdict: Verdict | None = None
    if judgement is not None:
        verdict = DEFAULT.verdict(judgement, files.marked)
    return Decision(
        id=f"{milliseconds << 16:016x}{salt}",
        at=at,
        attempt=attempt,
        action="judge" if judgement else "undo",
        undoes=None if judgement else last,
        commit=files.commit,
        base=files.base,
        patch_sha256=files.patch_sha256,
        journal_sha256=files.journal_sha256,
        judgement=judgement,
        verdict=verdict,
        seconds=38.5 if judgement else None,
        blind=True,
        rubric=DEFAULT.version,
        program="0.1.0",
    )
