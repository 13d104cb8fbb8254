"""Gives out a log of any size by line numbers, with little of it in memory at a time.

Lines are counted from 0. Lines that are given out are safe to show: keys and tokens masked, characters
that a terminal would obey made visible, endless lines cut.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO

from reviewer.files import open_file
from reviewer.text import decode, encode, mask_secrets, visible

_BLOCK = 1 << 16
_PIECE = 1 << 20
_CACHED = 64
LONGEST_LINE = 4000
"""Characters of a line that are given out; the rest is counted."""
_ERROR = re.compile(
    rb"^(?:Traceback \(most recent call last\)|(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)\b(?::|\r?$)"
    rb"|(?:Unexpected )?[Ee]rror:|ERROR\b|FATAL\b|[^\n\xe2]{0,40} API call failed: |Killed\r?$"
    rb"|\xe2\x94\x82 Error +\xe2\x94\x82)",
    re.MULTILINE,
)
_HINTS = (b"rror", b"Traceback", b"xception", b"ERROR", b"FATAL", b"Killed", b" API call failed")
"""Every match of the pattern holds at least one of these; plain searches are several times faster."""


class LogUnreadable(Exception):
    """A log cannot be shown; the message says why, in one line that is safe to show."""


class LogText:
    """An open log, as long as it was when it was opened; lines appended later need a new one."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self._file = file
        self._before = [0]  # line feeds in front of each block that was counted, and of the next one
        self._block = lru_cache(maxsize=_CACHED)(self._read_block)
        self._read_to = 0
        self._following = (0, 0)  # the line after the last one that was read, and where it begins

    def __enter__(self) -> LogText:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; lines cannot be read any more."""
        self._file.close()

    @property
    def line_count(self) -> int:
        """Number of lines; counts the whole file the first time (some 0.1 s for 200 MB)."""
        self._count_to(None)
        if not self.size:
            return 0
        return self._before[-1] + (self._block((self.size - 1) // _BLOCK)[-1:] != b"\n")

    def lines(self, start: int, count: int) -> list[str]:
        """Up to ``count`` lines from ``start`` on; fewer at the end, none behind it."""
        offset = self._offset(max(start, 0))
        if offset is None:
            return []
        read = self._read(offset, max(count, 0))
        self._following = (max(start, 0) + len(read), self._read_to)
        return read

    def tail(self, count: int) -> list[str]:
        """The last ``count`` lines, read from the end without counting those before."""
        block = (self.size - 1) // _BLOCK
        end = self.size - 1 if self.size and self._block(block).endswith(b"\n") else self.size
        missing = count
        while block >= 0 and missing > 0:
            data = self._block(block)[: max(end - block * _BLOCK, 0)]
            found = data.count(b"\n")
            if found >= missing:
                return self._read(block * _BLOCK + _nth_from_end(data, missing) + 1, count)
            missing -= found
            block -= 1
        return self._read(0, count) if count > 0 else []

    def find_next_error(self, start: int) -> int | None:
        """The number of the first line from ``start`` on that looks like an error, else ``None``."""
        for begin, data in self._lines_after(self._start_of(start)):
            if any(hint in data for hint in _HINTS) and (found := _ERROR.search(data)):
                return self.line_at(begin + found.start())
        return None

    def find_previous_error(self, start: int) -> int | None:
        """The number of the last line before ``start`` that looks like an error, else ``None``."""
        for begin, data in self._lines_before(self._start_of(start)):
            if errors := list(_ERROR.finditer(data)):
                return self.line_at(begin + errors[-1].start())
        return None

    def find(self, needle: str, start: int, step: int) -> int | None:
        """The number of the next line that holds ``needle``, from ``start`` on in the direction of ``step``.

        ASCII letters are found in either case, others as they are. What is masked on the screen is found too.
        """
        wanted = encode(needle).lower()
        if not wanted or b"\n" in wanted:
            return None
        forward = step > 0
        around, overlap = self._start_of(start + (not forward)), len(wanted) - 1
        lines = self._lines_after(around, overlap) if forward else self._lines_before(around, overlap)
        for begin, data in lines:
            data = data.lower()
            if (found := data.find(wanted) if forward else data.rfind(wanted)) >= 0:
                return self.line_at(begin + found)
        return None

    def count(self, needle: str, stopped: Callable[[], bool] = lambda: False) -> int | None:
        """How many lines hold ``needle``; for a thread and an object of its own. ``None`` where it was stopped."""
        wanted = encode(needle).lower()
        if not wanted or b"\n" in wanted:
            return 0
        total = 0
        for _, data in self._lines_after(0, len(wanted) - 1):
            if stopped():
                return None
            total += sum(wanted in line for line in data.lower().split(b"\n"))
        return total

    def line_at(self, offset: int) -> int:
        """The number of the line that a byte of the file is in."""
        block = offset // _BLOCK
        while len(self._before) <= block:
            self._count_block()
        return self._before[block] + self._block(block).count(b"\n", 0, offset - block * _BLOCK)

    def _start_of(self, line: int) -> int:
        """Where a line begins, the end of the file for one behind it."""
        offset = self._offset(max(line, 0))
        return self.size if offset is None else offset

    def _lines_after(self, offset: int, overlap: int = 0) -> Iterator[tuple[int, bytes]]:
        """Whole lines from ``offset`` on, a piece at a time with where it begins.

        An endless line comes in parts that have ``overlap`` bytes in common.
        """
        kept = b""
        while offset < self.size and (piece := self._read_at(offset, _PIECE)):
            offset += len(piece)
            data = kept + piece
            end = rest = len(data) if offset >= self.size else data.rfind(b"\n") + 1
            if not end and len(data) > 4 * _PIECE:
                end, rest = len(data), len(data) - overlap
            yield offset - len(data), data[:end]
            kept = data[rest:]

    def _lines_before(self, stop: int, overlap: int = 0) -> Iterator[tuple[int, bytes]]:
        """Whole lines that end at ``stop``, a block at a time from the last one on; as :meth:`_lines_after`."""
        length = _BLOCK
        while stop > 0:
            begin = max(stop - length, 0)
            data = self._read_at(begin, stop - begin)
            first = data.find(b"\n") + 1
            if begin and length <= 64 * _BLOCK:
                if not 0 < first < len(data):  # one line is longer than the block
                    length *= 4
                    continue
                begin, data = begin + first, data[first:]
            yield begin, data
            stop, length = begin + (overlap if length > 64 * _BLOCK and begin else 0), _BLOCK

    def _read_at(self, offset: int, length: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(min(length, self.size - offset))
        except OSError:
            return b""  # it vanished under us: shown as shorter than it was

    def _read_block(self, number: int) -> bytes:
        return b"" if number < 0 else self._read_at(number * _BLOCK, _BLOCK)

    def _count_to(self, line: int | None) -> None:
        """Count blocks until the beginning of ``line`` is known; ``None``: to the end."""
        blocks = -(-self.size // _BLOCK)
        while len(self._before) <= blocks and (line is None or self._before[-1] < line):
            self._count_block()

    def _count_block(self) -> None:
        """Count the line feeds of the first block that was not counted yet."""
        self._before.append(self._before[-1] + self._block(len(self._before) - 1).count(b"\n"))

    def _offset(self, line: int) -> int | None:
        """Where a line begins, ``None`` behind the end."""
        if line == 0:
            return 0 if self.size else None
        if line == self._following[0]:
            return self._following[1] if self._following[1] < self.size else None
        self._count_to(line)
        block = bisect_left(self._before, line) - 1
        if block + 1 >= len(self._before):
            return None
        data = self._block(block)
        offset = block * _BLOCK + _nth_from_end(data, self._before[block + 1] - line + 1) + 1
        return offset if offset < self.size else None

    def _read(self, offset: int, count: int) -> list[str]:
        """``count`` lines from an offset that a line begins at."""
        shown: list[str] = []
        limit = 4 * LONGEST_LINE  # a character takes up to four bytes
        try:
            self._file.seek(offset)
            while len(shown) < count and offset < self.size:
                line = self._file.readline(min(limit, self.size - offset))
                if not line:
                    break
                length = len(line)
                while not line.endswith(b"\n") and offset + length < self.size:
                    rest = self._file.readline(min(_BLOCK, self.size - offset - length))
                    length += len(rest)
                    if not rest or rest.endswith(b"\n"):
                        break
                offset += length
                self._read_to = offset
                shown.append(_shown(line, length - len(line)))
        except OSError as error:
            shown.append(f"({error.strerror or error})")
        return shown


def looks_like_error(line: str) -> bool:
    """Whether :meth:`LogText.find_next_error` stops at a line, given as it is shown."""
    return _ERROR.match(encode(line)) is not None


def open_log(path: str | os.PathLike[str]) -> LogText:
    """Open a log for viewing. Raises :class:`LogUnreadable`."""
    name = os.path.basename(path)  # noqa: PTH119
    try:
        file = open_file(path)
        return LogText(file, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise LogUnreadable(visible(f"{name}: there is no such log")) from None
    except (OSError, ValueError) as error:
        raise LogUnreadable(visible(f"{name}: {getattr(error, 'strerror', None) or error}")) from None


def _shown(line: bytes, more: int) -> str:
    text = mask_secrets(decode(line.removesuffix(b"\n").removesuffix(b"\r")))
    cut = len(text) - LONGEST_LINE
    if cut > 0 or more > 0:
        return f"{visible(text[:LONGEST_LINE])} \u2026 ({max(cut, 0) + more} more)"
    return visible(text)


def _nth_from_end(data: bytes, number: int) -> int:
    """The position of the ``number``-th line feed from the end of ``data``."""
    position = len(data)
    for _ in range(number):
        position = data.rfind(b"\n", 0, position)
    return position
