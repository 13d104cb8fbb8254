"""``syntax``: does every file that parsed before still parse."""

from sys import version_info
from typing import NamedTuple

from reviewer.check_values import SyntaxFault, SyntaxValue
from reviewer.checks.context import Context, Input
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.leftovers import find_leftovers
from reviewer.checks.reading.linter import newer_python
from reviewer.checks.reading.parsers import Parse, Problem, TooComplex, parser_of
from reviewer.checks.results import Unanswerable, and_more, at_first, skipped, unknown_result
from reviewer.diffs.languages import is_python
from reviewer.model import CheckResult, Evidence

name = "syntax"
version = 4
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = (
    "Does every changed file still parse? The whole file is read as git patched it, never a hunk: a line that "
    "looks broken in a hunk may be whole in its file. Python is compiled by CPython, the version that runs "
    "reviewer (a line that needs a newer one fails, and the result says so), so that duplicate keyword arguments, a "
    "misplaced `from __future__` and `return` outside a function count; C, C++ and CUDA are parsed by "
    "tree-sitter, as they stand and, where that fails, with each branch of their `#if`s alone; JSON, TOML and YAML "
    "by their parsers. A file fails only if its base parsed. The line named is the parser's, in the patched file; where the patch does "
    "not show that line, the nearest hunk is named. It cannot see what a preprocessor, a template or another "
    "version of Python would make of a file, and it says unknown where the base has errors itself, where there "
    "is no parser (shell, CMake, Dockerfile …) and where the patch does not apply. Prose (.md, .rst, .txt) has "
    "no syntax and is left out. A new file that nothing refers to (no import, no name in a build) only warns: it was "
    "left lying about beside the change."
)

_LEFT = "; a new file that nothing refers to"
_PROSE = (".md", ".rst", ".txt")


class Broken(NamedTuple):
    """A file that does not parse any more: what is wrong for other programs, and for people."""

    fault: SyntaxFault
    message: str
    """What the parser says, and which version of Python could read it."""
    where: str
    """Where the patch shows the line."""


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`SyntaxValue`."""
    if not context.files:
        return skipped(name)
    broken: list[Broken] = []
    unknown: list[str] = []
    parsed = 0
    for file in context.patched:
        if file.patched is None or file.change.path.endswith(_PROSE):
            continue
        parse = parser_of(file.change.path)
        if parse is None:
            unknown.append(f"{file.change.path}: no parser for it")
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
    return _result(broken, unknown, parsed, leftovers)


def _new_problem(parse: Parse, file: PatchedFile) -> Problem | None:
    """What is wrong since the patch. Raises :class:`Unanswerable` where that cannot be said."""
    assert file.patched is not None
    try:
        problem = parse(file.patched)
        before = parse(file.base) if problem is not None and file.base is not None else None
    except TooComplex as error:
        raise Unanswerable(str(error)) from None
    if before is not None:
        raise Unanswerable(f"the base has an error itself, at line {before.line}: {before.message}")
    return problem


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
    message = problem.message
    newer = newer_python(file.patched or b"", problem.line) if is_python(change.path) else None
    if newer is not None:
        message += f" (syntax of Python {newer}; {version_info[0]}.{version_info[1]} read it)"
    return Broken(SyntaxFault(change.path, problem.line, problem.message, row), message, where)


def _result(
    broken: list[Broken], unknown: list[str], parsed: int, leftovers: frozenset[str] = frozenset()
) -> CheckResult:
    broken = sorted(broken, key=lambda file: file.fault.file in leftovers)
    value = SyntaxValue(errors=tuple(file.fault for file in broken), unknown=tuple(unknown), parsed=parsed)
    if broken:
        evidence = tuple(
            Evidence(
                file=fault.file,
                line=fault.line,
                text=message + where + (_LEFT if fault.file in leftovers else ""),
            )
            for fault, message, where in broken
        )
        first = broken[0]
        lasting = first.fault.file not in leftovers
        summary = at_first(evidence, f": {first.message}{'' if lasting else _LEFT}")
        return CheckResult(name, "fail" if lasting else "warn", summary, value, evidence)
    if unknown:
        return unknown_result(name, f"{unknown[0]}{and_more(unknown)}", value)
    if not parsed:
        return skipped(name, "no file with a syntax is changed")
    summary = "1 file parses" if parsed == 1 else f"{parsed} files parse"
    return CheckResult(name, "pass", summary, value)
