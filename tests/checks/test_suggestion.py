"""The suggestion: each rule of its table, and that nothing else is ever suggested."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.check_values import (
    AppliesValue,
    CheckValue,
    NameFault,
    NamesValue,
    OtherState,
    PatchFault,
    PatchValue,
    PromptValue,
    ProvenanceValue,
    RejectedValue,
    SimilarityValue,
)
from reviewer.checks.suggestion import suggest
from reviewer.model import Analysis, CheckResult, Evidence, LogFacts, Outcome


def patch_of(kind: PatchFault | None) -> PatchValue:
    return PatchValue(kind, 0, 0, 0, 0)


def alike(identical: bool) -> SimilarityValue:
    return SimilarityValue(None, None, None, None, None, None, identical, identical)


def gives_away(solution: bool) -> PromptValue:
    return PromptValue(None, None, solution, False, ())


def undefined(file: str, quiet: str | None) -> NamesValue:
    return NamesValue((NameFault(file, 1, "Undefined name `x`", quiet),), (), 1)


Outcomes = dict[str, tuple[Outcome, CheckValue | None]]
GOOD: Outcomes = {
    "execution": ("fail", None), "patch": ("pass", patch_of(None)), "applies": ("pass", None),
    "syntax": ("pass", None), "names": ("pass", None), "template": ("pass", None),
    "provenance": ("pass", ProvenanceValue(None, own=None)), "similarity": ("info", alike(False)),
    "prompt": ("pass", gives_away(False)),
}  # fmt: skip


def results(found: Outcomes, broken: str | None = None) -> Analysis:
    evidence = (Evidence(file=broken, line=1),) if broken else ()
    checks = (
        CheckResult(name, outcome, f"says {name}", value, evidence if name == "syntax" else ())
        for name, (outcome, value) in found.items()
    )
    return Analysis(attempt="", facts=LogFacts(), checks=tuple(checks))


def judgement(changed: Outcomes, broken: str | None = None) -> str | None:
    found = suggest(results(GOOD | changed, broken))
    return found.judgement if found else None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        *(({"patch": ("fail", patch_of(kind))}, "nothing") for kind in ("missing", "empty", "artefacts", "comments")),
        ({"patch": ("fail", patch_of("unreadable")), "applies": ("fail", None)}, None),
        ({"provenance": ("fail", ProvenanceValue("stale", own=None))}, "nothing"),
        ({"provenance": ("fail", ProvenanceValue("foreign", own=0))}, "nothing"),
        ({"provenance": ("fail", ProvenanceValue("foreign", own=3))}, None),
        ({"provenance": ("fail", ProvenanceValue("foreign", own=3)), "applies": ("fail", None)}, "wrong"),
        ({"provenance": ("warn", ProvenanceValue("carried", own=0))}, None),
        ({"template": ("fail", None), "applies": ("fail", None)}, "nothing"),
        ({"template": ("warn", None)}, None),
        ({"applies": ("fail", None)}, "wrong"),
        ({"applies": ("warn", None)}, None),
        ({"names": ("fail", undefined("a.py", None))}, "wrong"),
        ({"names": ("fail", undefined("a.py", "in an annotation"))}, None),
        ({"names": ("fail", undefined("tests/test_a.py", None))}, None),
        ({"names": ("fail", None)}, None),
        ({"similarity": ("info", alike(True))}, "correct"),
        ({"similarity": ("info", alike(True)), "execution": ("warn", None)}, "correct"),
        ({"similarity": ("info", alike(True)), "names": ("fail", None)}, None),
        ({"similarity": ("info", alike(True)), "applies": ("unknown", None)}, None),
        ({"similarity": ("info", alike(True)), "provenance": ("warn", ProvenanceValue("shared"))}, None),
        ({"similarity": ("info", alike(True)), "prompt": ("warn", gives_away(True))}, None),
        ({"similarity": ("info", alike(True)), "prompt": ("unknown", None)}, None),
    ],
)  # fmt: skip
def test_the_rules(changed: Outcomes, expected: str | None) -> None:
    assert judgement(changed) == expected


def test_a_broken_source_file_is_wrong_and_a_broken_test_is_not() -> None:
    assert judgement({"syntax": ("fail", None)}, "src/a.py") == "wrong"
    assert judgement({"syntax": ("fail", None)}, "tests/test_a.py") is None


ELSEWHERE = OtherState(("src/a.py",), 1, None, 0)


@pytest.mark.parametrize(
    ("outcome", "value", "expected"),
    [
        ("fail", RejectedValue(("src/a.py",)), "wrong"),
        ("fail", RejectedValue(("src/a.py",), (), ELSEWHERE), None),
        ("fail", RejectedValue(("src/b.py",), ("src/b.py",), ELSEWHERE), "wrong"),
        ("pass", AppliesValue(0, None, ELSEWHERE), None),
        ("pass", AppliesValue(0, None), "wrong"),
    ],
)
def test_what_was_made_on_another_state_is_not_called_broken(
    outcome: Outcome, value: CheckValue, expected: str | None
) -> None:
    broken: Outcomes = {"applies": (outcome, value)}
    if outcome == "pass":
        broken["syntax"] = ("fail", None)
    assert judgement(broken, "src/a.py") == expected
    assert judgement(broken | {"template": ("fail", None)}) == "nothing"


def test_the_reason_quotes_the_check() -> None:
    found = suggest(results(GOOD | {"applies": ("fail", None)}))
    assert found is not None
    assert found.reason == "applies: says applies"


def test_without_checks_nothing_is_suggested() -> None:
    assert suggest(results({})) is None


outcomes = st.sampled_from(["pass", "warn", "fail", "info", "unknown", "skip"])


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), outcomes), outcomes, outcomes)
def test_execution_never_counts_and_unknown_checks_suggest_nothing(
    drawn: dict[str, Outcome], one: Outcome, other: Outcome
) -> None:
    changed: Outcomes = GOOD | {name: (outcome, GOOD[name][1]) for name, outcome in drawn.items()}
    assert judgement(changed | {"execution": (one, None)}) == judgement(
        changed | {"execution": (other, None)}
    )
    assert judgement({name: ("unknown", value) for name, (_, value) in changed.items()}) is None
