"""Attempts at one commit with byte for byte the same patch."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.project.entries import Entry, patch_sha256


def find_twins(entries: Iterable[Entry], entry: Entry) -> list[Entry]:
    """The other attempts at the same commit with byte for byte the same patch; an empty one has none."""
    attempt = entry.attempt
    digest = patch_sha256(attempt) if attempt.patch_bytes else None
    return [
        other
        for other in entries
        if digest is not None
        and other.attempt.id != attempt.id
        and other.attempt.malformed is None
        and other.copy_of is None
        and other.commit_hash == entry.commit_hash
        and other.attempt.patch_bytes == attempt.patch_bytes
        and patch_sha256(other.attempt) == digest
    ]
