"""What ``git apply --cached`` makes of a patch where that is certain without starting it.

Certain is only the plain case, which nearly all patches are: sections as ``git diff`` writes them with nothing
between, before or behind them, and every hunk word for word at the line that it names. Whatever is out of the
ordinary is git's to answer: offsets, less context, renames, modes, binary parts, quoted or odd names, the same
file twice, a rejection. The conditions are those of git's ``apply.c`` (``parse_git_diff_header``,
``parse_fragment``, ``apply_one_fragment``, ``find_pos``, ``match_fragment``, ``check_patch``) and of
``verify_path``; the tests hold both to be the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple

from reviewer.model import FileEntry
from reviewer.sources.git_scratch import Count

_REGULAR = ("100644", "100755")
_FOLDER = "40000"
_LARGE = 1 << 26
"""Bytes of a patch that git's own limit (1 GB) is far from."""

_HEADER = re.compile(
    rb"diff --git a/(?P<path>[\w.+,=@%#()\[\]{}&/-]+) b/(?P=path)\n"
    rb"(?:(?P<kind>new|deleted) file mode (?P<mode>100644|100755)\n)?"
    rb"(?:index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: (?P<kept>100644|100755))?\n)?"
    rb"(?:--- (?P<old>a/(?P=path)|/dev/null)\n\+\+\+ (?P<new>b/(?P=path)|/dev/null)\n)?"
)
_SIDES = {None: (b"a/", b"b/"), b"new": (b"/dev/null", b"b/"), b"deleted": (b"a/", b"/dev/null")}
_HUNK = re.compile(
    rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@.*\n"
    rb"((?:[ +-].*\n|\\ No newline at end of file\n)++)"
)
_NO_NEWLINE = b"\\ No newline at end of file\n"
_PLUS, _MINUS, _BACKSLASH = b"+-\\"


class Exact(NamedTuple):
    """The files as patched (``None``: gone) in the patch's order, and how ``git apply --numstat`` counts them."""

    files: Mapping[str, bytes | None]
    counts: list[Count]


class _Section(NamedTuple):
    """One file's part of a patch: its header, and where its hunks begin and what they say."""

    header: re.Match[bytes]
    hunks: list[re.Match[bytes]]


class _Hunk(NamedTuple):
    """The lines of a hunk before and after, with their terminators; starts count from 0."""

    before: list[bytes]
    after: list[bytes]
    start: int
    added: int
    removed: int
    open_ended: bool
    """Whether it ends in context, so that more of the file may follow."""


def apply_exactly(patch: bytes, entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]) -> Exact | None:
    """Apply a patch to the base ``entries`` of its paths and their folders; ``None``: git must be asked.

    ``blobs`` are the bytes of the entries' blobs, by id.
    """
    sections = _sections(patch)
    if not sections:
        return None
    files: dict[str, bytes | None] = {}
    counts = []
    for header, hunks in sections:
        path = header["path"].decode("ascii")
        entry = entries.get(path)
        if path in files or not _ordinary(path) or not _fits(header, entry):
            return None
        base = blobs.get(entry.blob) if entry is not None else b""
        changed = _changed(hunks, base) if base is not None else None
        if changed is None:
            return None
        patched, added, removed = changed
        if header["kind"] == b"deleted" and patched:
            return None
        files[path] = None if header["kind"] == b"deleted" else patched
        counts.append(Count(path, added, removed))
    if any(_in_the_way(path, entries, files) for path in files):
        return None
    return Exact(files, counts)


def folders(path: str) -> list[str]:
    """The folders that a path lies in, outermost first."""
    return [path[:at] for at, letter in enumerate(path) if letter == "/"]


