"""The change from the human's result to the agent's."""

from __future__ import annotations

from itertools import groupby

import msgspec

from reviewer.diffs.matching import matching_blocks
from reviewer.model import AlignedFile, Cell, Row


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
    return msgspec.structs.replace(aligned, rows=tuple(rows), relations=("agent",) * regions, mismatch={})


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
