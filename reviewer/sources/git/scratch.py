"""A temporary bare repository in which git tries whether a patch applies, without a work tree.

The needed base blobs are copied in (a repository lent as alternate would have its pack's time stamp
changed), and a small index holds the base entries of the paths that patches name. The index file is written
by hand because starting ``git update-index`` once a base takes longer than all the rest of it; its format
(version 2): Documentation/gitformat-index.txt of git.
"""

import hashlib
import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reviewer.model import FileEntry
from reviewer.sources.git.process import GitError, run
from reviewer.text import decode, encode

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
                folder = self._folder / "objects" / id[:2]
                folder.mkdir(exist_ok=True)
                (folder / id[2:]).write_bytes(zlib.compress(b"blob %d\0" % len(data) + data, 0))
                self._blobs.add(id)
        before = len(self._entries)
        self._entries |= entries
        if len(self._entries) > before:
            (self._folder / "index.base").write_bytes(write_index(self._entries))

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
            return read_index((self._folder / "index.copy").read_bytes(), self._width // 2)
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


def _counts(output: bytes) -> list[FileCount]:
    """What ``--numstat -z`` prints."""
    counts = []
    for record in decode(output).split("\0")[:-1]:
        *numbers, path = record.split("\t", 2)
        counts.append(FileCount(path, *(None if number == "-" else int(number) for number in numbers)))
    return counts


_HEAD = struct.Struct(">4sLL")
_STAT = 40
"""Bytes of the times, inode and owner of a file; zero here, as for entries that came from a tree."""
_MODE_AT = 24
_NAME_LENGTH = 0xFFF


def write_index(entries: Mapping[str, FileEntry]) -> bytes:
    """An index that holds these paths, all of one object format."""
    named = sorted((encode(path), entry) for path, entry in entries.items())
    parts = [_HEAD.pack(b"DIRC", 2, len(named))]
    width = 0
    for name, entry in named:
        id = bytes.fromhex(entry.blob)
        width = len(id)
        stat = bytearray(_STAT)
        struct.pack_into(">L", stat, _MODE_AT, int(entry.mode, 8))
        record = bytes(stat) + id + struct.pack(">H", min(len(name), _NAME_LENGTH)) + name
        parts.append(record + b"\0" * (8 - len(record) % 8))
    data = b"".join(parts)
    return data + hashlib.new("sha256" if width == 32 else "sha1", data).digest()


def read_index(data: bytes, width: int) -> dict[str, FileEntry]:
    """The entries of an index whose object ids have ``width`` bytes. Raises ``ValueError`` for another format."""
    signature, version, count = _HEAD.unpack_from(data)
    if signature != b"DIRC" or version not in (2, 3):
        raise ValueError(f"not an index of version 2 or 3: {signature!r} {version}")
    entries = {}
    at = _HEAD.size
    for _ in range(count):
        (mode,) = struct.unpack_from(">L", data, at + _MODE_AT)
        id = data[at + _STAT : at + _STAT + width]
        (flags,) = struct.unpack_from(">H", data, at + _STAT + width)
        name = at + _STAT + width + (4 if version == 3 and flags & 0x4000 else 2)
        end = data.index(b"\0", name)
        entries[decode(data[name:end])] = FileEntry(f"{mode:o}", id.hex())
        at += (end - at) // 8 * 8 + 8
    return entries
