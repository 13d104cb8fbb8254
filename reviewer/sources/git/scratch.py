"""A temporary bare repository in which git tries whether a patch applies, without a work tree.

The needed base blobs are copied in (a repository lent as alternate would have its pack's time stamp
changed), and a small index holds the base entries of the paths that patches name.
"""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reviewer.model import FileEntry
from reviewer.sources.git import index
from reviewer.sources.git.process import GitError, run
from reviewer.text import decode

_MANY = 2000
"""Base blobs after which the repository is made anew, so that it does not grow with the runs."""


class FileCount(NamedTuple):
    """One file as ``git apply --numstat`` counts it; ``None`` where it is binary."""

    path: str
    added: int | None
    removed: int | None


class Applied(NamedTuple):
    """Whether git took a patch, its output (``-v``, in English), and how it counts the files it took."""

    ok: bool
    message: str
    counts: list[FileCount]


class PatchUnreadable(Exception):
    """Git cannot read a patch; the message is git's."""


class Scratch:
    """One temporary repository, kept by a worker and filled anew for each base. Not safe to share by threads.

    ``folder`` is made when it is first used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = self._folder = folder
        self._width = 0
        self._base: str | None = None
        self._entries: dict[str, FileEntry] = {}
        self._blobs: set[str] = set()

    def load(self, base: str, entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]) -> None:
        """Put ``entries`` of the commit ``base`` into the index, and the bytes of their ``blobs`` by id.

        What is there of the same base stays. Raises :class:`GitError`.
        """
        if len(base) != self._width or len(self._blobs) > _MANY:
            self._prepare(len(base))
        if base != self._base:
            (self._folder / "index.base").unlink(missing_ok=True)
            self._base, self._entries = base, {}
        for id, data in blobs.items():
            if id not in self._blobs:
                self._write_blob(id, data)
        before = len(self._entries)
        self._entries |= entries
        if len(self._entries) > before:
            (self._folder / "index.base").write_bytes(index.write(self._entries))

    def apply(self, patch: bytes, *options: str) -> Applied:
        """Apply a patch to a copy of the index that was loaded. Raises :class:`GitError` where git cannot be started."""
        base, copy = self._folder / "index.base", self._folder / "index.copy"
        copy.unlink(missing_ok=True)
        if base.exists():
            shutil.copyfile(base, copy)
        done = run(
            self._folder,
            *("apply", "--cached", "--apply", "--numstat", "-z", "--whitespace=nowarn", "-v", *options, "-"),
            data=patch,
            extra={"GIT_INDEX_FILE": os.fspath(copy)},
        )
        return Applied(done.returncode == 0, decode(done.stderr), _counts(done.stdout))

    def patched(self) -> dict[str, FileEntry]:
        """What the index holds since the last patch that git took. Raises :class:`GitError`."""
        try:
            return index.read((self._folder / "index.copy").read_bytes(), self._width // 2)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, struct.error) as error:
            raise GitError(f"git's index cannot be read: {error}") from None

    def blob(self, id: str) -> bytes:
        """A blob that applying made. Raises :class:`GitError` where it is not there."""
        try:
            stored = zlib.decompress((self._folder / "objects" / id[:2] / id[2:]).read_bytes())
        except (OSError, zlib.error) as error:
            raise GitError(f"git did not store blob {id[:12]}: {error}") from None
        return stored[stored.index(b"\0") + 1 :]

    def numstat(self, patch: bytes) -> list[FileCount]:
        """How git reads a patch, file by file. Raises :class:`PatchUnreadable` and :class:`GitError`."""
        if not self._width:
            self._prepare(40)
        done = run(self._folder, "apply", "--numstat", "-z", "-", data=patch)
        if done.returncode:
            reason = decode(done.stderr).strip().partition("\n")[0].removeprefix("error: ")
            raise PatchUnreadable(reason or "git cannot read it")
        return _counts(done.stdout)

    def _prepare(self, width: int) -> None:
        """Make the folder an empty repository whose object ids have ``width`` digits."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("objects", "refs"):
            (self._folder / name).mkdir(parents=True)
        (self._folder / "HEAD").write_text("ref: refs/heads/none\n")
        version, extension = (1, "[extensions]\nobjectFormat = sha256\n") if width == 64 else (0, "")
        (self._folder / "config").write_text(
            f"[core]\nrepositoryformatversion = {version}\nbare = true\ncompression = 0\n{extension}"
        )
        self._width = width
        self._base, self._entries, self._blobs = None, {}, set()

    def _write_blob(self, id: str, data: bytes) -> None:
        folder = self._folder / "objects" / id[:2]
        folder.mkdir(exist_ok=True)
        (folder / id[2:]).write_bytes(zlib.compress(b"blob %d\0" % len(data) + data, 0))
        self._blobs.add(id)


def _counts(output: bytes) -> list[FileCount]:
    """What ``--numstat -z`` prints."""
    counts = []
    for record in decode(output).split("\0")[:-1]:
        added, removed, path = record.split("\t", 2)
        counts.append(FileCount(path, _number(added), _number(removed)))
    return counts


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)
