"""Shows the human change and the agent's side by side on the lines of their base."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from reviewer import text
from reviewer.config import DEFAULT_ARTEFACTS
from reviewer.diffs.blocks import (
    Block,
    HunkLocator,
    Mismatch,
    SideBlocks,
    fit,
    fit_loosely,
    locate_in_known,
    old_lines,
    start_of,
)
from reviewer.diffs.languages import is_artefact
from reviewer.diffs.matching import mark_cut, mark_inserted, pair_lines
from reviewer.model import AlignedFile, Cell, FileChange, Patch, RegionRelation, Row, Side


class FilePair(NamedTuple):
    """The changes of both patches to one base file; at least one is there."""

    path: str
    human: FileChange | None
    agent: FileChange | None
    artefact: bool

    @property
    def base_path(self) -> str | None:
        """Where the file stood before; ``None`` for a file that is new on every side."""
        changes = (self.human, self.agent)
        return next((change.old for change in changes if change is not None and change.old is not None), None)


def pair_files(
    human: Patch | None, agent: Patch | None, artefacts: tuple[str, ...] = DEFAULT_ARTEFACTS
) -> list[FilePair]:
    """The files of both patches, joined by base path: the human's in order, the agent's, then artefacts.

    A path is the human's new path where the human changed the file. A copy joins only the same copy. A
    file that stands in a patch twice gives two pairs.
    """
    waiting: dict[tuple[str | None, str | None], list[FileChange]] = {}
    for change in agent.files if agent else ():
        waiting.setdefault(_key(change), []).append(change)
    pairs: list[FilePair] = []
    for change in human.files if human else ():
        others = waiting.get(_key(change))
        pairs.append(_pair(change, others.pop(0) if others else None, artefacts))
    unpaired = [change for changes in waiting.values() for change in changes]
    pairs += (_pair(None, change, artefacts) for change in sorted(unpaired, key=lambda change: change.row))
    return sorted(pairs, key=lambda pair: pair.artefact)


def _key(change: FileChange) -> tuple[str | None, str | None]:
    if change.kind == "copied":
        return change.old, change.new
    return (change.old if change.old is not None else change.new), None


def _pair(human: FileChange | None, agent: FileChange | None, artefacts: tuple[str, ...]) -> FilePair:
    change = human or agent
    assert change is not None
    paths = [c.path for c in (human, agent) if c is not None]
    return FilePair(change.path, human, agent, all(is_artefact(path, artefacts) for path in paths))


def align(
    human: Patch | None,
    agent: Patch | None,
    base_text: Callable[[str], bytes | None],
    artefacts: tuple[str, ...] = DEFAULT_ARTEFACTS,
) -> tuple[AlignedFile, ...]:
    """All files of both patches aligned.

    ``base_text`` gives the bytes of a base file: empty where the base has no such file, ``None`` where
    it is not to be had.
    """
    return tuple(
        align_file(p.path, base_text(p.base_path or p.path), p.human, p.agent, artefact=p.artefact)
        for p in pair_files(human, agent, artefacts)
    )


def align_file(
    path: str,
    base: bytes | None,
    human: FileChange | None,
    agent: FileChange | None,
    *,
    artefact: bool = False,
) -> AlignedFile:
    """Rows of one file.

    ``base`` is its text before both changes: empty where the base has no such file, ``None`` where it
    is not to be had. A file that both sides only create needs no base. A side whose hunks do not fit is named in
    ``mismatch`` and shown from the patch's own lines: its hunks near where their headers put them, with
    the patch's line numbers, and no cell beside base lines that its hunks do not give. What of its old
    lines is not in the base is in rows without base, with the fate it has in the patch.
    """
    changes: dict[Side, FileChange | None] = {"human": human, "agent": agent}
    present = [change for change in changes.values() if change is not None]
    if base is None and all(change.kind == "added" for change in present):
        base = b""
    lines = None if base is None else text.split_lines(text.decode(base))
    if any(change.binary for change in present) and not any(change.hunks for change in present):
        lines = []
    mismatch: dict[Side, str] = {}
    known = _known_lines(present) if lines is None else {}
    sides = [_fit_side(name, change, lines, known, mismatch) for name, change in changes.items()]
    order = sorted(known) if lines is None else range(len(lines))
    rows, relations = _Rows(known if lines is None else lines, *sides).build(order)
    return AlignedFile(
        path=path,
        presence="both" if human and agent else "human only" if human else "agent only",
        rows=rows,
        region_relations=relations,
        human=human,
        agent=agent,
        base_known=base is not None,
        mismatch=mismatch,
        notes=tuple(note for name, change in changes.items() if change for note in _notes(name, change)),
        artefact=artefact,
    )


def _notes(side: str, change: FileChange) -> Iterator[str]:
    if change.binary:
        yield f"{side}: binary file, {change.kind}; its contents are not shown"
    if change.kind in ("renamed", "copied"):
        yield f"{side}: {change.kind} from {change.old} to {change.new}"
    elif change.kind == "deleted":
        yield f"{side}: file deleted"
    elif change.kind == "added" and not change.hunks and not change.binary:
        yield f"{side}: new empty file"
    if change.kind == "added" and change.new_mode not in (None, "100644"):
        yield f"{side}: new file of mode {change.new_mode}"
    elif change.old_mode and change.new_mode and change.old_mode != change.new_mode:
        yield f"{side}: mode {change.old_mode} → {change.new_mode}"


def _fit_side(
    name: Side,
    change: FileChange | None,
    base: list[str] | None,
    known: dict[int, str],
    mismatch: dict[Side, str],
) -> SideBlocks:
    """One side's blocks; where its hunks do not fit, its name gets the reason in ``mismatch``.

    ``base`` has all lines; where it is ``None``, ``known`` has those that are known, by index.
    """
    if change is None:
        return SideBlocks()
    try:
        if change.kind == "added" and base:
            raise Mismatch("it creates a file that the base already has")
        return fit(change, locate_in_known(known) if base is None else HunkLocator(base).locate)
    except Mismatch as problem:
        mismatch[name] = str(problem)
        if base is None:
            return fit_loosely(change, known, None)
        return fit_loosely(change, dict(enumerate(base)), len(base))


def _known_lines(changes: list[FileChange]) -> dict[int, str]:
    """The base lines that the patches themselves give; where they differ, those of the first one."""
    known: dict[int, str] = {}
    for change in changes:
        for hunk in change.hunks:
            for at, line in enumerate(old_lines(hunk), start_of(hunk)):
                known.setdefault(at, line)
    return known


class _Region(NamedTuple):
    """Blocks of either side whose ranges meet, one after another."""

    human: list[Block]
    agent: list[Block]


def _regions(human: Sequence[Block], agent: Sequence[Block]) -> Iterator[_Region]:
    blocks = [(block, 0) for block in human] + [(block, 1) for block in agent]
    region, end = _Region([], []), -1
    for block, side in sorted(blocks, key=lambda item: item[0][:2]):
        if block.lo > end >= 0:
            yield region
            region = _Region([], [])
        region[side].append(block)
        end = max(end, block.hi)
    if end >= 0:
        yield region


class _Gap(NamedTuple):
    """What comes in front of one base line, and the region it belongs to."""

    human: tuple[Cell, ...]
    agent: tuple[Cell, ...]
    region: int


class _Rows:
    """Puts base lines and insertions in order. Built once for a file, used once.

    Removed base lines stay where they are. Blocks of both sides whose ranges meet are one region; insertions
    of a region that can stand at the same gap of the base do, and are paired line by line.
    """

    def __init__(self, base: Sequence[str] | dict[int, str], human: SideBlocks, agent: SideBlocks) -> None:
        self._base = base
        self._sides = (human, agent)
        self._shift = [1, 1]
        """For each side, its line number (from 1) minus the base index (from 0) at the present row."""
        self._gaps: dict[int, _Gap] = {}
        self._region_of: dict[int, int] = {}
        self._cut: tuple[set[int], set[int]] = (set(), set())
        self._relations: list[RegionRelation] = []
        """For each region, which side has a block in it; ``same`` for both."""
        for number, region in enumerate(_regions(human.blocks, agent.blocks)):
            self._relations.append("agent" if not region.human else "same" if region.agent else "human")
            self._set_gaps(region, number)
            for side, blocks in enumerate(region):
                for block in blocks:
                    self._cut[side].update(range(block.lo, block.hi))
                    self._region_of.update(dict.fromkeys(range(block.lo, block.hi), number))

    def _set_gaps(self, region: _Region, number: int) -> None:
        """The first free pair of insertions whose ranges meet shares a gap."""
        free = [block for block in region.agent if block.ins]
        for human in region.human:
            if not human.ins:
                continue
            # blocks are in order: one that ends before this one meets none of the later ones either
            while free and free[0].hi < human.lo:
                agent = free.pop(0)
                self._gaps[agent.hi] = _Gap((), agent.ins, number)
            if free and free[0].lo <= human.hi:
                agent = free.pop(0)
                self._gaps[min(human.hi, agent.hi)] = _Gap(human.ins, agent.ins, number)
            else:
                self._gaps[human.hi] = _Gap(human.ins, (), number)
        for agent in free:
            self._gaps[agent.hi] = _Gap((), agent.ins, number)

    def build(self, order: Collection[int]) -> tuple[tuple[Row, ...], tuple[RegionRelation, ...]]:
        """All rows, base lines in ``order`` (ascending), and what each region's two sides have in common."""
        rows: list[Row] = []
        gaps = sorted(self._gaps, reverse=True)
        for at in order:
            while gaps and gaps[-1] <= at:
                self._insert(self._gaps[gaps.pop()], rows)
            row = self._base_row(at)
            if row.human is None and row.agent is None:  # neither side matches, and none knows the line
                continue
            rows.append(row)
        while gaps:
            self._insert(self._gaps[gaps.pop()], rows)
        differing = {row.region for row in rows if row.mark != "same"}
        relations = enumerate(self._relations)
        return tuple(rows), tuple(
            "both-differ" if r == "same" and n in differing else r for n, r in relations
        )

    def _base_row(self, at: int) -> Row:
        region = self._region_of.get(at)
        if region is None and self._sides[0].kept is None and self._sides[1].kept is None:
            # nearly every row: neither side touched the line
            line = self._base[at]
            human = Cell("keep", at + self._shift[0], line)
            agent = human if self._shift[0] == self._shift[1] else Cell("keep", at + self._shift[1], line)
            return Row(at, human, agent)
        human_cell, agent_cell = self._base_cell(0, at), self._base_cell(1, at)
        return Row(at, human_cell, agent_cell, mark_cut(at in self._cut[0], at in self._cut[1]), region)

    def _base_cell(self, side: int, at: int) -> Cell | None:
        if at in self._cut[side]:
            self._shift[side] -= 1
            return Cell("cut", None, self._base[at])
        kept = self._sides[side].kept
        return Cell("keep", at + self._shift[side], self._base[at]) if kept is None else kept.get(at)

    def _insert(self, gap: _Gap, rows: list[Row]) -> None:
        self._shift[0] += len(gap.human)
        self._shift[1] += len(gap.agent)
        for human, agent in pair_lines(gap.human, gap.agent):
            rows.append(Row(None, human, agent, mark_inserted(human, agent), gap.region))
