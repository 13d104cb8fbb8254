from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betainc
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.proportion import proportion_confint

from reviewer.quantiles import beta_share, t_quantile
from reviewer.stats.intervals import clopper_pearson, mcnemar, wilson
from reviewer.stats.rates import plain_rate

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 5), (3, 7), (134, 300), (92, 96), (1, 100_000)])
def test_wilson_is_what_statsmodels_says(k, n):
    assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)


@given(counts)
def test_both_are_what_statsmodels_says(drawn):
    k, n = drawn
    assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)
    low, high = proportion_confint(k, n, method="beta")
    # At the ends scipy's quantile of a degenerate beta is not a number.
    expected = (0.0 if k == 0 else low, 1.0 if k == n else high)
    assert clopper_pearson(k, n) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("k", "n"), [(0, 100_000), (300, 300), (50_000, 100_000), (1, 1_000_000)])
def test_clopper_pearson_of_many(k, n):
    low, high = proportion_confint(k, n, method="beta")
    expected = (0.0 if k == 0 else low, 1.0 if k == n else high)
    assert clopper_pearson(k, n) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match=f"{k} of {n}"):
        clopper_pearson(k, n)


def test_the_exact_interval_is_for_the_ends():
    assert [plain_rate(k, 9).method for k in (0, 3, 9)] == ["Clopper-Pearson", "Wilson", "Clopper-Pearson"]


@example(0.9999999999999999, 0.5, 0.5)
@given(st.floats(0, 1), st.floats(0.5, 500), st.floats(0.5, 500))
def test_incomplete_beta_is_what_scipy_says(x, a, b):
    # At the last float before 1 scipy itself is 3e-9 off (the arcsine law tells); mirrored, it is exact there.
    expected = betainc(a, b, x) if x < 0.5 else 1 - betainc(b, a, 1 - x)
    assert beta_share(x, a, b) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("degrees", [1, 2, 5, 29, 142, 3000])
def test_students_t_is_what_scipy_says(degrees):
    assert t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-9)


@pytest.mark.parametrize(("b", "c"), [(0, 1), (3, 3), (10, 2), (0, 25), (120, 90)])
def test_mcnemar_is_what_statsmodels_says(b, c):
    expected = statsmodels_mcnemar([[7, b], [c, 9]], exact=True).pvalue
    assert mcnemar(b, c) == pytest.approx(expected)


def test_no_pair_that_differs_has_no_p():
    assert mcnemar(0, 0) is None
