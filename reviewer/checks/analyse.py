"""All checks of one attempt."""

from __future__ import annotations

from reviewer.checks.base import Check, Context, Unanswerable
from reviewer.checks.registry import CHECKS
from reviewer.model import Analysis, CheckResult, LogFacts
from reviewer.sources.git_process import GitError


def analyse(context: Context) -> Analysis:
    """Facts and every check's answer. Never raises: what goes wrong in a check is its ``unknown``."""
    try:
        facts = context.facts
    except Exception:
        facts = LogFacts()  # the checks that need them say what went wrong
    return Analysis(
        attempt=context.attempt.id, facts=facts, checks=tuple(_answer(check, context) for check in CHECKS)
    )


def unknown(attempt: str, reason: str) -> Analysis:
    """An analysis in which every check says that it could not be determined, and why."""
    checks = (CheckResult(name=check.name, outcome="unknown", summary=reason) for check in CHECKS)
    return Analysis(attempt=attempt, facts=LogFacts(), checks=tuple(checks))


def _answer(check: Check, context: Context) -> CheckResult:
    try:
        return check.run(context)
    except (Unanswerable, GitError) as error:
        reason = str(error)
    except Exception as error:
        reason = f"the check itself failed: {type(error).__name__}: {error}"
    return CheckResult(name=check.name, outcome="unknown", summary=reason)
