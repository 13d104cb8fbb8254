"""The values of checks: they cross the wire as they are, and other programs get their public fields only."""

from __future__ import annotations

import msgspec
import pytest

from reviewer.check_values import (
    AppliesValue,
    CheckValue,
    ExecutionValue,
    NameFault,
    NamesValue,
    PatchValue,
    ProvenanceValue,
    RejectedValue,
    ScopeValue,
    SyntaxFault,
    SyntaxValue,
    UninitialisedValue,
    to_plain,
)
from reviewer.model import CheckResult, from_json, to_json

VALUES: list[CheckValue] = [
    ExecutionValue(cause="died \udcff", signs=("no step taken",)),
    PatchValue(None, 3, 1, 1, 0),
    AppliesValue(offset=-2, context=None),
    RejectedValue(("a.py",)),
    SyntaxValue(errors=(SyntaxFault("a.py", 3, "bad", None),), unknown=(), parsed=1),
    NamesValue(names=(NameFault("a.py", 3, "x"),), unknown=("b.py: no",), files=2),
    ScopeValue(
        extra={"switch": 1}, names={"switch": ("A",)}, size_ratio=None, earlier_share=0.0, earlier={"r/i": 1}
    ),
    ProvenanceValue("foreign", "r/i", 0.9, ("r/j",), 3, shared_tree=True),
    UninitialisedValue(1, human=False),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_crosses_the_wire_and_keeps_its_type(value: CheckValue):
    result = CheckResult("check", "info", "found", value)
    assert from_json(to_json(result), CheckResult) == result


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_other_programs_are_given_neither_the_tag_nor_internal_fields(value: CheckValue):
    plain = msgspec.to_builtins(to_plain(value))
    assert list(plain) == [name for name in value.__struct_fields__ if name != "shared_tree"]
    assert to_plain(None) is None
