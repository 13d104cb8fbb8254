from __future__ import annotations

import math
import random
from itertools import combinations, product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap as scipy_bootstrap

from reviewer.stats.intervals import BOOTSTRAP, wilson
from reviewer.stats.rates import WAITING, bounds, pass_at, readings
from reviewer.stats.rates import rate as rate_of

trials = st.lists(
    st.tuples(st.sampled_from([None, "a", "b", "c", "d"]), st.sampled_from([None, True, False])), max_size=30
).map(lambda drawn: [(f"r/{i}", commit, success) for i, (commit, success) in enumerate(drawn)])


def batch(**commits):
    """Trials from successes and failures a commit, such as ``a="110"``; ``?`` has no label."""
    return [
        (f"{commit}/{i}", commit, {"1": True, "0": False, "?": None}[answer])
        for commit, answers in commits.items()
        for i, answer in enumerate(answers)
    ]


def test_judge_that_never_found_a_success():
    rate = readings((str(i), str(i), False) for i in range(29)).per_attempt
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


@pytest.mark.parametrize("trials", [[], batch(a="??", b="?"), [("x", None, None)]])
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
    three = readings([("x", None, True), ("y", None, False), *batch(a="10")])
    assert (three.per_attempt.n, three.per_attempt.clusters) == (4, 3)
    assert (three.commit_mean.n, three.any_attempt.n) == (1, 1)


def test_an_attempt_without_a_commit_is_not_taken_for_the_commit_of_that_name():
    assert readings([("a", None, True), *batch(a="10")]).per_attempt.clusters == 2


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


# pass@k and bounds ---------------------------------------------------------------------------------


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(1, 5))
def test_pass_at_k_is_the_share_of_all_draws_of_k_that_hold_a_success(successes, k):
    """The estimator against what it stands for: every set of k of a commit's attempts enumerated."""
    chance = pass_at(batch(a="".join("1" if s else "0" for s in successes)), k, resample=False).rate
    draws = list(combinations(successes, k))
    if not draws:
        assert (chance.n, chance.estimate) == (0, None)
    else:
        assert chance.estimate == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_leaves_out_commits_with_fewer_attempts():
    trials = batch(a="10", b="0", c="1??")
    assert [pass_at(trials, k).rate.n for k in (1, 2, 3)] == [3, 1, 0]
    assert pass_at(trials, 1).rate.estimate == readings(trials).commit_mean.estimate


@given(trials)
def test_bounds_are_the_rates_with_all_unlabelled_wrong_and_right(trials):
    found = bounds(trials)
    for name, end in (("low", False), ("high", True)):
        filled = readings(
            [(name, commit, end if success is None else success) for name, commit, success in trials],
            resample=False,
        )
        for reading in ("per_attempt", "commit_mean", "any_attempt"):
            expected = getattr(filled, reading).estimate
            got = getattr(found[reading], name)
            assert got == (None if expected is None else pytest.approx(expected))


@given(trials, st.sampled_from(["a", "b", "new"]))
def test_one_more_unlabelled_attempt_moves_bounds_apart_and_no_rate(trials, commit):
    more = [*trials, ("zz", commit, None)]
    before, after = readings(trials, resample=False), readings(more, resample=False)
    for reading in ("per_attempt", "commit_mean", "any_attempt"):
        narrow, wide = getattr(before, reading), getattr(after, reading)
        assert (narrow.k, narrow.n, narrow.estimate, wide.unlabelled) == (
            wide.k, wide.n, wide.estimate, narrow.unlabelled + 1,
        )  # fmt: skip
    if trials:
        narrow, wide = bounds(trials)["per_attempt"], bounds(more)["per_attempt"]
        assert wide.low <= narrow.low + 1e-12
        assert narrow.high <= wide.high + 1e-12


def test_intervals_that_must_be_drawn_can_wait():
    now, later = (readings(batch(a="110", b="0", c="1"), resample=r) for r in (False, True))
    assert (now.per_attempt.method, now.per_attempt.low) == (WAITING, None)
    assert now.per_attempt.estimate == later.per_attempt.estimate
    assert now.any_attempt == later.any_attempt


def test_rate_is_the_reading_per_attempt():
    trials = batch(a="110", b="0?", c="1")
    assert rate_of(trials) == readings(trials).per_attempt
    assert math.isclose(rate_of(trials).estimate, 3 / 5)


# Against independent libraries ---------------------------------------------------------------------


@given(trials)
@settings(max_examples=40)
def test_the_three_readings_are_what_pandas_says(trials):
    frame = pd.DataFrame([(commit, success) for _, commit, success in trials if success is not None],
                         columns=["commit", "success"]).astype({"success": float})  # fmt: skip
    by_commit = frame.dropna(subset="commit").groupby("commit").success
    three = readings(trials, resample=False)
    for rate, expected in (
        (three.per_attempt, frame.success.mean()),
        (three.commit_mean, by_commit.mean().mean()),
        (three.any_attempt, by_commit.max().mean()),
    ):
        assert rate.estimate == (None if math.isnan(expected) else pytest.approx(expected))


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_over_commits_is_what_scipys_bootstrap_says(seed):
    drawn = random.Random(seed)
    made = {f"c{i}": "".join(drawn.choice("110" if i % 3 else "000") for _ in range(drawn.randrange(1, 6)))
            for i in range(60)}  # fmt: skip
    k, n = ([float(f(answers)) for answers in made.values()] for f in (lambda a: a.count("1"), len))
    expected = scipy_bootstrap(
        (k, n), lambda k, n, axis: k.sum(axis) / n.sum(axis), paired=True, vectorized=True,
        method="percentile", n_resamples=4000, random_state=seed,
    ).confidence_interval  # fmt: skip
    rate = readings(batch(**made)).per_attempt
    assert rate.method == BOOTSTRAP
    assert (rate.low, rate.high) == pytest.approx(tuple(expected), abs=0.015)
