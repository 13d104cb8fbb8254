"""Splits a patch into files as git does: which lines are headers, which are hunks, and what the paths are.

Hunk bodies are skipped by counting, so a diff inside a diff is never taken for a header. The rules for
names are those of git's ``apply.c``: names of a ``diff --git`` line, then ``rename``/``copy`` lines, then
``---``/``+++``; C-quoted names are decoded; a plain ``diff -u`` takes the shorter of two related names.
Unlike git, nothing is stripped from a path that has no ``a/`` and ``b/`` in front, and absolute and
climbing paths stay as they are.
"""

import re
from typing import NamedTuple

from reviewer import text
from reviewer.model import ChangeKind

DEV_NULL = "/dev/null"

_HUNK = re.compile(r"@@ -(\d{1,12})(?:,(\d{1,12}))? \+(\d{1,12})(?:,(\d{1,12}))? @@ ?(.*)", re.ASCII)
_INDEX = re.compile(r"([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d+))?$")
_EPOCH = re.compile(r"(?:1969-12-31|1970-01-01) ")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_PREFIX_PAIRS = {frozenset(pair) for pair in ("ab", "iw", "ci", "cw", "ow", "12")}
"""``a/ b/``, git's mnemonic prefixes, and those of ``git diff --no-index``; either way round."""


class HunkSpan(NamedTuple):
    """A hunk by line indexes: its header is ``lines[start]``, its body ends before ``lines[end]``.

    ``source_missing`` and ``target_missing`` count the lines that its header promises and the patch lacks.
    """

    start: int
    end: int
    source_missing: int = 0
    target_missing: int = 0


class Section:
    """What the headers say about one file, and where its hunks are."""

    def __init__(self, row: int, names: tuple[str, str] | None = None) -> None:
        self.row = row
        self.git = names is not None
        self.has_files = False
        self.prefixes = _prefixes(*names) if names else ("", "")
        self.old, self.new = self._without_prefixes(*names) if names else ("", "")
        self.kind: ChangeKind = "modified"
        self.binary = False
        self.has_data = True
        self.blobs: tuple[str | None, str | None] = (None, None)
        self.old_mode: str | None = None
        self.new_mode: str | None = None
        self.hunks: list[HunkSpan] = []

    def _without_prefixes(self, old: str, new: str) -> tuple[str, str]:
        return old.removeprefix(self.prefixes[0]), new.removeprefix(self.prefixes[1])

    def set_files(self, source: str, target: str) -> None:
        """Take the names of a ``---`` and ``+++`` pair (everything behind the sign)."""
        self.has_files = True
        (old, old_time), (new, new_time) = _file_name(source), _file_name(target)
        if not self.git:
            self.prefixes = _prefixes(old, new)
            if new != DEV_NULL and _EPOCH.match(old_time):
                old = DEV_NULL
            elif old != DEV_NULL and _EPOCH.match(new_time):
                new = DEV_NULL
        if old == DEV_NULL and new != DEV_NULL:
            self.kind = "added"
        elif new == DEV_NULL and old != DEV_NULL:
            self.kind = "deleted"
        if self.kind in ("renamed", "copied"):
            return
        self.old, self.new = self._without_prefixes(old, new)
        if not self.git and self.kind == "modified":
            # `diff -u x.orig x`: one file; the shorter name where one only adds an ending to the other
            self.old = self.new = self.old if self.new.startswith(self.old) else self.new

    def read_extended(self, line: str) -> None:
        """Take one of git's extended header lines; others are ignored."""
        if line.startswith("old mode "):
            self.old_mode = line[9:]
        elif line.startswith("new mode "):
            self.new_mode = line[9:]
        elif line.startswith("new file mode "):
            self.kind, self.new_mode = "added", line[14:]
        elif line.startswith("deleted file mode "):
            self.kind, self.old_mode = "deleted", line[18:]
        elif line.startswith(("rename from ", "copy from ")):
            self.old = unquote(line.partition(" from ")[2])
        elif line.startswith(("rename to ", "copy to ")):
            self.kind = "renamed" if line.startswith("rename") else "copied"
            self.new = unquote(line.partition(" to ")[2])
        elif line.startswith("index ") and (match := _INDEX.match(line, 6)):
            self.blobs = match[1], match[2]
            if match[3]:
                self.old_mode = self.new_mode = match[3]
        elif line == "GIT binary patch":
            self.binary = True
        elif _binary_names(line):
            self.binary, self.has_data = True, False

    def paths(self) -> tuple[str | None, str | None, ChangeKind]:
        """Old path, new path and kind of change; no old path for a new file, no new one for a deleted."""
        if self.kind == "added":
            return None, self.new, "added"
        if self.kind == "deleted":
            return self.old, None, "deleted"
        if self.kind == "modified" and self.old != self.new:
            return self.old, self.new, "renamed"
        return self.old, self.new, self.kind


class Outline(NamedTuple):
    """The files of a patch in order; ``error`` says why the rest could not be read, ``error_row`` where."""

    sections: list[Section]
    error: str | None = None
    error_row: int | None = None


