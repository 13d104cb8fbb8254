"""Counts what a patch file holds, as bytes and in one pass: its sum, files, added and removed lines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import msgspec

from reviewer.sources.runs import open_file

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_LONGEST = 1 << 16
"""Lines are read in pieces of this many bytes, so that one endless line costs no memory."""


class PatchCounts(msgspec.Struct, frozen=True):
    """``sha256`` is of the file's bytes; ``blank`` means that it holds nothing but white space."""

    sha256: str
    blank: bool
    files: int
    added: int
    removed: int


class _Scan:
    """Follows hunks by the lengths in their headers, so that a removed ``-- x`` is no file header."""

    def __init__(self) -> None:
        self.files = self.added = self.removed = 0
        self._old = self._new = 0  # lines of the current hunk that are still to come
        self._announced = False  # "diff --git" already counted the file that "+++" names

    def line(self, line: bytes) -> None:
        if (self._old > 0 or self._new > 0) and self._inside(line[:1]):
            return
        self._old = self._new = 0
        if line.startswith(b"diff --git "):
            self.files += 1
            self._announced = True
        elif line.startswith(b"+++ "):
            self.files += not self._announced
            self._announced = False
        elif hunk := _HUNK.match(line):
            self._old, self._new = (1 if n is None else int(n) for n in hunk.groups())

    def _inside(self, kind: bytes) -> bool:
        if kind == b"+":
            self._new -= 1
            self.added += 1
        elif kind == b"-":
            self._old -= 1
            self.removed += 1
        elif kind in (b" ", b"\n", b"\r"):  # an empty line: context whose blank was stripped
            self._old -= 1
            self._new -= 1
        else:
            return kind == b"\\"
        return True


def count_patch(lines: Iterable[bytes]) -> PatchCounts:
    """Count a patch given as lines with their terminators; pieces of a long line may come apart."""
    digest = hashlib.sha256()
    scan = _Scan()
    blank = True
    whole = True
    for line in lines:
        digest.update(line)
        blank = blank and not line.strip()
        if whole:
            scan.line(line)
        whole = line.endswith(b"\n")
    return PatchCounts(digest.hexdigest(), blank, scan.files, scan.added, scan.removed)


def read_patch_counts(path: str) -> PatchCounts | None:
    """The counts of a patch file, ``None`` where it is missing or cannot be read."""
    try:
        with open_file(path) as file:
            return count_patch(iter(lambda: file.readline(_LONGEST), b""))
    except OSError:
        return None
