"""How ``git apply --cached`` reads a patch and what it makes of it, where that is certain without starting it.

Only the plain case is certain, and nearly all patches are plain: sections as ``git diff`` writes them with
nothing between, before or behind them, and every hunk word for word at the line that it names. All else is left
to git: offsets, less context, renames, modes, binary parts, quoted or odd names, the same file twice, a rejection.
The conditions are those of git's ``apply.c`` (``parse_git_diff_header``, ``parse_fragment``,
``apply_one_fragment``, ``find_pos``, ``match_fragment``, ``check_patch``) and of ``verify_path``; the tests hold
both to be the same.
"""

import re
from collections.abc import Mapping
from io import BytesIO
from itertools import islice
from typing import NamedTuple

from reviewer.model import FileEntry
from reviewer.sources.git.scratch import FileCount

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
_NULL = b"/dev/null"
_HUNK = re.compile(
    rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@.*\n"
    rb"((?:[ +-].*\n|\\ No newline at end of file\n)++)"
)
_NO_NEWLINE = b"\\ No newline at end of file\n"
_PLUS, _MINUS, _BACKSLASH = b"+-\\"


class _Hunk(NamedTuple):
    """The starts of a hunk's header, and its lines before and after, with their terminators."""

    old: int
    new: int
    before: list[bytes]
    after: list[bytes]
    added: int
    removed: int
    open_ended: bool
    """Whether it ends in context, so that more of the file may follow."""


class FilePatch(NamedTuple):
    """What a patch does to one file. ``mode`` is the one that its header names, if it does."""

    counts: FileCount
    new: bool
    deleted: bool
    mode: str | None
    hunks: list[_Hunk]


def folders(path: str) -> list[str]:
    """The folders that a path lies in, outermost first."""
    return [path[:at] for at, letter in enumerate(path) if letter == "/"]


def read_exactly(patch: bytes) -> list[FilePatch] | None:
    """A patch that is sections of one file each and not a byte besides; ``None``: git must be asked."""
    if not patch or len(patch) > _LARGE or b"\0" in patch:
        return None
    files = []
    at = 0
    while at < len(patch):
        header = _HEADER.match(patch, at)
        if header is None:
            return None
        at = header.end()
        hunks = []
        while match := _HUNK.match(patch, at):
            hunk = _hunk(match)
            if hunk is None:
                return None
            hunks.append(hunk)
            at = match.end()
        file = _file(header, hunks)
        if file is None:
            return None
        files.append(file)
    return files


def apply_exactly(
    patch: list[FilePatch], entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]
) -> dict[str, bytes | None] | None:
    """The files as patched (a deleted one is ``None``), by path in the patch's order; ``None``: git must be asked.

    ``entries`` are what the base has at the paths of the patch and at their folders, ``blobs`` its bytes by id.
    """
    files: dict[str, bytes | None] = {}
    for file in patch:
        path = file.counts.path
        entry = entries.get(path)
        if path in files or not _fits(file, entry):
            return None
        base = blobs.get(entry.blob) if entry is not None else b""
        patched = _changed(file.hunks, base) if base is not None else None
        if patched is None or (file.deleted and patched):
            return None
        files[path] = None if file.deleted else patched
    return None if any(_is_blocked(path, entries, files) for path in files) else files


def _file(header: re.Match[bytes], hunks: list[_Hunk]) -> FilePatch | None:
    """One file's section, whose header agrees with itself and with its hunks."""
    path, kind = header["path"].decode("ascii"), header["kind"]
    new, deleted = kind == b"new", kind == b"deleted"
    named = header["old"] is not None
    if named != bool(hunks) or not (named or kind) or (kind and header["kept"]):
        return None
    # git refuses some names or tidies them up: "." and "..", and what some systems take for ".git"
    if not all(part and part[-1] != "." and part.lower() != ".git" for part in path.split("/")):
        return None
    if named and ((header["old"] == _NULL) != new or (header["new"] == _NULL) != deleted):
        return None
    if any((new and hunk.before) or (deleted and hunk.after) for hunk in hunks):
        return None
    counts = FileCount(path, sum(hunk.added for hunk in hunks), sum(hunk.removed for hunk in hunks))
    mode = header["mode"] or header["kept"]
    return FilePatch(counts, new, deleted, mode.decode() if mode else None, hunks)


def _hunk(match: re.Match[bytes]) -> _Hunk | None:
    """A hunk that changes something and whose counts are right."""
    lines = _lines(match[5])
    if lines is None:
        return None
    before = [line[1:] for line in lines if line[0] != _PLUS]
    after = [line[1:] for line in lines if line[0] != _MINUS]
    old, old_length, new, new_length = (1 if part is None else int(part) for part in match.groups()[:4])
    added, removed = len(lines) - len(before), len(lines) - len(after)
    if (len(before), len(after)) != (old_length, new_length) or not (added or removed):
        return None
    return _Hunk(old, new, before, after, added, removed, lines[-1][0] not in (_PLUS, _MINUS))


def _lines(body: bytes) -> list[bytes] | None:
    """The lines of a hunk with their terminators, which a marker takes from the last one of a side."""
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
    for other in (_PLUS, _MINUS):
        side = [line for line in ended if line[0] != other]
        if not all(line.endswith(b"\n") for line in side[:-1]):
            return None
    return ended


def _fits(file: FilePatch, entry: FileEntry | None) -> bool:
    """Whether the base has at a path what its header says."""
    if file.new or entry is None:
        return file.new and entry is None
    return entry.mode in _REGULAR and file.mode in (None, entry.mode)


def _is_blocked(path: str, entries: Mapping[str, FileEntry], files: Mapping[str, bytes | None]) -> bool:
    """Whether a folder of a path is something else in the base, or is named by the patch as a file."""
    return any(
        folder in files or ((entry := entries.get(folder)) is not None and entry.mode != _FOLDER)
        for folder in folders(path)
    )


def _changed(hunks: list[_Hunk], base: bytes) -> bytes | None:
    """A file after its hunks, each of them word for word at its line and behind the one before it."""
    rest = BytesIO(base)
    result: list[bytes] = []
    at = grown = 0
    for hunk in hunks:
        # git looks first at the line before the new start; a hunk that names the old file's first line must be there
        start, new_start = hunk.old - bool(hunk.before), max(hunk.new - 1, 0)
        if start < at or new_start != start + grown or (hunk.old <= 1 and new_start):
            return None
        kept = list(islice(rest, start - at))
        if len(kept) < start - at or list(islice(rest, len(hunk.before))) != hunk.before:
            return None
        if not (hunk.open_ended or rest.tell() == len(base)) or _is_cut(result):
            return None
        result += kept
        result += hunk.after
        at, grown = start + len(hunk.before), grown + hunk.added - hunk.removed
    if _is_cut(result) and rest.tell() < len(base):
        return None
    return b"".join(result) + rest.read()


def _is_cut(lines: list[bytes]) -> bool:
    """Whether the last line has no end, so that nothing may follow it."""
    return bool(lines) and not lines[-1].endswith(b"\n")
