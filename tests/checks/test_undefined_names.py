"""``names``: new by rule and name, whatever gives names their values at run time, and what is suggested of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from real import Case

from reviewer.checks import names
from reviewer.checks.context import Context
from reviewer.checks.suggestion import suggest
from reviewer.model import Analysis, LogFacts

Make = Callable[..., Context]
GOOD = b"def f():\n    return 2\n"


@pytest.mark.parametrize("case", ["10-names-counted"], indirect=True)
def test_the_case_of_names_that_only_a_linter_misses(case: Case):
    found = {item: names.run(case.context(item)) for item in case.attempts}
    assert {item: result.outcome for item, result in found.items()} == dict.fromkeys(found, "pass")


def test_another_use_of_what_was_undefined_before_is_not_new(patched: Make):
    old = b"def f():\n    return nowhere\n\n\ndef g():\n    return 2\n"
    assert names.run(patched({"a.py": (old, old.replace(b"return 2", b"return nowhere"))})).outcome == "pass"
    result = names.run(patched({"a.py": (old, old.replace(b"return 2", b"return other"))}))
    assert [(fault.line, fault.message) for fault in result.value.names] == [(6, "Undefined name `other`")]


def test_a_local_without_a_value_is_another_rule_than_an_undefined_name(patched: Make):
    old = b"x = 1\n\n\ndef f():\n    return nowhere\n"
    new = old + b"\n\ndef g():\n    print(x)\n    x = 2\n"
    result = names.run(patched({"a.py": (old, new)}))
    assert [fault.message for fault in result.value.names] == ["Local variable `x` without a value"]


def test_what_a_file_of_the_base_puts_into_builtins_is_unknown(patched: Make):
    giving = b"import builtins\n\nbuiltins.trace = print\n"
    new = GOOD.replace(b"return 2", b"return trace(2)")
    result = names.run(patched({"boot.py": (giving, giving), "a.py": (GOOD, new)}))
    assert result.outcome == "unknown"
    assert result.summary == "a.py:2: `trace`: boot.py puts it into builtins"
    other = names.run(patched({"boot.py": (giving, giving), "a.py": (GOOD, new.replace(b"trace", b"track"))}))
    assert other.outcome == "fail"


def test_what_was_moved_from_a_file_that_did_not_define_it_either_is_unknown(patched: Make):
    old = b"def g():\n    return nowhere\n"
    result = names.run(patched({"a.py": (old, b"x = 1\n"), "b.py": (GOOD, GOOD + b"\n\n" + old)}))
    assert result.outcome == "unknown"
    assert result.summary == "b.py:6: `nowhere`: a.py of the base does not define it either"


def test_a_fault_beside_what_is_unknown_still_fails(patched: Make):
    new = GOOD.replace(b"return 2", b"return _('a'), nowhere")
    result = names.run(patched({"a.py": (GOOD, new)}))
    assert result.outcome == "fail"
    assert result.value.unknown == ("a.py:2: `_`: tools put it into builtins at run time",)


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        ("a.py", b"return nowhere", "wrong"),
        ("tests/test_a.py", b"return nowhere", None),
        ("a.py", b"x: Nowhere = 2\n    return x", None),
        ("a.py", b"raise nowhere", None),
        ("a.py", b"return _('a')", None),
        ("a.pyi", b"return nowhere", None),
    ],
)
def test_what_ends_in_a_name_error_is_suggested_to_be_wrong(
    patched: Make, path: str, new: bytes, expected: str | None
):
    result = names.run(patched({path: (GOOD, GOOD.replace(b"return 2", new))}))
    found = suggest(Analysis(attempt="", facts=LogFacts(), checks=(result,)))
    assert (found.judgement if found else None) == expected
    if found is not None:
        assert found.reason == "names: a.py:2: Undefined name `nowhere`"


def test_line_ends_and_bytes_before_a_name_do_not_move_it(patched: Make):
    new = "ä = 'ö'\r\n\r\n\r\ndef f():\r\n    return 'ü', nowhere\r\n".encode()
    result = names.run(patched({"a.py": (GOOD, new)}))
    assert [(fault.line, fault.quiet) for fault in result.value.names] == [(5, None)]
    latin = "# coding: latin-1\nx = 'ö', nowhere\n".encode("latin-1")
    assert names.run(patched({"a.py": (GOOD, latin)})).value.names[0].line == 2


def test_a_name_of_a_star_import_is_unknown_and_named(patched: Make):
    new = b"from os.path import *\n\n\ndef f():\n    return join\n"
    result = names.run(patched({"a.py": (GOOD, new)}))
    assert (result.outcome, result.summary) == ("unknown", "a.py:5: only a star import could define `join`")


@pytest.mark.parametrize(
    ("path", "new", "outcome"),
    [
        ("a.py", b"x = [Layer]  # noqa: F821\n", "unknown"),
        ("a.py", b"import y\n\ndel y, Layer  # noqa: E501, F821\n", "unknown"),
        ("a.py", b"x = [Layer]  # noqa\n", "fail"),
        ("a.py", b"x = [Layer]  # noqa: E501\n", "fail"),
        ("ndk-25.config.py", b"x = Layer(1)\n", "unknown"),
        ("ndk-25.config.py", b"import os\n\nx = Layer(os)\n", "fail"),
        ("run-it.py", b"#!/usr/bin/env python\nx = Layer(1)\n", "fail"),
        ("config.py", b"x = Layer(1)\n", "fail"),
    ],
)
def test_what_reads_a_file_may_give_it_names(patched: Make, path: str, new: bytes, outcome: str):
    assert names.run(patched({path: (b"", new)})).outcome == outcome


@pytest.mark.parametrize(
    ("path", "module", "outcome"),
    [
        ("p/__init__.py", "p/inner.py", "unknown"),
        ("p/__init__.py", "p/inner/__init__.py", "unknown"),
        ("p/__init__.py", "q/inner.py", "fail"),
        ("p/user.py", "p/inner.py", "fail"),
    ],
)
def test_a_module_of_the_same_package_may_be_bound_in_it(patched: Make, path: str, module: str, outcome: str):
    new = b"from .inner import f\n\nx = inner.f()\n"
    assert names.run(patched({path: (b"", new), module: (GOOD, GOOD)})).outcome == outcome
