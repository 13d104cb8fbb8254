from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import Gold
from reviewer.stats.defects import defects, issues
from reviewer.stats.errors import class_of
from reviewer.stats.funnel import funnel
from reviewer.stats.groups import runs
from reviewer.stats.rows import StatRow

OUTCOMES = ["pass", "warn", "fail", "unknown", "skip", "info"]


def gold(verdict):
    judgement = {"true_success": "correct", "partial_success": "partial"}.get(verdict, "wrong")
    return Gold(attempt="a", judgement=judgement, verdict=verdict, strength="single")


def row(verdict=None, **changes):
    good = StatRow(
        attempt="r/0",
        run="r",
        commit="c",
        marked=True,
        non_empty=True,
        source_relation="same",
        outcomes={"applies": "pass"},
        gold=gold(verdict) if verdict else None,
    )
    return msgspec.structs.replace(good, **changes)


rows = st.lists(
    st.builds(
        row,
        verdict=st.sampled_from([None, "true_success", "partial_success", "failure"]),
        marked=st.booleans(),
        non_empty=st.booleans(),
        source_relation=st.sampled_from([None, "same", "subset"]),
        outcomes=st.dictionaries(st.sampled_from(["applies", "syntax"]), st.sampled_from(OUTCOMES)),
    ),
    max_size=12,
)


def figures(rows):
    return [(level.k, level.unknown) for level in funnel(rows)]


def test_a_marked_success_of_artefacts_only_is_counted_and_stays_out_of_level_2():
    attempts = [
        row("failure"),
        row("failure", only_artefacts=True, outcomes={"patch": "fail", "applies": "skip"}),
    ]
    assert figures(attempts)[:2] == [(2, 0), (1, 0)]
    found = {defect.name: defect for defect in defects([row(outcomes={"patch": "pass"}), attempts[1]])}
    assert (found["artefacts"].marked.k, found["artefacts"].marked.n) == (1, 2)
    assert (found["files"].non_empty.k, found["files"].non_empty.n) == (0, 1)
    assert issues(attempts[1]) == ("artefacts",)
    assert class_of(attempts[1]) == "success with a patch of artefacts only"


def test_a_series_that_takes_itself_back_stays_out_of_level_2():
    back = row("failure", nets_to_nothing=True, outcomes={"patch": "fail", "applies": "skip"})
    assert figures([row("failure"), back])[:2] == [(2, 0), (1, 0)]
    assert class_of(back) == "success with a patch that takes itself back"


def test_patches_made_on_another_state_are_counted_of_their_own():
    here, there = row(other_state=False), row(other_state=True, outcomes={"applies": "fail"})
    found = {defect.name: defect for defect in defects([here, there, row()])}
    state = found["state"].non_empty
    assert (state.k, state.n, state.unlabelled) == (1, 2, 1)
    assert issues(there) == ("applies", "state")
    assert [class_of(here), class_of(there)] == [
        "success with a patch",
        "success with a patch made on another state of the files",
    ]
    [run] = runs([here, there])
    assert run.other_state == 1
    assert "1 left a patch that was made on other versions of the files than the base's" in run.happened


def test_each_level_takes_away_its_own():
    attempts = [
        row("true_success"),
        row("false_positive"),
        row("true_success", outcomes={"applies": "fail"}),
        row("true_success", source_relation="subset"),
        row("false_positive", non_empty=False),
        row("true_success", marked=False),
    ]
    levels = funnel(attempts)
    assert [level.k for level in levels] == [5, 4, 3, 2, 1]
    assert [level.n for level in levels] == [6] * 5
    assert [level.excluded for level in levels] == [1, 1, 2, 3, 3]
    assert [level.level for level in levels] == [1, 2, 3, 4, 5]


def test_unlabelled_attempts_are_the_bounds_of_the_last_level():
    last = funnel([row("true_success"), row(), row(), row("failure")])[4]
    assert (last.k, last.unknown, last.low, last.high) == (1, 2, 0.25, 0.75)


def test_an_unknown_level_is_unknown_and_a_later_no_decides():
    assert figures([row("true_success", source_relation=None)]) == [(1, 0), (1, 0), (0, 1), (0, 1), (0, 1)]
    assert figures([row("failure", source_relation=None)]) == [(1, 0), (1, 0), (0, 1), (0, 1), (0, 0)]


def test_applies_only_with_less_context_still_applies():
    assert figures([row(outcomes={"applies": "warn"})])[3] == (1, 0)


def test_level_four_says_when_nobody_asked_about_syntax():
    assert funnel([row()])[3].name == "applies (syntax not checked)"
    asked = funnel([row(), row(outcomes={"applies": "pass", "syntax": "fail"})])[3]
    assert asked.name == "applies and parses"
    assert (asked.k, asked.unknown) == (0, 1), "the first row was not asked, the second does not parse"


def test_a_patch_without_anything_to_parse_does_not_stop_parsing():
    assert figures([row(outcomes={"applies": "pass", "syntax": "skip"})])[3] == (1, 0)


def test_no_rows():
    assert [(level.k, level.n, level.low, level.high) for level in funnel([])] == [(0, 0, None, None)] * 5


@given(rows)
def test_levels_are_nested_and_bounds_hold_the_figure(attempts):
    levels = funnel(attempts)
    for before, after in pairwise(levels):
        assert after.k <= before.k
        assert after.k + after.unknown <= before.k + before.unknown
        assert after.excluded >= before.excluded
    true = sum(attempt.true is True for attempt in attempts)
    assert levels[4].k + levels[4].excluded <= true


@given(rows)
def test_one_more_unlabelled_attempt_that_gets_that_far_only_widens_the_bounds(attempts):
    both = {"applies": "pass", "syntax": "pass"}
    attempts = [*attempts, row("failure", outcomes=both)]
    before, after = funnel(attempts)[4], funnel([*attempts, row(outcomes=both)])[4]
    assert after.low <= before.low
    assert after.high >= before.high
    assert (after.k, after.unknown) == (before.k, before.unknown + 1)


@given(rows, st.integers(0, 11), st.sampled_from(["true_success", "failure"]))
def test_one_more_label_only_narrows_the_bounds(attempts, index, verdict):
    unlabelled = [i for i, attempt in enumerate(attempts) if attempt.gold is None]
    if not unlabelled:
        return
    chosen = unlabelled[index % len(unlabelled)]
    labelled = list(attempts)
    labelled[chosen] = msgspec.structs.replace(attempts[chosen], gold=gold(verdict))
    before, after = funnel(attempts)[4], funnel(labelled)[4]
    assert before.low <= after.low <= after.high <= before.high
