"""A temporary bare repository in which git says whether a patch applies; no work tree, no file of anyone's.

The needed base blobs are copied in (a repository lent as alternate would have its pack's time stamp
changed), and a small index holds the base entries of the paths that patches name.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reviewer.model import FileEntry
from reviewer.sources.git_process import GitError, run
from reviewer.text import decode, encode

_MANY = 2000
"""Base blobs after which the repository is made anew, so that it does not grow with the runs."""


class Applied(NamedTuple):
    """Whether git took a patch, and what it said (``-v``, in English)."""

    ok: bool
    said: str


class Count(NamedTuple):
    """One file as ``git apply --numstat`` counts it; ``None`` where it is binary."""

    path: str
    added: int | None
    removed: int | None


class Scratch:
    """One temporary repository, kept by a worker and filled anew for each base. Not safe to share by threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._width = 0
        self._base: str | None = None
        self._known: set[str] = set()
        self._blobs: set[str] = set()
        self._prepare(40)

    def load(self, base: str, entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]) -> None:
        """Put ``entries`` of the commit ``base`` into the index, and the bytes of their ``blobs`` by id.

        What is there of the same base stays. Raises :class:`GitError`.
        """
        if len(base) != self._width or len(self._blobs) > _MANY:
            self._prepare(len(base))
        if base != self._base:
            (self._folder / "index.base").unlink(missing_ok=True)
            self._base, self._known = base, set()
        for id, data in blobs.items():
            if id not in self._blobs:
                self._write_blob(id, data)
        lines = [
            f"{entry.mode} {entry.blob}\t{path}\0"
            for path, entry in entries.items()
            if path not in self._known
        ]
        if lines:
            done = self._run("update-index", "-z", "--index-info", data=encode("".join(lines)), index="base")
            if not done.ok:
                raise GitError(f"git cannot make an index: {done.said.strip()}")
        self._known.update(entries)

    def apply(self, patch: bytes, *options: str) -> Applied:
        """Apply a patch to a copy of the index. Raises :class:`GitError` where git cannot be started."""
        base, copy = self._folder / "index.base", self._folder / "index.copy"
        copy.unlink(missing_ok=True)
        if base.exists():
            shutil.copyfile(base, copy)
        return self._run(
            "apply", "--cached", "--whitespace=nowarn", "-v", *options, "-", data=patch, index="copy"
        )

    def numstat(self, patch: bytes) -> list[Count] | str:
        """How git reads a patch, file by file, or why it cannot. Raises :class:`GitError`."""
        done = run(self._folder, "apply", "--numstat", "-z", "-", data=patch)
        if done.returncode:
            return (
                decode(done.stderr).strip().partition("\n")[0].removeprefix("error: ") or "git cannot read it"
            )
        counts = []
        for record in decode(done.stdout).split("\0")[:-1]:
            added, removed, path = record.split("\t", 2)
            counts.append(Count(path, _number(added), _number(removed)))
        return counts

    def _prepare(self, width: int) -> None:
        """Make the folder an empty repository whose object ids have ``width`` digits."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("objects", "refs"):
            (self._folder / name).mkdir(parents=True)
        (self._folder / "HEAD").write_text("ref: refs/heads/none\n")
        version, extension = (1, "[extensions]\nobjectFormat = sha256\n") if width == 64 else (0, "")
        (self._folder / "config").write_text(
            f"[core]\nrepositoryformatversion = {version}\nbare = true\n{extension}"
        )
        self._width = width
        self._base, self._known, self._blobs = None, set(), set()

    def _write_blob(self, id: str, data: bytes) -> None:
        folder = self._folder / "objects" / id[:2]
        folder.mkdir(exist_ok=True)
        (folder / id[2:]).write_bytes(zlib.compress(b"blob %d\0" % len(data) + data, 1))
        self._blobs.add(id)

    def _run(self, *arguments: str, data: bytes, index: str) -> Applied:
        extra = {"GIT_INDEX_FILE": os.fspath(self._folder / f"index.{index}")}
        done = run(self._folder, *arguments, data=data, extra=extra)
        return Applied(done.returncode == 0, decode(done.stderr))


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)
