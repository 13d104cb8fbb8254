"""The function, class, section or key that a line stands in, found from the lines above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from reviewer.diffs.functions import FunctionOutline, defined_name, indentation
from reviewer.diffs.languages import is_c_like, is_python
from reviewer.model import AlignedFile, Row

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
    return None if pattern is None else lambda rows, at: _matching(rows, at, pattern)


class _RowTexts:
    """The texts of rows, each made when it is asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> str:
        return text_of(self._rows[index])


def _function(path: str, rows: Sequence[Row], at: int) -> int | None:
    """The head of the innermost function or class; in C, of a namespace where there is none."""
    above = FunctionOutline(path, _RowTexts(rows)).head_above(at, _own_indent(rows, at))
    if above is not None and defined_name(path, text_of(rows[above])) is not None:
        return above
    above = _matching(rows, at, _NAMESPACE) if is_c_like(path) else None
    return above if above is not None and not text_of(rows[above]).startswith("}") else None


def _own_indent(rows: Sequence[Row], at: int) -> int:
    """A line's indentation; a blank line has that of the next line that is not."""
    texts = (text_of(row) for row in rows[at : at + 50])
    return next((indentation(text) for text in texts if text.strip()), 0)


def _parent(rows: Sequence[Row], at: int) -> int | None:
    limit = _own_indent(rows, at)
    for above in range(at - 1, max(at - MAX_LOOKED_AT, -1), -1):
        text = text_of(rows[above])
        if text.strip(" {}[],") and indentation(text) < limit:
            return above
    return None


def _matching(rows: Sequence[Row], at: int, pattern: re.Pattern[str]) -> int | None:
    for above in range(at - 1, max(at - MAX_LOOKED_AT, -1), -1):
        if pattern.match(text_of(rows[above])):
            return above
    return None