def _sections(patch: bytes) -> list[_Section] | None:
    """A patch that holds sections of one file each, their hunks, and not a byte besides."""
    if len(patch) > _LARGE or b"\0" in patch:
        return None
    sections = []
    at = 0
    while at < len(patch):
        header = _HEADER.match(patch, at)
        if header is None:
            return None
        at = header.end()
        hunks = []
        while hunk := _HUNK.match(patch, at):
            hunks.append(hunk)
            at = hunk.end()
        named = header["old"] is not None
        if bool(hunks) != named or not (hunks or header["kind"]):
            return None
        sections.append(_Section(header, hunks))
    return sections


def _ordinary(path: str) -> bool:
    """Whether no part of a path is one that git refuses."""
    return all(
        part
        and part[-1] != "."
        and part.lower() != ".git"  # "." and "..", and what some systems take for .git
        for part in path.split("/")
    )


def _fits(header: re.Match[bytes], entry: FileEntry | None) -> bool:
    """Whether a header agrees with itself and with what the base has at its path."""
    kind, mode, kept = header["kind"], header["mode"], header["kept"]
    if header["old"] is not None:
        old, new = _SIDES[kind]
        if not (header["old"].startswith(old) and header["new"].startswith(new)):
            return False
    if kind == b"new":
        return entry is None and kept is None
    if entry is None or entry.mode not in _REGULAR:
        return False
    told = mode if kind else kept
    return (told is None or told.decode() == entry.mode) and not (kind and kept)


def _in_the_way(path: str, entries: Mapping[str, FileEntry], files: Mapping[str, bytes | None]) -> bool:
    """Whether a folder of a path is something else in the base, or is named by the patch as a file."""
    return any(
        folder in files or ((entry := entries.get(folder)) is not None and entry.mode != _FOLDER)
        for folder in folders(path)
    )


def _changed(hunks: list[re.Match[bytes]], base: bytes) -> tuple[bytes, int, int] | None:
    """A file after its hunks, with the lines added and removed."""
    lines = BytesIO(base).readlines()
    result: list[bytes] = []
    at = added = removed = 0
    for match in hunks:
        hunk = _hunk(match, added - removed)
        if hunk is None or hunk.start < at:
            return None
        end = hunk.start + len(hunk.before)
        if lines[hunk.start : end] != hunk.before or not (hunk.open_ended or end == len(lines)):
            return None
        result += lines[at : hunk.start]
        result += hunk.after
        at = end
        added, removed = added + hunk.added, removed + hunk.removed
    result += lines[at:]
    patched = b"".join(result)
    if len(result) - patched.count(b"\n") > (not patched.endswith(b"\n")):
        return None  # a line that is not the last lacks its end
    return patched, added, removed


def _hunk(match: re.Match[bytes], grown: int) -> _Hunk | None:
    """A hunk whose counts are right and whose two starts name one place; the hunks before it added ``grown`` lines."""
    lines = _lines(match[5])
    if lines is None:
        return None
    before = [line[1:] for line in lines if line[0] != _PLUS]
    after = [line[1:] for line in lines if line[0] != _MINUS]
    old, old_length, new, new_length = (1 if part is None else int(part) for part in match.groups()[:4])
    added, removed = len(lines) - len(before), len(lines) - len(after)
    if (len(before), len(after)) != (old_length, new_length) or not (added or removed):
        return None
    # git looks first at the line before the new start; what says that it is the old file's first must be there
    start, place = old - bool(before), max(new - 1, 0)
    if start < 0 or place != start + grown or (old <= 1 and place):
        return None
    return _Hunk(before, after, start, added, removed, lines[-1][0] not in (_PLUS, _MINUS))


def _lines(body: bytes) -> list[bytes] | None:
    """The lines of a hunk with their terminators, which a marker behind a line takes away."""
    lines = BytesIO(body).readlines()
    if _NO_NEWLINE not in lines:
        return lines
    ended: list[bytes] = []
    for line in lines:
        if line[0] != _BACKSLASH:
            ended.append(line)
        elif ended and len(ended[-1]) > 2 and ended[-1].endswith(b"\n"):
            ended[-1] = ended[-1][:-1]
        else:
            return None
    return ended
