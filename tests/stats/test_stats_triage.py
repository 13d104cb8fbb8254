"""The first look at runs: what it counts, in which order, and what it says where nothing is known."""

from __future__ import annotations

import pytest

from reviewer.reports.triage import in_one_line, run_lines
from reviewer.stats.rows import StatRow
from reviewer.stats.triage import triage


def row(item: int, run: str = "r", **known) -> StatRow:
    status = known.pop("status", "success")
    known = {"patch_exists": True, "non_empty": True, "written": 100.0 + item, **known}
    return StatRow(attempt=f"{run}/{item:02}", run=run, status=status, marked=status == "success", **known)


def test_runs_come_newest_first_and_those_without_a_time_last() -> None:
    rows = [row(1, "old"), row(5, "new"), row(0, "undated", written=None)]
    assert [each.run.name for each in triage(rows)] == ["new", "old", "undated"]


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"patch_exists": False, "non_empty": False}, "no patch, or an empty one"),
        ({"only_artefacts": True}, "nothing but artefacts of the harness"),
        ({"nets_to_nothing": True}, "a patch that takes itself back"),
        ({"origin": "stale", "origin_of": "s/1"}, "another attempt's patch"),
        ({"other_state": True, "outcomes": {"applies": "fail"}}, "made on another state of the files"),
        ({"outcomes": {"applies": "fail"}}, "does not apply to its base"),
        ({"outcomes": {"syntax": "fail", "names": "fail"}}, "broken: syntax or undefined names"),
        ({"outcomes": {"template": "fail"}}, "template code"),
        ({"measured": "slower"}, "measured slower than its base"),
        ({"log_success": False}, "its own account says failure"),
    ],
)
def test_a_claim_is_suspicious_for_one_reason(known, text) -> None:
    (found,) = triage([row(1, **known), row(2)])
    assert found.suspicious == 1
    assert [(finding.text, finding.attempts) for finding in found.of_kind("claim")] == [(text, ("r/01",))]


@pytest.mark.parametrize(
    "known",
    [
        {"non_empty": False, "patch_known": False},
        {"outcomes": {"applies": "unknown", "syntax": "warn"}},
        {"measured": "no difference"},
        {"origin": "carried", "origin_of": "r/00"},
        {"log_success": False, "status": None, "marked_known": False},
    ],
)
def test_what_is_not_known_or_not_wrong_is_not_suspicious(known) -> None:
    (found,) = triage([row(1, **known)])
    assert (found.suspicious, found.findings) == (0, ())
    assert [look.attempt for look in found.look] == ["r/01"]


def test_copies_are_in_no_finding_and_malformed_attempts_in_one_of_their_own() -> None:
    rows = [
        row(1, non_empty=False),
        row(2, non_empty=False, copy_of="r/01"),
        row(3, status=None, malformed=True, cause="journal.json: missing"),
    ]
    (found,) = triage(rows)
    assert [finding.attempts for finding in found.findings] == [("r/01",), ("r/03",)]
    assert found.findings[1].in_words == "malformed: journal.json: missing"
    assert "malformed: journal.json: missing" in [look.why for look in found.look]
    assert (found.run.counts.attempts, found.run.counts.malformed) == (2, 1)
    assert in_one_line(found).startswith("2 attempts and 1 malformed; 2 marked success")


def test_what_most_attempts_share_comes_first_and_three_are_looked_at() -> None:
    rows = [row(n, status="error", cause=f"Error at messages.{n}: bad") for n in range(4)]
    rows += [row(n, non_empty=False) for n in range(4, 6)]
    rows += [
        row(6, origin="shared", origin_of="other/06", shared=True),
        row(7, source_relation="same"),
        row(8),
    ]
    (found,) = triage(rows)
    assert [(finding.kind, finding.n) for finding in found.findings] == [
        ("cause", 4),
        ("claim", 2),
        ("leftovers", 1),
    ]
    assert found.findings[2].text == "worked in one tree with run other"
    assert [look.attempt for look in found.look] == ["r/00", "r/04", "r/07"]
    assert "4 alike" in found.look[0].why
    assert "2 attempts" in found.look[2].why


def test_what_half_of_the_attempts_share_stands_first() -> None:
    failed = [row(n, status="error", cause="killed") for n in range(3)]
    (found,) = triage([*failed, *(row(n) for n in range(3, 6))])
    assert found.common is found.findings[0]
    assert next(run_lines(found)).text == "  3 of 6 failed: killed"
    assert in_one_line(found).startswith("3 of 6 failed: killed · 6 attempts; 3 marked success")
    (found,) = triage([*failed, *(row(n) for n in range(3, 7))])
    assert found.common is None
    assert in_one_line(found) == "7 attempts; 4 marked success, 0 of them suspicious · 3 failed: killed"
    assert triage([row(1, non_empty=False)])[0].common is None


def test_what_could_not_be_tried_is_not_said_to_have_nothing_against_it() -> None:
    unknown = [row(n, outcomes={"applies": "unknown", "files": "pass"}) for n in range(2)]
    (found,) = triage([*unknown, row(2, outcomes={"files": "fail"})])
    assert (found.suspicious, found.untried) == (0, 2)
    assert [(look.attempt, look.why) for look in found.look] == [
        ("r/00", "marked success, and could not be tried on its base (2 attempts)")
    ]
    (found,) = triage([*unknown, row(2, outcomes={"applies": "pass"})])
    assert found.look[0].why == "marked success, and no check fails (1 attempt)"


def test_one_attempt_with_two_findings_is_named_once() -> None:
    (found,) = triage([row(1, origin="stale", origin_of="s/1")])
    assert {finding.kind for finding in found.findings} == {"claim", "leftovers"}
    assert [look.attempt for look in found.look] == ["r/01"]


def test_the_time_to_go_needs_the_number_of_items() -> None:
    rows = [row(n, written=1000.0 + 30 * n) for n in range(10)]
    assert triage(rows)[0].seconds_to_go is None
    assert triage(rows, {"r": 14})[0].seconds_to_go == pytest.approx(120)
    assert triage(rows, {"r": 10})[0].seconds_to_go == 0
    assert triage(rows[:1], {"r": 14})[0].seconds_to_go is None


def test_where_no_claim_is_known_patches_are_asked_the_same() -> None:
    rows = [row(1, status=None, marked_known=False, outcomes={"applies": "fail"})]
    rows += [
        row(2, status=None, marked_known=False, non_empty=False),
        row(3, status=None, marked_known=False),
    ]
    (found,) = triage(rows)
    assert (found.suspicious, found.unclaimed, found.run.counts.marked_success) == (2, 3, 0)
    assert {finding.kind for finding in found.findings} == {"patch"}
    assert found.look[-1].attempt == "r/03"
    assert found.look[-1].why == "no check fails (1 attempt)"
