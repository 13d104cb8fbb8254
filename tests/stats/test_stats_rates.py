from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from reviewer.stats.rates import BOOTSTRAP, Trial, clopper_pearson, readings, wilson

trials = st.lists(
    st.tuples(st.sampled_from([None, "a", "b", "c", "d"]), st.sampled_from([None, True, False])), max_size=30
).map(lambda drawn: [Trial(f"r/{i}", commit, success) for i, (commit, success) in enumerate(drawn)])


def batch(**commits):
    """Trials from successes and failures a commit, such as ``a="110"``; ``?`` has no label."""
    return [
        Trial(f"{commit}/{i}", commit, {"1": True, "0": False, "?": None}[answer])
        for commit, answers in commits.items()
        for i, answer in enumerate(answers)
    ]


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 5), (3, 7), (134, 300), (92, 96), (1, 100_000)])
def test_wilson_is_what_statsmodels_says(k, n):
    assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 29), (29, 29), (0, 100_000), (300, 300)])
def test_clopper_pearson_is_what_statsmodels_says(k, n):
    low, high = proportion_confint(k, n, method="beta")
    # At the ends scipy's quantile of a degenerate beta is not a number.
    expected = (0.0 if k == 0 else low, 1.0 if k == n else high)
    assert clopper_pearson(k, n) == pytest.approx(expected, abs=1e-9)


def test_clopper_pearson_refuses_what_is_not_at_an_end():
    with pytest.raises(ValueError, match="3 of 7"):
        clopper_pearson(3, 7)


def test_judge_that_never_found_a_success():
    rate = readings(Trial(str(i), str(i), False) for i in range(29)).per_attempt
    assert (rate.k, rate.n, rate.low, rate.method) == (0, 29, 0, "Clopper-Pearson")
    assert rate.high == pytest.approx(0.119, abs=0.0005)


def test_three_readings_of_the_same_labels():
    three = readings(batch(a="1000", b="11", c="0"))
    assert (three.per_attempt.k, three.per_attempt.n, three.per_attempt.clusters) == (3, 7, 3)
    assert three.per_attempt.estimate == pytest.approx(3 / 7)
    assert three.commit_mean.estimate == pytest.approx((0.25 + 1 + 0) / 3)
    assert (three.commit_mean.k, three.commit_mean.n) == (None, 3)
    assert (three.any_attempt.k, three.any_attempt.n) == (2, 3)
    assert three.any_attempt.estimate == pytest.approx(2 / 3)


def test_unlabelled_attempts_are_counted_and_in_no_n():
    three = readings(batch(a="1?", b="0", c="??"))
    assert (three.per_attempt.k, three.per_attempt.n, three.per_attempt.unlabelled) == (1, 2, 3)
    assert (three.any_attempt.k, three.any_attempt.n, three.any_attempt.unlabelled) == (1, 2, 3)
    assert three.commit_mean.estimate == 0.5


@pytest.mark.parametrize("trials", [[], batch(a="??", b="?"), [Trial("x", None, None)]])
def test_nothing_labelled_is_undefined(trials):
    three = readings(trials)
    for rate in (three.per_attempt, three.commit_mean, three.any_attempt):
        assert (rate.n, rate.estimate, rate.low, rate.high, rate.method) == (0, None, None, None, None)
        assert rate.unlabelled == len(trials)


def test_one_commit_has_an_interval_over_its_attempts_but_none_over_commits():
    three = readings(batch(a="1101"))
    assert three.per_attempt.method.startswith("Wilson")
    assert (three.per_attempt.low, three.per_attempt.high) == wilson(3, 4)
    assert (three.commit_mean.estimate, three.commit_mean.low, three.commit_mean.high) == (0.75, None, None)
    assert three.commit_mean.method.startswith("no interval")
    assert three.any_attempt.low == pytest.approx(0.025)


def test_one_attempt():
    three = readings(batch(a="1"))
    for rate in (three.per_attempt, three.commit_mean, three.any_attempt):
        assert (rate.estimate, rate.low, rate.high) == (1, pytest.approx(0.025), 1)


def test_attempts_without_a_commit_are_independent_and_belong_to_no_commit():
    three = readings([Trial("x", None, True), Trial("y", None, False), *batch(a="10")])
    assert (three.per_attempt.n, three.per_attempt.clusters) == (4, 3)
    assert (three.commit_mean.n, three.any_attempt.n) == (1, 1)


def test_an_attempt_without_a_commit_is_not_taken_for_the_commit_of_that_name():
    assert readings([Trial("a", None, True), *batch(a="10")]).per_attempt.clusters == 2


def test_bootstrap_quantiles_against_every_possible_draw():
    """Four commits: all 4**4 draws enumerated give the distribution that the resampling approximates."""
    counts = [(0, 2), (1, 2), (2, 3), (1, 1)]
    drawn = sorted(sum(k for k, _ in d) / sum(n for _, n in d) for d in product(counts, repeat=4))
    rate = readings(batch(a="00", b="10", c="110", d="1")).per_attempt
    assert rate.method == BOOTSTRAP
    # The interval's ends must lie at the exact 2.5 % and 97.5 % points, give or take 1 % of the draws.
    assert drawn[int(0.015 * 256)] <= rate.low <= drawn[int(0.035 * 256) + 1]
    assert drawn[int(0.965 * 256) - 1] <= rate.high <= drawn[int(0.985 * 256)]


def test_clustered_attempts_give_a_wider_interval_than_independent_ones():
    trials = batch(**{f"c{i}": ("1111" if i % 2 else "0000") for i in range(30)})
    rate = readings(trials).per_attempt
    low, high = wilson(60, 120)
    assert rate.low < low
    assert rate.high > high


@given(trials, st.randoms(use_true_random=False))
def test_order_has_no_influence(trials, shuffler: random.Random):
    shuffled = list(trials)
    shuffler.shuffle(shuffled)
    assert readings(shuffled) == readings(trials)


@given(trials)
@settings(deadline=None)
def test_every_rate_is_a_rate(trials):
    three = readings(trials)
    for rate in (three.per_attempt, three.commit_mean, three.any_attempt):
        assert (rate.estimate is None) == (rate.n == 0)
        assert (rate.low is None) == (rate.high is None)
        if rate.low is not None:
            assert 0 <= rate.low <= rate.estimate + 1e-12
            assert rate.estimate - 1e-12 <= rate.high <= 1
            assert rate.low < rate.high
    assert three.per_attempt.n + three.per_attempt.unlabelled == len(trials)
