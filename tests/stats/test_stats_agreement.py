from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from reviewer.stats.agreement import agreement

JUDGEMENTS = ["correct", "partial", "wrong", "nothing", "unsure"]
label = st.sampled_from(JUDGEMENTS)


@given(st.lists(st.tuples(label, label), min_size=2, max_size=40))
def test_kappa_is_what_statsmodels_says(pairs):
    table = np.zeros((5, 5))
    for a, b in pairs:
        table[JUDGEMENTS.index(a), JUDGEMENTS.index(b)] += 1
    result = agreement(pairs)
    assert result.percent == pytest.approx(np.trace(table) / len(pairs))
    by_chance = table.sum(0) @ table.sum(1)
    if by_chance == len(pairs) ** 2:
        assert result.kappa is None
    else:
        assert result.kappa == pytest.approx(cohens_kappa(table, return_results=False))


def test_nothing_in_common_is_undefined():
    assert agreement([]).percent is None
    assert agreement([]).kappa is None


def test_everybody_always_says_the_same_one_thing():
    result = agreement([("wrong", "wrong")] * 9)
    assert (result.agreed, result.percent, result.kappa) == (9, 1, None)


def test_unsure_beside_another_judgement_is_a_disagreement():
    assert agreement([("unsure", "wrong"), ("wrong", "wrong")]).agreed == 1
