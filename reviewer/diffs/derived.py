"""What is made of aligned rows: the change between both results, rows without white space, and moved lines."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from reviewer.diffs.matching import mark_cut, mark_inserted, matching_blocks, pair_lines
from reviewer.model import AlignedFile, Cell, RegionRelation, Row, Side


def between_results(aligned: AlignedFile) -> AlignedFile:
    """The same file with the human's result in place of the base and no human change.

    Rows: ``base`` counts the human's lines, the human's cells are all keep, the agent's are keep, cut (the
    human has the line, the agent has not) or add. Where a side does not match the base its result is not
    known: then there are no rows.
    """
    rows: list[Row] = []
    regions = 0
    if not aligned.mismatch:
        for region, group in groupby(aligned.rows, key=lambda row: row.region):
            part = list(group)
            if region is None:
                rows += [_kept(row.human, row.agent) for row in part if row.human and row.agent]
                continue
            fresh = _differing(part, regions)
            regions += any(row.region is not None for row in fresh)
            rows += fresh
    return msgspec.structs.replace(
        aligned, rows=tuple(rows), region_relations=("agent",) * regions, mismatch={}
    )


def _kept(human: Cell, agent: Cell) -> Row:
    return Row((human.line or 1) - 1, Cell("keep", human.line, human.text), agent)


def _differing(rows: list[Row], region: int) -> list[Row]:
    """One region: the lines of both results, matched anew."""
    human = [row.human for row in rows if row.human is not None and row.human.fate != "cut"]
    agent = [row.agent for row in rows if row.agent is not None and row.agent.fate != "cut"]
    result: list[Row] = []
    i = j = 0
    blocks = matching_blocks([cell.text for cell in human], [cell.text for cell in agent])
    for a, b, size in [*blocks, (len(human), len(agent), 0)]:
        for cell in human[i:a]:
            kept = Cell("keep", cell.line, cell.text)
            result.append(Row((cell.line or 1) - 1, kept, Cell("cut", None, cell.text), "agent", region))
        result += [Row(None, None, Cell("add", c.line, c.text), "agent", region) for c in agent[j:b]]
        for k in range(size):
            kept = Cell("keep", agent[b + k].line, agent[b + k].text)
            result.append(_kept(human[a + k], kept))
        i, j = a + size, b + size
    return result


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
    region_relations: list[RegionRelation] = []
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
                number = len(region_relations)
                region_relations.append(_relation(part))
                part = [Row(row.base, row.human, row.agent, row.mark, number) for row in part]
            rows += part
    shown = msgspec.structs.replace(aligned, rows=tuple(rows), region_relations=tuple(region_relations))
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
            for side, cell in zip(gaps, (row.human, row.agent), strict=True):
                if row.base is not None:
                    side.append([])
                elif cell is not None:
                    side[-1].append(cell)
        self.gaps = gaps
        self.joined = [self._join(side) for side in (0, 1)]

    def _join(self, side: int) -> int:
        """Join a side's removed and added lines that are equal but for white space; returns their number."""
        cells = self.cells[side]
        runs = [list(run) for cut, run in groupby(range(len(cells)), lambda at: _is_cut(cells[at])) if cut]
        return sum(self._join_run(side, run[0], run[-1] + 1) for run in runs)

    def _join_run(self, side: int, lo: int, hi: int) -> int:
        """Join the cut lines ``lo`` to ``hi`` with the lines added at the gaps around and between them."""
        cells, gaps = self.cells[side], self.gaps[side]
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


MIN_CHARACTERS = 20
"""Letters and digits that a moved run must have at least; as git's ``--color-moved`` counts."""

MAX_ORIGINS = 64
"""A line that was removed more often is too common to say where it went."""


class MovedLine(NamedTuple):
    """One moved line: a line number of the side's own file where it was added, of the base where it was cut."""

    side: Side
    added: bool
    line: int


_Run = list[tuple[int, str]]
"""Lines that follow one another, each with its number and its text without blanks around."""

_Origins = dict[str, list[tuple[int, _Run, int]]]
"""Where lines of a text were removed: the file's index, the run, and the index in that."""


def moved_lines(files: Sequence[AlignedFile]) -> list[frozenset[MovedLine]]:
    """For each file the lines that moved, within the same side's patch, white space at the ends ignored."""
    result: list[set[MovedLine]] = [set() for _ in files]
    for side in ("human", "agent"):
        _mark(files, side, result)
    return [frozenset(found) for found in result]


def _runs(file: AlignedFile, side: Side, fate: str) -> Iterator[_Run]:
    """The lines with this fate, as one run where no kept line is between them."""
    run: _Run = []
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
    origins: _Origins = {}
    for number, file in enumerate(files):
        for run in _runs(file, side, "cut"):
            for index, (_, text) in enumerate(run):
                origins.setdefault(text, []).append((number, run, index))
    if not origins:
        return
    for number, file in enumerate(files):
        for run in _runs(file, side, "add"):
            start = 0
            while start < len(run):
                origin, cut = _longest(run, start, origins)
                if sum(c.isalnum() for _, text in cut for c in text) >= MIN_CHARACTERS:
                    result[number].update(
                        MovedLine(side, True, line) for line, _ in run[start : start + len(cut)]
                    )
                    result[origin].update(MovedLine(side, False, line) for line, _ in cut)
                start += max(len(cut), 1)


def _longest(run: _Run, start: int, origins: _Origins) -> tuple[int, _Run]:
    """The longest run of removed lines that the added ones from ``start`` on repeat, behind the file it was in."""
    text = run[start][1]
    candidates = origins.get(text, []) if text else []
    best: tuple[int, _Run] = (0, [])
    for file, removed, index in candidates if len(candidates) <= MAX_ORIGINS else ():
        length = 1
        most = min(len(run) - start, len(removed) - index)
        while length < most and removed[index + length][1] == run[start + length][1]:
            length += 1
        if length > len(best[1]):
            best = file, removed[index : index + length]
    return best
