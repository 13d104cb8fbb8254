"""Which words differ between two lines that are shown beside each other."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.diffs.languages import MAX_LINE
from reviewer.diffs.matching import matching_blocks

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
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    spans: list[tuple[int, int]] = []
    at = 0
    for lo, hi in [*matching, (len(words), len(words))]:
        if lo > at:
            spans.append((offsets[at], offsets[lo]))
        at = hi
    return tuple(spans)
