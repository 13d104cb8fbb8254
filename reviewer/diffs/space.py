"""Rows in which a change of nothing but white space is no change; line numbers and texts stay each side's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from reviewer.diffs.matching import matching_blocks
from reviewer.diffs.pairing import mark_cut, mark_inserted, pair_lines
from reviewer.model import AlignedFile, Cell, RegionRelation, Row


class WithoutSpace(NamedTuple):
    """The file to show, and how many lines of each side differ from the base in white space only."""

    file: AlignedFile
    human: int
    agent: int


def ignore_space(aligned: AlignedFile) -> WithoutSpace:
    """Take changes that are white space only out of the rows.

    A removed line and an added one of the same side that are equal but for white space become one row that
    the side keeps; its cell carries the side's own line number and text. Nothing else moves: keep and add of
    a side are still its file.
    """
    rows: list[Row] = []
    relations: list[RegionRelation] = []
    counts = [0, 0]
    for region, group in groupby(aligned.rows, key=lambda row: row.region):
        if region is None:
            rows += group
            continue
        fresh = _RegionCells(list(group))
        counts[0] += fresh.joined[0]
        counts[1] += fresh.joined[1]
        for changed, run in groupby(fresh.rows(), key=lambda row: row.mark != "none"):
            part = list(run)
            if changed:
                number = len(relations)
                relations.append(_relation(part))
                part = [Row(row.base, row.human, row.agent, row.mark, number) for row in part]
            rows += part
    shown = msgspec.structs.replace(aligned, rows=tuple(rows), relations=tuple(relations))
    return WithoutSpace(shown, counts[0], counts[1])


def same_but_space(first: str, second: str) -> bool:
    """Whether two lines are equal once all white space is left out."""
    return _key(first) == _key(second)


def _key(text: str) -> str:
    return "".join(text.split())


class _RegionCells:
    """One region taken apart into base rows and what each side inserts at the gaps between them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.base = [row.base for row in rows if row.base is not None]
        self.cells: tuple[list[Cell | None], list[Cell | None]] = (
            [row.human for row in rows if row.base is not None],
            [row.agent for row in rows if row.base is not None],
        )
        gaps: tuple[list[list[Cell]], list[list[Cell]]] = ([[]], [[]])
        for row in rows:
            if row.base is not None:
                for side in gaps:
                    side.append([])
                continue
            for side, cell in zip(gaps, (row.human, row.agent), strict=True):
                if cell is not None:
                    side[-1].append(cell)
        self.gaps = gaps
        self.joined = [self._join(side) for side in (0, 1)]

    def _join(self, side: int) -> int:
        """Join a side's removed and added lines that are equal but for white space; returns their number."""
        cells, gaps = self.cells[side], self.gaps[side]
        runs = [list(run) for cut, run in groupby(range(len(cells)), lambda at: _is_cut(cells[at])) if cut]
        return sum(self._join_run(cells, gaps, run[0], run[-1] + 1) for run in runs)

    @staticmethod
    def _join_run(cells: list[Cell | None], gaps: list[list[Cell]], lo: int, hi: int) -> int:
        """Join the cut lines ``lo`` to ``hi`` with the lines added at the gaps around and between them."""
        added = [cell for gap in gaps[lo : hi + 1] for cell in gap]
        if not added:
            return 0
        old = [_key(cell.text) for cell in cells[lo:hi] if cell is not None]
        new = [_key(cell.text) if cell.fate == "add" else object() for cell in added]
        pairs = [(a + k, b + k) for a, b, size in matching_blocks(old, new) for k in range(size)]
        if not pairs:
            return 0
        for gap in range(lo, hi + 1):
            gaps[gap] = []
        done = 0
        for a, b in pairs:
            gaps[lo + a] = added[done:b]
            cells[lo + a] = Cell("keep", added[b].line, added[b].text)
            done = b + 1
        gaps[hi] = added[done:]
        return len(pairs)

    def rows(self) -> Iterator[Row]:
        """The rows with new marks, and no region yet."""
        for at in range(len(self.base) + 1):
            for human, agent in pair_lines(self.gaps[0][at], self.gaps[1][at]):
                yield Row(None, human, agent, mark_inserted(human, agent, same_but_space))
            if at < len(self.base):
                human, agent = self.cells[0][at], self.cells[1][at]
                yield Row(self.base[at], human, agent, mark_cut(_is_cut(human), _is_cut(agent)))


def _is_cut(cell: Cell | None) -> bool:
    return cell is not None and cell.fate == "cut"


def _relation(rows: Sequence[Row]) -> RegionRelation:
    if all(row.mark == "same" for row in rows):
        return "same"
    human = any(row.human is not None and row.human.fate != "keep" for row in rows)
    agent = any(row.agent is not None and row.agent.fate != "keep" for row in rows)
    return "both-differ" if human and agent else "human" if human else "agent"
