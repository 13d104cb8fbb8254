"""All checks of a few attempts."""

import hashlib
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import suppress
from functools import cached_property

from reviewer.checks import names
from reviewer.checks.context import Check, Context, Resources
from reviewer.checks.human_context import context_of
from reviewer.checks.protocol import Answer, AttemptRequest
from reviewer.checks.registry import CHECKS
from reviewer.checks.results import Unanswerable, unknown_result
from reviewer.model import Analysis, CheckResult, LogFacts
from reviewer.sources.git.process import GitError, GitMissing

Memo = MutableMapping[str, CheckResult]
"""Results by key: the same patch on the same base is not checked twice."""


class _Run:
    """One request on its way: its context and the results so far."""

    def __init__(self, request: AttemptRequest, resources: Resources, checks: Sequence[Check]) -> None:
        self.keys = request.wanted
        self.checks = [check for check in checks if check.name in self.keys]
        self.context = context_of(request, resources)
        self.facts = request.facts
        self._asked_about = request.patch_sha256
        self.results: dict[str, CheckResult] = {}
        self.transient: list[str] = []

    @cached_property
    def _is_other(self) -> bool:
        """Whether the patch was written anew, taken away or put there after the keys were made."""
        if self._asked_about == "":
            return False
        data = self.context.data
        return self._asked_about != (None if data is None else hashlib.sha256(data).hexdigest())

    def recall(self, check: Check, memo: Memo) -> bool:
        """Take a result from the memo; false where it is not there."""
        found = memo.get(self.keys[check.name])
        if found is not None:
            self.results[check.name] = found
        return found is not None

    def run(self, check: Check, memo: Memo) -> None:
        self.results[check.name], lasting = _run_check(check, self.context)
        if lasting and not self._is_other:
            memo[self.keys[check.name]] = self.results[check.name]
        else:
            self.transient.append(check.name)

    def answer(self) -> Answer:
        facts = LogFacts()
        if self.facts:
            with suppress(Exception):  # the checks that need them say what went wrong
                facts = self.context.facts
            if self._is_other:
                self.transient.append("facts")
        ordered = tuple(self.results[check.name] for check in self.checks)
        analysis = Analysis(attempt=self.context.attempt.id, facts=facts, checks=ordered)
        return Answer(analysis, tuple(self.transient))


def analyse(
    requests: Sequence[AttemptRequest], resources: Resources, memo: Memo, checks: Sequence[Check] = CHECKS
) -> Iterator[Answer]:
    """Facts and every check's answer, in order. Never raises: what goes wrong in a check is its ``unknown``.

    ``names`` comes last, since its linter reads the files of all of them in one process.
    """
    runs = [_Run(request, resources, checks) for request in requests]
    waiting: list[_Run] = []
    for run in runs:
        resources.begin(run.context.attempt.id)
        for check in run.checks:
            if run.recall(check, memo):
                continue
            if check is names:
                waiting.append(run)
            else:
                run.run(check, memo)
    with suppress(Exception):  # each says so itself
        names.prepare([run.context for run in waiting], resources.linter)
    for run in runs:
        if run in waiting:
            resources.begin(run.context.attempt.id)
            run.run(names, memo)
        yield run.answer()


def _run_check(check: Check, context: Context) -> tuple[CheckResult, bool]:
    """A check's answer, and whether it stays the same while what it depends on does."""
    try:
        return check.run(context), True
    except GitMissing as error:
        return unknown_result(check.name, str(error)), False
    except (Unanswerable, GitError) as error:
        return unknown_result(check.name, str(error)), True
    except Exception as error:
        return unknown_result(check.name, f"the check itself failed: {type(error).__name__}: {error}"), False
