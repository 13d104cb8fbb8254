"""Lines that a patch removes in one place and adds in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviewer.model import AlignedFile, Cell, Side

MIN_CHARACTERS = 20
"""Letters and digits that a moved run must have at least; as git's ``--color-moved`` counts."""

MAX_ORIGINS = 64
"""A line that was removed more often is too common to say where it went."""


class MovedLine(NamedTuple):
    """One moved line: a line number of the side's own file where it was added, of the base where it was cut."""

    side: Side
    added: bool
    line: int


class _Removed(NamedTuple):
    file: int
    run: int
    line: int
    key: str


def moved_lines(files: Sequence[AlignedFile]) -> list[frozenset[MovedLine]]:
    """For each file the lines that moved, within the same side's patch, white space at the ends ignored."""
    result: list[set[MovedLine]] = [set() for _ in files]
    for side in ("human", "agent"):
        _mark(files, side, result)
    return [frozenset(found) for found in result]


def _runs(file: AlignedFile, side: Side, fate: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of (line, stripped text) that follow one another with this fate."""
    run: list[tuple[int, str]] = []
    for row in file.rows:
        cell: Cell | None = row.human if side == "human" else row.agent
        if row.region is None or (cell is not None and cell.fate == "keep"):
            if run:
                yield run
                run = []
        elif cell is not None and cell.fate == fate:
            line = cell.line if fate == "add" else (row.base + 1 if row.base is not None else None)
            if line is not None:
                run.append((line, cell.text.strip()))
    if run:
        yield run


def _mark(files: Sequence[AlignedFile], side: Side, result: list[set[MovedLine]]) -> None:
    removed: list[_Removed] = []
    origins: dict[str, list[int]] = {}
    for number, file in enumerate(files):
        for index, run in enumerate(_runs(file, side, "cut")):
            for line, key in run:
                origins.setdefault(key, []).append(len(removed))
                removed.append(_Removed(number, index, line, key))
    if not removed:
        return
    for number, file in enumerate(files):
        for run in _runs(file, side, "add"):
            start = 0
            while start < len(run):
                length, origin = _longest(run, start, removed, origins)
                keys = [key for _, key in run[start : start + length]]
                if sum(c.isalnum() for key in keys for c in key) >= MIN_CHARACTERS:
                    for line, _ in run[start : start + length]:
                        result[number].add(MovedLine(side, True, line))
                    for gone in removed[origin : origin + length]:
                        result[gone.file].add(MovedLine(side, False, gone.line))
                start += max(length, 1)


def _longest(
    run: Sequence[tuple[int, str]], start: int, removed: Sequence[_Removed], origins: dict[str, list[int]]
) -> tuple[int, int]:
    """How many lines from ``start`` on stand together among the removed ones, and where those begin."""
    key = run[start][1]
    candidates = origins.get(key, []) if key else []
    if not candidates or len(candidates) > MAX_ORIGINS:
        return 0, 0
    best, origin = 0, 0
    for position in candidates:
        length = 1
        while (
            start + length < len(run)
            and position + length < len(removed)
            and removed[position + length][:2] == removed[position][:2]
            and removed[position + length].key == run[start + length][1]
        ):
            length += 1
        if length > best:
            best, origin = length, position
    return best, origin
