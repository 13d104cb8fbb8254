from __future__ import annotations

import random

import krippendorff
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from reviewer.stats.agreement import Unit, agreement

JUDGEMENTS = ["correct", "partial", "wrong", "nothing", "unsure"]
label = st.sampled_from(JUDGEMENTS)
ordered = st.sampled_from([*JUDGEMENTS[:4], None])


def units(pairs, clusters=None):
    return [Unit(clusters[i] if clusters else f"c{i}", tuple(pair)) for i, pair in enumerate(pairs)]


def agree(pairs, **more):
    return agreement(units(pairs), **more)


def reliability(rows):
    """What the krippendorff package takes: one row a rater, not a number where there is no label."""
    return [
        [np.nan if row[r] is None else JUDGEMENTS.index(row[r]) for row in rows] for r in range(len(rows[0]))
    ]


@given(st.lists(st.tuples(label, label), min_size=2, max_size=40))
def test_kappa_is_what_statsmodels_and_scikit_learn_say(pairs):
    table = np.zeros((5, 5))
    for a, b in pairs:
        table[JUDGEMENTS.index(a), JUDGEMENTS.index(b)] += 1
    result = agree(pairs, resample=False)
    assert result.percent == pytest.approx(np.trace(table) / len(pairs))
    by_chance = table.sum(0) @ table.sum(1)
    if by_chance == len(pairs) ** 2:
        assert result.kappa is None
    else:
        assert result.kappa == pytest.approx(cohens_kappa(table, return_results=False))
        assert result.kappa == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))


@given(st.lists(st.tuples(ordered, ordered, ordered), min_size=2, max_size=30))
def test_alpha_is_what_the_krippendorff_package_says(rows):
    """Three raters with labels missing anywhere, nominal and ordinal."""
    result = agree(rows, resample=False)
    used = {label for row in rows for label in row if label is not None}
    pairable = [row for row in rows if sum(label is not None for label in row) > 1]
    labels = {label for row in pairable for label in row if label is not None}
    if len(labels) < 2:
        assert result.alpha is None
        assert result.alpha_ordinal is None
        return
    assert len(used) > 1
    for level, figure in (("nominal", result.alpha), ("ordinal", result.alpha_ordinal)):
        expected = krippendorff.alpha(
            reliability_data=reliability(rows), level_of_measurement=level, value_domain=range(4)
        )
        assert figure == pytest.approx(expected)


def test_gwets_own_example():
    """K. L. Gwet's data with four raters and missing labels: AC1 0.77544 (also alpha 0.74342)."""
    raters = [
        "123321412...",
        "1233224125.3",
        ".333234225 1.".replace(" ", ""),
        "1233244125 1.".replace(" ", ""),
    ]
    rows = [tuple(None if rater[i] == "." else rater[i] for rater in raters) for i in range(12)]
    result = agreement(units(rows), "12345", resample=False)
    assert result.ac1 == pytest.approx(0.77544, abs=1e-5)
    assert result.alpha == pytest.approx(0.74342, abs=1e-5)
    assert result.percent == pytest.approx(0.81818, abs=1e-5)
    assert result.kappa is None


def test_ac1_of_two_raters_is_gwets_formula():
    table = {("a", "a"): 118, ("a", "b"): 5, ("b", "a"): 2, ("b", "b"): 0}
    pairs = [pair for pair, n in table.items() for _ in range(n)]
    share = (123 + 120) / 250
    by_chance = 2 * share * (1 - share)
    result = agree(pairs, order="ab")
    assert result.ac1 == pytest.approx((118 / 125 - by_chance) / (1 - by_chance))
    assert result.kappa < 0 < 0.9 < result.ac1  # the paradox of kappa


@example([("correct", "correct", "wrong"), ("correct", "correct", "wrong"), ("partial", "wrong", "nothing")])
@given(st.lists(st.tuples(label, label, label), min_size=1, max_size=25))
@settings(max_examples=40)
def test_ac1_is_gwets_formula_over_any_ratings(rows):
    """K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008, equations 19 to 21."""
    counts = np.array([[row.count(name) for name in JUDGEMENTS] for row in rows], dtype=float)
    used = counts.sum(0) > 0
    same = (counts * (counts - 1)).sum(1).mean() / 6
    share = (counts / 3).mean(0)
    result = agreement(units(rows), resample=False)
    if used.sum() < 2:
        assert result.ac1 is None
        return
    by_chance = (share * (1 - share)).sum() / (used.sum() - 1)
    assert result.ac1 == pytest.approx((same - by_chance) / (1 - by_chance))


def test_nothing_in_common_is_undefined():
    for result in (agree([]), agree([("wrong", None), (None, "wrong")])):
        assert (result.n, result.percent, result.kappa, result.alpha, result.ac1) == (
            0,
            None,
            None,
            None,
            None,
        )
        assert set(result.intervals.values()) == {None}


def test_everybody_always_says_the_same_one_thing():
    result = agree([("wrong", "wrong")] * 9)
    assert (result.agreed, result.percent, result.kappa) == (9, 1, None)
    assert (result.alpha, result.alpha_ordinal, result.ac1) == (None, None, None)


def test_unsure_beside_another_judgement_is_a_disagreement_without_a_place_in_the_order():
    result = agree([("unsure", "wrong"), ("wrong", "wrong"), ("correct", "correct")], resample=False)
    assert result.agreed == 2
    assert result.alpha < 1
    assert result.alpha_ordinal == 1


def test_order_matters_to_the_ordinal_alpha_alone():
    near = agree([("correct", "partial"), ("nothing", "nothing"), ("wrong", "wrong")], resample=False)
    far = agree([("correct", "nothing"), ("partial", "partial"), ("wrong", "wrong")], resample=False)
    assert near.percent == far.percent
    assert near.alpha_ordinal > far.alpha_ordinal


def test_intervals_hold_the_estimate_and_are_wider_for_fewer_commits():
    generator = random.Random(5)
    pairs = []
    for _ in range(80):
        label = generator.choice(JUDGEMENTS[:4])
        pairs.append((label, label if generator.random() < 0.7 else generator.choice(JUDGEMENTS[:4])))
    alone = agreement(units(pairs))
    together = agreement(units(pairs, [f"c{i // 8}" for i in range(80)]))
    for name in ("percent", "kappa", "alpha", "alpha_ordinal", "ac1"):
        low, high = alone.intervals[name]
        assert low < getattr(alone, name) < high
    assert (alone.clusters, together.clusters) == (80, 10)
    assert alone.kappa == together.kappa


@given(st.lists(st.tuples(label, label), max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_neither_the_order_of_attempts_nor_that_of_two_raters_matters(pairs, shuffler):
    shuffled = list(enumerate(pairs))
    shuffler.shuffle(shuffled)
    again = agreement([Unit(f"c{i}", pair) for i, pair in shuffled], resample=False)
    assert again == agree(pairs, resample=False)
    turned = agree([(b, a) for a, b in pairs], resample=False)
    for name in ("percent", "kappa", "alpha", "ac1"):
        assert getattr(turned, name) == (
            None if getattr(again, name) is None else pytest.approx(getattr(again, name))
        )
