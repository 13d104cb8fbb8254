"""The suggestion: each rule of its table, and that nothing else is ever suggested."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.checks.suggestion import suggest
from reviewer.model import CheckResult, Evidence, Outcome

StepLog = dict[str, tuple[Outcome, dict[str, Any] | None]]
GOOD: StepLog = {
    "execution": ("fail", None), "patch": ("pass", {"kind": None}), "applies": ("pass", None),
    "syntax": ("pass", None), "names": ("pass", None), "template": ("pass", None),
    "provenance": ("pass", {"kind": None, "own": None}), "similarity": ("info", {"identical": False}),
    "prompt": ("pass", {"gives_away": False}),
}  # fmt: skip


def results(told: StepLog, broken: str | None = None) -> dict[str, CheckResult]:
    evidence = (Evidence(file=broken, line=1),) if broken else ()
    return {
        name: CheckResult(
            name=name, outcome=outcome, summary=f"says {name}", value=value,
            evidence=evidence if name == "syntax" else (),
        )
        for name, (outcome, value) in told.items()
    }  # fmt: skip


def judgement(told: StepLog, broken: str | None = None) -> str | None:
    found = suggest(results(GOOD | told, broken))
    return found.judgement if found else None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, None),
        *(({"patch": ("fail", {"kind": kind})}, "nothing") for kind in ("missing", "empty", "artefacts", "comments")),
        ({"patch": ("fail", {"kind": "unreadable"}), "applies": ("fail", None)}, None),
        ({"provenance": ("fail", {"kind": "stale", "own": None})}, "nothing"),
        ({"provenance": ("fail", {"kind": "foreign", "own": 0})}, "nothing"),
        ({"provenance": ("fail", {"kind": "foreign", "own": 3})}, None),
        ({"provenance": ("fail", {"kind": "foreign", "own": 3}), "applies": ("fail", None)}, "wrong"),
        ({"provenance": ("warn", {"kind": "carried", "own": 0})}, None),
        ({"template": ("fail", None), "applies": ("fail", None)}, "nothing"),
        ({"template": ("warn", None)}, None),
        ({"applies": ("fail", None)}, "wrong"),
        ({"applies": ("warn", None)}, None),
        ({"names": ("fail", None)}, None),
        ({"similarity": ("info", {"identical": True})}, "correct"),
        ({"similarity": ("info", {"identical": True}), "execution": ("warn", None)}, "correct"),
        ({"similarity": ("info", {"identical": True}), "names": ("fail", None)}, None),
        ({"similarity": ("info", {"identical": True}), "applies": ("unknown", None)}, None),
        ({"similarity": ("info", {"identical": True}), "provenance": ("warn", {"kind": "shared"})}, None),
        ({"similarity": ("info", {"identical": True}), "prompt": ("warn", {"gives_away": True})}, None),
        ({"similarity": ("info", {"identical": True}), "prompt": ("unknown", None)}, None),
    ],
)  # fmt: skip
def test_the_rules(told: StepLog, expected: str | None) -> None:
    assert judgement(told) == expected


def test_a_broken_source_file_is_wrong_and_a_broken_test_is_not() -> None:
    assert judgement({"syntax": ("fail", None)}, "src/a.py") == "wrong"
    assert judgement({"syntax": ("fail", None)}, "tests/test_a.py") is None


def test_the_reason_quotes_the_check() -> None:
    found = suggest(results(GOOD | {"applies": ("fail", None)}))
    assert found is not None
    assert found.reason == "applies: says applies"


def test_without_checks_nothing_is_suggested() -> None:
    assert suggest({}) is None


outcomes = st.sampled_from(["pass", "warn", "fail", "info", "unknown", "skip"])


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), outcomes), outcomes, outcomes)
def test_execution_never_counts_and_unknown_checks_suggest_nothing(
    drawn: dict[str, Outcome], one: Outcome, other: Outcome
) -> None:
    told: StepLog = GOOD | {name: (outcome, GOOD[name][1]) for name, outcome in drawn.items()}
    assert judgement(told | {"execution": (one, None)}) == judgement(told | {"execution": (other, None)})
    assert judgement({name: ("unknown", value) for name, (_, value) in told.items()}) is None
