"""JSON files of any size that hold one object a task: row by row, without the whole file in memory.

The rows may stand on a line each (JSON Lines), in a list, in an object by their ids, or one after another.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Set
from json import JSONDecodeError
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from reviewer.files import open_file

LONGEST = 64 << 20
"""Bytes that one row may have."""
_PIECE = 1 << 20
_AHEAD = 1 << 12
"""Bytes behind what is gone past that are in the window, or the file's end is: keys are shorter."""
_MARK = b"\xef\xbb\xbf"
_MOST_NAMED = 20
"""Rows that cannot be read which are named one by one."""

_DECODER = json.JSONDecoder(strict=False)
_TOKEN = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*:)?|[{}\[\]]', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_KEY = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*:\s*', re.DOTALL)
_OBJECT = re.compile(r'\{\s*"')
_OF_OBJECTS = re.compile(rb'\s*\{\s*(\}|"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*:\s*\{)', re.DOTALL)
"""An object in which an object comes first, or nothing."""


_T = TypeVar("_T")


class Record(NamedTuple):
    """One object: its bytes, where they begin in the file, ``line 3`` for a reader, its key where rows stand by id."""

    offset: int
    data: bytes
    where: str
    key: str | None = None


class BadRecord(NamedTuple):
    """A row that cannot be read: ``line 3``, or ``row 3`` of a file without lines, and why."""

    where: str
    reason: str


def readable(rows: Iterable[_T | BadRecord], name: Callable[[str], object]) -> Iterator[_T]:
    """The rows that could be read; ``name`` is called with a sentence for each of the first others, and how many there are."""
    bad = 0
    for row in rows:
        if not isinstance(row, BadRecord):
            yield row
            continue
        bad += 1
        if bad <= _MOST_NAMED:
            name(f"{row.where}: {row.reason}; passed over")
    if bad > _MOST_NAMED:
        name(f"{bad} rows cannot be read, of which {_MOST_NAMED} are named")


def outline(head: bytes) -> tuple[set[str], set[str]]:
    """The keys of the object that begins a file, and those of the objects right within it or within a list.

    As far as ``head`` goes, which may end anywhere.
    """
    levels: list[set[str]] = []
    depth = 0
    for token in _TOKEN.finditer(head):
        sign = token[0]
        if sign in (b"{", b"["):
            depth += 1
            if sign == b"{" and depth <= 2 and len(levels) < 2:
                levels += [set()] * (depth - 1 - len(levels))
                levels.append(set())
        elif sign in (b"}", b"]"):
            depth -= 1
            if depth <= 0:
                break
        elif token[2] is not None and 0 < depth <= len(levels):
            levels[depth - 1].add(token[1].decode("utf-8", "replace"))
    first, second = (*levels, set(), set())[:2]
    return first, second


def stream_rows(path: Path, fields: Set[str]) -> Iterator[Record | BadRecord]:
    """The rows of a file in its order; ``fields`` are keys of which every row has one. Raises ``OSError``."""
    with open_file(path) as file:
        start = len(_MARK) if file.read(len(_MARK)) == _MARK else 0
        file.seek(start)
        head = file.read(_PIECE)
        file.seek(start)
        by_id = _OF_OBJECTS.match(head) is not None and not outline(head)[0] & fields
        if not by_id and head.lstrip()[:1] == b"{" and _is_whole(head.partition(b"\n")[0]):
            yield from _lines(file, start)
        else:
            yield from _Values(file, start).rows(by_id=by_id)


def _is_whole(line: bytes) -> bool:
    """Whether a line holds a whole value, or more than the part of it that was read."""
    try:
        json.loads(line)
    except ValueError:
        return len(line) >= _PIECE
    return True


def _lines(file: BinaryIO, offset: int) -> Iterator[Record | BadRecord]:
    number = 0
    while line := file.readline(LONGEST):
        begun = offset
        offset += len(line)
        number += 1
        if line.isspace():
            continue
        where = f"line {number}"
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(_PIECE)) and not rest.endswith(b"\n"):
                offset += len(rest)
            offset += len(rest)
            yield BadRecord(where, f"longer than {LONGEST >> 20} MB")
        elif line.lstrip()[:1] != b"{":
            yield BadRecord(where, "no JSON object")
        else:
            yield Record(begun, line, where)


class _Values:
    """The values of a file one after another; a window on the file is in memory.

    The bytes are read as Latin-1: JSON's own signs are the same, and positions are those of bytes.
    """

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self._text = ""
        self._at = 0
        self._ended = False
        self._line, self._counted = 1, 0
        """The line of a position in the window that was gone past."""

    def rows(self, *, by_id: bool) -> Iterator[Record | BadRecord]:
        self._skip(_BETWEEN)
        closing = "}" if by_id else "]" if self._text[self._at : self._at + 1] == "[" else ""
        self._at += len(closing)
        while True:
            self._skip(_BETWEEN)
            if self._text[self._at : self._at + 1] in ("", closing):
                return
            self._count_lines()
            where, key = self._where(self._at), self._key() if by_id else None
            offset = self._start + self._at
            try:
                value, end = self._value()
            except ValueError as error:
                yield BadRecord(where, str(error))
                self._find_next()
                continue
            data = self._text[self._at : end].encode("latin-1")
            self._at = end
            if isinstance(value, dict):
                yield Record(offset, data, where, key)
            else:
                yield BadRecord(where, "no JSON object")

    def _skip(self, pattern: re.Pattern[str]) -> str:
        """Go past what a pattern matches; its text."""
        while True:
            match = pattern.match(self._text, self._at)
            enough = len(self._text) - (match.end() if match is not None else self._at) >= _AHEAD
            if enough or not self._more():
                break
        found = match[0] if match is not None else ""
        self._at += len(found)
        return found

    def _key(self) -> str:
        text = self._skip(_KEY)
        key = text.rstrip().removesuffix(":").rstrip().encode("latin-1")
        try:
            return str(json.loads(key))
        except ValueError:
            return ""

    def _value(self) -> tuple[object, int]:
        """The next value and where it ends in the window. Raises ``ValueError`` with the reason."""
        while True:
            try:
                return _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise ValueError("nested too deeply") from None
            except JSONDecodeError as error:
                # what the window cuts off fails at its end, or in a text that goes on behind it
                cut = error.pos >= len(self._text) - 8 or self._text[error.pos : error.pos + 1] == '"'
                if cut and len(self._text) - self._at < LONGEST and self._more():
                    continue
                where = self._where(error.pos)
                raise ValueError(
                    f"cut off in {where}" if self._ended and cut else f"not JSON in {where}"
                ) from None

    def _where(self, position: int) -> str:
        return f"line {self._line + self._text.count(chr(10), self._counted, position)}"

    def _count_lines(self) -> None:
        """Take in the lines that were gone past."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at

    def _find_next(self) -> None:
        """Go on to the next object behind one that cannot be read."""
        self._at += 1
        while True:
            match = _OBJECT.search(self._text, self._at)
            if match is None:
                self._at = max(self._at, len(self._text) - 8)
                if not self._more():
                    self._at = len(self._text)
                    return
                continue
            self._at = match.start()
            try:
                self._value()
            except ValueError:
                self._at += 1
                continue
            return

    def _more(self) -> bool:
        """Read on, and forget what was gone past; false at the end of the file."""
        data = self._file.read(max(_PIECE, len(self._text) - self._at))
        self._count_lines()
        self._start += self._at
        self._text = self._text[self._at :] + data.decode("latin-1")
        self._at = self._counted = 0
        self._ended = not data
        return bool(data)
