"""The functions and classes of a file, or the section a line stands in: a parse takes eight times as long.

Python, C, C++ and CUDA. A name is dotted as in Python (``VllmConfig.__post_init__``); a statement at the
top of a Python file gives the name it assigns to (``environment_variables``).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

from reviewer.diffs.languages import MAX_LINE, is_c_like, is_python
from reviewer.model import AlignedFile, Row

_PYTHON_HEAD = re.compile(r"(?:async\s+)?(?:def|class)\s+(\w+)")
_ASSIGNED = re.compile(r"(\w+)\s*(?::[^=]*)?=(?!=)")

_C_NO_HEAD = re.compile(
    r"(?:if|else|for|while|switch|return|do|case|throw|delete|new|using|typedef|goto|co_\w+|template|namespace|static_assert"
    r"|_Static_assert|requires|concept|catch|asm|__asm__|extern\s+template)\b"
)
_C_SPECIFIERS = re.compile(
    r"\b(?:__launch_bounds__|__attribute__|__align__|alignas|decltype|declspec)\s*\(.*?\)+"
    r"|\b[A-Z_][A-Z\d_]*\s*\([^()]*\)(?=\s+[\w:~*&<> ]{0,80}\w\s*\()"  # a macro in front of a head
)
_C_BEFORE = re.compile(r"[\w:<>,*&~ \t\[\]]*")
_C_SIGNS = frozenset({"*", "&", "&&", "sizeof", "alignof"})
"""What a product, a bit-wise and or a size has in front of its bracket, and a function's head has not."""
_C_NAME = re.compile(r"(?:\w+::)*~?\w+")
_C_TYPE = re.compile(
    r"(?:typedef\s+)?(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+"
    r"(?:\w+\(+[^()]*\)+\s*|\[\[.*?\]\]\s*|[A-Z_][A-Z\d_]*\s+(?=\w)(?!final\b))*"  # attributes and macros
    r"(\w+)[^;()]*$"
)
_C_KINDS = ("class", "struct", "union", "enum")
_C_MACRO = re.compile(r"#\s*define\s+(\w+)")

_REACH = 4_000
"""Lines above that are looked at most for the head of one function."""

TOP_LEVEL = ""
"""The name of what stands outside every function."""


def defined_name(path: str, line: str) -> str | None:
    """The name that a line defines as function or class, ``None`` where it defines none."""
    if is_python(path):
        if "def " not in line and "class " not in line:
            return None
        match = _PYTHON_HEAD.match(line[:MAX_LINE].strip())
        return match[1] if match else None
    return _c_name(line[:MAX_LINE].strip(), line[:1].isspace()) if is_c_like(path) else None


def _c_name(stripped: str, indented: bool) -> str | None:
    """A function or type that begins on this line of C; a call at the start of a line is none."""
    if not stripped or stripped[0] in "#/*}{)" or _C_NO_HEAD.match(stripped):
        return None
    if "(" not in stripped and not any(kind in stripped for kind in _C_KINDS):
        return None
    if kind := _C_TYPE.match(stripped):
        return kind[1]
    before, opened, _ = _C_SPECIFIERS.sub("", stripped).partition("(")
    words = before.split()
    if not opened or not words or not _C_SIGNS.isdisjoint(words) or not _C_BEFORE.fullmatch(before):
        return None
    name = "operator" if "operator" in words else words[-1].lstrip("*&")
    calls = len(words) == 1 and (indented or stripped.endswith(";"))
    if calls or not _C_NAME.fullmatch(name) or (indented and stripped.endswith(";")):
        return None
    return name.replace("::", ".")


class _Head(NamedTuple):
    """The line (from 0) that begins a function, class, macro or top-level assignment."""

    line: int
    name: str
    indent: int


