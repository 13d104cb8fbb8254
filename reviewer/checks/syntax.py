"""``syntax``: does every file that parsed before still parse."""

from __future__ import annotations

from sys import version_info
from typing import NamedTuple

from reviewer.check_values import SyntaxFault, SyntaxValue
from reviewer.checks.context import Context, Input
from reviewer.checks.languages import is_python
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.linter import newer_python
from reviewer.checks.reading.parsers import Parse, Problem, TooComplex, parser_of
from reviewer.checks.unanswered import skipped
from reviewer.model import CheckResult, Evidence

name = "syntax"
version = 3
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = (
    "Does every changed file still parse? The whole file is read as git patched it, never a hunk: a line that "
    "looks broken in a hunk may be whole in its file. Python is compiled by CPython, the version that runs "
    "reviewer (a line that needs a newer one fails, and is told as such), so that duplicate keyword arguments, a "
    "misplaced `from __future__` and `return` outside a function count; C, C++ and CUDA are parsed by "
    "tree-sitter, as they stand and, where that fails, with each branch of their `#if`s alone; JSON, TOML and YAML "
    "by their parsers. A file fails only if its base parsed. The line told is the parser's, in the patched file; where the patch does "
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
    def told(self) -> str:
        """What the parser says, and what is to be known of the parser."""
        if self.newer is None:
            return self.problem.message
        return f"{self.problem.message} (syntax of Python {self.newer}; {version_info[0]}.{version_info[1]} read it)"


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
        context.bench.announce(name, file.change.path)
        found = _new_problem(parse, file)
        if isinstance(found, str):
            unknown.append(f"{file.change.path}: {found}")
            continue
        parsed += 1
        if found is not None:
            broken.append(_broken(file, found))
    return _result(broken, unknown, parsed)


def _new_problem(parse: Parse, file: PatchedFile) -> Problem | str | None:
    """What is wrong since the patch, or why that cannot be told."""
    assert file.patched is not None
    try:
        problem = parse(file.patched)
        if problem is None or file.base is None:
            return problem
        before = parse(file.base)
    except TooComplex as error:
        return str(error)
    return (
        problem
        if before is None
        else f"the base has an error itself, at line {before.line}: {before.message}"
    )


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
    value = SyntaxValue(
        errors=tuple(SyntaxFault(one.path, one.problem.line, one.problem.message, one.row) for one in broken),
        unknown=tuple(unknown),
        parsed=parsed,
    )
    evidence = tuple(
        Evidence(file=one.path, line=one.problem.line, text=f"{one.told}{_where(one)}") for one in broken
    )
    if broken:
        first = broken[0]
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        summary = f"{first.path}:{first.problem.line}: {first.told}{more}"
        return CheckResult(name=name, outcome="fail", summary=summary, value=value, evidence=evidence)
    if unknown:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        return CheckResult(name=name, outcome="unknown", summary=f"{unknown[0]}{more}", value=value)
    if not parsed:
        return skipped(name, "no file with a syntax is changed")
    files = "1 file parses" if parsed == 1 else f"{parsed} files parse"
    return CheckResult(name=name, outcome="pass", summary=files, value=value)


def _where(one: Broken) -> str:
    if one.row is not None:
        return f" (patch row {one.row})"
    return f" (no hunk holds this line; the nearest begins at line {one.nearest})" if one.nearest else ""
