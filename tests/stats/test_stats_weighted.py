from __future__ import annotations

import math
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reviewer.stats.weighted import WEIGHTED, SampledAttempt, weighted


def sample(units, probability, stratum="", known=None):
    """Sampled attempts of one stratum, each a unit of its own; ``units`` are their labels."""
    return [
        SampledAttempt(f"{stratum}/{i}", stratum, f"{stratum}/{i}", probability, label) for i, label in units
    ]


def variance_of(result, degrees):
    half = (result.high - result.low) / 2
    return (half / stats.t.ppf(0.975, degrees)) ** 2


def test_every_possible_plain_sample_gives_the_right_rate_and_variance_on_average():
    """All samples of 4 of a frame of 9 enumerated: both estimators are unbiased (Cochran, 2.6)."""
    frame = [True, True, False, True, False, False, True, False, False]
    n, size = 4, len(frame)
    mean = sum(frame) / size
    spread = sum((y - mean) ** 2 for y in frame) / (size - 1)
    estimates, variances = [], []
    for chosen in combinations(range(size), n):
        labels = [frame[i] for i in chosen]
        result = weighted(sample([(i, frame[i]) for i in chosen], n / size))
        estimates.append(result.estimate)
        # at the ends the exact interval takes over; the variance estimate there is 0
        share = sum(labels) / n
        variances.append((1 - n / size) * share * (1 - share) / (n - 1))
        if 0 < sum(labels) < n and result.low > 0 and result.high < 1:
            assert variance_of(result, n - 1) == pytest.approx(variances[-1])
    assert math.fsum(estimates) / len(estimates) == pytest.approx(mean)
    assert math.fsum(variances) / len(variances) == pytest.approx((1 - n / size) * spread / n)


def test_every_possible_stratified_sample_gives_the_right_rate_on_average():
    """Two strata with different rates and fractions, all samples enumerated (Cochran, 5.3)."""
    strata = {"a": ([True, True, True, False, True], 2), "b": ([False, False, True, False, False, False], 4)}
    total = sum(len(frame) for frame, _ in strata.values())
    mean = sum(sum(frame) for frame, _ in strata.values()) / total
    each = [
        [[(i, frame[i]) for i in chosen] for chosen in combinations(range(len(frame)), n)]
        for frame, n in strata.values()
    ]
    estimates = []
    for chosen in product(*each):
        drawn = [
            attempt
            for (name, (frame, n)), part in zip(strata.items(), chosen, strict=True)
            for attempt in sample(part, n / len(frame), name)
        ]
        result = weighted(drawn)
        estimates.append(result.estimate)
        assert result.population == pytest.approx(total)
    assert math.fsum(estimates) / len(estimates) == pytest.approx(mean)


def test_the_variance_of_a_stratified_sample_is_cochrans():
    drawn = [
        *sample(enumerate([True, True, False, True]), 4 / 40, "a"),
        *sample(enumerate([False, False, True]), 3 / 10, "b"),
    ]
    result = weighted(drawn)
    expected = (40 / 50) ** 2 * (1 - 4 / 40) * (3 / 16) / 3 + (10 / 50) ** 2 * (1 - 3 / 10) * (2 / 9) / 2
    assert result.estimate == pytest.approx(0.8 * 3 / 4 + 0.2 / 3)
    assert result.method == WEIGHTED
    half = result.estimate - result.low
    assert (half / stats.t.ppf(0.975, 5)) ** 2 == pytest.approx(expected)


def test_whole_commits_are_the_units_where_they_were_drawn():
    """Three commits of twelve; the attempts of one stand and fall together (ratio estimate, Cochran, 9.3)."""
    labels = {"x": [True, True, True], "y": [False, False], "z": [True, False]}
    drawn = [
        SampledAttempt(f"{commit}/{i}", "", commit, 0.25, label)
        for commit, each in labels.items()
        for i, label in enumerate(each)
    ]
    result = weighted(drawn)
    rate = 4 / 7
    residuals = [sum(each) - rate * len(each) for each in labels.values()]
    expected = (1 - 0.25) * 3 / 2 * sum(r * r for r in residuals) / 7**2
    assert (result.estimate, result.units) == (pytest.approx(rate), 3)
    half = stats.t.ppf(0.975, 2) * math.sqrt(expected)
    assert (result.low, result.high) == (
        pytest.approx(max(rate - half, 0)),
        pytest.approx(min(rate + half, 1)),
    )


def test_a_census_has_no_error():
    result = weighted(sample(enumerate([True, False, False]), 1.0))
    assert (result.estimate, result.low, result.high) == (pytest.approx(1 / 3),) * 3


def test_labels_that_are_all_the_same_get_the_exact_interval():
    result = weighted(sample(enumerate([False] * 29), 0.1))
    assert (result.estimate, result.low) == (0, 0)
    assert result.high == pytest.approx(0.119, abs=0.0005)


def test_no_label_and_a_single_unit_have_no_interval():
    assert weighted(sample(enumerate([None, None]), 0.5)).estimate is None
    result = weighted([*sample([(0, True)], 0.5, "a"), *sample(enumerate([False, True]), 0.5, "b")])
    assert (result.low, result.high) == (None, None)
    assert "'a'" in result.method


labels = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([True, False, None])), min_size=1, max_size=20
)


@given(labels, st.randoms(use_true_random=False))
def test_order_has_no_influence_and_every_estimate_is_a_share(drawn, shuffler):
    rows = [
        SampledAttempt(f"r/{i}", s, f"r/{i}", {"a": 0.2, "b": 0.7}[s], label)
        for i, (s, label) in enumerate(drawn)
    ]
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    result = weighted(rows)
    assert weighted(shuffled) == result
    assert result.labelled + sum(label is None for _, label in drawn) == result.drawn == len(drawn)
    if result.low is not None:
        assert 0 <= result.low <= result.estimate + 1e-12
        assert result.estimate - 1e-12 <= result.high <= 1
