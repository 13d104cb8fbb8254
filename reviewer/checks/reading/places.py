"""Which function a line stands in, told by indentation and heads: a parse takes eight times as long.

Python, C, C++ and CUDA. A name is dotted as in Python (``VllmConfig.__post_init__``); a statement at the
top of a Python file gives the name it assigns to (``environment_variables``).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from reviewer.checks.languages import is_c_like, is_python
from reviewer.checks.reading.changes import MAX_LINE, Edit, Line
from reviewer.checks.unanswered import Unanswerable
from reviewer.model import FileChange
from reviewer.sources.git.process import GitError
from reviewer.text import decode

_PYTHON_HEAD = re.compile(r"(?:async\s+)?(?:def|class)\s+(\w+)")
_ASSIGNED = re.compile(r"(\w+)\s*(?::[^=]*)?=(?!=)")

_C_NO_HEAD = re.compile(
    r"(?:if|else|for|while|switch|return|do|case|throw|delete|new|using|typedef|goto|co_\w+|template|namespace)\b"
)
_C_SPECIFIERS = re.compile(
    r"\b(?:__launch_bounds__|__attribute__|__align__|alignas|decltype|declspec)\s*\(.*?\)+"
)
_C_BEFORE = re.compile(r"[\w:<>,*&~ \t\[\]]*")
_C_SIGNS = frozenset({"*", "&", "&&", "sizeof", "alignof"})
"""What a product, a bit-wise and or a size has in front of its bracket, and a function's head has not."""
_C_NAME = re.compile(r"(?:\w+::)*~?\w+")
_C_TYPE = re.compile(
    r"(?:typedef\s+)?(?:class|struct|union|enum(?:\s+class)?)\s+(?:alignas\(\w+\)\s*)?(\w+)[^;()]*$"
)
_C_KINDS = ("class", "struct", "union", "enum")
_C_MACRO = re.compile(r"#\s*define\s+(\w+)")

_WALK = 4_000
"""Lines that are gone back at most in looking for the head of one function."""

NAMELESS = ""
"""The top of a file, outside every function."""


def head(path: str, line: str) -> str | None:
    """The name that a line defines as function or class, ``None`` where it defines none."""
    if is_python(path):
        if "def " not in line and "class " not in line:
            return None
        match = _PYTHON_HEAD.match(line[:MAX_LINE].strip())
        return match[1] if match else None
    stripped = line[:MAX_LINE].strip()
    if is_c_like(path):
        return _c_head(stripped, line[:1].isspace())
    return None


def heads(path: str, lines: Iterable[Line]) -> list[tuple[Line, str]]:
    """The lines that define a function or class, with its name."""
    if is_python(path):
        lines = [line for line in lines if "def " in line.text or "class " in line.text]
    return [(line, name) for line in lines if (name := head(path, line.text)) is not None]


def _c_head(stripped: str, indented: bool) -> str | None:
    """A function or type that begins on this line of C; a call at the start of a line is none."""
    if not stripped or stripped[0] in "#/*}{)" or _C_NO_HEAD.match(stripped):
        return None
    if "(" not in stripped and not any(kind in stripped for kind in _C_KINDS):
        return None
    kind = _C_TYPE.match(stripped)
    if kind:
        return kind[1]
    before, opened, _ = _C_SPECIFIERS.sub("", stripped).partition("(")
    words = before.split()
    if not opened or not words or not _C_SIGNS.isdisjoint(words) or not _C_BEFORE.fullmatch(before):
        return None
    name = words[-1].lstrip("*&")
    if not _C_NAME.fullmatch(name) or (indented and (len(words) == 1 or stripped.endswith(";"))):
        return None
    return name.replace("::", ".")


