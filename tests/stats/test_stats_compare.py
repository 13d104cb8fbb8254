from __future__ import annotations

import numpy as np
import pytest

from reviewer.model import Gold
from reviewer.stats.rates import compare
from reviewer.stats.rows import StatRow


def rows(run, **commits):
    """Rows of a run from the marks at each commit, such as ``a="10"``."""
    return [
        StatRow(attempt=f"{run}/{commit}{i}", run=run, commit=commit, marked=mark == "1")
        for commit, marks in commits.items()
        for i, mark in enumerate(marks)
    ]


def marked(first, second):
    return compare(("x", "y"), first, second).differences[0]


def test_only_shared_commits_count_and_the_others_are_named():
    found = compare(("x", "y"), rows("x", a="1", b="0", c="1"), rows("y", b="1", c="1", d="0", e="0"))
    assert (found.commits, found.not_shared) == (2, (1, 2))
    difference = found.differences[0]
    assert (difference.first, difference.second, difference.difference) == (0.5, 1, 0.5)
    assert (difference.only_first, difference.only_second, difference.p) == (0, 1, 1)


def test_single_attempts_get_mcnemars_p_and_several_get_none():
    many = {f"c{i}": "1" if i < 9 else "0" for i in range(20)}
    others = {f"c{i}": "0" for i in range(20)}
    assert marked(rows("x", **many), rows("y", **others)).p == pytest.approx(2 * 0.5**9)
    others["c0"] = "00"
    assert marked(rows("x", **many), rows("y", **others)).p is None


def test_interval_is_that_of_resampled_pairs():
    generator = np.random.default_rng(3)
    a, b = generator.random(60) < 0.4, generator.random(60) < 0.7
    first = rows("x", **{f"c{i}": str(int(v)) for i, v in enumerate(a)})
    second = rows("y", **{f"c{i}": str(int(v)) for i, v in enumerate(b)})
    difference = marked(first, second)
    drawn = generator.integers(0, 60, (20_000, 60))
    low, high = np.quantile((b.astype(float) - a)[drawn].mean(axis=1), (0.025, 0.975))
    assert difference.low == pytest.approx(low, abs=0.03)
    assert difference.high == pytest.approx(high, abs=0.03)


def test_a_run_against_itself_does_not_differ():
    same = rows("x", a="10", b="0", c="1")
    difference = marked(same, same)
    assert (difference.difference, difference.low, difference.method) == (
        0,
        None,
        "no interval: commits do not differ",
    )


def test_nothing_in_common_and_labels_missing():
    found = compare(("x", "y"), rows("x", a="1"), rows("y", b="1"))
    assert found.commits == 0
    assert all(difference.difference is None and difference.p is None for difference in found.differences)
    true = Gold(attempt="", judgement="correct", verdict="true_success", strength="single")
    labelled = [StatRow(attempt="x/0", run="x", commit="b", gold=true)]
    assert compare(("x", "y"), labelled, rows("y", b="1")).differences[1].commits == 0
