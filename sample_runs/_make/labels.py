"""The labels and notes that ship with the sample, with fixed ids and times: two annotators, and a judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from reviewer.model import Decision, Judgement, Note
from reviewer.verdicts.blocks import DECISION, NOTE, Form, Header, format_header, write_block
from reviewer.verdicts.names import file_name
from reviewer.verdicts.queues import Queue
from reviewer.verdicts.rubric import Rubric

A, B, C = (
    "tinyseries-1a2b3c4d/tinyseries-",
    "tinyseries/trae/gpt-5/2025-11-06_03-26-11/tinyseries-",
    "tinyseries/claude_code/default/2025-12-23_04-37-32/tinyseries-",
)
JUDGE = "gpt-5-judge"
BEGAN = {
    "ada": datetime(2026, 1, 8, 9, 12, 4, 318_000, tzinfo=UTC),
    "grace": datetime(2026, 1, 9, 14, 3, 22, 417_000, tzinfo=UTC),
    JUDGE: datetime(2026, 1, 10, 8, 0, 1, 5_000, tzinfo=UTC),
}
ADJUDICATED = datetime(2026, 1, 12, 10, 30, 0, tzinfo=UTC)
DONE = {"equivalent_logic": "yes", "complete": "yes", "exact": "yes"}

Row = tuple[str, Judgement | None, dict[str, Any]]
"""Attempt, judgement (``None`` takes back the last one on it), and what else the decision says."""

LABELS: dict[str, list[Row]] = {
    "ada": [
        (A + "0000", "nothing", {"tags": ("template",), "confidence": "high", "criteria": {"meaningful": "no"}}),
        (A + "0006", "correct", {"confidence": "high", "criteria": DONE}),
        (B + "0000", "wrong", {"tags": ("syntax",)}),
        (B + "0006", "nothing", {"tags": ("stale", "template")}),
        (B + "0012", "wrong", {"tags": ("wrong_logic",), "criteria": {"exact": "no"}, "notes": "the first window is lost"}),
        (C + "0000", "correct", {"criteria": DONE, "seconds": 21.5}),
        (
            A + "0001",
            "partial",
            {
                "tags": ("scope_creep",),
                "notes": "core logic right; a switch, a helper and log edits nobody asked for",
                "criteria": {"equivalent_logic": "yes", "complete": "yes"},
            },
        ),
        (B + "0010", "correct", {"tags": ("prompt",), "notes": "copied from its prompt"}),
        (A + "0002", "partial", {"tags": ("incomplete",), "notes": "encode still calls number cell by cell"}),
        (A + "0010", "correct", {"criteria": DONE, "notes": "killed by the clock after the work was done"}),
        (A + "0003", "wrong", {"tags": ("syntax",), "notes": "does not compile: semicolon", "confidence": "high"}),
        (B + "0002", "correct", {"criteria": DONE}),
        (B + "0003", "partial", {"notes": "the sum is right; errors of loading are hidden"}),
        (A + "0004", "correct", {"criteria": DONE}),
        (C + "0002", "partial", {"tags": ("incomplete",), "notes": "the chunks are changed in a file that nobody reads"}),
        (B + "0004", "wrong", {"tags": ("syntax",), "notes": "no setting can be read any more"}),
        (A + "0005", "correct", {"notes": "one pass, as the human does"}),
        (A + "0005", None, {}),
        (A + "0005", "wrong", {"tags": ("names",), "notes": "defaultdict is never imported"}),
        (B + "0009", "unsure", {"notes": "is a sampled quantile still the same function?"}),
        (A + "0007", "correct", {"rubric": 1, "rubric_sha256": None, "notes": "before the rubric asked for exactness"}),
        (C + "0003", "nothing", {"notes": "a comment"}),
        (C + "0001", "correct", {"patch_sha256": "0" * 64, "notes": "of the patch before the run was repeated"}),
        (C + "0007", "correct", {"notes": "a queue of candidates, as the human has"}),
        (C + "0008", "correct", {"confidence": "medium", "notes": "look past the escapes: one pass, right"}),
    ],
    "grace": [
        (A + "0000", "nothing", {"tags": ("template",)}),
        (A + "0006", "correct", {"criteria": DONE}),
        (B + "0000", "wrong", {"tags": ("syntax",), "confidence": "high"}),
        (B + "0006", "nothing", {"tags": ("stale",), "notes": "same bytes as the flat run's item 0"}),
        (A + "0001", "partial", {"tags": ("scope_creep",), "confidence": "high"}),
        (A + "0002", "correct", {"notes": "the dict is the whole gain; encode hardly matters"}),
        (A + "0010", "correct", {"criteria": {**DONE, "runs": "yes"}}),
        (A + "0003", "wrong", {"tags": ("syntax",)}),
        (B + "0004", "partial", {"tags": ("syntax",), "notes": "cache right, JSON broken by a comma"}),
        (B + "0009", "wrong", {"tags": ("wrong_logic",), "notes": "no longer exact for long series"}),
    ],
    JUDGE: [
        (A + "0000", "nothing", {"notes": "Template code; self is not defined in a function."}),
        (A + "0001", "correct", {"notes": "Implements the same fast path."}),
        (A + "0002", "correct", {"notes": "Uses a dict as the human does."}),
        (A + "0003", "correct", {"notes": "Running sum, as in the human commit."}),
        (A + "0004", "correct", {"notes": "Settings are cached."}),
        (A + "0005", "correct", {"notes": "One pass over the values."}),
        (A + "0006", "correct", {"notes": "Prefix sums are equivalent."}),
        (A + "0010", "correct", {"notes": "Same two changes as the human's."}),
        (B + "0000", "wrong", {"notes": "Syntax error."}),
        (B + "0006", "nothing", {"notes": "Unrelated template."}),
        (B + "0009", "correct", {"notes": "Sorts once and samples long inputs."}),
        (B + "0012", "correct", {"notes": "Prefix sums are equivalent."}),
        (C + "0003", "nothing", {"notes": "Only a comment."}),
    ],
}  # fmt: skip

ADJUDICATION: Row = (A + "0002", "partial", {"notes": "the human changed both files, and encode is measured"})
"""Ada's, after both had talked about it."""