class Outline:
    """The lines of one file and the functions they stand in; what was found out is kept."""

    def __init__(self, path: str, text: str) -> None:
        self.text = text
        self._lines = text.split("\n")
        self._path = path
        self._find = self._in_python if is_python(path) else self._in_c if is_c_like(path) else None
        self._full: dict[int, str] = {}
        self._walks: dict[int, list[tuple[int, int]]] = {}
        """By indentation, from which line down to which line above all are indented as much, upper end first."""
        self._known: dict[tuple[int, int | None], str] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, at: int) -> str | None:
        """The line at an index from 0, ``None`` behind the end."""
        return self._lines[at] if 0 <= at < len(self._lines) else None

    def place(self, at: int, indent: int | None = None) -> str:
        """The function around the gap in front of line ``at`` (from 0) for code of this indentation.

        Without ``indent`` it is the line's own place: a head stands in the function it begins.
        """
        found = self._known.get((at, indent))
        if found is None:
            found = self._known[at, indent] = self._place(at, indent)
        return found

    def _place(self, at: int, indent: int | None) -> str:
        if self._find is None:
            return NAMELESS
        if indent is None:
            line = self.line(at) or ""
            indent = _indent(line)
            begun = head(self._path, line)
            if begun is not None:
                return self._named(at, begun, indent)
            if line[indent : indent + 1] in (")", "]", "}"):
                indent += 1  # the end of a signature or a call belongs to what it ends
            if not line.strip():
                indent = _indent(next((x for x in self._lines[at : at + 20] if x.strip()), ""))
        return self._find(at, indent)

    def _named(self, at: int, name: str, indent: int) -> str:
        """The full name of the function whose head is line ``at``."""
        if at not in self._full:
            above = self._find(at, indent) if indent and self._find else NAMELESS
            self._full[at] = f"{above}.{name}" if above else name
        return self._full[at]

    def _in_python(self, at: int, indent: int) -> str:
        own = self.line(at) if indent == 0 else None
        if own is not None and (assigned := _ASSIGNED.match(own)):
            return assigned[1]
        index = min(at, len(self._lines))
        lowest = max(index - _WALK, 0)
        while indent and (index := self._outer(index, lowest, indent)) >= 0:
            line = self._lines[index]
            indent = _indent(line)
            if match := _PYTHON_HEAD.match(line, indent):
                return self._named(index, match[1], indent)
            if indent == 0 and (match := _ASSIGNED.match(line)):
                return match[1]
        return NAMELESS

    def _outer(self, end: int, lowest: int, indent: int) -> int:
        """The nearest line above line ``end`` that is indented less and no comment or closing bracket.

        -1 for none down to ``lowest``. Where earlier walks have been is not gone again.
        """
        walks = self._walks.setdefault(indent, [])
        number = bisect_left(walks, (end, 0))
        found, start = walks[number - 1] if number else (-1, 0)
        lines, margin = self._lines, " " * indent
        for index in range(end - 1, max(start, lowest) - 1, -1):
            line = lines[index]
            if not line or line.startswith(margin) or line[:indent].isspace():
                continue
            if line.lstrip()[0] not in "#)]}":
                walks.insert(number, (index, end))
                return index
        if found >= lowest:
            walks[number - 1] = (found, max(start, end))
            return found
        return -1

    def _in_c(self, at: int, indent: int) -> str:
        macro = self._macro(at)
        if macro is not None:
            return macro
        for index in range(min(at, len(self._lines)) - 1, max(at - _WALK, 0) - 1, -1):
            line = self._lines[index]
            stripped = line.strip()
            if not stripped or stripped[0] in "#/*":
                continue
            here = 0 if not line[0].isspace() else len(line) - len(line.lstrip())
            if here == 0 and stripped[0] == "}":
                return NAMELESS
            if here >= indent and here:
                continue
            indent = here
            name = _c_head(stripped, here > 0)
            if name is not None and not stripped.endswith(";"):
                return self._named(index, name, here)
            if here == 0 and stripped.endswith(";"):
                return NAMELESS
        return NAMELESS

    def _macro(self, at: int) -> str | None:
        """The macro whose lines, each but the last with a backslash at its end, go on over this gap."""
        index = at
        while 0 < index <= len(self._lines) and self._lines[index - 1].rstrip().endswith("\\"):
            index -= 1
        if index == at:
            return None
        match = _C_MACRO.match(self._lines[index].lstrip())
        return match[1] if match else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@lru_cache(maxsize=32)
def outline(path: str, data: bytes) -> Outline:
    """The outline of a file's bytes; the last ones are kept, human and agent share their base."""
    return Outline(path, decode(data))


def outlines(base_text: Callable[[str], bytes | None]) -> Callable[[FileChange], Outline | None]:
    """Gives the outline of a change's base file; ``None`` for a new file, or where the base is not to be had."""

    def find(change: FileChange) -> Outline | None:
        if change.old is None:
            return None
        try:
            data = base_text(change.old)
        except (Unanswerable, GitError):
            return None
        return None if data is None else outline(change.old, data)

    return find


def has_functions(change: FileChange) -> bool:
    """Whether lines of the file can stand in functions, under its old name or its new one."""
    return any(is_python(path) or is_c_like(path) for path in (change.old, change.new) if path)


def edit_places(edit: Edit, base: Outline | None) -> tuple[str, ...]:
    """Every function of the base that an edit touches, and those it begins; :data:`NAMELESS` is left out.

    Without the base, or where the hunk does not stand in it as the patch says, the hunk's header tells.
    """
    old = list(_old_places(edit, base))
    found = dict.fromkeys(old)
    around = old[0] if old else NAMELESS
    for line, name in heads(edit.path, edit.added):
        outer = around if _indent(line.text) else NAMELESS
        found[name if not outer or outer.endswith(name) else f"{outer}.{name}"] = None
    found.pop(NAMELESS, None)
    return tuple(found)


def edit_place(edit: Edit, base: Outline | None) -> str:
    """The one function of the base that an edit is best named by; :data:`NAMELESS` for none."""
    return next(_old_places(edit, base), NAMELESS)


def _old_places(edit: Edit, base: Outline | None) -> Iterator[str]:
    """The functions of the base that an edit touches, some perhaps several times."""
    if base is None or not fits(edit, base):
        name = head(edit.path, edit.section)
        if name:
            yield name
        return
    if not edit.removed:
        first = next((line.text for line in edit.added if line.text.strip()), "")
        yield base.place(edit.lo, _indent(first))
        return
    told = [line for line in edit.removed if line.text.strip()]
    if told:
        yield base.place(told[0].number - 1)
    if len(told) > 1:
        # Between its first and its last line an edit enters another function only at a head.
        for line, _ in heads(edit.path, told[1:-1]):
            yield base.place(line.number - 1)
        yield base.place(told[-1].number - 1)


def fits(edit: Edit, base: Outline) -> bool:
    """Whether the old line beside an edit stands in the base where the patch says."""
    return edit.anchor is None or base.line(edit.anchor.number) == edit.anchor.text.rstrip("\n")
