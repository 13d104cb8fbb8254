"""Which items of two sequences match, in order, in a time that no input can drive up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

from rapidfuzz.distance import LCSseq

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
