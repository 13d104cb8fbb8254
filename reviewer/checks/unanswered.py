"""What stands where no check could answer."""

from __future__ import annotations

from reviewer.checks import CHECK_NAMES
from reviewer.model import Analysis, CheckResult, LogFacts


def unknown(attempt: str, reason: str) -> Analysis:
    """An analysis in which every check says that it could not be determined, and why."""
    checks = (unknown_result(check, reason) for check in CHECK_NAMES)
    return Analysis(attempt=attempt, facts=LogFacts(), checks=tuple(checks))


def unknown_result(check: str, reason: str) -> CheckResult:
    """One check that could not be determined."""
    return CheckResult(name=check, outcome="unknown", summary=reason)
