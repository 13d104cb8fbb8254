"""Which items of two sequences match, in a time that no input can drive up, and which words of two lines differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import accumulate, pairwise

from rapidfuzz.distance import LCSseq

from reviewer.diffs.languages import MAX_LINE

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
