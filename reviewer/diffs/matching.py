"""Which items of two sequences match, in a time that no input can drive up: lines side by side, and words that differ."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import eq

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from reviewer.diffs.languages import MAX_LINE
from reviewer.model import Cell, RowMark

MAX_PAIRS = 40_000
"""Pairs of equal items above which difflib is not used: 490,000 took it 14 s."""

MAX_PRODUCT = 400_000_000
"""Product of the lengths above which nothing is matched (a bit each in memory: 50 MB)."""


def matching_blocks(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Runs of equal items as (start in first, start in second, length), ascending in both.

    Those of difflib, which read best, where few items repeat, else of a longest common subsequence.
    """
    counts = Counter(first)
    if sum(counts[item] for item in second) <= MAX_PAIRS:
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        return [tuple(block) for block in matcher.get_matching_blocks() if block.size]  # type: ignore[misc]
    if len(first) * len(second) > MAX_PRODUCT:
        return []
    numbers: dict[Hashable, int] = {}
    coded = [[numbers.setdefault(item, len(numbers)) for item in items] for items in (first, second)]
    return [
        (op.src_start, op.dest_start, op.src_end - op.src_start)
        for op in LCSseq.opcodes(*coded)
        if op.tag == "equal"
    ]


MIN_RATIO = 0.3
"""Below this likeness (twice the words in common, of all words) marking words would mark nearly everything."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Spans = tuple[tuple[int, int], ...]


@lru_cache(maxsize=8192)
def changed_spans(first: str, second: str) -> tuple[Spans, Spans]:
    """Spans (start, end) of each line that the other has not; none where the lines are too unlike."""
    if first == second or max(len(first), len(second)) > MAX_LINE:
        return (), ()
    words, others = _WORD.findall(first), _WORD.findall(second)
    blocks = matching_blocks(words, others)
    if 2 * sum(size for _, _, size in blocks) < MIN_RATIO * (len(words) + len(others)):
        return (), ()
    return (
        _rest(words, [(a, a + size) for a, _, size in blocks]),
        _rest(others, [(b, b + size) for _, b, size in blocks]),
    )


def _rest(words: list[str], matching: list[tuple[int, int]]) -> Spans:
    """The characters between the runs of matching words."""
    offsets = [0, *accumulate(map(len, words))]
    ends = pairwise([(0, 0), *matching, (len(words), len(words))])
    return tuple((offsets[at], offsets[lo]) for (_, at), (lo, _) in ends if lo > at)


ALIKE = 0.5
"""Ratio (rapidfuzz, 0 to 1) from which two lines count as alike."""

MAX_CELLS = 10_000
"""Size of the table of ratios above which lines stay unpaired."""

Pair = tuple[Cell | None, Cell | None]


def pair_lines(human: Sequence[Cell], agent: Sequence[Cell]) -> Iterator[Pair]:
    """Every cell of both sides once, in order; lines that are equal or alike stand beside each other.

    Equal but for white space at the ends counts as equal here. Only added lines are paired.
    """
    if not human or not agent:
        yield from _unpaired(human, agent)
        return
    blocks = matching_blocks([_key(cell) for cell in human], [_key(cell) for cell in agent])
    i = j = 0
    for a, b, size in [*blocks, (len(human), len(agent), 0)]:
        yield from _pair_alike(human[i:a], agent[j:b])
        yield from zip(human[a : a + size], agent[b : b + size], strict=True)
        i, j = a + size, b + size


def _key(cell: Cell) -> Hashable:
    return cell.text.strip() if cell.fate == "add" else object()


def _unpaired(human: Sequence[Cell], agent: Sequence[Cell]) -> Iterator[Pair]:
    yield from ((cell, None) for cell in human)
    yield from ((None, cell) for cell in agent)


def _pair_alike(human: Sequence[Cell], agent: Sequence[Cell]) -> Iterator[Pair]:
    """Alike lines beside each other, the others on their own."""
    i = j = 0
    texts = [[cell.text if cell.fate == "add" else None for cell in cells] for cells in (human, agent)]
    for a, b in [*alike(*texts), (len(human), len(agent))]:
        yield from _unpaired(human[i:a], agent[j:b])
        if a < len(human):
            yield human[a], agent[b]
        i, j = a + 1, b + 1


def alike(first: Sequence[str | None], second: Sequence[str | None]) -> list[tuple[int, int]]:
    """Index pairs of lines that are alike, ascending in both, so that the sum of ratios is largest.

    ``None`` is like nothing. None are paired where there are too many to compare.
    """
    if len(first) * len(second) > MAX_CELLS:
        return []
    ratios = [[_ratio(line, other) for other in second] for line in first]
    best = [[0.0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in reversed(range(len(first))):
        for j in reversed(range(len(second))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if ratios[i][j]:
                best[i][j] = max(best[i][j], best[i + 1][j + 1] + ratios[i][j])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(first) and j < len(second):
        if ratios[i][j] and best[i][j] == best[i + 1][j + 1] + ratios[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _ratio(first: str | None, second: str | None) -> float:
    if first is None or second is None or max(len(first), len(second)) > MAX_LINE:
        return 0.0
    return fuzz.ratio(first.strip(), second.strip(), score_cutoff=100 * ALIKE) / 100


def mark_inserted(human: Cell | None, agent: Cell | None, same: Callable[[str, str], bool] = eq) -> RowMark:
    """The mark of a row without base line; ``same`` says whether two texts count as equal."""
    if human is not None and agent is not None:
        return "same" if same(human.text, agent.text) else "alike"
    cell = human or agent
    if cell is None or cell.fate == "keep":  # context of a hunk that does not match: no change
        return "none"
    return "human" if human is not None else "agent"


def mark_cut(human: bool, agent: bool) -> RowMark:
    """The mark of a row with a base line, by the sides that cut it."""
    if human and agent:
        return "same"
    return "human" if human else "agent" if agent else "none"
