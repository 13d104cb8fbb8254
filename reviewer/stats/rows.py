"""What statistics are computed from: one plain row an attempt, whoever read or checked it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reviewer.model import Gold, Outcome, Verdict


class StatRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt as statistics see it.

    ``commit`` is the full hash of the human commit, ``None`` where it is not known. ``copy_of`` names
    the attempt that this one is a copy of. ``duration`` is in seconds. ``outcomes`` holds the checks
    that were run, by name. ``source_relation`` is the file relation that decides the check ``files``.
    ``labelled`` says that people judged it; a gold label may still be missing (they disagree, or are
    unsure). ``verdict`` is the one in force of the annotator who asks. Attempts of one ``cluster``
    have identical or contained patches at one commit.
    """

    attempt: str
    run: str
    commit: str | None = None
    agent: str | None = None
    model: str | None = None
    status: str | None = None
    marked: bool = False
    acted: bool = False
    malformed: bool = False
    copy_of: str | None = None
    patch_exists: bool = False
    non_empty: bool = False
    error_type: str | None = None
    duration: float | None = None
    outcomes: dict[str, Outcome] = {}
    source_relation: str | None = None
    gold: Gold | None = None
    labelled: bool = False
    verdict: Verdict | None = None
    cluster: str | None = None

    @property
    def true(self) -> bool | None:
        """Whether gold calls the attempt a true success; ``None`` without a gold label."""
        return None if self.gold is None else self.gold.verdict == "true_success"


def usable(rows: Iterable[StatRow]) -> list[StatRow]:
    """The attempts: all rows but malformed ones, in the order of their ids."""
    return sorted((row for row in rows if not row.malformed), key=lambda row: row.attempt)


def without_copies(rows: Iterable[StatRow]) -> list[StatRow]:
    """What rates are computed from: a copy is the same attempt written down twice."""
    return [row for row in rows if row.copy_of is None]


def without_twins(rows: Iterable[StatRow]) -> list[StatRow]:
    """One row a cluster of twins (the one whose id sorts first) and every row that has no twin."""
    first: dict[tuple[bool, str], StatRow] = {}
    for row in sorted(rows, key=lambda row: row.attempt):
        first.setdefault((False, row.attempt) if row.cluster is None else (True, row.cluster), row)
    return list(first.values())
