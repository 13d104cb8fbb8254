"""Attempts in time: which one was over before another began (for the check ``provenance``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reviewer.checks.protocol import EarlierPatch
from reviewer.model import Attempt, began


def earlier_patches(attempts: Iterable[tuple[Attempt, str | None]]) -> Mapping[str, tuple[EarlierPatch, ...]]:
    """By folder, the attempts at the same commit that left a patch and ended before that one began.

    ``attempts`` come with their commit's full hash, as far as it is known. Oldest first.
    """
    by_commit: dict[str, list[Attempt]] = defaultdict(list)
    for attempt, commit in attempts:
        if commit and attempt.written is not None and attempt.malformed is None:
            by_commit[commit].append(attempt)
    found = {}
    for group in by_commit.values():
        ended = [(attempt.written or 0.0, attempt) for attempt in group if attempt.patch_bytes]
        ended.sort(key=lambda pair: (pair[0], pair[1].id))
        for attempt in group:
            start = began(attempt.written, attempt.duration)
            found[attempt.folder] = tuple(
                EarlierPatch(other.id, other.folder)
                for end, other in ended
                if start is not None and end <= start and other is not attempt
            )
    return found
