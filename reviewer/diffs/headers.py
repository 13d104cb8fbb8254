"""Splits a patch into files as ``git apply`` does: which lines are headers, which are hunks, and what the paths are.

Hunk bodies are skipped by counting, so a diff inside a diff is never taken for a header. Headers are found and names
are read by the rules of git's ``apply.c`` (``find_header``, ``git_header_name``, ``find_name_common``,
``gitdiff_verify_name``, ``parse_traditional_patch``, ``guess_p_value``): one folder is stripped, whatever its name; no
folder is stripped from the first plain ``---``/``+++`` pair without any on, if there is one. The tests hold both to be
the same.
"""

import re
from typing import NamedTuple

from reviewer import text
from reviewer.model import ChangeKind

_HUNK = re.compile(r"@@ -(\d{1,12})(?:,(\d{1,12}))? \+(\d{1,12})(?:,(\d{1,12}))? @@ ?(.*)", re.ASCII)
_INDEX = re.compile(r"([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d+))?\s", re.ASCII)
_DEV_NULL = re.compile(r"/dev/null[ \t\r\n]")
_TIME = re.compile(
    r"(?:\d\d)?\d\d-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?(?: [+-]\d{4}| [+-]\d\d:\d\d)?\Z", re.ASCII
)
_EPOCH = re.compile(
    r"(1969-12-31|1970-01-01) ([0-2]\d):([0-5]\d):00(?:\.0+)? ([+-][0-2]\d):?([0-5]\d)\n", re.ASCII
)
_EXTENDED = re.compile(
    r"(---|\+\+\+|(?:old|new|deleted file|new file) mode|copy (?:from|to)|rename (?:old|new|from|to)"
    r"|(?:dis)?similarity index|index) (.*\n)"
)
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*"')
_SLASHES = re.compile("/{2,}")
_NAMELESS = "a file without a name behind its first folder, which git takes off"


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

    def __init__(self, row: int) -> None:
        self.row = row
        self.step = 0
        """Which of the diffs it is in that have text between them, from 0."""
        self.end = row
        """The index of the line behind its headers and hunks."""
        self.old: str | None = None
        self.new: str | None = None
        self.kind: ChangeKind = "modified"
        self.binary = False
        self.has_data = True
        self.blobs: tuple[str | None, str | None] = (None, None)
        self.old_mode: str | None = None
        self.new_mode: str | None = None
        self.hunks: list[HunkSpan] = []

    def changes_nothing(self) -> bool:
        """Whether there are neither hunks nor binary data nor another name or mode, which git refuses."""
        modes = {self.old_mode, self.new_mode} - {None}
        return self.kind == "modified" and not self.hunks and not self.binary and len(modes) < 2

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


class _Unreadable(Exception):
    """Why a patch cannot be read any further, and the row."""

    def __init__(self, reason: str, row: int) -> None:
        super().__init__(reason)
        self.row = row


def outline(lines: list[str]) -> Outline:
    """Split the lines of a patch (with their terminators) into files; linear, never raises."""
    sections: list[Section] = []
    reader = _Headers(lines)
    at = 0
    between = False
    try:
        while at < len(lines):
            line = lines[at]
            if line.startswith("@@ -") and _HUNK.match(line):
                raise _Unreadable("a hunk without the names of its file", at + 1)
            if line.startswith(("diff --cc ", "diff --combined ")):
                raise _Unreadable("a combined diff of a merge", at + 1)
            section, start = None, at
            if line.startswith("diff --git ") and sum(map(len, lines[at + 1 : at + 7])) >= 6:
                section, at = reader.git(at)
            elif line.startswith("--- ") and [x[:4] for x in lines[at + 1 : at + 3]] == ["+++ ", "@@ -"]:
                section, at = reader.plain(at)
            at = max(at, start + 1)
            if section is not None:
                section.step = sections[-1].step + between if sections else 0
                between = False
                sections.append(section)
                section.end = at = _body(lines, at, section)
                if section.changes_nothing():
                    raise _Unreadable("a file of which nothing is changed", section.row)
            elif sections and line.strip() and (not sections[-1].binary or line.startswith("From ")):
                between = True
    except _Unreadable as problem:
        return Outline(sections, str(problem), problem.row)
    return Outline(sections)


