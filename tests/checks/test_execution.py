"""``execution``: outcome and summary from what journal and logs tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ground import change

from reviewer.checks import execution
from reviewer.checks.context import Context
from reviewer.model import Disagreement, Fact, LogFacts
from reviewer.sources.facts import FactName
from reviewer.sources.logs import causes

Make = Callable[..., Context]
GOOD = change("src/a.py", 10)


def run(context: Make, patch: bytes | None, facts: LogFacts, **changes: object):
    made = context(patch, **changes)
    made.logs = facts
    return execution.run(made)


@pytest.mark.parametrize(
    ("facts", "changes", "summary"),
    [
        (LogFacts(), {}, None),
        (LogFacts(steps=None), {"duration": None}, None),
        (LogFacts(api_incidents=2), {}, "2 API incidents"),
        (LogFacts(api_incidents=0, steps=3), {}, None),
        (LogFacts(), {"returncode": 1}, "return code 1"),
        (LogFacts(), {"returncode": 0}, None),
        (LogFacts(steps=0), {}, "no step taken"),
        (LogFacts(), {"duration": 1.6}, "only 1.6 s"),
        (LogFacts(), {"duration": 5.0}, None),
        (LogFacts(), {"status": "error"}, "marked error"),
        (LogFacts(), {"duration": 3600.0, "budget_minutes": 60.0}, "time budget of 60 min used up"),
        (LogFacts(steps=40, step_limit=40), {}, "step limit of 40 used up"),
        (LogFacts(success=False), {}, "marked success, its own summary says failure"),
        (LogFacts(success=True), {}, None),
        (
            LogFacts(steps=0, api_incidents=1),
            {"returncode": 1},
            "1 API incident; return code 1; no step taken",
        ),
    ],
)
def test_with_a_patch_it_warns_or_passes(context: Make, facts: LogFacts, changes: dict, summary: str | None):
    result = run(context, GOOD, facts, **changes)
    assert result.outcome == ("warn" if summary else "pass")
    assert result.summary == summary or (summary is None and result.summary.startswith("ran to its end"))


@pytest.mark.parametrize("patch", [None, b"", GOOD[:-12]])
@pytest.mark.parametrize(
    ("facts", "changes", "summary"),
    [
        (LogFacts(error="\nError: no config\nmore", error_source="stderr", steps=0), {"status": "error"},
         "died before its first step: Error: no config"),
        (LogFacts(error="rate limit", steps=1), {}, "died after 1 step: rate limit"),
        (LogFacts(), {"status": "error"}, "died: no cause found"),
        (LogFacts(), {"status": "error", "error": "boom"}, "died: boom"),
        (LogFacts(steps=7), {"returncode": -9}, "died after 7 steps: no cause found"),
    ],
)  # fmt: skip
def test_without_a_patch_a_death_fails(context: Make, patch, facts: LogFacts, changes: dict, summary: str):
    result = run(context, patch, facts, **changes)
    assert (result.outcome, result.summary) == ("fail", summary)


def test_without_a_patch_and_without_a_death(context: Make):
    result = run(context, b"", LogFacts(steps=3), duration=75.0)
    assert (result.outcome, result.summary) == (
        "pass",
        "ran to its end: 3 steps, 1 min 15 s, without a usable patch",
    )
    assert run(context, b"", LogFacts(api_incidents=1)).outcome == "warn"


def test_the_cause_is_told_beside_a_patch_too(context: Make):
    result = run(context, GOOD, LogFacts(error="last step", error_source="trajectory.json"), status="error")
    assert result.outcome == "warn"
    assert result.value.cause == "last step"
    assert result.evidence[0].text == "trajectory.json: last step"


def test_what_the_failed_calls_said_is_told(context: Make):
    facts = LogFacts(api_incidents=2, facts=(Fact("API errors", "2 × 429 quota", "log"),))
    assert run(context, GOOD, facts).summary == "2 API incidents (2 × 429 quota)"


def test_disagreements_between_sources_are_evidence_and_no_sign(context: Make):
    steps = Fact("steps", 7, "trajectory.json", (Disagreement("log", "9"),))
    result = run(context, GOOD, LogFacts(steps=7, facts=(steps,)))
    assert result.outcome == "pass"
    assert [found.text for found in result.evidence] == [
        "no tokens recorded",
        "steps: trajectory.json says 7, log says 9",
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("input tokens", 12), ("tokens used", 0), ("output tokens", None)]
)
def test_that_no_tokens_are_recorded_is_evidence_and_no_sign(context: Make, name: str, value: int | None):
    result = run(context, GOOD, LogFacts(steps=7, facts=(Fact(name, value, "log"),)))
    assert result.outcome == "pass"
    assert [found.text for found in result.evidence] == ["no tokens recorded"] * (value is None)


def test_what_others_died_of_is_told_as_probable_and_only_where_nothing_better_is_known(context: Make):
    def died(error: str) -> LogFacts:
        return LogFacts(
            error=error, steps=0, facts=(Fact(FactName.TRACEBACK.value, "f:1 in a > g:2 in b", "log"),)
        )

    facts = {
        "whole": died("OSError: y"),
        "cut": died(f"{causes.CUT}g:2 in b"),
        "journal": LogFacts(error="x"),
    }
    analysed = {key: (found, run(context, None, found)) for key, found in facts.items()}
    probable = execution.with_probable_causes(analysed)
    assert list(probable) == ["cut"]
    result = probable["cut"]
    assert result.summary == (
        "died before its first step: cut traceback, last frame g:2 in b; "
        "probable: OSError: y (the one other that ended at this frame)"
    )
    assert result.value.cause == analysed["cut"][1].value.cause
    assert result.value.probable == "probable: OSError: y (the one other that ended at this frame)"
    assert result.evidence[1].text == result.value.probable
    again = execution.with_probable_causes({**analysed, "cut": (facts["cut"], result)})
    assert again == {}
    changed = execution.with_probable_causes(
        {"cut": (facts["cut"], result), "other": (died("OSError: z"), analysed["whole"][1])}
    )["cut"]
    assert changed.summary.count("probable") == 1
    assert "OSError: z" in changed.summary
    assert len(changed.evidence) == len(result.evidence)
