"""The files of one base commit, kept in memory while attempts on it are checked."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.checks.unanswered import missing_blob
from reviewer.model import FileEntry
from reviewer.sources.git.repository import Repositories

REGULAR = ("100644", "100755")
"""Git modes of files; links and submodules are not read as one."""

_MOST_BYTES = 64 << 20
"""Bytes of files that are kept at most."""


class BaseFiles:
    """Reads and remembers what a commit (full hash) has."""

    def __init__(self, repositories: Repositories, commit: str) -> None:
        self.commit = commit
        self._repositories = repositories
        self._entries: dict[str, FileEntry | None] = {}
        self._blobs: dict[str, bytes | None] = {}
        self._bytes = 0

    def entries(self, paths: Iterable[str]) -> dict[str, FileEntry]:
        """What the commit has at ``paths``, as :meth:`Repositories.entries`."""
        wanted = list(dict.fromkeys(paths))
        unread = [path for path in wanted if path not in self._entries]
        if unread:
            self._entries |= dict.fromkeys(unread) | self._repositories.entries(self.commit, unread)
        return {path: entry for path in wanted if (entry := self._entries[path]) is not None}

    def blob(self, id: str) -> bytes | None:
        """A blob's bytes, ``None`` where no repository has it."""
        if id not in self._blobs:
            data = self._repositories.blob(id)
            self._bytes += len(data or b"")
            if self._bytes > _MOST_BYTES:
                self._blobs.clear()
                self._bytes = len(data or b"")
            self._blobs[id] = data
        return self._blobs[id]

    def content(self, path: str, entry: FileEntry) -> bytes:
        """The bytes of a file. Raises :class:`Unanswerable` where the repository lacks them."""
        data = self.blob(entry.blob)
        if data is None:
            raise missing_blob(path, entry)
        return data

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at a path, ``None`` where there is none; raises as :meth:`content`."""
        entry = self.entries((path,)).get(path)
        return None if entry is None or entry.mode not in REGULAR else self.content(path, entry)