def _body(lines: list[str], at: int, section: Section) -> int:
    """Read the hunks of a file, or that it is binary; gives the line behind them. Raises :class:`_Unreadable`."""
    while at < len(lines) and lines[at].startswith("@@ -") and (match := _HUNK.match(lines[at])):
        span, problem = _span(lines, at, match)
        if span.end > at + 1:
            section.hunks.append(span)
        if problem:
            raise _Unreadable(problem, min(span.end + 1, len(lines)) if span.end > at + 1 else at + 1)
        at = span.end
    if not section.hunks and at < len(lines):
        line = lines[at].rstrip("\r\n")
        differ = line.startswith(("Binary files ", "Files ")) and line.endswith(" differ")
        section.binary, section.has_data = differ or line == "GIT binary patch", not differ
    return at


class _Headers:
    """Reads the headers of files; how many folders are stripped is decided by the first plain one, as in git."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._strip = 1
        self._decided = False

    def plain(self, at: int) -> tuple[Section, int]:
        """The file that ``---`` and ``+++`` at ``lines[at]`` name, and the line behind them."""
        old, new = self._lines[at][4:], self._lines[at + 1][4:]
        section = Section(at + 1)
        missing_old, missing_new = (_DEV_NULL.match(name) is not None for name in (old, new))
        bare = None if missing_new or self._decided else _plain_name(new, 0)
        if bare is not None and "/" not in bare:
            self._strip, self._decided = 0, True
        if missing_old:
            name = _plain_name(new, self._strip)
        else:
            name = _plain_name(old, self._strip)
            if not missing_new:
                name = _plain_name(new, self._strip, name)
        if name is None:
            raise _Unreadable(_NAMELESS, at + 1)
        section.old = section.new = name
        if missing_old or (not missing_new and _is_epoch(old)):
            section.kind = "added"
        elif missing_new or _is_epoch(new):
            section.kind = "deleted"
        return section, at + 2

    def git(self, at: int) -> tuple[Section | None, int]:
        """The file of a ``diff --git`` line and the line behind its headers; no file where none follow."""
        section = Section(at + 1)
        name = _common_name(self._lines[at][11:], self._strip)
        start = at
        while (at := at + 1) < len(self._lines):
            header = _EXTENDED.match(self._lines[at])
            if header is None:
                break
            self._read_extended(section, header[1], header[2], name, at + 1)
        if section.old is None and section.new is None:
            section.old = section.new = name
        if (section.new is None and section.kind != "deleted") or (
            section.old is None and section.kind != "added"
        ):
            raise _Unreadable(_NAMELESS, start + 1)
        return (section if at > start + 1 else None), at

    def _read_extended(self, section: Section, header: str, rest: str, common: str | None, row: int) -> None:
        """Take one of git's extended headers. Raises :class:`_Unreadable` where names contradict each other."""
        if header == "---":
            if section.kind != "added" and section.old is None and _DEV_NULL.match(rest):
                section.kind = "added"
            else:
                section.old = self._same(rest, section.old, section.kind == "added", row)
        elif header == "+++":
            section.new = self._same(rest, section.new, section.kind == "deleted", row)
        elif header == "new file mode":
            section.kind, section.new = "added", common
        elif header == "deleted file mode":
            section.kind, section.old = "deleted", common
        elif header.startswith(("rename", "copy")):
            section.kind = "renamed" if header.startswith("rename") else "copied"
            name = _find_name(rest, max(self._strip - 1, 0), ends="\r\n")
            if header.endswith(("from", "old")):
                section.old = name
            else:
                section.new = name
        if header in ("old mode", "deleted file mode"):
            section.old_mode = rest.rstrip()
        elif header in ("new mode", "new file mode"):
            section.new_mode = rest.rstrip()
        elif header == "index" and (match := _INDEX.match(rest)):
            section.blobs = match[1], match[2]
            if match[3]:
                section.old_mode = section.new_mode = match[3]

    def _same(self, rest: str, known: str | None, absent: bool, row: int) -> str | None:
        """The name in a ``---`` or ``+++`` line of git's, which must be the known one, or none."""
        if absent:
            if known is None and _DEV_NULL.match(rest):
                return None
        else:
            name = _find_name(rest, self._strip, ends="\t\r\n")
            if known in (None, name):
                return name
        raise _Unreadable("the names of a file contradict each other", row)


def _span(lines: list[str], start: int, header: re.Match[str]) -> tuple[HunkSpan, str | None]:
    source, target = (1 if length is None else int(length) for length in (header[2], header[4]))
    if not source and not target:
        return HunkSpan(start, start + 1), "a hunk without lines"
    at, problem = start + 1, None
    while source or target:
        if at == len(lines):
            problem = "the patch is cut off: its last hunk is shorter than its header says"
            if source == target:
                problem += f" by {source} of its context, as where blank lines at the end were stripped"
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
    return HunkSpan(start, at, source, target), problem