def outline(lines: list[str]) -> Outline:
    """Split the lines of a patch (with their terminators) into files; linear, never raises."""
    sections: list[Section] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        section = sections[-1] if sections else None
        if line.startswith("@@ -") and (match := _HUNK.match(line)):
            if section is None or not section.has_files:
                return Outline(sections, "a hunk without the names of its file", at + 1)
            span, problem = _span(lines, at, match)
            if span.end > at + 1:
                section.hunks.append(span)
            if problem:
                row = min(span.end + 1, len(lines)) if span.end > at + 1 else at + 1
                return Outline(sections, problem, row)
            at = span.end
            continue
        in_git_header = section is not None and section.git and not section.has_files
        if line.startswith("--- ") and _names_follow(lines, at, in_git_header):
            if section is None or not in_git_header:
                section = Section(at + 1)
                sections.append(section)
            section.set_files(line[4:], lines[at + 1][4:])
            at += 2
            continue
        header = line.rstrip("\r\n")
        if header.startswith("diff --git "):
            sections.append(Section(at + 1, _git_names(header[11:])))
        elif header.startswith(("diff --cc ", "diff --combined ")):
            return Outline(sections, "a combined diff of a merge", at + 1)
        elif section is not None and in_git_header:
            section.read_extended(header)
        elif names := _binary_names(header):
            section = Section(at + 1)
            section.set_files(*names)
            section.binary, section.has_data = True, False
            sections.append(section)
        at += 1
    return Outline(sections)


def _names_follow(lines: list[str], at: int, in_git_header: bool) -> bool:
    """Whether ``---`` at ``lines[at]`` names a file: ``+++`` follows and, as prose may too, a hunk."""
    if at + 1 >= len(lines) or not lines[at + 1].startswith("+++ "):
        return False
    return in_git_header or (at + 2 < len(lines) and lines[at + 2].startswith("@@ -"))


def _span(lines: list[str], start: int, header: re.Match[str]) -> tuple[HunkSpan, str | None]:
    source, target = (1 if length is None else int(length) for length in (header[2], header[4]))
    if not source and not target:
        return HunkSpan(start, start + 1), "a hunk without lines"
    at, problem = start + 1, None
    while source or target:
        if at == len(lines):
            problem = "the patch is cut off: its last hunk is shorter than its header says"
            break
        line = lines[at]
        kind = line[0]
        if kind == "+" and target:
            target -= 1
        elif kind == "-" and source:
            source -= 1
        elif (kind == " " or line in ("\n", "\r\n")) and source and target:
            source -= 1
            target -= 1
        elif kind != "\\":
            known = kind in "+- " or line in ("\n", "\r\n")
            problem = f"a hunk is {'longer' if known else 'shorter'} than its header says"
            break
        at += 1
    if problem is None and at < len(lines) and lines[at].startswith("\\ "):
        at += 1
    if problem is None and at == len(lines) and not lines[-1].endswith("\n") and lines[-1][0] != "\\":
        problem = "the patch is cut off in the middle of a line"
    return HunkSpan(start, at, source, target), problem


def cut_header(line: str, span: HunkSpan) -> str:
    """The header of a hunk with the lengths of what is really there."""
    match = _HUNK.match(line)
    assert match is not None  # a span starts at a line that matched
    source, target = (1 if length is None else int(length) for length in (match[2], match[4]))
    counts = f"-{match[1]},{source - span.source_missing} +{match[3]},{target - span.target_missing}"
    return f"@@ {counts} @@ {match[5]}\n"


def _binary_names(line: str) -> tuple[str, str] | None:
    if not (line.startswith("Binary files ") and line.endswith(" differ") and " and " in line):
        return None
    old, _, new = line[len("Binary files ") : -len(" differ")].partition(" and ")
    return old, new


def _file_name(rest: str) -> tuple[str, str]:
    name, _, time = rest.rstrip("\r\n").partition("\t")
    return unquote(name), time


def _prefixes(old: str, new: str) -> tuple[str, str]:
    if DEV_NULL in (old, new):
        return tuple(name[:2] if name[:2] in ("a/", "b/") else "" for name in (old, new))  # type: ignore[return-value]
    if old[1:2] == "/" == new[1:2] and frozenset((old[0], new[0])) in _PREFIX_PAIRS:
        return old[:2], new[:2]
    return "", ""


def _git_names(rest: str) -> tuple[str, str]:
    """The two names of a ``diff --git`` line. Unquoted names may hold spaces: then both are the same."""
    if rest.startswith('"') and (end := _closing_quote(rest)):
        return unquote(rest[: end + 1]), unquote(rest[end + 2 :])
    if rest.endswith('"') and ' "' in rest:
        first, _, second = rest.partition(' "')
        return first, unquote('"' + second)
    middle = len(rest) // 2
    first, second = rest[:middle], rest[middle + 1 :]
    if rest[middle : middle + 1] == " " and (first == second or first[1:] == second[1:]):
        return first, second
    first, separator, second = rest.rpartition(" b/")
    if separator:
        return first, "b/" + second
    first, _, second = rest.partition(" ")
    return first, second


def _closing_quote(name: str) -> int:
    at = 1
    while at < len(name) and name[at] != '"':
        at += 2 if name[at] == "\\" else 1
    return at if at < len(name) else 0


def unquote(name: str) -> str:
    r"""A path as git quotes it (``"caf\303\251"``) in plain text; others are returned as they are."""
    if len(name) < 2 or not (name.startswith('"') and name.endswith('"')):
        return name

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) & 255]) if len(code) == 3 else _ESCAPED.get(code, code)

    return text.decode(_ESCAPE.sub(plain, text.encode(name[1:-1])))