class FunctionOutline:
    """The lines of one file and the functions they stand in; what was found out is kept."""

    def __init__(self, path: str, lines: list[str] | RowTexts) -> None:
        self.lines = lines
        self._path = path
        self._find = self._in_python if is_python(path) else self._in_c if is_c_like(path) else None
        self._full_names: dict[int, str] = {}
        self._names: dict[tuple[int, int | None], str] = {}
        self._walks: dict[int, list[tuple[int, int]]] = {}
        """By indentation, from which line down to which line above all are indented as much, upper end first."""

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return "\n".join([self.lines[index] for index in range(len(self.lines))])

    def line(self, index: int) -> str | None:
        """The line at an index from 0, ``None`` behind the end."""
        return self.lines[index] if 0 <= index < len(self.lines) else None

    def head_above(self, index: int, indent: int) -> int | None:
        """The line that begins what encloses the gap in front of line ``index`` for code of this indentation."""
        return head.line if self._find and (head := self._find(index, indent)) else None

    def function_at(self, index: int, indent: int | None = None) -> str:
        """The function around the gap in front of line ``index`` (from 0) for code of this indentation.

        Without ``indent`` it is the line's own function: a head stands in the function it begins.
        """
        name = self._names.get((index, indent))
        if name is None:
            name = self._names[index, indent] = self._function_at(index, indent)
        return name

    def _function_at(self, index: int, indent: int | None) -> str:
        if self._find is None:
            return TOP_LEVEL
        if indent is None:
            line = self.line(index) or ""
            indent = indentation(line)
            name = defined_name(self._path, line)
            if name is not None:
                return self._full_name(_Head(index, name, indent))
            if line[indent : indent + 1] in (")", "]", "}"):
                indent += 1  # the end of a signature or a call belongs to what it ends
            if not line.strip():
                indent = _indentation_below(self.lines, index)
        return self._full_name(self._find(index, indent))

    def _full_name(self, head: _Head | None) -> str:
        """The dotted name of what a line begins."""
        if head is None:
            return TOP_LEVEL
        if head.line not in self._full_names:
            outer = self._find(head.line, head.indent) if head.indent and self._find else None
            self._full_names[head.line] = f"{self._full_name(outer)}.{head.name}" if outer else head.name
        return self._full_names[head.line]

    def _in_python(self, index: int, indent: int) -> _Head | None:
        own = self.line(index) if indent == 0 else None
        if own is not None and (assigned := _ASSIGNED.match(own)):
            return _Head(index, assigned[1], 0)
        index = min(index, len(self.lines))
        lowest = max(index - _REACH, 0)
        while indent and (index := self._outer(index, lowest, indent)) >= 0:
            line = self.lines[index]
            indent = indentation(line)
            if match := _PYTHON_HEAD.match(line, indent):
                return _Head(index, match[1], indent)
            if indent == 0 and (match := _ASSIGNED.match(line)):
                return _Head(index, match[1], 0)
        return None

    def _outer(self, end: int, lowest: int, indent: int) -> int:
        """The nearest line above line ``end`` that is indented less and no comment or closing bracket.

        -1 for none down to ``lowest``. Where earlier walks have been is not walked again.
        """
        walks = self._walks.setdefault(indent, [])
        number = bisect_left(walks, (end, 0))
        found, start = walks[number - 1] if number else (-1, 0)
        lines, margin = self.lines, " " * indent
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

    def _in_c(self, index: int, indent: int) -> _Head | None:
        macro = self._macro(index)
        if macro is not None:
            return macro
        for above in range(min(index, len(self.lines)) - 1, max(index - _REACH, 0) - 1, -1):
            line = self.lines[above]
            stripped = line.strip()
            if not stripped or stripped[0] in "#/*":
                continue
            here = indentation(line)
            if here == 0 and stripped[0] == "}":
                return None
            if here >= indent and here:
                continue
            indent = here
            name = _c_name(stripped, here > 0)
            if name is not None and not stripped.endswith(";"):
                return _Head(above, name, here)
            if here == 0 and stripped.endswith(";"):
                return None
        return None

    def _macro(self, index: int) -> _Head | None:
        """The macro whose lines, each but the last with a backslash at its end, go on over this gap."""
        first = index
        while 0 < first <= len(self.lines) and self.lines[first - 1].rstrip().endswith("\\"):
            first -= 1
        match = _C_MACRO.match(self.lines[first].lstrip()) if first < index else None
        return _Head(first, match[1], 0) if match else None


def indentation(line: str) -> int:
    """How many characters of white space a line begins with."""
    return len(line) - len(line.lstrip())


