"""Facts from an attempt's trajectory, logs and patch, each with its source and the sources that disagree.

The order of trust is: trajectory, the log's summary table or result record, its last rows. A fact that no
source gives is ``None``. Bad content never raises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from reviewer.model import Attempt, Fact, LogFacts
from reviewer.sources.attempt_files import (
    JOURNAL,
    PATCH,
    STDOUT,
    SUMMARY,
    TRAJECTORY,
    list_names,
    read_attempt_file,
    select_logs,
)
from reviewer.sources.facts import (
    COST,
    INPUT_TOKENS,
    MODEL,
    OUTPUT_TOKENS,
    STEP_LIMIT,
    STEPS,
    SUCCESS,
    TOTAL_TOKENS,
    Claim,
    fact,
    weigh,
)
from reviewer.sources.json_files import Unreadable, read_json
from reviewer.sources.logs import causes, claude, codex, trae
from reviewer.sources.logs.files import LogFile, read_log
from reviewer.sources.logs.report import LogReport
from reviewer.sources.patch_counts import PatchCounts, count_patch
from reviewer.sources.small_files import PatchStats, Summary
from reviewer.sources.trajectories.trae import Trajectory, read_trajectory
from reviewer.text import encode

API_ERRORS = "API errors"
"""Name of the fact that holds the messages of the failed calls."""

_T = TypeVar("_T")
_HTTP = re.compile(r"(?:Error code: |[A-Za-z]+ error ')(\d{3})")


class _Sources(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of one attempt; ``problem`` says why a trajectory cannot be used.

    ``reports`` has for each form the first log of that form, TRAE's first.
    """

    attempt: Attempt
    trajectory: Trajectory | None
    problem: str | None
    out: tuple[LogFile, ...]
    err: tuple[LogFile, ...]
    reports: tuple[tuple[str, LogReport], ...]
    patch: PatchCounts | None
    stats: PatchStats

    @property
    def trae(self) -> tuple[str, LogReport | None]:
        """The name and the report of TRAE's log."""
        return next((named for named in self.reports if named[1].form == trae.FORM), ("", None))


def read_log_facts(attempt: Attempt, patch: bytes | None = None) -> LogFacts:
    """Read trajectory, logs and patch of one attempt. Never raises on what it finds there.

    ``patch`` are the patch file's bytes where they have been read already.
    """
    sources = _read(attempt, patch)
    error, error_source, trace = _cause(sources)
    claims = [*_claims(sources, error_source)]
    facts = [
        *(
            weigh(name, claims)
            for name in (STEPS, STEP_LIMIT, INPUT_TOKENS, OUTPUT_TOKENS, TOTAL_TOKENS, COST)
        ),
        _incidents(sources),
        _api_errors(sources),
        weigh(SUCCESS, claims),
        weigh(MODEL, claims),
        Fact("cause", error, error_source),
        *_patch_facts(sources),
    ]
    value = {fact.name: fact.value for fact in facts}
    if trace is not None:
        facts.append(trace)
    if sources.problem is not None:
        facts.append(Fact("problem", sources.problem, TRAJECTORY))
    counts = sources.patch
    return LogFacts(
        steps=_typed(value[STEPS], int),
        step_limit=_typed(value[STEP_LIMIT], int),
        input_tokens=_typed(value[INPUT_TOKENS], int),
        output_tokens=_typed(value[OUTPUT_TOKENS], int),
        cost=_typed(value[COST], float),
        api_incidents=_typed(value["API incidents"], int),
        success=_typed(value[SUCCESS], bool),
        model=_typed(value[MODEL], str),
        error=error,
        error_source=error_source,
        files=counts.files if counts else None,
        added=counts.added if counts else None,
        removed=counts.removed if counts else None,
        patch_sha256=counts.sha256 if counts else None,
        blank_patch=counts.blank if counts else None,
        facts=tuple(fact for fact in facts if fact.value is not None),
    )