class Files(msgspec.Struct, frozen=True):
    """What a label binds to: the attempt's commits, whether it is marked success, its files' hashes."""

    commit: str
    base: str
    marked: bool
    patch_sha256: str | None
    journal_sha256: str


def write_labels(verdicts: Path, attempts: dict[str, Files], rubric: Rubric, queue: Queue) -> None:
    """Write ``<annotator>/<run>.sample.toml`` for all annotators, in place of older ones."""
    numbers = {item.attempt: number for number, item in enumerate(queue.items, 1)}
    decisions: list[Decision] = []
    for annotator, began in BEGAN.items():
        last: dict[str, str] = {}
        for index, (attempt, judgement, more) in enumerate(LABELS[annotator]):
            at = began + timedelta(seconds=73 * index, milliseconds=211 * index)
            decision = _decision(annotator, attempt, at, attempts[attempt])
            if judgement is None:
                more = {"action": "undo", "undoes": last[attempt]}
            elif annotator == JUDGE:
                more = _judged(judgement, attempts[attempt], rubric) | more
            else:
                drawn = {"queue": queue.name, "number": numbers[attempt]} if attempt in numbers else {}
                more = (
                    _judged(judgement, attempts[attempt], rubric)
                    | {"seconds": 38.5, "blind": True}
                    | drawn
                    | more
                )
            last[attempt] = decision.id
            decisions.append(msgspec.structs.replace(decision, **more))
    attempt, judgement, more = ADJUDICATION
    assert judgement
    decided = _decision("ada", attempt, ADJUDICATED, attempts[attempt])
    both = tuple(d.id for d in decisions if d.attempt == attempt and d.annotator != JUDGE)
    more = _judged(judgement, attempts[attempt], rubric) | {"action": "adjudicate", "refers_to": both} | more
    decisions.append(msgspec.structs.replace(decided, **more))
    for annotator in BEGAN:
        _write(verdicts, annotator, DECISION, [d for d in decisions if d.annotator == annotator])


def write_notes(verdicts: Path, commits: dict[str, str], runs: list[str]) -> None:
    """Write what Ada notes on commits (hashes by key) and runs."""
    mean, labels = (f"commit:{commits[key]}" for key in ("mean", "labels"))
    texts = (
        (f"{mean}#complexity", "simple"),
        (f"{mean}#finding", "One running total in place of a sum for each window: what is right has no inner loop."),
        (mean, "Of six attempts that are marked a success two are one."),
        (f"{labels}#complexity", "complex"),
        (labels, "Both files must change: the dict alone leaves encode calling number for every cell."),
        (f"run:{runs[1]}", "Its prompts hold the human's diff. Never pool its rates with those of the other runs."),
    )  # fmt: skip
    began = ADJUDICATED + timedelta(minutes=20)
    notes = []
    for index, (subject, text) in enumerate(texts):
        at = began + timedelta(seconds=40 * index)
        note = Note(id=_id("ada", subject, at), at=at, annotator="ada", subject=subject, text=text)
        notes.append(msgspec.structs.replace(note, program="0.1.0"))
    _write(verdicts, "ada", NOTE, notes)


def _write(verdicts: Path, annotator: str, form: Form[Any], items: Iterable[Decision | Note]) -> None:
    kind: Literal["human", "judge"] = "judge" if annotator == JUDGE else "human"
    blocks: dict[str, list[bytes]] = {}
    for item in items:
        blocks.setdefault(form.file(item), []).append(write_block(form, item))
    folder = verdicts / file_name(annotator)
    folder.mkdir(parents=True, exist_ok=True)
    for name, written in blocks.items():
        header = format_header(Header(annotator=annotator, kind=kind))
        (folder / f"{name}.sample.toml").write_bytes(b"\n".join([header, *written]))


def _judged(judgement: Judgement, files: Files, rubric: Rubric) -> dict[str, Any]:
    verdict = rubric.verdict(judgement, files.marked)
    return {
        "judgement": judgement, "verdict": verdict, "rubric": rubric.version, "rubric_sha256": rubric.sha256,
    }  # fmt: skip


def _decision(annotator: str, attempt: str, at: datetime, files: Files) -> Decision:
    return Decision(
        id=_id(annotator, attempt, at),
        at=at,
        annotator=annotator,
        attempt=attempt,
        commit=files.commit,
        base=files.base,
        patch_sha256=files.patch_sha256,
        journal_sha256=files.journal_sha256,
        program="0.1.0",
    )


def _id(annotator: str, subject: str, at: datetime) -> str:
    salt = hashlib.sha256(f"{annotator} {subject} {at}".encode()).hexdigest()[:16]
    return f"{int(at.timestamp() * 1000) << 16:016x}{salt}"
