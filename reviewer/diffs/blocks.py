"""Fits one side's hunks onto the base: which lines go, which come, and where.

A position counts from 0 and means the gap in front of that base line.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from reviewer.diffs.matching import matching_blocks
from reviewer.model import Cell, FileChange, Hunk

Locate = Callable[[Hunk, Sequence[str], int], int]
"""Gives the position of a hunk from its old lines and its expected position; raises :exc:`Mismatch`."""

_MAX_SEARCH = 5_000_000
"""Lines that are compared at most in looking for a file's hunks elsewhere; real files need some hundreds."""

_WINDOW = 60
"""Lines around its expected position in which the lines of a hunk that does not fit are looked for."""


class Mismatch(Exception):
    """A side's hunks do not fit the base; the message says which and why."""


class Block(NamedTuple):
    """``base[lo:hi]`` goes and ``ins`` comes, at any gap in ``lo..hi``."""

    lo: int
    hi: int
    ins: tuple[Cell, ...]


class SideBlocks(NamedTuple):
    """One side on the base. ``kept`` is ``None`` where every line outside the blocks is kept.

    Where a side does not match, ``kept`` holds the base lines that its hunks' context was found on;
    the rest of its file is not known.
    """

    blocks: tuple[Block, ...] = ()
    kept: dict[int, Cell] | None = None


def start_of(hunk: Hunk) -> int:
    """Where the hunk's header puts it: the index of its first old line, or the gap it inserts at."""
    return hunk.source_start - 1 if hunk.source_length and hunk.source_start else hunk.source_start


def old_lines(hunk: Hunk) -> list[str]:
    """The hunk's context and removed lines."""
    return [line.text for line in hunk.lines if line.kind != "+"]


class HunkLocator:
    """Finds hunks in a known base as ``git apply`` does (its ``find_pos`` and ``match_fragment``)."""

    def __init__(self, base: Sequence[str]) -> None:
        self._base = base
        self._index: dict[str, list[int]] = {}
        self._taken: list[tuple[int, int, int]] = []
        """Start and end of each hunk located so far, in order, and the lines it makes the file longer by."""
        self._search_budget = _MAX_SEARCH

    def locate(self, hunk: Hunk, old: Sequence[str], expected: int) -> int:
        """The expected position if the old lines stand there, else the nearest; forwards wins a tie.

        As in git, a hunk that is looked for stands at the start if its header says line 1, at the end if
        it has no context behind its last change, and never on lines that an earlier hunk stands on.
        """
        at: int | None = expected
        if not self._fits(old, expected):
            at = self._nearest(hunk, old, max(hunk.target_start - 1, 0))
        if at is None:
            raise Mismatch(self._reason(old))
        growth = sum((line.kind == "+") - (line.kind == "-") for line in hunk.lines)
        insort(self._taken, (at, at + len(old), growth))
        return at

    def _stands(self, hunk: Hunk, old: Sequence[str], at: int) -> bool:
        if hunk.source_start <= 1 and at != 0:
            return False
        if hunk.lines[-1].kind != " " and at + len(old) != len(self._base):
            return False
        return self._fits(old, at)

    def _fits(self, old: Sequence[str], at: int) -> bool:
        end = at + len(old)
        if not 0 <= at <= end <= len(self._base) or any(self._base[at + k] != x for k, x in enumerate(old)):
            return False
        after = bisect_left(self._taken, (at, end))
        before_is_free = after == 0 or self._taken[after - 1][1] <= at
        return before_is_free and (after == len(self._taken) or end <= self._taken[after][0])

    def _nearest(self, hunk: Hunk, old: Sequence[str], wanted: int) -> int | None:
        """The position nearest to ``wanted``, a position in the file as the hunks so far leave it."""
        candidates = self._candidates(old)
        self._search_budget -= len(candidates) * max(len(old), 1)
        if self._search_budget < 0:
            raise Mismatch("its old lines are not where its header says, and too many places are like them")
        ends = [hi for _, hi, _ in self._taken]
        shifts = [0, *accumulate(growth for _, _, growth in self._taken)]

        def distance(at: int) -> tuple[int, bool]:
            here = at + shifts[bisect_right(ends, at)]
            return abs(here - wanted), here < wanted

        return next((at for at in sorted(candidates, key=distance) if self._stands(hunk, old, at)), None)

    def _candidates(self, old: Sequence[str]) -> Sequence[int]:
        """Every position at which the rarest of the old lines is right."""
        if not old:
            return range(len(self._base) + 1)
        if not self._index:
            for number, line in enumerate(self._base):
                self._index.setdefault(line, []).append(number)
        rarest = min(range(len(old)), key=lambda k: len(self._index.get(old[k], ())))
        return [number - rarest for number in self._index.get(old[rarest], ())]

    def _reason(self, old: Sequence[str]) -> str:
        crlf = any(line.endswith("\r\n") for line in old)
        if crlf != any(line.endswith("\r\n") for line in self._base):
            return f"its lines end in {'CRLF' if crlf else 'LF'}, those of the base do not"
        return "its old lines are nowhere in the base"


