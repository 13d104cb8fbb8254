"""Counts what a patch file holds, as bytes: its sum, files, added and removed lines."""

from __future__ import annotations

import hashlib
import re

import msgspec

_HUNK = re.compile(rb"@@ -\d{1,18}(?:,(\d{1,18}))? \+\d{1,18}(?:,(\d{1,18}))? @@")
_INSIDE = re.compile(rb"[-+ \n\r\\]+")
"""First bytes of a hunk's lines; one that is empty is context whose blank was stripped."""


class PatchCounts(msgspec.Struct, frozen=True):
    """``sha256`` is of the file's bytes; ``blank`` means that it holds nothing but white space."""

    sha256: str
    blank: bool
    files: int
    added: int
    removed: int


def count_patch(data: bytes) -> PatchCounts:
    """Count a patch file's bytes.

    Hunks are followed by the lengths in their headers, so that a removed ``-- x`` is no file header.
    """
    lines = data.split(b"\n")
    kinds = b"".join([line[:1] or b"\n" for line in lines])
    files = added = removed = row = 0
    announced = False  # "diff --git" has already counted the file that "+++" names
    while row < len(lines):
        line = lines[row]
        row += 1
        if line.startswith(b"diff --git "):
            files += 1
            announced = True
        elif line.startswith(b"+++ "):
            files += not announced
            announced = False
        elif hunk := _HUNK.match(line):
            length, plus, minus = _follow(kinds, row, *(1 if n is None else int(n) for n in hunk.groups()))
            row += length
            added += plus
            removed += minus
    return PatchCounts(hashlib.sha256(data).hexdigest(), not data or data.isspace(), files, added, removed)


def _follow(kinds: bytes, row: int, old: int, new: int) -> tuple[int, int, int]:
    """The lines of the hunk that begins at ``row`` with so many old and new ones; those added, those removed.

    ``kinds`` has the first byte of each line. The hunk ends early at a line that cannot be one of its own.
    """
    start, added, removed = row, 0, 0
    while old > 0 or new > 0:
        # So many lines are needed at least: each counts once, on one side or both.
        part = _INSIDE.match(kinds, row, row + max(old, new))
        if part is None:
            break
        plus, minus = part[0].count(b"+"), part[0].count(b"-")
        both = len(part[0]) - plus - minus - part[0].count(b"\\")
        old, new = old - minus - both, new - plus - both
        added, removed = added + plus, removed + minus
        row = part.end()
    return row - start, added, removed
