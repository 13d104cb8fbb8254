from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.verdicts.sampling import CannotDraw, assign, draw, frame_sha256, scatter, shuffled

UNITS = st.dictionaries(st.text(max_size=5), st.sampled_from("abc"), min_size=1, max_size=40)


@given(UNITS, st.integers(1, 40), st.integers(0, 99))
def test_shares_follow_the_sizes_and_nothing_is_left_out(units: dict[str, str], n: int, seed: int) -> None:
    sizes = Counter(units.values())
    if n > len(units) or n < len(sizes):
        with pytest.raises(CannotDraw):
            draw(units, n, seed)
        return
    drawn = draw(units, n, seed)
    assert len(drawn.stratum_of) == n
    assert {stratum.name: stratum.frame for stratum in drawn.strata} == sizes
    assert {stratum.name: stratum.sample for stratum in drawn.strata} == Counter(drawn.stratum_of.values())
    for stratum in drawn.strata:
        assert 1 <= stratum.sample <= stratum.frame
        assert abs(stratum.sample - n * stratum.frame / len(units)) < len(sizes)
    # Each drawn unit stands for 1 / probability of the frame: the weights add up to the frame.
    chance = {stratum.name: stratum.probability for stratum in drawn.strata}
    assert sum(1 / chance[s] for s in drawn.stratum_of.values()) == pytest.approx(len(units))


def test_a_sample_depends_on_names_and_seed_alone() -> None:
    units = {str(number): "" for number in range(300)}
    backwards = dict(reversed(units.items()))
    assert list(draw(units, 50, 7).stratum_of) == list(draw(backwards, 50, 7).stratum_of)
    assert list(draw(units, 50, 7).stratum_of) != list(draw(units, 50, 8).stratum_of)
    assert list(draw(units, 5, 7).stratum_of) == ["163", "103", "197", "133", "177"], "for good"


def test_every_unit_has_the_same_chance() -> None:
    units = {str(number): "" for number in range(20)}
    often = Counter(name for seed in range(2000) for name in draw(units, 5, seed).stratum_of)
    assert all(abs(often[name] - 500) < 5 * 500**0.5 for name in units)


def test_overlap_is_shared_out_evenly() -> None:
    names = [str(number) for number in range(60)]
    raters = assign(names, ["lin", "ada", "grace"], 2, 0.2)
    assert [len(raters[name]) for name in names] == [2] * 12 + [1] * 48
    assert set(Counter(raters[name] for name in names[:12]).values()) == {4}
    assert set(Counter(who for given in raters.values() for who in given).values()) == {24}
    with pytest.raises(CannotDraw):
        assign(names, ["ada"], 2, 1)


@given(st.integers(0, 30), st.lists(st.text(max_size=3), unique=True, max_size=5), st.integers(0, 9))
def test_strewn_items_keep_the_order_and_come_late_enough(n: int, extra: list[str], seed: int) -> None:
    after = dict.fromkeys(extra, n // 2)
    result = scatter(list(range(n)), {name: name for name in extra}, seed, after)
    assert [item for item in result if isinstance(item, int)] == list(range(n))
    assert sorted(str(item) for item in result if isinstance(item, str)) == sorted(extra)
    assert all(not isinstance(item, str) for item in result[: n // 2])


def test_frames_are_told_apart() -> None:
    assert frame_sha256(["b", "a"]) == frame_sha256(["a", "b"])
    assert frame_sha256(["a"]) != frame_sha256(["a", "b"])
    assert shuffled("abc", 1) == shuffled("cab", 1)
