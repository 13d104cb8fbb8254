from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.model import Decision, Gold
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import summarise

VERDICTS = ["true_success", "partial_success", "false_positive", "failure"]
OUTCOMES = ["pass", "warn", "fail", "info", "unknown", "skip"]


def gold(verdict, strength="single"):
    return Gold(attempt="", judgement="correct", verdict=verdict, strength=strength)


def row(attempt, commit="c", **facts):
    return StatRow(attempt=attempt, run=attempt.split("/")[0], commit=commit, **facts)


def decision(judgement, verdict="failure", **facts):
    return Decision(attempt="elsewhere", judgement=judgement, verdict=verdict, **facts)


rows = st.lists(
    st.fixed_dictionaries(
        {
            "run": st.sampled_from(["r", "s/t"]),
            "commit": st.sampled_from([None, "a", "b", "c"]),
            "marked": st.booleans(),
            "acted": st.booleans(),
            "malformed": st.booleans(),
            "copy_of": st.sampled_from([None, None, "r/0"]),
            "patch_exists": st.booleans(),
            "non_empty": st.booleans(),
            "outcomes": st.dictionaries(
                st.sampled_from(["applies", "files"]), st.sampled_from(OUTCOMES), max_size=2
            ),
            "source_relation": st.sampled_from([None, "same", "overlap"]),
            "gold": st.one_of(st.none(), st.sampled_from(VERDICTS).map(gold)),
            "labelled": st.booleans(),
            "verdict": st.sampled_from([None, *VERDICTS]),
            "cluster": st.sampled_from([None, "x"]),
        }
    ),
    max_size=20,
).map(lambda drawn: [StatRow(attempt=f"{facts['run']}/{i}", **facts) for i, facts in enumerate(drawn)])


def test_totals_leave_malformed_attempts_out_and_count_copies():
    totals = summarise(
        [
            row("r/0", patch_exists=True, non_empty=True, acted=True, marked=True, labelled=True),
            row("r/1", copy_of="r/0", patch_exists=True, marked=True),
            row("s/0", commit="d", patch_exists=True),
            row("s/1", commit=None, malformed=True, patch_exists=True, marked=True),
            row("t/0", commit=None),
        ]
    ).totals
    assert (totals.runs, totals.attempts, totals.commits) == (3, 4, 2)
    assert (totals.malformed, totals.copies) == (1, 1)
    assert (totals.patch_files, totals.non_empty_patches, totals.acted) == (3, 1, 1)
    assert (totals.marked_success, totals.commits_marked_success, totals.labelled) == (2, 1, 1)


def test_rates_leave_copies_and_malformed_attempts_out():
    summary = summarise(
        [
            row("r/0", marked=True, gold=gold("true_success")),
            row("r/1", marked=True, gold=gold("true_success"), copy_of="r/0"),
            row("r/2", marked=True, malformed=True),
            row("r/3", commit="d"),
        ]
    )
    marked = summary.rates.marked_success.all.per_attempt
    assert (marked.k, marked.n) == (1, 2)
    assert summary.funnel[0].n == 2
    assert summary.gold.n == 1


def test_true_and_marked_are_distinguished():
    summary = summarise(
        [
            row("r/0", "a", marked=True, acted=True, gold=gold("true_success")),
            row("r/1", "b", marked=True, acted=True, gold=gold("false_positive")),
            row("r/2", "c", marked=True, gold=gold("partial_success")),
            row("r/3", "d", marked=True, acted=True),
            row("r/4", "e", acted=True, gold=gold("true_success")),
            row("r/5", "f", gold=gold("failure")),
            row("r/6", "g"),
        ]
    )

    def figures(name, of):
        rate = getattr(getattr(summary.rates, name), of).per_attempt
        return rate.k, rate.n, rate.unlabelled

    assert figures("marked_success", "all") == (4, 7, 0)
    assert figures("marked_success", "acted") == (3, 4, 0)
    assert figures("true_success", "all") == (2, 5, 2)
    assert figures("true_success", "acted") == (2, 3, 1)
    assert figures("true_given_marked", "all") == (1, 3, 1)
    assert figures("true_given_marked", "acted") == (1, 2, 1)
    assert figures("missed_given_unmarked", "all") == (1, 2, 1)
    assert figures("missed_given_unmarked", "acted") == (1, 1, 0)


def test_checks_keep_apart_what_is_unknown_does_not_apply_and_was_not_run():
    answers = ["pass", "fail", "unknown", "skip"]
    attempts = [row(f"r/{i}", outcomes={"applies": answer}) for i, answer in enumerate(answers)]
    (check,) = summarise([*attempts, row("r/9", marked=True)]).checks
    assert check.all.outcomes == {"pass": 1, "warn": 0, "fail": 1, "info": 0, "unknown": 1, "skip": 1}
    assert (check.all.n, check.all.not_run, check.all.coverage) == (5, 1, 0.5)
    assert (check.marked.n, check.marked.not_run, check.marked.coverage) == (1, 1, 0)


