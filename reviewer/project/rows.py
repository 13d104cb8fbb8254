"""From entries and labels to the plain rows that statistics are computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewer.model import Gold, LogFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.project.entries import Entry
    from reviewer.stats.rows import StatRow


def stale_patches(entries: Sequence[Entry]) -> set[int]:
    """Entries that took no step (known to be 0) and hold byte for byte an earlier attempt's patch."""
    earliest: dict[str, float] = {}
    for entry in entries:
        digest = _digest(entry)
        if digest is not None and entry.attempt.written is not None:
            earliest[digest] = min(earliest.get(digest, entry.attempt.written), entry.attempt.written)
    stale = set()
    for entry in entries:
        digest = _digest(entry)
        steps = entry.analysis.facts.steps if entry.analysis else None
        written = entry.attempt.written
        if digest and steps == 0 and written is not None and earliest[digest] < written:
            stale.add(id(entry))
    return stale


def _digest(entry: Entry) -> str | None:
    """The hash of a patch that holds something."""
    facts = entry.analysis.facts if entry.analysis else None
    return facts.patch_sha256 if facts is not None and facts.blank_patch is False else None


def row_of(entry: Entry, golden: Gold | None, labelled: bool, stolen: bool) -> StatRow:
    """An attempt as statistics see it. It acted if it took a step or left a patch of its own."""
    from reviewer.stats.rows import StatRow

    attempt, analysis = entry.attempt, entry.analysis
    facts = analysis.facts if analysis else LogFacts()
    files = analysis.check("files") if analysis else None
    non_empty = facts.blank_patch is False
    return StatRow(
        attempt=attempt.id,
        run=entry.run_name,
        commit=entry.commit_hash,
        agent=attempt.agent,
        model=entry.model,
        status=attempt.status,
        marked=attempt.marked,
        acted=bool(facts.steps) or (non_empty and not stolen),
        malformed=attempt.malformed is not None,
        copy_of=entry.copy_of,
        patch_exists=attempt.patch_bytes is not None,
        non_empty=non_empty,
        error_type=attempt.error_type,
        duration=attempt.duration,
        outcomes={result.name: result.outcome for result in analysis.checks} if analysis else {},
        source_relation=_relation(files.value) if files and files.value else None,
        gold=golden,
        labelled=labelled,
        verdict=entry.decision.verdict if entry.decision else None,
    )


def _relation(value: dict[str, Any]) -> str | None:
    """The relation that decides: over source files, over all files where a side has no source file."""
    relation = value.get("source_relation") or value.get("relation")
    return relation if isinstance(relation, str) else None
