"""What stands where a check has no answer."""

from __future__ import annotations

from reviewer.check_values import CheckValue
from reviewer.checks import CHECK_NAMES
from reviewer.model import Analysis, CheckResult, FileEntry, LogFacts


class Unanswerable(Exception):
    """A question cannot be answered; the message is the reason that ``unknown`` comes with."""


def missing_blob(path: str, entry: FileEntry) -> Unanswerable:
    """The error for a repository that has a file's name and not its content."""
    return Unanswerable(
        f"the repository lacks the base's {path} (blob {entry.blob[:12]}): it is partial or damaged"
    )


def unknown(attempt: str, reason: str) -> Analysis:
    """An analysis in which every check says that it could not be determined, and why."""
    checks = (unknown_result(check, reason) for check in CHECK_NAMES)
    return Analysis(attempt=attempt, facts=LogFacts(), checks=tuple(checks))


def unknown_result(check: str, reason: str, value: CheckValue | None = None) -> CheckResult:
    """One check that could not be determined."""
    return CheckResult(check, "unknown", reason, value)


def skipped(check: str, reason: str = "there is no patch") -> CheckResult:
    """One check that does not apply."""
    return CheckResult(check, "skip", reason)