def test_a_check_that_applies_nowhere_has_no_coverage():
    assert summarise([row("r/0", outcomes={"files": "skip"})]).checks[0].all.coverage is None


def test_annotators_and_judges_are_kept_apart():
    summary = summarise(
        [row("r/0"), row("r/1"), row("r/2", malformed=True)],
        decisions_by_annotator={
            "bo": {"r/0": decision("wrong"), "r/2": decision("wrong"), "gone/0": decision("wrong")},
            "model": {
                "r/0": decision("correct", "true_success", kind="judge"),
                "r/1": decision(None, None, kind="judge"),
            },
        },
    )
    (person,), (judge,) = summary.annotators, summary.judges
    assert (person.name, person.labels, person.missing, person.verdicts["failure"]) == ("bo", 1, 1, 1)
    assert (judge.name, judge.labels, judge.missing, judge.judgements["correct"]) == ("model", 1, 1, 1)
    assert summary.agreement == ()


def test_agreement_is_on_peoples_own_judgements_and_apart_for_blind_ones():
    a = {
        "r/0": decision("wrong", blind=True),
        "r/1": decision("correct"),
        "r/2": decision("nothing", source="rule"),
        "r/3": decision("nothing", source="twin"),
    }
    b = {
        "r/0": decision("wrong", blind=True),
        "r/1": decision("partial", blind=True),
        "r/2": decision("nothing"),
        "r/3": decision("nothing"),
    }
    summary = summarise([row(f"r/{i}") for i in range(4)], decisions_by_annotator={"b": b, "a": a})
    (pair,) = summary.agreement
    assert pair.annotators == ("a", "b")
    assert (pair.all.agreed, pair.all.n, pair.all.kappa) == (1, 2, pytest.approx(1 / 3))
    assert (pair.blind.agreed, pair.blind.n, pair.blind.kappa) == (1, 1, None)


def test_twins_count_once():
    twins = summarise(
        [
            row("r/0", "a", marked=True, cluster="x", gold=gold("true_success")),
            row("r/1", "a", marked=True, cluster="x", gold=gold("true_success")),
            row("r/2", "b", marked=True, gold=gold("false_positive")),
        ]
    ).twins
    assert (twins.attempts, twins.clusters) == (2, 1)
    assert (twins.true_given_marked.k, twins.true_given_marked.n) == (1, 2)


def test_runs_and_commits_add_up():
    summary = summarise(
        [
            row("r/0", "a", marked=True, labelled=True, gold=gold("true_success")),
            row("s/0", "a", acted=True),
            row("s/1", malformed=True),
        ]
    )
    runs = {group.name: group.counts for group in summary.runs}
    assert (runs["r"].attempts, runs["r"].marked_success, runs["r"].true_success) == (1, 1, 1)
    assert (runs["s"].attempts, runs["s"].malformed, runs["s"].acted) == (1, 1, 1)
    assert [(group.name, group.counts.attempts) for group in summary.commits] == [("a", 2)]


def test_nothing_at_all():
    summary = summarise([])
    assert summary.totals.attempts == 0
    assert summary.rates.true_success.acted.any_attempt.estimate is None


@given(rows, st.data())
@settings(max_examples=50)
def test_order_changes_nothing(attempts, data):
    assert summarise(data.draw(st.permutations(attempts))) == summarise(attempts)


@given(rows)
@settings(max_examples=50)
def test_figures_agree_with_each_other(attempts):
    summary = summarise(attempts)
    totals, rates = summary.totals, summary.rates
    assert totals.attempts + totals.malformed == len(attempts)
    for name in ("attempts", "malformed", "copies", "patch_files", "acted", "marked_success", "labelled"):
        assert sum(getattr(group.counts, name) for group in summary.runs) == getattr(totals, name)
    assert rates.marked_success.all.per_attempt.n == totals.attempts - totals.copies == summary.funnel[0].n
    assert rates.marked_success.all.per_attempt.k == summary.funnel[0].k
    true, marked, missed = (
        rates.true_success.all,
        rates.true_given_marked.all,
        rates.missed_given_unmarked.all,
    )
    assert (
        true.per_attempt.k
        == marked.per_attempt.k + missed.per_attempt.k
        == (summary.gold.verdicts["true_success"])
    )
    assert true.per_attempt.n == marked.per_attempt.n + missed.per_attempt.n == summary.gold.n


def test_numpy_waits_until_it_is_needed():
    code = "import sys, reviewer.stats.summary as s; s.summarise([]); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
