"""``syntax``: does every file that parsed before still parse."""

from typing import NamedTuple

from reviewer.check_values import SyntaxFault, SyntaxValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.leftovers import find_leftovers
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.brackets import Undecided, find_new_fault
from reviewer.checks.reading.other_forms import other_form
from reviewer.checks.reading.parsers import Parse, Problem, TooComplex, parser_of
from reviewer.checks.results import Unanswerable, and_more, at_first, skipped, unknown_result
from reviewer.diffs.languages import is_source
from reviewer.model import CheckResult, Evidence

name = "syntax"
version = 9
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks="Does every changed file that can be parsed still parse?",
    how=(
        "The whole file is read as git patched it, never a hunk: a line that looks broken in a hunk may be "
        "whole in its file. Python is compiled by CPython, the version that runs reviewer, so that "
        "duplicate keyword arguments, a misplaced `from __future__` and `return` outside a function count. "
        "JSON, TOML and YAML go through their parsers. C, C++ and CUDA pass where tree-sitter reads them, "
        "as they stand or with each branch of their `#if`s alone. Files without a parser (shell, CMake, "
        "Dockerfile …) are named and do not decide beside others. Prose (.md, .rst, .txt) has no syntax and"
        " is left out. The line named is in the patched file; where the patch does not show it, the nearest"
        " hunk is named."
    ),
    passes="every file with a parser is whole.",
    warns=(
        "a new file is broken that nothing refers to (no import, no name in a build): it was left lying "
        "about beside the change."
    ),
    fails=(
        "a file was whole on the base and is not after. In C, C++ and CUDA only where brackets, quotes, "
        "comments or conditionals outside macro definitions balance in no reading of the `#if`s, or where "
        "an operator or a statement has no end."
    ),
    unknown=(
        "the base is not here; the patch does not apply; the base has errors itself; a macro may be why; "
        "another reader takes the file (a newer Python, Python 2 but not where the base shows Python 3, "
        "IPython, templates, JSON lines, JSON with comments); it is a new file among a test's data, which "
        "may be broken on purpose; or no changed file has a parser."
    ),
    blind="It does not know what a macro or a template makes of a file.",
)

_LEFT = "; a new file that nothing refers to"
_PROSE = (".md", ".rst", ".txt")
_ON_PURPOSE = frozenset({
    "bad", "broken", "cases", "corpus", "data", "errors", "fixtures", "invalid", "resources", "samples",
    "test_data", "testdata",
})  # fmt: skip
"""Folders of a test's data."""


class Broken(NamedTuple):
    """A file that does not parse any more."""

    fault: SyntaxFault
    where: str
    """Where the patch shows the line."""


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`SyntaxValue`."""
    if not context.files:
        return skipped(name)
    broken: list[Broken] = []
    unknown: list[str] = []
    unread: list[str] = []
    parsed = 0
    for file in context.patched:
        if file.patched is None or file.change.path.endswith(_PROSE):
            continue
        parse = parser_of(file.change.path)
        if parse is None:
            unread.append(file.change.path)
            continue
        context.resources.announce(name, file.change.path)
        try:
            problem = _new_problem(parse, file)
        except Unanswerable as reason:
            unknown.append(f"{file.change.path}: {reason}")
            continue
        parsed += 1
        if problem is not None:
            broken.append(_broken(file, problem))
    new = {file.change.path for file in context.patched if file.base is None}
    leftovers = find_leftovers(context) if any(file.fault.file in new for file in broken) else frozenset()
    return _result(broken, unknown, unread, parsed, leftovers)


def _new_problem(parse: Parse, file: PatchedFile) -> Problem | None:
    """What is wrong since the patch. Raises :class:`Unanswerable` where that cannot be said."""
    assert file.patched is not None
    path = file.change.path
    try:
        problem = parse(file.patched)
        if problem is None:
            return None
        if problem.certain:
            _excuse(parse, file, problem)
        else:
            fault = find_new_fault(path, file.base, file.patched)
            if fault is None:
                raise Unanswerable(f"line {problem.line}: {problem.message}, unless a macro stands there")
            problem = Problem(fault.line, fault.message)
    except (TooComplex, Undecided) as error:
        raise Unanswerable(str(error)) from None
    if file.base is None and not is_source(path) and _ON_PURPOSE.intersection(path.split("/")[:-1]):
        raise Unanswerable(
            f"line {problem.line}: {problem.message}, but a test's data may be broken on purpose"
        )
    return problem


def _excuse(parse: Parse, file: PatchedFile, problem: Problem) -> None:
    """Raises :class:`Unanswerable` where the base is no better, or where another reader takes the file."""
    assert file.patched is not None
    before = None if file.base is None else parse(file.base)
    if before is not None:
        raise Unanswerable(f"the base has an error itself, at line {before.line}: {before.message}")
    form = other_form(file.change.path, file.patched, problem.line, file.base)
    if form is not None:
        raise Unanswerable(f"line {problem.line}: {problem.message}, unless it is {form}")


def _broken(file: PatchedFile, problem: Problem) -> Broken:
    change = file.change
    lines = [line for hunk in change.hunks for line in hunk.lines]
    row = next((line.row for line in lines if line.target == problem.line), None)
    where = "" if row is None else f" (patch row {row})"
    if row is None and change.hunks:
        nearest = min(
            (hunk.target_start for hunk in change.hunks), key=lambda start: abs(start - problem.line)
        )
        where = f" (no hunk holds this line; the nearest begins at line {nearest})"
    return Broken(SyntaxFault(change.path, problem.line, problem.message, row), where)


def _result(
    broken: list[Broken], unknown: list[str], unread: list[str], parsed: int, leftovers: frozenset[str]
) -> CheckResult:
    """``unread`` are files without a parser: they decide only where nothing else was parsed."""
    broken = sorted(broken, key=lambda file: file.fault.file in leftovers)
    not_known = (*unknown, *(f"{path}: no parser for it" for path in unread))
    value = SyntaxValue(errors=tuple(file.fault for file in broken), unknown=not_known, parsed=parsed)
    if broken:
        evidence = tuple(
            Evidence(
                file=fault.file,
                line=fault.line,
                text=fault.message + where + (_LEFT if fault.file in leftovers else ""),
            )
            for fault, where in broken
        )
        first = broken[0]
        lasting = first.fault.file not in leftovers
        summary = at_first(evidence, f": {first.fault.message}{'' if lasting else _LEFT}")
        return CheckResult(name, "fail" if lasting else "warn", summary, value, evidence)
    if unknown or (unread and not parsed):
        return unknown_result(name, f"{not_known[0]}{and_more(not_known)}", value)
    if not parsed:
        return skipped(name, "no file with a syntax is changed")
    summary = "1 file parses" if parsed == 1 else f"{parsed} files parse"
    if unread:
        summary += f"; not read, for want of a parser: {unread[0]}{and_more(unread)}"
    return CheckResult(name, "pass", summary, value)