def cut_header(line: str, span: HunkSpan) -> str:
    """The header of a hunk with the lengths of what is really there."""
    match = _HUNK.match(line)
    assert match is not None  # a span starts at a line that matched
    source, target = (1 if length is None else int(length) for length in (match[2], match[4]))
    counts = f"-{match[1]},{source - span.source_missing} +{match[3]},{target - span.target_missing}"
    return f"@@ {counts} @@ {match[5]}\n"


def _common_name(rest: str, strip: int) -> str | None:
    """The name that stands twice in a ``diff --git`` line, ``None`` where it does not (as in a rename)."""
    rest = rest.removesuffix("\n")
    if rest.startswith('"'):
        if (quoted := _QUOTED.match(rest)) is None:
            return None
        first = _behind_folders(unquote(quoted[0]), strip)
        # git never finds a quoted name again that is not quoted the second time
        other = _QUOTED.match(rest[quoted.end() :].lstrip(" \t\r\n"))
        return first if other and first == _behind_folders(unquote(other[0]), strip) else None
    name = _behind_folders(rest, strip)
    if name is None:
        return None
    if '"' in name:
        at = name.index('"')
        second = _behind_folders(unquote(quoted[0]), strip) if (quoted := _QUOTED.match(name, at)) else None
        fits = second is not None and len(second) < at and name[len(second)] in " \t\r"
        return second if fits and second is not None and name.startswith(second) else None
    for end, letter in enumerate(name):
        if letter in " \t":
            start = _start(name, end + 1, strip)
            if start is not None and len(name) - start == end and name.startswith(name[start:]):
                return name[:end]
    return None


def _behind_folders(name: str, strip: int) -> str | None:
    start = _start(name, 0, strip)
    return None if start is None else name[start:]


def _start(names: str, at: int, strip: int) -> int | None:
    """Where a name from ``at`` on begins without its first folders; ``None`` for an absolute one, or without folders."""
    if names.startswith("/", at):
        return None
    return names.find("/", at) + 1 or None if strip else at


def _plain_name(rest: str, strip: int, other: str | None = None) -> str | None:
    """The name behind ``---`` or ``+++`` of a plain diff, a time of GNU diff behind it left out."""
    if not ((quoted := _QUOTED.match(rest)) and unquote(quoted[0]).count("/") >= strip):
        line = rest.removesuffix("\n")
        if (time := _TIME.search(line)) and line[: time.start()].endswith((" ", "\t")):
            name = line[: time.start()]
            return _stripped(name[:-1] if name[-1] == "\t" else name.rstrip(" "), strip, other)
    return _find_name(rest, strip, other, ends="\t\r\n")


def _find_name(rest: str, strip: int, other: str | None = None, *, ends: str) -> str | None:
    """The name at the start of a line, ended by one of ``ends`` or quoted, without its first ``strip`` folders."""
    if (quoted := _QUOTED.match(rest)) and len(parts := unquote(quoted[0]).split("/", strip)) > strip:
        return _SLASHES.sub("/", parts[-1])
    end = min((at for letter in ends if (at := rest.find(letter)) >= 0), default=len(rest))
    return _stripped(rest[:end], strip, other)


def _stripped(name: str, strip: int, other: str | None) -> str | None:
    """A name without its first folders; the ``other`` name of the file where that is its beginning (``x.orig``)."""
    parts = name.split("/", strip)
    if len(parts) <= strip or not parts[-1] or (other and parts[-1].startswith(other)):
        return other
    return _SLASHES.sub("/", parts[-1])


def _is_epoch(rest: str) -> bool:
    """Whether a line ends in the time by which GNU diff says that there is no such file."""
    time = _EPOCH.match(rest.rpartition("\t")[2]) if "\t" in rest else None
    if time is None:
        return False
    offset = int(time[4]) * 60 + int(time[4][0] + time[5])
    return int(time[2]) * 60 + int(time[3]) - offset == (24 * 60 if time[1].startswith("1969") else 0)


def unquote(name: str) -> str:
    r"""A path that git quoted (``"caf\303\251"``) in plain text."""

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) & 255]) if len(code) == 3 else _ESCAPED.get(code, code)

    return text.decode(_ESCAPE.sub(plain, text.encode(name[1:-1])))