def locate_in_known(base: dict[int, str]) -> Locate:
    """Takes hunks where their headers put them, in a base of which only some lines are known."""
    taken = 0

    def locate(hunk: Hunk, old: Sequence[str], expected: int) -> int:
        nonlocal taken
        if expected < taken:
            raise Mismatch("it overlaps the hunk before")
        if any(base[expected + k] != line for k, line in enumerate(old)):
            raise Mismatch("the two patches give different lines for the same place of the base")
        taken = expected + len(old)
        return expected

    return locate


def fit(change: FileChange, locate: Locate) -> SideBlocks:
    """The side's blocks in order. Raises :exc:`Mismatch`, naming the first hunk that does not fit."""
    runs: list[tuple[int, int, list[str]]] = []
    for number, hunk in enumerate(change.hunks, 1):
        try:
            at = locate(hunk, old_lines(hunk), start_of(hunk))
        except Mismatch as problem:
            where = f"hunk {number} of {len(change.hunks)} (line {hunk.row} of the patch)"
            raise Mismatch(f"{where} does not fit: {problem}") from None
        runs += _runs(hunk, at)
    runs.sort(key=lambda run: run[:2])
    blocks: list[Block] = []
    shift = 0
    for lo, hi, texts in runs:
        first = lo + shift + 1
        cells = tuple(Cell("add", first + k, line) for k, line in enumerate(texts))
        blocks.append(Block(lo, hi, cells))
        shift += len(texts) - (hi - lo)
    return SideBlocks(_joined(blocks))


def _runs(hunk: Hunk, at: int) -> list[tuple[int, int, list[str]]]:
    runs: list[tuple[int, int, list[str]]] = []
    lo, added = at, list[str]()
    for line in hunk.lines:
        if line.kind == "+":
            added.append(line.text)
            continue
        if line.kind == " ":
            if at > lo or added:
                runs.append((lo, at, added))
            lo, added = at + 1, []
        at += 1
    if at > lo or added:
        runs.append((lo, at, added))
    return runs


def _joined(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Join blocks that touch; those that neither remove nor insert are left out."""
    result: list[Block] = []
    for block in blocks:
        if block.lo == block.hi and not block.ins:
            continue
        if result and block.lo <= result[-1].hi:
            last = result.pop()
            block = Block(last.lo, max(last.hi, block.hi), last.ins + block.ins)
        result.append(block)
    return tuple(result)


def fit_loosely(change: FileChange, base: Mapping[int, str], end: int | None) -> SideBlocks:
    """A side that does not match, from the patch's own lines, each hunk near where its header puts it.

    Old lines that are found around there stand on their base line; the others are inserted with
    their own fate. Line numbers are those of the patch. ``base`` has the lines that are known, by index, ``end`` is
    its length, if known.
    """
    kept: dict[int, Cell] = {}
    blocks: list[Block] = []
    floor = 0
    for hunk in change.hunks:
        found = _found(hunk, base, floor)
        start = max(start_of(hunk), floor) if end is None else max(min(start_of(hunk), end), floor)
        lo = hi = min(found.values(), default=start)
        ins: list[Cell] = []
        for number, line in enumerate(hunk.lines):
            at = found.get(number)
            if at is None:
                fate = {"+": "add", "-": "cut"}.get(line.kind, "keep")
                ins.append(Cell(fate, line.target, line.text))  # type: ignore[arg-type]
            elif line.kind == "-":
                if at != hi:
                    blocks.append(Block(lo, hi, tuple(ins)))
                    lo, ins = at, []
                hi = at + 1
            else:
                blocks.append(Block(lo, hi, tuple(ins)))
                kept[at] = Cell("keep", line.target, line.text)
                lo, hi, ins = at + 1, at + 1, []
        blocks.append(Block(lo, hi, tuple(ins)))
        floor = hi
    return SideBlocks(_joined(blocks), kept)


def _found(hunk: Hunk, base: Mapping[int, str], floor: int) -> dict[int, int]:
    """Index in ``hunk.lines`` → base index, for old lines that are found near where the header puts the hunk."""
    old = [(number, line.text) for number, line in enumerate(hunk.lines) if line.kind != "+"]
    first = max(start_of(hunk) - _WINDOW, floor)
    window = [base.get(at) for at in range(first, max(start_of(hunk) + len(old) + _WINDOW, first))]
    blocks = matching_blocks(window, [line for _, line in old])
    return {old[b + k][0]: first + a + k for a, b, size in blocks for k in range(size)}
