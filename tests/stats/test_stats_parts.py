"""Defects, errors, spreads, scorecards, parts, and the attempts that each figure opens to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from reviewer.model import Decision, Gold
from reviewer.reports.tables.statistics import to_text
from reviewer.stats.defects import defects
from reviewer.stats.distributions import distribution
from reviewer.stats.errors import errors, kind_of
from reviewer.stats.groups import breakdown, runs
from reviewer.stats.rows import WITHOUT, StatRow, well_formed, without_copies
from reviewer.stats.scorecards import NO_SUCCESS, score, scorecards
from reviewer.stats.selection import select
from reviewer.stats.summary import summarise

OUTCOMES = ["pass", "warn", "fail", "unknown", "skip"]


def gold(true):
    verdict = "true_success" if true else "false_positive"
    return Gold(attempt="", judgement="correct" if true else "wrong", verdict=verdict, strength="single")


rows = st.lists(
    st.fixed_dictionaries(
        {
            "run": st.sampled_from(["r", "s"]),
            "commit": st.sampled_from([None, "a", "b", "c"]),
            "marked": st.booleans(),
            "acted": st.booleans(),
            "patch_exists": st.booleans(),
            "non_empty": st.booleans(),
            "copy_of": st.sampled_from([None, None, "r/0"]),
            "malformed": st.sampled_from([False, False, True]),
            "error": st.sampled_from([None, "it broke"]),
            "cause": st.sampled_from([None, "died", "broke"]),
            "duration": st.sampled_from([None, 1.5, 100.0]),
            "returncode": st.sampled_from([None, 0, 1]),
            "patch_bytes": st.sampled_from([None, 0, 700, 20_000]),
            "agent": st.sampled_from([None, "trae"]),
            "outcomes": st.fixed_dictionaries(
                {name: st.sampled_from(OUTCOMES) for name in ("applies", "syntax", "template", "scope")}
            ),
            "relation": st.sampled_from([None, "same", "overlap"]),
            "source_relation": st.sampled_from([None, "same", "subset"]),
            "gold": st.sampled_from([None, gold(True), gold(False)]),
            "shared": st.booleans(),
            "cluster": st.sampled_from([None, "x"]),
        }
    ),
    max_size=25,
).map(lambda drawn: [StatRow(attempt=f"{facts['run']}/{i}", **facts) for i, facts in enumerate(drawn)])


@given(rows)
@settings(max_examples=40)
def test_every_figure_opens_to_as_many_attempts_as_it_counts(attempts):
    summary = summarise(attempts, resample=False)
    for level in summary.funnel:
        assert len(select(("level", str(level.level)), attempts)) == level.k
        assert len(select(("left out", str(level.level)), attempts)) == level.excluded
    for defect in summary.defects:
        assert len(select(("defect", defect.name, "marked"), attempts)) == defect.marked.k
        assert len(select(("defect", defect.name), attempts)) == defect.all.k
    for relation in summary.relations:
        opened = ("relation", relation.of, relation.kind)
        assert len(select((*opened, "marked"), attempts)) == relation.marked.k
        assert len(select((*opened, "non-empty"), attempts)) == relation.non_empty.k
    for kind, counts in (
        ("class", summary.errors.classes),
        ("cause", summary.errors.causes),
        ("size", summary.patch_sizes),
    ):
        for count in counts:
            assert len(select((kind, count.name), attempts)) == count.n
    for series in summary.errors.series:
        assert {r.attempt for r in select(("series", series.run, str(series.returncode)), attempts)} == set(
            series.attempts
        )
    for name in ("marked_success", "true_success", "true_given_marked", "missed_given_unmarked"):
        for of in ("all", "acted"):
            rate = getattr(getattr(summary.rates, name), of).per_attempt
            assert len(select(("rate", name, of), attempts)) == rate.k
    for way, groups in summary.breakdowns.items():
        for group in groups:
            assert len(select(("by", way, group.name), attempts)) == group.counts.attempts


@given(rows)
@settings(max_examples=25)
def test_figures_without_some_attempts_are_those_of_a_summary_of_the_others(attempts):
    summary = summarise(attempts, resample=False)
    counted = without_copies(well_formed(attempts))
    variants = {variant.name: variant for variant in summary.variants}
    for exclusion in WITHOUT.values():
        kept = exclusion.keep(counted)
        if len(kept) == len(counted):
            assert exclusion.name not in variants
            continue
        variant, alone = variants[exclusion.name], summarise(kept, resample=False)
        assert variant.excluded == len(counted) - len(kept)
        for figure in ("rates", "pass_at", "bounds", "funnel", "defects", "relations", "checks"):
            assert getattr(variant, figure) == getattr(alone, figure), figure
        assert variant.without_message == alone.errors.without_message
        assert variant.breakdowns == {way: alone.breakdowns[way] for way in ("agent", "model")}


def test_of_very_many_attempts_only_success_and_funnel_are_computed_side_by_side(monkeypatch):
    monkeypatch.setattr("reviewer.stats.summary.SIDE_BY_SIDE", 2)
    attempts = [StatRow(attempt=f"r/{i}", run="r", commit="a", marked=True, non_empty=True, shared=i == 1, relation="same",
                        outcomes={"syntax": "pass"}) for i in range(3)]  # fmt: skip
    summary = summarise(attempts)
    (shared,) = summary.variants
    assert (shared.rates.marked_success.all.per_attempt.n, shared.funnel[1].k, shared.defects) == (2, 2, ())
    text = to_text(summary, 120, full=True)
    assert "without the shared work tree (−1)" in text
    assert "syntax, of non-empty" not in text


@given(rows)
@settings(max_examples=25)
def test_relations_share_out_the_patches_of_which_one_is_known(attempts):
    for of in ("all files", "source files"):
        found = [
            relation.non_empty
            for relation in summarise(attempts, resample=False).relations
            if relation.of == of
        ]
        assert sum(rate.k for rate in found) == (found[0].n if found else 0)


@given(rows)
@settings(max_examples=25)
def test_one_more_unlabelled_attempt_changes_no_rate_of_truth_and_widens_the_funnel(attempts):
    more = [*attempts, StatRow(attempt="z/0", run="z", commit="a", marked=True, non_empty=True, source_relation="same",
                               outcomes={"applies": "pass", "syntax": "pass"})]  # fmt: skip
    before, after = summarise(attempts, resample=False), summarise(more, resample=False)
    first, second = (s.rates.true_success.all.per_attempt for s in (before, after))
    assert (first.k, first.n, first.estimate) == (second.k, second.n, second.estimate)
    old, new = before.funnel[-1], after.funnel[-1]
    assert (new.k, new.unknown, new.n) == (old.k, old.unknown + 1, old.n + 1)
    if old.n:
        assert new.low <= old.low
        assert new.high >= old.high
    assert [d.marked.k for d in after.defects if d.name == "files"] in ([], [
        d.marked.k for d in before.defects if d.name == "files"
    ] or [0])  # fmt: skip


def test_a_syntax_rate_is_of_the_patches_that_apply():
    def row(i, syntax, applies="pass", parsed=None):
        return StatRow(attempt=f"r/{i}", run="r", non_empty=True, parsed=parsed,
                       outcomes={"applies": applies, "syntax": syntax})  # fmt: skip

    cases = [row(0, "fail"), row(1, "pass"), row(2, "unknown", "fail"), row(3, "unknown", parsed=2), row(4, "skip"),
             row(5, "unknown", parsed=0)]  # fmt: skip
    (syntax,) = [defect for defect in defects(cases) if defect.name == "syntax"]
    assert (syntax.non_empty.k, syntax.non_empty.n, syntax.non_empty.unlabelled) == (1, 4, 1)


def test_causes_lose_what_differs_between_attempts():
    assert kind_of("\n  file /a/b/c.py: call_ab12 failed at 0xdead1234\nmore") == "file …c.py: … failed at …"
    assert len(kind_of("x" * 500)) == 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("messages.27.content.0: no result", "messages.30.content.12: no result"),
        ("messages[27]: no result", "messages[3]: no result"),
        ("index out of range [5] with length 3", "index out of range [12] with length 7"),
        ("request req_011CabcDEF123 failed", "request req_022XyzABC987 failed"),
        ("toolu_01AbCd is missing", "toolu_02ZzYx is missing"),
        ("id 5e5c8e09-1111-7000-8000-000000000001", "id 0197a3ff-2222-7000-8000-00000000000f"),
        ("thread 'main' panicked at src/main.rs:3:5: x", "thread 'main' panicked at src/main.rs:31:15: x"),
        ("cut traceback, last frame pkg/config.py:229 in create", "cut traceback, last frame pkg/config.py:7 in create"),
        ("cannot open /tmp/run-1/a/x.py", "cannot open /home/b/x.py"),
        ("no file '/tmp/tmpab12cd34'", "no file '/tmp/tmpzz9_xx00'"),
        ("cannot open a/b/c.py", "cannot open /work/x/c.py"),
        ("File a.py, line 7: x", "File a.py, line 12: x"),
        ("bad JSON: line 1 column 12 (char 11)", "bad JSON: line 3 column 4 (char 112)"),
        ("Please try again in 3.2s.", "Please try again in 20 ms."),
        ("limit reached ∙ resets 3pm (UTC)", "limit reached ∙ resets 11:30am (UTC)"),
        ("usage limit reached|1755806400", "usage limit reached|1760000000"),
        ("used 1,234 tokens", "used 99,123 tokens"),
        ("x.sh: line 3: 77 Killed", "x.sh: line 12: 4242 Killed"),
    ],
)  # fmt: skip
def test_causes_that_differ_in_an_index_an_id_a_path_or_a_line_are_one(one: str, other: str) -> None:
    assert kind_of(one) == kind_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Error code: 400 - x", "Error code: 429 - x"),
        ("HTTP 429", "HTTP 500"),
        ("python3.12: not found", "python3.11: not found"),
        ("gpt-4.1 is unknown", "gpt-4.5 is unknown"),
        ("[Errno 2] x", "[Errno 13] x"),
        ("missing 1 required argument", "missing 2 required arguments"),
        ("killed by SIGKILL (return code -9)", "killed by SIGTERM (return code -15)"),
        ("cannot import name 'TextEditor20250429'", "cannot import name 'Other20250429'"),
    ],
)
def test_causes_that_differ_in_what_matters_stay_two(one: str, other: str) -> None:
    assert kind_of(one) != kind_of(other)


def test_failures_in_series_are_of_one_run_and_one_code():
    attempts = [
        StatRow(attempt=f"r/{i}", run="r", duration=1.6, returncode=1, cause="gone") for i in range(4)
    ]
    attempts += [StatRow(attempt=f"s/{i}", run="s", duration=1.6, returncode=1) for i in range(2)]
    attempts += [StatRow(attempt="r/9", run="r", duration=1.6, returncode=1, error="a message"),
                 StatRow(attempt="r/8", run="r", duration=60.0, returncode=1)]  # fmt: skip
    found = errors(attempts)
    (series,) = found.series
    assert (series.run, series.n, series.returncode, series.cause, series.cause_n) == ("r", 4, 1, "gone", 4)
    assert (found.without_message.k, found.without_message.n) == (7, 8)
    assert any("4 died alike" in line for run in runs(attempts) for line in run.happened)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e9), st.integers(0, 50)), max_size=40))
def test_quartiles_are_numpys_and_bins_hold_every_value(values):
    spread = distribution("x", "units", values)
    known = [value for value in values if value is not None]
    assert (spread.n, spread.missing) == (len(known), len(values) - len(known))
    assert sum(each.n for each in spread.bins) == len(known)
    if known:
        assert (spread.lower, spread.median, spread.upper) == pytest.approx(
            tuple(np.quantile(known, (0.25, 0.5, 0.75)))
        )
        assert (spread.minimum, spread.maximum, spread.mean) == pytest.approx(
            (min(known), max(known), np.mean(known))
        )


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_scores_are_what_scikit_learn_says(pairs):
    attempts = [
        StatRow(attempt=f"r/{i}", run="r", commit=f"c{i % 5}", marked=predicted, gold=gold(truth))
        for i, (predicted, truth) in enumerate(pairs)
    ]
    card = score("marked", "marked", [row.marked for row in attempts], attempts, resample=False)
    predicted, truth = zip(*pairs, strict=True)
    for name, theirs, ours in (
        ("precision", precision_score, card.precision.estimate),
        ("recall", recall_score, card.recall.estimate),
        ("f1", f1_score, card.f1),
    ):
        expected = theirs(truth, predicted, zero_division=np.nan)
        if np.isnan(expected):
            assert ours is None, name
        else:
            assert ours == pytest.approx(expected), name


def test_a_judge_that_covers_a_fifth_is_scored_on_that_fifth():
    attempts = [
        StatRow(attempt=f"r/{i}", run="r", commit=f"c{i}", non_empty=True, gold=gold(i % 2 == 0))
        for i in range(10)
    ]
    labels = {
        f"r/{i}": Decision(attempt="", judgement="correct", verdict="true_success", kind="judge")
        for i in range(2)
    }
    cards = {card.name: card for card in scorecards(attempts, {"gpt": labels}, {})}
    card = cards["gpt"]
    assert (card.gold, card.covered, card.missing, card.coverage) == (10, 2, 8, 0.2)
    assert (card.true_positive, card.false_positive, card.false_negative, card.true_negative) == (1, 1, 0, 0)
    (judge,) = summarise(attempts, decisions_by_annotator={"gpt": labels}).judges
    assert (judge.labels, judge.missing, judge.coverage) == (2, 8, 0.2)


def test_a_check_claims_that_there_is_no_success_and_unknown_is_not_a_no():
    attempts = [
        StatRow(attempt="r/0", run="r", commit="a", gold=gold(False), outcomes={"syntax": "fail"}),
        StatRow(attempt="r/1", run="r", commit="b", gold=gold(True), outcomes={"syntax": "pass"}),
        StatRow(attempt="r/2", run="r", commit="c", gold=gold(False), outcomes={"syntax": "unknown"}),
        StatRow(attempt="r/3", run="r", commit="d", gold=gold(False), outcomes={"syntax": "warn"}),
    ]
    control = {"syntax": {"pass": 90, "fail": 2, "unknown": 4}}
    cards = {card.name: card for card in scorecards(attempts, {}, control)}
    fail, warned = cards["syntax: fail"], cards["syntax: fail or warn"]
    assert fail.finds == NO_SUCCESS
    assert (fail.true_positive, fail.false_negative, fail.true_negative, fail.missing) == (1, 1, 1, 1)
    assert (warned.true_positive, warned.false_negative) == (2, 0)
    assert (fail.control.k, fail.control.n, fail.control.unlabelled) == (2, 92, 4)


def test_labels_from_before_more_was_seen_are_scored():
    row = StatRow(attempt="r/0", run="r", marked=True, gold=gold(True), blind_gold=gold(False))
    (card,) = scorecards([row], {}, {})
    assert (card.false_positive, card.true_positive) == (1, 0)


def test_a_breakdown_has_every_attempt_once():
    attempts = [
        StatRow(attempt=f"r/{i}", run="r", agent=agent, marked=True)
        for i, agent in enumerate(["a", "b", None])
    ]
    found = breakdown(attempts, lambda row: row.agent)
    assert [(group.name, group.counts.attempts) for group in found] == [("a", 1), ("b", 1), ("–", 1)]