def _typed(value: object, type_: type[_T]) -> _T | None:
    """The value if it is of exactly this type: a ``bool`` is no ``int`` here."""
    return value if type(value) is type_ else None


# Reading.


def _read(attempt: Attempt, patch: bytes | None) -> _Sources:
    folder = attempt.folder
    # A folder that cannot be listed may still be open to those who know its names.
    names = list_names(folder) or [TRAJECTORY, SUMMARY, PATCH]
    trajectory, problem = _read_trajectory(folder) if TRAJECTORY in names else (None, None)
    try:
        summary = read_json(f"{folder}/{SUMMARY}", Summary) if SUMMARY in names else Summary()
    except Unreadable:
        summary = Summary()  # reported with the other small files
    if patch is None and PATCH in names:
        patch = read_attempt_file(folder, PATCH)
    logs = [log for name in select_logs(names, attempt.agent) if (log := read_log(folder, name))]
    out = tuple(log for log in logs if log.name.endswith(STDOUT))
    err = tuple(log for log in logs if not log.name.endswith(STDOUT))
    # Codex writes its transcript to either, its standard output is then often something else.
    forms = ((trae.FORM, out), (claude.FORM, out), (codex.FORM, (*err, *out)))
    reports = [
        next(((log.name, log.report) for log in logs if log.report and log.report.form == form), None)
        for form, logs in forms
    ]
    return _Sources(
        attempt=attempt,
        trajectory=trajectory,
        problem=problem,
        out=out,
        err=err,
        reports=tuple(report for report in reports if report is not None),
        patch=count_patch(patch) if patch is not None else None,
        stats=(summary.agent and summary.agent.patch_stats) or PatchStats(),
    )


def _read_trajectory(folder: str) -> tuple[Trajectory | None, str | None]:
    """The trajectory, or why it cannot be used; neither where there is no such file, or it has gone since."""
    path = f"{folder}/{TRAJECTORY}"
    try:
        return read_trajectory(path), None
    except Unreadable as error:
        return None, str(error) if Path(path).is_file() else None


# Facts, in order of trust.


def _claims(sources: _Sources, error_source: str | None) -> Iterator[Claim]:
    """What every source says, in order of trust."""
    known: list[Claim] = []
    if sources.trajectory is not None:
        known += _trajectory_claims(sources.trajectory)
    for _, report in sources.reports:
        known += report.claims
    yield from known
    if _never_began(sources, error_source):
        yield Claim(STEPS, 0, f"{error_source}: died before the agent's first output")
    # The journal does not speak for the agent: it only disagrees.
    attempt = sources.attempt
    if attempt.status is not None and any(c.fact == SUCCESS and c.value is not None for c in known):
        yield Claim(SUCCESS, attempt.marked, f"{JOURNAL} status")
    if any(claim.fact == MODEL and claim.value for claim in known):
        yield Claim(MODEL, attempt.model, JOURNAL)


def _trajectory_claims(trajectory: Trajectory) -> Iterator[Claim]:
    yield Claim(STEPS, trajectory.steps, TRAJECTORY)
    yield Claim(STEP_LIMIT, trajectory.step_limit, TRAJECTORY)
    yield Claim(INPUT_TOKENS, trajectory.input_tokens, f"{TRAJECTORY}, sum of usage")
    yield Claim(OUTPUT_TOKENS, trajectory.output_tokens, f"{TRAJECTORY}, sum of usage")
    yield Claim(SUCCESS, trajectory.success, TRAJECTORY)
    yield Claim(MODEL, trajectory.model, TRAJECTORY)


def _never_began(sources: _Sources, error_source: str | None) -> bool:
    """Whether the logs hold nothing but the error that ended the attempt before the agent's own output."""
    logs = (*sources.out, *sources.err)
    if error_source is None or any(log.report for log in logs):
        return False
    named = any(error_source.startswith(log.name) for log in logs)
    return named and all(not log.end.strip() or log.end.startswith("Error:") for log in sources.out)


