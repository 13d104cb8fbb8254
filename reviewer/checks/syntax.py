"""``syntax``: does every file that parsed before still parse."""

from __future__ import annotations

from sys import version_info
from typing import NamedTuple

from reviewer.check_values import SyntaxFault, SyntaxValue
from reviewer.checks.context import Context, Input
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.linter import newer_python
from reviewer.checks.reading.parsers import Parse, Problem, TooComplex, parser_of
from reviewer.checks.results import Unanswerable, and_more, at_first, skipped, unknown_result
from reviewer.diffs.languages import is_python
from reviewer.model import CheckResult, Evidence

name = "syntax"
version = 3
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
    "no syntax and is left out."
)

_PROSE = (".md", ".rst", ".txt")


class Broken(NamedTuple):
    """A file that does not parse any more, with the patch's row that shows the line, where one does."""

    path: str
    problem: Problem
    row: int | None
    nearest: int | None
    """The patched line at which the nearest hunk begins, where no hunk holds the problem's line."""
    newer: str | None
    """The version of Python whose syntax the line uses, where that is newer than the one that read it."""

    @property
    def message(self) -> str:
        """What the parser says, and which version of Python could read it."""
        if self.newer is None:
            return self.problem.message
        return f"{self.problem.message} (syntax of Python {self.newer}; {version_info[0]}.{version_info[1]} read it)"

    @property
    def evidence(self) -> Evidence:
        """The line, and where the patch shows it."""
        where = ""
        if self.row is not None:
            where = f" (patch row {self.row})"
        elif self.nearest:
            where = f" (no hunk holds this line; the nearest begins at line {self.nearest})"
        return Evidence(file=self.path, line=self.problem.line, text=f"{self.message}{where}")

    @property
    def fault(self) -> SyntaxFault:
        """The same for other programs."""
        return SyntaxFault(self.path, self.problem.line, self.problem.message, self.row)


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
    return _result(broken, unknown, parsed)


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
    nearest = None
    if row is None and change.hunks:
        starts = [hunk.target_start for hunk in change.hunks]
        nearest = min(starts, key=lambda start: abs(start - problem.line))
    python = is_python(change.path)
    newer = newer_python(file.patched, problem.line) if python and file.patched is not None else None
    return Broken(change.path, problem, row, nearest, newer)


def _result(broken: list[Broken], unknown: list[str], parsed: int) -> CheckResult:
    value = SyntaxValue(errors=tuple(file.fault for file in broken), unknown=tuple(unknown), parsed=parsed)
    if broken:
        evidence = tuple(file.evidence for file in broken)
        summary = at_first(evidence, f": {broken[0].message}")
        return CheckResult(name, "fail", summary, value, evidence)
    if unknown:
        return unknown_result(name, f"{unknown[0]}{and_more(unknown)}", value)
    if not parsed:
        return skipped(name, "no file with a syntax is changed")
    summary = "1 file parses" if parsed == 1 else f"{parsed} files parse"
    return CheckResult(name, "pass", summary, value)
