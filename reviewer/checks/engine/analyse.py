"""All checks of a few attempts."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence

from reviewer.checks import names
from reviewer.checks.context import Bench, Check, Context
from reviewer.checks.engine.control import HumanContext
from reviewer.checks.protocol import Answer, Question, Trail
from reviewer.checks.reading.traces import LARGEST, added_in, make_trail, read_trail
from reviewer.checks.registry import CHECKS
from reviewer.checks.unanswered import Unanswerable, unknown_result
from reviewer.model import Analysis, CheckResult, LogFacts
from reviewer.sources.git.process import GitError, GitMissing

Memo = MutableMapping[str, CheckResult]
"""Answers by key: the same patch on the same base is not checked twice."""


class _Asked:
    """One question on its way: its context and the answers so far."""

    def __init__(self, question: Question, bench: Bench) -> None:
        self.keys = question.wanted
        self.checks = [check for check in CHECKS if self.keys is None or check.name in self.keys]
        make = HumanContext if question.human else Context
        self.context = make(question.attempt, bench, question.unresolved, question.earlier)
        self.facts = question.facts
        self.results: dict[str, CheckResult] = {}
        self.passing: list[str] = []

    def recall(self, check: Check, memo: Memo) -> bool:
        found = memo.get(self.keys[check.name]) if self.keys else None
        if found is not None:
            self.results[check.name] = found
        return found is not None

    def ask(self, check: Check, memo: Memo) -> None:
        self.results[check.name], lasting = _answer(check, self.context)
        if not lasting:
            self.passing.append(check.name)
        elif self.keys:
            memo[self.keys[check.name]] = self.results[check.name]

    def answer(self) -> Answer:
        facts, trail = LogFacts(), None
        if self.facts:
            try:
                facts = self.context.facts
                trail = trail_of(self.context)
            except Exception:
                pass  # the checks that need them say what went wrong
        ordered = tuple(self.results[check.name] for check in self.checks)
        return Answer(
            Analysis(attempt=self.context.attempt.id, facts=facts, checks=ordered),
            tuple(self.passing),
            trail,
        )


def analyse(questions: Sequence[Question], bench: Bench, memo: Memo) -> Iterator[Answer]:
    """Facts and every check's answer, in order. Never raises: what goes wrong in a check is its ``unknown``.

    ``names`` comes last, since its linter reads the files of all of them in one process.
    """
    asked = [_Asked(question, bench) for question in questions]
    waiting: list[_Asked] = []
    for one in asked:
        bench.begin(one.context.attempt.id)
        for check in one.checks:
            if one.recall(check, memo):
                continue
            if check is names:
                waiting.append(one)
            else:
                one.ask(check, memo)
    try:
        names.prepare([one.context for one in waiting])
    except Exception:
        pass  # each says so itself
    for one in asked:
        if one in waiting:
            bench.begin(one.context.attempt.id)
            one.ask(names, memo)
        yield one.answer()


def trail_of(context: Context) -> Trail:
    """The trail of an attempt that is being checked: its task and patch are in hand."""
    if len(context.data or b"") > LARGEST:
        return read_trail(context.attempt.folder, context.bench.artefacts, context.bench.settings)
    return make_trail(added_in(context.files), context.task, context.bench.settings)


def _answer(check: Check, context: Context) -> tuple[CheckResult, bool]:
    """A check's answer, and whether it stays the same while what it depends on does."""
    try:
        return check.run(context), True
    except GitMissing as error:
        return unknown_result(check.name, str(error)), False
    except (Unanswerable, GitError) as error:
        return unknown_result(check.name, str(error)), True
    except Exception as error:
        return unknown_result(check.name, f"the check itself failed: {type(error).__name__}: {error}"), False