def _indentation_below(lines: list[str] | RowTexts, index: int) -> int:
    """The indentation of the first line from ``index`` on that is not blank; 0 where there is none near."""
    below = (lines[row] for row in range(index, min(index + 50, len(lines))))
    return next((indentation(text) for text in below if text.strip()), 0)


MAX_LOOKED_AT = 20_000
"""Lines above that are looked at at most."""

_NAMESPACE = re.compile(r"namespace\b|\}")
_CMAKE = re.compile(r"(?i)(?:function|macro)\s*\(")
_DOCKER = re.compile(r"(?i)FROM\s")
_PATTERNS = {
    "md": re.compile(r"#{1,6}\s"),
    **dict.fromkeys(("toml", "cfg", "ini"), re.compile(r"\[")),
    "sh": re.compile(r"(?:function\s+\S+|\S+\s*\(\)\s*\{?)"),
    "cmake": _CMAKE,
}
"""By the ending of a file's name, how the lines begin that head a section."""


class EnclosingHead(NamedTuple):
    """What a line stands in: its row, ``None`` where only the hunk's header tells, and its text."""

    row: int | None
    text: str


def text_of(row: Row) -> str:
    """The text of a row: as the agent has it, else the human, else the base."""
    cell = row.agent if row.agent is not None and row.agent.fate != "cut" else row.human or row.agent
    return cell.text.rstrip("\n") if cell is not None else ""


def enclosing_head(aligned: AlignedFile, at: int) -> EnclosingHead | None:
    """The innermost head above ``rows[at]``; ``None`` where it stands in nothing, or nothing is known.

    A guess by indentation and first words, as git's hunk headers are. Where the base is not known and the
    patch's own lines show no head, the hunk header's text is given.
    """
    rows = aligned.rows
    find = _finder(aligned.path)
    if find is not None and at < len(rows) and (above := find(rows, at)) is not None:
        return EnclosingHead(above, text_of(rows[above]).strip())
    section = "" if aligned.base_known else _section(aligned, at)
    return EnclosingHead(None, section.strip()) if section else None


def _section(aligned: AlignedFile, at: int) -> str:
    """The text that the header of the hunk around a row carries."""
    if at >= len(aligned.rows):
        return ""
    row = aligned.rows[at]
    for change, cell in ((aligned.agent, row.agent), (aligned.human, row.human)):
        if change is None or cell is None:
            continue
        number = cell.line if cell.line is not None else (row.base or 0) + 1
        for hunk in reversed(change.hunks):
            start = hunk.target_start if cell.line is not None else hunk.source_start
            if start <= number:
                return hunk.section
    return ""


_Find = Callable[[Sequence[Row], int], int | None]


def _finder(path: str) -> _Find | None:
    """What finds the row above a row of this file that begins what it stands in."""
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    if is_python(name) or is_c_like(name):
        return lambda rows, at: _function(name, rows, at)
    if ending in ("yaml", "yml", "json"):
        return _parent
    pattern = _PATTERNS.get(ending)
    if name.startswith("dockerfile"):
        pattern = _DOCKER
    elif name == "cmakelists.txt":
        pattern = _CMAKE
    return None if pattern is None else lambda rows, at: _nearest(rows, at, pattern.match)


class RowTexts:
    """The texts of rows, each made when it is asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> str:
        return text_of(self._rows[index])


def _function(path: str, rows: Sequence[Row], at: int) -> int | None:
    """The head of the innermost function or class; in C, of a namespace where there is none."""
    texts = RowTexts(rows)
    above = FunctionOutline(path, texts).head_above(at, _indentation_below(texts, at))
    if above is not None and defined_name(path, text_of(rows[above])) is not None:
        return above
    above = _nearest(rows, at, _NAMESPACE.match) if is_c_like(path) else None
    return above if above is not None and not text_of(rows[above]).startswith("}") else None


def _nearest(rows: Sequence[Row], at: int, is_head: Callable[[str], object]) -> int | None:
    """The nearest row above whose text is a head."""
    above = range(at - 1, max(at - MAX_LOOKED_AT, -1), -1)
    return next((number for number in above if is_head(text_of(rows[number]))), None)


def _parent(rows: Sequence[Row], at: int) -> int | None:
    limit = _indentation_below(RowTexts(rows), at)
    return _nearest(rows, at, lambda text: text.strip(" {}[],") and indentation(text) < limit)
