from __future__ import annotations

import json

from reviewer.model import Decision, Gold
from reviewer.reports.tables.json import to_json
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import summarise

TOTALS = {
    "runs", "attempts", "commits", "malformed", "copies", "patch_files", "non_empty_patches", "acted",
    "marked_success", "commits_marked_success", "labelled",
}  # fmt: skip
RATE = {"k", "n", "estimate", "low", "high", "method", "clusters", "unlabelled"}
HOSTILE = "r\x1b[2J\x9b\x7f\u202e\u200b[@click=app.quit]a[/]b\udce9\n"


def attempts():
    true = Gold(attempt="r/0", judgement="correct", verdict="true_success", strength="agreed")
    return [
        StatRow(attempt="r/0", run="r", commit="a", marked=True, gold=true, outcomes={"applies": "pass"}),
        StatRow(attempt="r/1", run="r", commit="a", non_empty=True),
        StatRow(attempt="r/2", run="r", commit="b", non_empty=True),
    ]


def labels():
    return {
        "bo": {"r/0": Decision(attempt="r/0", judgement="correct", verdict="true_success")},
        "cy": {"r/0": Decision(attempt="r/0", judgement="correct", verdict="true_success")},
        "model": {"r/0": Decision(attempt="r/0", judgement="wrong", kind="judge")},
    }


def test_structure():
    data = json.loads(to_json(summarise(attempts(), decisions_by_annotator=labels())))
    assert set(data) == {
        "totals", "rates", "funnel", "checks", "annotators", "agreement", "judges", "runs", "commits", "measurements",
    }  # fmt: skip
    assert set(data["totals"]) == TOTALS
    assert set(data["rates"]) == {
        "marked_success", "true_success", "true_given_marked", "missed_given_unmarked",
    }  # fmt: skip
    for measure in data["rates"].values():
        assert set(measure) == {"all", "acted"}
        for readings in measure.values():
            assert set(readings) == {"per_attempt", "commit_mean", "any_attempt"}
            assert all(set(rate) == RATE for rate in readings.values())
    assert [level["level"] for level in data["funnel"]] == [1, 2, 3, 4, 5]
    assert all(
        set(level) == {"level", "name", "k", "n", "unknown", "low", "high"} for level in data["funnel"]
    )
    (judge,) = data["judges"]
    assert (judge["name"], judge["labels"], judge["missing"]) == ("model", 1, 2)
    (pair,) = data["agreement"]
    assert (pair["annotators"], pair["all"]["percent"], pair["all"]["kappa"]) == (["bo", "cy"], 1, None)
    assert data["runs"][0]["run"] == "r"
    assert [commit["commit"] for commit in data["commits"]] == ["a", "b"]
    assert data["checks"][0]["all"]["outcomes"]["pass"] == 1


def test_fractions_and_null():
    data = json.loads(to_json(summarise(attempts())))
    rate = data["rates"]["true_success"]["all"]["per_attempt"]
    assert (rate["k"], rate["n"], rate["estimate"], rate["unlabelled"]) == (1, 1, 1, 2)
    assert data["rates"]["missed_given_unmarked"]["all"]["per_attempt"]["estimate"] is None
    assert data["rates"]["true_success"]["all"]["commit_mean"]["k"] is None


def test_nothing_hostile_gets_through_and_nothing_is_lost():
    raw = to_json(summarise([StatRow(attempt=f"{HOSTILE}/0", run=HOSTILE, commit=HOSTILE)]))
    assert all(byte == 0x0A or 0x20 <= byte < 0x7F for byte in raw)
    assert json.loads(raw)["runs"][0]["run"] == HOSTILE


def test_no_rows():
    data = json.loads(to_json(summarise([])))
    assert data["totals"] == dict.fromkeys(TOTALS, 0)
    assert data["runs"] == data["commits"] == data["checks"] == []
