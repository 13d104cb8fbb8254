"""Known figures of the real runs, from rows that the test reads itself, with nothing of the program's readers."""

from __future__ import annotations

import json
import re

import pytest

from reviewer.reports.tables.statistics import to_text
from reviewer.stats.intervals import BOOTSTRAP, wilson
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import summarise

ARTEFACT = "model_patch.diff"


def relation(agent, human):
    agent, human = set(agent) - {ARTEFACT}, set(human)
    return "same" if agent == human else "overlap" if agent & human else "disjoint"


def outcomes(answer):
    if "applies" not in answer:
        return {"applies": "skip"}
    syntax = answer.get("new_python_syntax_errors")
    return {
        "applies": "pass" if answer["applies"] else "fail",
        "syntax": "unknown" if syntax is None else "fail" if syntax else "pass",
    }


@pytest.fixture(scope="module")
def rows(isobench):
    oracle = {answer["attempt"]: answer for answer in json.loads((isobench / "oracle.json").read_bytes())}
    rows = []
    runs = isobench / "state" / "runs"
    for path in sorted(runs.glob("*/*/journal.json")):
        journal = json.loads(path.read_bytes())
        folder = path.parent
        attempt = folder.relative_to(runs).as_posix()
        patch = folder / ARTEFACT
        log = folder / "trae_stdout.txt"
        steps = log.exists() and re.search(r"Step [1-9]", log.read_text(errors="replace"))
        non_empty = patch.exists() and bool(patch.read_bytes().strip())
        answer = oracle[attempt]
        rows.append(
            StatRow(
                attempt=attempt,
                run=folder.parent.name,
                commit=journal["commits"]["human"],
                status=journal["status"],
                marked=journal["status"] == "success",
                acted=bool(steps),
                patch_exists=patch.exists(),
                non_empty=non_empty,
                outcomes=outcomes(answer),
                source_relation=relation(answer["files"], answer["human_files"])
                if "files" in answer
                else None,
            )
        )
    return rows


@pytest.fixture(scope="module")
def summary(rows):
    return summarise(rows)


def test_totals(summary):
    totals = summary.totals
    assert (totals.runs, totals.attempts, totals.commits, totals.malformed) == (30, 300, 96, 0)
    assert (totals.patch_files, totals.non_empty_patches, totals.acted) == (296, 143, 184)
    assert (totals.marked_success, totals.commits_marked_success, totals.labelled) == (134, 92, 0)


def test_marked_success_per_attempt(summary):
    rate = summary.rates.marked_success.all.per_attempt
    assert (rate.k, rate.n, rate.clusters, rate.unlabelled) == (134, 300, 96, 0)
    assert rate.method == BOOTSTRAP
    assert rate.low == pytest.approx(0.377, abs=0.006)
    assert rate.high == pytest.approx(0.523, abs=0.006)
    assert wilson(134, 300) == pytest.approx((0.391, 0.503), abs=0.0005)


def test_marked_success_by_commit(summary):
    readings = summary.rates.marked_success.all
    assert readings.commit_mean.estimate == pytest.approx(0.604, abs=0.0005)
    assert (readings.commit_mean.k, readings.commit_mean.n) == (None, 96)
    assert readings.commit_mean.low < 0.604 < readings.commit_mean.high
    assert (readings.any_attempt.k, readings.any_attempt.n) == (92, 96)
    assert readings.any_attempt.method == "Wilson"


def test_marked_success_of_attempts_that_acted(summary):
    rate = summary.rates.marked_success.acted.per_attempt
    assert (rate.k, rate.n) == (132, 184)


def test_nothing_is_known_of_true_success(summary):
    rate = summary.rates.true_success.all.per_attempt
    assert (rate.n, rate.estimate, rate.low, rate.high, rate.unlabelled) == (0, None, None, None, 300)
    assert summary.rates.true_given_marked.all.any_attempt.unlabelled == 134


def test_funnel_is_what_the_rows_say_one_by_one(rows, summary):
    def survivors(level):
        passed = [row for row in rows if row.marked]
        if level > 1:
            passed = [row for row in passed if row.non_empty]
        if level > 2:
            passed = [row for row in passed if row.source_relation == "same"]
        if level > 3:
            passed = [row for row in passed if row.outcomes == {"applies": "pass", "syntax": "pass"}]
        return len(passed)

    assert [level.k for level in summary.funnel[:4]] == [survivors(level) for level in (1, 2, 3, 4)]
    assert [level.k for level in summary.funnel[:2]] == [134, 133]
    assert [level.unknown for level in summary.funnel] == [0, 0, 0, 0, summary.funnel[3].k]
    assert (summary.funnel[4].low, summary.funnel[4].high) == (0, summary.funnel[3].k / 300)


@pytest.mark.parametrize("width", [80, 160])
def test_text_fits_and_says_it(summary, width):
    text = to_text(summary, width)
    assert max(map(len, text.splitlines())) <= width
    assert re.search(r"all, per attempt +134/300 +44\.7 %", text)
    assert re.search(r"all, any attempt +92/96 +95\.8 %", text)
    assert "39.1–50.3" in text
