"""What an attempt's files are on disk now, by which decisions find it and twins know each other."""

import hashlib
import os
from typing import NamedTuple

from reviewer.model import Attempt
from reviewer.project.entries import Entry, EntryStore
from reviewer.sources.attempt_files import JOURNAL, PATCH, hash_attempt_file, patch_sha256
from reviewer.sources.registry import address_of
from reviewer.verdicts.state import AttemptKey


def find_twins(store: EntryStore, entry: Entry) -> list[Entry]:
    """The other attempts at the same commit with byte for byte the same patch; an empty one has none."""
    attempt = entry.attempt
    digest = patch_sha256(attempt.folder) if attempt.patch_bytes else None
    if digest is None:
        return []
    alike = store.select(
        "full != ? AND malformed IS NULL AND copy_of IS NULL AND hash IS ? AND patch_bytes = ?",
        attempt.id, entry.commit_hash, attempt.patch_bytes,
    )  # fmt: skip
    return [other for other in alike if patch_sha256(other.attempt.folder) == digest]


class FileHashes(NamedTuple):
    """Hashes of an attempt's files, each ``None`` where there is no such file."""

    patch: str | None
    journal: str | None


def file_hashes(folder: str) -> FileHashes:
    """The hashes of an attempt's patch and journal as they are on disk now. Raises ``OSError``."""
    return FileHashes(hash_attempt_file(folder, PATCH), hash_attempt_file(folder, JOURNAL))


def attempt_key(entry: Entry) -> AttemptKey:
    """By what decisions find an attempt; reads its patch."""
    return AttemptKey(
        entry.attempt.id,
        entry.commit_hash,
        patch_sha256(entry.attempt.folder),
        entry.attempt.journal_sha256,
        origin(entry.attempt),
    )


def origin(attempt: Attempt) -> str:
    """A hash of where an attempt lies on this machine: its folder, or its file and its id."""
    address = address_of(attempt.folder)
    where = attempt.folder if address is None else address.path
    named = f"{os.path.realpath(where)}\0{attempt.id if address else ''}"
    return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:16]
