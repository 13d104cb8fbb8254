"""Bars and strips: always as wide as they are to be, and in the order of what they show."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.tui.signs import ASCII, UNICODE
from reviewer.tui.widgets.scales import BAR, STRIP, bar, strip

amounts = st.floats(1e-9, 1e12)


@settings(max_examples=40)
@given(amounts, st.floats(0, 100), amounts, st.sampled_from([ASCII, UNICODE]))
def test_a_bar_has_its_width_and_one_value(
    value: float, noise: float, end: float, signs: dict[str, str]
) -> None:
    drawn = bar(value, value / (1 + noise), value * (1 + noise), max(end, value), signs)
    assert len(drawn) == BAR
    assert drawn.count(signs["value"]) + drawn.count(signs["beyond"]) >= 1


@settings(max_examples=40)
@given(st.lists(amounts, min_size=2, max_size=2))
def test_the_larger_value_stands_further_right(values: list[float]) -> None:
    low, high = sorted(values)
    ends = [bar(value, value, value, high, UNICODE).index("┃") for value in (low, high)]
    assert ends == sorted(ends)
    assert ends[1] == BAR - 1


@settings(max_examples=40)
@given(st.floats(0.01, 100), st.floats(1, 10), st.sampled_from([ASCII, UNICODE]))
def test_a_strip_has_one_in_its_middle(ratio: float, spread: float, signs: dict[str, str]) -> None:
    drawn = strip(ratio, ratio / spread, ratio * spread, 1000, signs)
    assert len(drawn) == STRIP
    at = drawn.index(signs["finding"])
    assert (at > STRIP // 2) == (ratio > 1) or at == STRIP // 2
