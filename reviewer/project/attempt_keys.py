"""What an attempt's files are on disk now, by which decisions find it and twins know each other."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from reviewer.model import Attempt
from reviewer.project.entries import Entry, EntryStore
from reviewer.project.schema import AT_COMMITS
from reviewer.project.sqlite_values import listed
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


def timed_attempts(store: EntryStore, commits: Iterable[str | None]) -> Iterator[tuple[Attempt, str]]:
    """The attempts at some commits whose time is known, with no more than time and size, and their commits."""
    for id_, folder, written, duration, size, commit in store.table.all(
        f"SELECT full, folder, written, duration, patch_bytes, hash FROM {AT_COMMITS} JOIN record ON record.id = attempt.id "
        "WHERE hash IN (SELECT value FROM json_each(?)) AND malformed IS NULL AND written IS NOT NULL AND attempt.id <= ?",
        listed(commits), store.newest,
    ):  # fmt: skip
        known = {"written": written, "duration": duration, "patch_bytes": size}
        yield Attempt(id=id_, run="", item="", root="", folder=folder, **known), commit


class FileHashes(NamedTuple):
    """Hashes of an attempt's files, each ``None`` where there is no such file."""

    patch: str | None
    journal: str | None

    def what_changed(self, folder: str) -> Literal["patch", "journal"] | None:
        """Which of the files is another on disk now; ``None`` for neither, and where they cannot be read."""
        try:
            now = FileHashes(hash_attempt_file(folder, PATCH), hash_attempt_file(folder, JOURNAL))
        except OSError:
            return None
        return "patch" if self.patch != now.patch else "journal" if self != now else None


def attempt_key(entry: Entry) -> AttemptKey:
    """By what decisions find an attempt; reads its patch."""
    return AttemptKey(
        entry.id,
        entry.commit_hash,
        patch_sha256(entry.attempt.folder),
        entry.attempt.journal_sha256,
        origin(entry.attempt),
        entry.attempt.id,
    )


def origin(attempt: Attempt) -> str:
    """A hash of where an attempt lies on this machine: its folder, or its file and its id."""
    address = address_of(attempt.folder)
    where = attempt.folder if address is None else address.path
    return origin_of(where, attempt.id if address else "")


def origin_of(path: str, name: str = "") -> str:
    """The same of anything that lies in a file or folder, under a name."""
    named = f"{os.path.realpath(path)}\0{name}"
    return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:16]
