"""Shows a log of any size by line numbers, with little of it in memory at a time.

Lines are counted from 0. What is given out is safe to show: keys and tokens masked, what a terminal
would obey made visible, endless lines cut.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_left
from collections import OrderedDict
from types import TracebackType
from typing import BinaryIO

import msgspec

from reviewer.text import decode, mask_secrets, visible

_BLOCK = 1 << 16
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
"""What every match of the pattern holds one of; plain searches are several times faster."""


class LogProblem(msgspec.Struct, frozen=True):
    """Why a log cannot be shown, in one line."""

    message: str


class LogText:
    """An open log. Its length is that at opening time; what is appended later needs a new one."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self._file = file
        self._before = [0]  # line feeds in front of each block that was counted, and of the next one
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def __enter__(self) -> LogText:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        return [] if offset is None else self._read(offset, max(count, 0))

    def tail(self, count: int) -> list[str]:
        """The last ``count`` lines, read from the end without counting what stands before."""
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
        offset = self._offset(max(start, 0))
        line = max(start, 0)
        kept = b""
        while offset is not None and offset < self.size:
            self._file.seek(offset)
            piece = self._file.read(min(_BLOCK, self.size - offset))
            if not piece:
                return None
            offset += len(piece)
            data = kept + piece
            end = len(data) if offset >= self.size else data.rfind(b"\n") + 1
            if end == 0 and len(data) >= 4 * _BLOCK:
                end = len(data)
            hinted = any(hint in data for hint in _HINTS)
            if hinted and (found := _ERROR.search(data, 0, end)):
                return line + data.count(b"\n", 0, found.start())
            line += data.count(b"\n", 0, end)
            kept = data[end:]
        return None

    def _block(self, number: int) -> bytes:
        """One block of the file; the last used ones are kept."""
        if number < 0:
            return b""
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        try:
            self._file.seek(number * _BLOCK)
            data = self._file.read(min(_BLOCK, self.size - number * _BLOCK))
        except OSError:
            data = b""  # it vanished under us: shown as shorter than it was
        self._blocks[number] = data
        if len(self._blocks) > _CACHED:
            self._blocks.popitem(last=False)
        return data

    def _count_to(self, line: int | None) -> None:
        """Count blocks until the beginning of ``line`` is known; ``None``: to the end."""
        blocks = -(-self.size // _BLOCK)
        while len(self._before) <= blocks and (line is None or self._before[-1] < line):
            self._before.append(self._before[-1] + self._block(len(self._before) - 1).count(b"\n"))

    def _offset(self, line: int) -> int | None:
        """Where a line begins, ``None`` behind the end."""
        if line == 0:
            return 0 if self.size else None
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
                shown.append(_shown(line, length - len(line)))
        except OSError as error:
            shown.append(f"({error.strerror or error})")
        return shown


def open_log(path: str | os.PathLike[str]) -> LogText | LogProblem:
    """Open a log for viewing; where that is impossible, the reason as a message object."""
    name = os.path.basename(path)  # noqa: PTH119
    try:
        # Asked before it is opened: opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            return LogProblem(visible(f"{name}: not a file"))
        file = open(path, "rb")  # noqa: PTH123, SIM115 - closed by LogText
        return LogText(file, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        return LogProblem(visible(f"{name}: there is no such log"))
    except (OSError, ValueError) as error:
        return LogProblem(visible(f"{name}: {getattr(error, 'strerror', None) or error}"))


def _shown(line: bytes, more: int) -> str:
    text = mask_secrets(decode(line.removesuffix(b"\n").removesuffix(b"\r")))
    cut = len(text) - LONGEST_LINE
    if cut > 0 or more > 0:
        return f"{visible(text[:LONGEST_LINE])} \u2026 ({max(cut, 0) + more} more)"
    return visible(text)


def _nth_from_end(data: bytes, number: int) -> int:
    """Where the ``number``-th line feed from the end of ``data`` stands."""
    place = len(data)
    for _ in range(number):
        place = data.rfind(b"\n", 0, place)
    return place
