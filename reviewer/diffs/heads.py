"""The function, class, section or key that a line stands in, found from the lines above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from reviewer.model import AlignedFile, Row

MAX_LOOKED_AT = 20_000
"""Lines above that are looked at at most."""

_PYTHON = re.compile(r"\s*(?:async\s+def|def|class)\b")
_C_HEAD = re.compile(r"(?:[A-Za-z_~].*\(|(?:struct|class|namespace|enum|union)\b)")
_HEADING = re.compile(r"#{1,6}\s")
_TABLE = re.compile(r"\[")
_SHELL = re.compile(r"(?:function\s+\S+|\S+\s*\(\)\s*\{?)")
_CMAKE = re.compile(r"(?i)(?:function|macro)\s*\(")
_DOCKER = re.compile(r"(?i)FROM\s")


class EnclosingHead(NamedTuple):
    """What a line stands in: its row, ``None`` where only the hunk's header tells, and its text."""

    row: int | None
    text: str


def text_of(row: Row) -> str:
    """What a row says: as the agent left it, else as the human did, else the base."""
    cell = row.agent if row.agent is not None and row.agent.fate != "cut" else row.human or row.agent
    return cell.text.rstrip("\n") if cell is not None else ""


def enclosing_head(aligned: AlignedFile, at: int) -> EnclosingHead | None:
    """The innermost head above ``rows[at]``; ``None`` where it stands in nothing, or nothing is known.

    A guess by indentation and first words, as git's hunk headers are. Where the base is not known and the
    patch's own lines show no head, the hunk header's text is given.
    """
    rows = aligned.rows
    find = _finder(aligned.path)
    if find is not None and at < len(rows):
        above = find(rows, at)
        if above is not None:
            return EnclosingHead(above, text_of(rows[above]).strip())
    if aligned.base_known:
        return None
    section = _section(aligned, at)
    return EnclosingHead(None, section.strip()) if section else None


def _section(aligned: AlignedFile, at: int) -> str:
    """The text that the header of the hunk around a row carries."""
    row = aligned.rows[at] if at < len(aligned.rows) else None
    if row is None:
        return ""
    for change, cell in ((aligned.agent, row.agent), (aligned.human, row.human)):
        if change is None or cell is None:
            continue
        number = cell.line if cell.line is not None else (row.base or 0) + 1
        for hunk in reversed(change.hunks):
            start = hunk.target_start if cell.line is not None else hunk.source_start
            if start <= number:
                return hunk.section
    return ""


def _finder(path: str) -> Callable[[Sequence[Row], int], int | None] | None:
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    if ending in ("py", "pyi"):
        return _python
    if ending in ("c", "h", "cc", "cpp", "cxx", "hpp", "cu", "cuh", "hip"):
        return _c
    if ending in ("yaml", "yml", "json"):
        return _parent
    pattern = {"md": _HEADING, "toml": _TABLE, "cfg": _TABLE, "ini": _TABLE, "sh": _SHELL, "cmake": _CMAKE}
    found = pattern.get(ending)
    if name.startswith("dockerfile"):
        found = _DOCKER
    elif name == "cmakelists.txt":
        found = _CMAKE
    return None if found is None else lambda rows, at: _matching(rows, at, found)


def _indent(text: str) -> int:
    expanded = text.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _own_indent(rows: Sequence[Row], at: int) -> int:
    """A line's indentation; a blank line has that of the next line that is not."""
    for row in rows[at : at + 50]:
        text = text_of(row)
        if text.strip():
            return _indent(text)
    return 0


def _python(rows: Sequence[Row], at: int) -> int | None:
    limit = _own_indent(rows, at)
    for above in range(at - 1, max(at - MAX_LOOKED_AT, -1), -1):
        if limit == 0:
            return None
        text = text_of(rows[above])
        stripped = text.lstrip()
        if not stripped or stripped[0] in "#)]}\"'":
            continue
        indent = _indent(text)
        if indent < limit:
            if _PYTHON.match(text):
                return above
            limit = indent
    return None


def _c(rows: Sequence[Row], at: int) -> int | None:
    for above in range(at - 1, max(at - MAX_LOOKED_AT, -1), -1):
        text = text_of(rows[above])
        if text.startswith("}"):
            return None
        if _C_HEAD.match(text) and not text.rstrip().endswith((";", ":")):
            return above
    return None


def _parent(rows: Sequence[Row], at: int) -> int | None:
    limit = _own_indent(rows, at)
    for above in range(at - 1, max(at - MAX_LOOKED_AT, -1), -1):
        text = text_of(rows[above])
        if text.strip(" {}[],") and _indent(text) < limit:
            return above
    return None


def _matching(rows: Sequence[Row], at: int, pattern: re.Pattern[str]) -> int | None:
    for above in range(at - 1, max(at - MAX_LOOKED_AT, -1), -1):
        if pattern.match(text_of(rows[above])):
            return above
    return None
