"""Matching items of two sequences."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diffs import matching
from reviewer.diffs.matching import matching_blocks

sequences = st.lists(st.integers(0, 4), max_size=20)


@pytest.mark.parametrize("max_pairs", [-1, 40_000])
@given(first=sequences, second=sequences)
def test_blocks_are_equal_and_in_order(max_pairs: int, first: list[int], second: list[int]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MAX_PAIRS", max_pairs)
        blocks = matching_blocks(first, second)
    at = other = 0
    for a, b, size in blocks:
        assert size > 0
        assert a >= at
        assert b >= other
        assert first[a : a + size] == second[b : b + size]
        at, other = a + size, b + size
    assert at <= len(first)
    assert other <= len(second)
    longest = sum(
        block.size for block in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    )
    assert sum(size for _, _, size in blocks) >= longest


@pytest.mark.timeout(60)  # difflib takes minutes
def test_what_takes_difflib_long_does_not():
    blocks = matching_blocks(["x", "y"] * 3000, ["x", "z"] * 3000)
    assert sum(size for _, _, size in blocks) == 3000
    assert matching_blocks(["x"] * 30_000, ["x"] * 30_000) == []
