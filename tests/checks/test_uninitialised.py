"""``uninitialised``: memory that had a value and gets none any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reviewer.check_values import UninitialisedValue
from reviewer.checks import uninitialised
from reviewer.checks.context import Context

Make = Callable[..., Context]


def patch(*lines: str, path: str = "src/a.py") -> bytes:
    old = sum(line[0] in " -" for line in lines)
    new = sum(line[0] in " +" for line in lines)
    head = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n"
    return (head + "".join(f"{line}\n" for line in lines)).encode()


def outcome(context: Make, data: bytes) -> str:
    return uninitialised.run(context(data)).outcome


def test_zeros_made_empty_warn_with_the_line(context: Make):
    result = uninitialised.run(
        context(patch(" def f():", "-    x = torch.zeros(3)", "+    x = torch.empty(3)", "     return x"))
    )
    assert result.outcome == "warn"
    assert result.value == UninitialisedValue(lines=1, human=False)
    assert [(found.file, found.line, found.text) for found in result.evidence] == [
        ("src/a.py", 2, "x = torch.empty(3)")
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("-x = torch.ones_like(y)", "+x = torch.empty_like(y)"),
        ("-x = np.full(3, 1)", "+x = np.empty(3)"),
        ("-x = y.new_zeros(3)", "+x = y.new_empty(3)"),
        ("-  auto x = torch::zeros({3});", "+  auto x = torch::empty({3});"),
        ("-x = torch.zeros(", "-    3)", "+x = torch.empty(", "+    3)"),
        ("-x = torch.zeros(3)", "-y = torch.zeros(3)", "+x = torch.empty(3)", "+y = torch.zeros(3)"),
    ],
)
def test_forms_that_warn(context: Make, lines: tuple[str, ...]):
    assert outcome(context, patch(" a", *lines, " b")) == "warn"


@pytest.mark.parametrize(
    "lines",
    [
        ("-x = torch.empty(3)", "+x = torch.zeros(3)"),
        ("-x = torch.zeros(3)", "+x = torch.zeros(3, device=d)"),
        ("+x = torch.empty(3)",),
        ("-x = torch.zeros(3)",),
        ("-x = torch.zeros(3)", " between", "+y = torch.empty(3)"),
        ("-x = torch.zeros(3)", "+x = torch.empty(3)", "+x.fill_(0)"),
        ("-x = torch.zeros(3)", "+x = torch.empty(3)", " y = 1", " x[:] = 0"),
        ("-x = torch.zeros(3)", "+x = torch.empty(3).normal_(0, 1)"),
        ("-x = zeros", "+x = torch.empty(3)"),
    ],
)
def test_forms_that_pass(context: Make, lines: tuple[str, ...]):
    assert outcome(context, patch(" a", *lines, " b")) == "pass"


@pytest.mark.parametrize("path", ["tests/test_a.py", "benchmarks/b.py"])
def test_tests_and_benchmarks_do_not_count(context: Make, path: str):
    assert outcome(context, patch("-x = torch.zeros(3)", "+x = torch.empty(3)", path=path)) == "pass"


def test_without_a_patch_it_is_skipped_and_without_a_base_it_still_answers(context: Make):
    assert outcome(context, b"") == "skip"
    made = context(patch("-x = torch.zeros(3)", "+x = torch.empty(3)"), commit="f" * 40, base="e" * 40)
    assert uninitialised.run(made).value == UninitialisedValue(lines=1, human=None)
