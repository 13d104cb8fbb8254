"""Which words differ between two lines that stand beside each other."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

MAX_LINE = 2_000
"""Characters above which a line is not looked at word by word."""

MIN_RATIO = 0.3
"""Below this likeness (difflib's ratio over words, 0 to 1) marking words would mark nearly everything."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Spans = tuple[tuple[int, int], ...]


@lru_cache(maxsize=8192)
def changed_spans(first: str, second: str) -> tuple[Spans, Spans]:
    """Spans (start, end) of each line that the other has not; none where the lines are too unlike."""
    if first == second or max(len(first), len(second)) > MAX_LINE:
        return (), ()
    words, others = _WORD.findall(first), _WORD.findall(second)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    if matcher.ratio() < MIN_RATIO:
        return (), ()
    blocks = matcher.get_matching_blocks()
    return (
        _rest(words, [(a, a + size) for a, _, size in blocks]),
        _rest(others, [(b, b + size) for _, b, size in blocks]),
    )


def _rest(words: list[str], matching: list[tuple[int, int]]) -> Spans:
    """The characters between the runs of matching words; the last run is empty and at the end."""
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    spans: list[tuple[int, int]] = []
    at = 0
    for lo, hi in matching:
        if lo > at:
            spans.append((offsets[at], offsets[lo]))
        at = hi
    return tuple(spans)
