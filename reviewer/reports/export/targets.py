"""A validation set for scorers of judge models: CSV with ``id,target,split`` (the form of Inspect Scout)."""

import hashlib
from collections.abc import Iterable, Iterator

from reviewer.model import Gold
from reviewer.reports.export.writers import csv_row
from reviewer.reports.labelled import LabelledAttempt
from reviewer.reports.safe import safe_line
from reviewer.text import defused

COLUMNS = (
    ("id", "attempt id"),
    ("target", "gold label, see --target"),
    ("split", "dev or test, by commit"),
)
"""The columns with what each means."""
NAMES = tuple(name for name, _ in COLUMNS)


def encode(cases: Iterable[LabelledAttempt], target: str, dev: float) -> Iterator[bytes]:
    """One row an attempt with a gold label, copies left out; ``dev`` is the share of commits in split dev."""
    yield csv_row(NAMES)
    for case in cases:
        if case.gold is not None and case.entry.copy_of is None:
            name = defused(safe_line(case.attempt.id))
            yield csv_row((name, _target(case.gold, target), split(case.entry.commit_hash or name, dev)))


def _target(gold: Gold, target: str) -> str:
    if target == "true_success":
        return "true" if gold.verdict == "true_success" else "false"
    return gold.judgement if target == "judgement" else gold.verdict


def split(commit: str, dev: float) -> str:
    """The split, dev or test, by the commit's hash alone: attempts at one commit are alike and stay together, always."""
    position = int.from_bytes(hashlib.sha256(commit.encode("utf-8", "surrogateescape")).digest()[:8]) / 2**64
    return "dev" if position < dev else "test"
