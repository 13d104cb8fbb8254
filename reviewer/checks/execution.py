"""``execution``: did the attempt run as it should, or did it die, and of what."""

from collections.abc import Iterator, Mapping

import msgspec

from reviewer.check_values import ExecutionValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.results import Unanswerable
from reviewer.model import Attempt, CheckResult, Evidence, LogFacts, Outcome
from reviewer.sources.facts import FactName
from reviewer.sources.logs.causes import is_cut_traceback, probable_causes
from reviewer.text import plural

name = "execution"
version = 9
inputs: tuple[Input, ...] = ("folder", "patch", "reference")
control = False
explain = Explanation(
    asks="Did the run go well, and if not, of what did it die?",
    how=(
        "The cause is searched for in the journal, the agent's own result record, stderr and stdout, in "
        "this order: an exception; else a panic of Go, Rust, node or C++ that ends the log; else what its "
        "last lines say (a limit of use, a command that is not there, a signal); else the return code's "
        "signal. Where a log was cut before the exception, what other attempts died of at the same line is "
        "given as probable."
    ),
    passes="the run ended without any of this.",
    warns=(
        "something was wrong on the way: API incidents, a return code, no step, under 5 s, an error in the "
        "pipeline's claim, a limit used up, or an agent that reports failure while the pipeline claims "
        "success."
    ),
    fails=("the attempt died in the harness, in the API or in its last step, and left no usable patch."),
    unknown="nothing but a patch is there.",
    blind="It says nothing about the patch.",
)

_SHORT = 5.0
_DISPUTED = (
    "steps", "success (own account)", "API incidents", "step limit", "status", "return code", "duration (s)",
    "changed files", "changed lines",
)  # fmt: skip
"""Facts whose disagreements between journal, log, trajectory and patch are given as evidence."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is an :class:`ExecutionValue`."""
    attempt, facts = context.attempt, context.logs
    known = (facts.error, facts.steps, facts.success, attempt.error, attempt.returncode, attempt.duration)
    if (attempt.instance is not None or attempt.status is None) and all(fact is None for fact in known):
        problem = next((fact.value for fact in facts.facts if fact.name == FactName.PROBLEM), None)
        raise Unanswerable(str(problem) if problem else "no record of the agent's run, only its patch")
    return _judge(attempt, facts, context.has_usable_patch)


def with_probable_causes(analysed: Mapping[str, tuple[LogFacts, CheckResult]]) -> dict[str, CheckResult]:
    """The results, by the same keys, to which a probable cause is added: what others died of.

    Pass facts and ``execution`` of all attempts that are loaded; results that stay as they are are left out.
    """
    probable = probable_causes({key: facts for key, (facts, _) in analysed.items()})
    found = {key: _with_probable(analysed[key][1], cause) for key, cause in probable.items()}
    return {key: result for key, result in found.items() if result is not analysed[key][1]}


def _with_probable(result: CheckResult, probable: str) -> CheckResult:
    """A result that has no better cause than a cut traceback, with what is probable now."""
    value = result.value
    if not isinstance(value, ExecutionValue) or not is_cut_traceback(value.cause):
        return result
    before = value.probable
    if before == probable:
        return result
    summary = result.summary.removesuffix(f"; {before}")
    evidence = [found for found in result.evidence if found.text != before]
    return msgspec.structs.replace(
        result,
        summary=f"{summary}; {probable}" if result.outcome == "fail" else summary,
        value=msgspec.structs.replace(value, probable=probable),
        evidence=(*evidence[:1], Evidence(text=probable), *evidence[1:]),
    )


def _judge(attempt: Attempt, facts: LogFacts, has_patch: bool) -> CheckResult:
    signs = list(_signs(attempt, facts))
    cause = facts.error or attempt.error
    failed = bool(cause or attempt.status == "error" or attempt.returncode)
    died = failed and not has_patch and attempt.patch_unknown is None
    if attempt.patch_unknown and cause:
        signs.append(f"ended in an error: {_first_line(cause)}; whether it left a patch is not known")
    outcome: Outcome
    if died:
        outcome, summary = "fail", f"{_when_it_died(facts)}: {_first_line(cause) or 'no cause found'}"
    elif signs:
        outcome, summary = "warn", "; ".join(signs)
    else:
        without = ", patch not known" if attempt.patch_unknown else ", without a usable patch"
        outcome, summary = "pass", _course(attempt, facts) + ("" if has_patch else without)
    value = ExecutionValue(cause=cause, source=facts.error_source, signs=tuple(signs))
    return CheckResult(name, outcome, summary, value, tuple(_evidence(attempt, facts, cause, signs)))


def _evidence(attempt: Attempt, facts: LogFacts, cause: str | None, signs: list[str]) -> Iterator[Evidence]:
    if cause:
        where = f"{facts.error_source}: " if facts.error_source else ""
        yield Evidence(text=f"{where}{cause}")
    for sign in signs:
        yield Evidence(text=sign)
    if not any("tokens" in fact.name and fact.value is not None for fact in facts.facts):
        yield Evidence(text="no tokens recorded")
    for fact in (*attempt.facts, *facts.facts):
        if fact.name in _DISPUTED:
            for other in fact.disagreements:
                sources = f"{fact.source} says {fact.value}, {other.source} says {other.value}"
                yield Evidence(text=f"{fact.name}: {sources}")


def _signs(attempt: Attempt, facts: LogFacts) -> Iterator[str]:
    """What was not as it should be; a fact that is not known is no sign."""
    if facts.api_incidents:
        errors = next((f" ({fact.value})" for fact in facts.facts if fact.name == FactName.API_ERRORS), "")
        yield f"{plural(facts.api_incidents, 'API incident')}{errors}"
    if attempt.returncode:
        yield f"return code {attempt.returncode}"
    if facts.steps == 0:
        yield "no step taken"
    if attempt.duration is not None and attempt.duration < _SHORT:
        yield f"only {attempt.duration:.1f} s"
    if attempt.status == "error":
        yield "marked error"
    budget = attempt.budget_minutes
    if budget and attempt.duration is not None and attempt.duration >= budget * 60:
        yield f"time budget of {budget:g} min used up"
    if facts.step_limit and facts.steps is not None and facts.steps >= facts.step_limit:
        yield f"step limit of {facts.step_limit} used up"
    if facts.success is False and attempt.marked:
        yield "marked success, its own summary says failure"


def _when_it_died(facts: LogFacts) -> str:
    if facts.steps is None:
        return "died"
    return f"died after {plural(facts.steps, 'step')}" if facts.steps else "died before its first step"


def _first_line(cause: str | None) -> str:
    return next((line.strip() for line in (cause or "").split("\n") if line.strip()), "")


def _course(attempt: Attempt, facts: LogFacts) -> str:
    """How many steps were taken, in what time."""
    parts = [plural(facts.steps, "step")] if facts.steps is not None else []
    if attempt.duration is not None:
        minutes, seconds = divmod(round(attempt.duration), 60)
        parts.append(f"{minutes} min {seconds} s" if minutes else f"{seconds} s")
    return "ran to its end" + (f": {', '.join(parts)}" if parts else "")
