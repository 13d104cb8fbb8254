"""Finds stretches of lines that a log repeats, as the 18 lines that a failing API call writes for each try.

The file is read once, with a window of lines in memory, however large it is.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

WINDOW = 64
"""Lines that a repeated stretch may have."""
LEAST = 3
"""Lines that must be saved for a fold to be worth it."""
MOST = 50_000
"""Repeats that are kept; a log with more is folded up to there."""
_PIECE = 1 << 20
_KEPT = 1 << 16
"""Bytes by which a line is compared."""
_VARIES = re.compile(
    rb"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?\]?|Will sleep for [\d.]+ seconds?"
)
"""Differences between lines that count as equal: time stamps and random waits."""


class Repeat(NamedTuple):
    """The ``lines`` lines from ``start`` on (counted from 0) repeat the ``period`` lines before them."""

    start: int
    lines: int
    period: int


def find_repeats(file: BinaryIO, stopped: Callable[[], bool] = lambda: False) -> list[Repeat]:
    """Every stretch of lines that repeats the lines right above it, in order, none overlapping.

    ``file`` is read from its present position on. Raises :class:`OSError` where that fails.
    """
    found: list[Repeat] = []
    ring = [0] * WINDOW
    last: dict[int, int] = {}
    start = period = 0
    number = -1
    for number, mark in enumerate(_marks(file)):
        if period and mark != ring[(number - period) % WINDOW]:
            _add_repeat(found, start, number, period)
            period = 0
        if not period and mark:
            before = last.get(mark, -WINDOW - 1)
            if number - before <= WINDOW:
                start, period = number, number - before
        ring[number % WINDOW] = mark
        last[mark] = number
        if len(last) > 64 * WINDOW:
            last = {mark: at for mark, at in last.items() if number - at <= WINDOW}
            if stopped() or len(found) >= MOST:
                return found
    if period:
        _add_repeat(found, start, number + 1, period)
    return found


def _add_repeat(found: list[Repeat], start: int, end: int, period: int) -> None:
    lines = (end - start) // period * period
    if lines >= max(period, LEAST):
        found.append(Repeat(start, lines, period))


def _marks(file: BinaryIO) -> Iterator[int]:
    """A number for each line: equal ones for lines that count as equal, 0 for a blank line."""
    kept = b""
    while piece := file.read(_PIECE):
        lines = (kept + piece).split(b"\n")
        kept = lines.pop()
        if len(kept) > _PIECE:
            kept = kept[:_KEPT]  # no line feed is lost, so the count of lines stays right
        for line in lines:
            yield _mark(line)
    if kept:
        yield _mark(kept)


def _mark(line: bytes) -> int:
    line = line[:_KEPT].rstrip()
    if line[:1] in b"[0123456789W" or b"Will sleep" in line:
        line = _VARIES.sub(b"", line)
    return (hash(line) or 1) if line else 0
