"""Pieces that the results of several checks are made of, and what stands where a check has no answer."""

from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache

import msgspec

from reviewer.check_values import CheckValue
from reviewer.checks import CHECK_NAMES, order
from reviewer.diffs.languages import is_python
from reviewer.model import Analysis, CheckResult, Evidence, FileChange, LogFacts

MISSING_END = "only the line break at its end is missing; with it, it applies"
"""What is said of a patch whose writer stripped it, as most of OpenHands are."""


class Unanswerable(Exception):
    """A question cannot be answered; the message is the reason that ``unknown`` comes with."""


def unknown(attempt: str, reason: str, names: Iterable[str] = CHECK_NAMES) -> Analysis:
    """An analysis in which every check says that it could not be determined, and why."""
    checks = (unknown_result(check, reason) for check in names)
    return Analysis(attempt=attempt, facts=LogFacts(), checks=tuple(checks))


def unknown_result(check: str, reason: str, value: CheckValue | None = None) -> CheckResult:
    """One check that could not be determined."""
    return CheckResult(check, "unknown", reason, value)


def with_results(analysis: Analysis, results: Sequence[CheckResult]) -> Analysis:
    """An analysis with results in place of its own of the same checks, in the order of all checks."""
    checks = {result.name: result for result in (*analysis.checks, *results)}
    ordered = tuple(map(checks.__getitem__, _in_order(*checks)))
    return msgspec.structs.replace(analysis, checks=ordered)


@lru_cache
def _in_order(*names: str) -> Sequence[str]:
    return sorted(names, key=order)


def skipped(check: str, reason: str = "there is no patch") -> CheckResult:
    """One check that does not apply."""
    return CheckResult(check, "skip", reason)


def without_python(check: str, files: Sequence[FileChange]) -> CheckResult | None:
    """What a check of Python answers where a patch changes none, ``None`` where it does."""
    if not files:
        return skipped(check)
    return None if any(is_python(change.path) for change in files) else skipped(check, "no Python is changed")


def and_more(found: Sized) -> str:
    """`` (and 2 more)`` behind the first of several; empty where there is one."""
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""


def at_first(found: Sequence[Evidence], text: str) -> str:
    """A summary: file and line of the first piece of evidence, a text, and how many more there are."""
    return f"{found[0].file}:{found[0].line}{text}{and_more(found)}"


def at_most(most: int, found: Iterable[Evidence], what: str = "") -> tuple[Evidence, ...]:
    """The first pieces of evidence, and one that says how many ``what`` follow that are not given."""
    pieces = tuple(found)
    rest = len(pieces) - most
    return (*pieces[:most], Evidence(text=f"and {rest} more {what}".rstrip())) if rest > 0 else pieces