def _incidents(sources: _Sources) -> Fact:
    """Distinct failed calls. A trajectory keeps only those that ended a step, so a log that shows more wins."""
    name, report = sources.trae
    logged = report.api_incidents if report else None
    ended = None
    if sources.trajectory is not None:
        errors = sources.trajectory.step_errors
        ended = len({(step, code[1]) for step, text in errors if (code := _HTTP.search(text))})
    claims = [(f"{TRAJECTORY}, step errors", ended), (f"{name}, failed calls", logged)]
    if ended is not None and logged is not None and logged > ended:
        claims.reverse()
    return fact("API incidents", *claims)


def _api_errors(sources: _Sources) -> Fact:
    """The messages of the failed calls: the log's, which has them in full, else the trajectory's."""
    name, report = sources.trae
    if report is not None and report.api_errors:
        return Fact(API_ERRORS, _format_counts(dict(report.api_errors)), f"{name}, failed calls")
    steps = sources.trajectory.step_errors if sources.trajectory else ()
    texts = {encode(text) for _, text in steps if _HTTP.search(text)}
    counts = Counter(trae.api_error(text) for text in texts)
    return Fact(API_ERRORS, _format_counts(counts) or None, f"{TRAJECTORY}, step errors")


def _format_counts(errors: Mapping[str, int]) -> str:
    if len(errors) == 1:
        return next(iter(errors))
    return "; ".join(error if number == 1 else f"{number} × {error}" for error, number in errors.items())


def _patch_facts(sources: _Sources) -> list[Fact]:
    patch, stats = sources.patch, sources.stats
    if patch is None:
        return []
    known = {fact.name: fact for fact in sources.attempt.facts}

    def journal(name: str) -> tuple[str, int | None]:
        metric = known.get(name)
        return (metric.source or JOURNAL, _typed(metric.value, int)) if metric else (JOURNAL, None)

    summary = f"{SUMMARY} patch_stats"
    return [
        fact("changed files", (PATCH, patch.files), journal("changed files"), (summary, stats.files_changed)),
        fact("lines added", (PATCH, patch.added), (summary, stats.lines_added)),
        fact("lines removed", (PATCH, patch.removed), (summary, stats.lines_removed)),
        fact("changed lines", (PATCH, patch.added + patch.removed), journal("changed lines")),
        Fact("patch sha256", patch.sha256, PATCH),
    ]


# The cause of death.


def _cause(sources: _Sources) -> tuple[str | None, str | None, Fact | None]:
    """Error, its source, and the fact that holds the frames of the last traceback."""
    logs = (*sources.err, *sources.out)
    traces = [(log.name, causes.read_tracebacks(log.end)) for log in logs]
    frames = next(((name, trace[-1]) for name, trace in traces if trace and trace[-1].frames), None)
    trace = Fact(causes.TRACEBACK, causes.frames_value(frames[1]), frames[0]) if frames else None
    error, source = next((found for found in _errors(sources, traces) if found[0]), (None, None))
    return error, source, trace


def _errors(
    sources: _Sources, traces: list[tuple[str, tuple[causes.Traceback, ...]]]
) -> Iterator[tuple[str | None, str]]:
    """What may be the cause, with its source, in order of trust; ``None`` where that source has none."""
    attempt, logs = sources.attempt, (*sources.err, *sources.out)
    yield attempt.error and causes.quote_error(attempt.error), JOURNAL
    last_step = sources.trajectory.last_error if sources.trajectory else None
    yield last_step and causes.quote_error(last_step), f"{TRAJECTORY}, last step's error"
    for log in sources.out:
        if log.report is not None:
            yield log.report.error, log.report.error_source
    for name, found in traces:
        yield causes.last_exception(found), f"{name}, last exception"
    for log in logs:
        yield causes.error_paragraph(log.end), f"{log.name}, Error: paragraph"
    yield causes.signal_cause(attempt.returncode), f"{JOURNAL}, return code"
    for name, found in traces:
        yield causes.last_frame(found), f"{name}, end"
