"""Facts from an attempt's trajectory, logs and patch, each with its source and the sources that disagree.

The order of trust is: trajectory, the log's summary table or result record, its last rows. A fact that no
source gives is ``None``. Bad content never raises.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from reviewer.model import Attempt, FileChange, LogFacts
from reviewer.sources.attempt_files import (
    JOURNAL,
    PATCH,
    STDOUT,
    SUMMARY,
    list_names,
    select_logs,
)
from reviewer.sources.facts import FactName, Statement, fact, quote
from reviewer.sources.json_files import Unreadable, read_json
from reviewer.sources.logs import causes
from reviewer.sources.logs.deaths import Death, Kind, find_panic, last_words
from reviewer.sources.logs.files import LogFile, read_log
from reviewer.sources.trajectories import codex_transcript
from reviewer.sources.trajectories.reading import read_statements

_T = TypeVar("_T")


class _Sources(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of one attempt; ``problem`` says why a trajectory cannot be used."""

    attempt: Attempt
    trajectory: Sequence[Statement]
    problem: str | None
    out: tuple[LogFile, ...]
    err: tuple[LogFile, ...]
    data: bytes | None
    changes: Sequence[FileChange]
    stats: dict[str, Any]


def read_log_facts(
    attempt: Attempt, data: bytes | None = None, changes: Sequence[FileChange] = ()
) -> LogFacts:
    """Read trajectory and logs of one attempt. Never raises on what it finds there.

    ``data`` are the patch file's bytes, ``None`` without one, and ``changes`` what they do to files.
    """
    sources = _read(attempt, data, changes)
    cause, trace = _find_cause(sources)
    problem = Statement(FactName.PROBLEM, sources.problem, (sources.problem or "").partition(":")[0])
    statements = [cause, trace, problem, *_statements(sources, cause)]
    found = {
        name: fact(name.value, *((s.source, s.value) for s in statements if s.fact == name))
        for name in FactName
    }

    def value(name: FactName, type_: type[_T]) -> _T | None:
        return _typed(found[name].value, type_)

    return LogFacts(
        steps=value(FactName.STEPS, int),
        step_limit=value(FactName.STEP_LIMIT, int),
        input_tokens=value(FactName.INPUT_TOKENS, int),
        output_tokens=value(FactName.OUTPUT_TOKENS, int),
        cost=value(FactName.COST, float),
        api_incidents=value(FactName.API_INCIDENTS, int),
        success=value(FactName.SUCCESS, bool),
        model=value(FactName.MODEL, str),
        error=value(FactName.CAUSE, str),
        error_source=found[FactName.CAUSE].source,
        files=value(FactName.CHANGED_FILES, int),
        added=value(FactName.LINES_ADDED, int),
        removed=value(FactName.LINES_REMOVED, int),
        patch_sha256=value(FactName.PATCH_SHA256, str),
        blank_patch=None if data is None else not data.strip(),
        facts=tuple(fact for fact in found.values() if fact.value is not None),
    )


def _typed(value: object, type_: type[_T]) -> _T | None:
    """The value if it is of exactly this type: a ``bool`` is no ``int`` here."""
    return value if type(value) is type_ else None


# Reading.


def _read(attempt: Attempt, data: bytes | None, changes: Sequence[FileChange]) -> _Sources:
    folder = attempt.folder
    trajectory, problem = read_statements(folder)
    logs = [log for name in select_logs(list_names(folder), attempt.agent) if (log := read_log(folder, name))]
    return _Sources(
        attempt=attempt,
        trajectory=trajectory,
        problem=problem,
        out=tuple(log for log in logs if log.name.endswith(STDOUT)),
        err=tuple(log for log in logs if not log.name.endswith(STDOUT)),
        data=data,
        changes=changes,
        stats=_read_patch_stats(folder),
    )


def _read_patch_stats(folder: str) -> dict[str, Any]:
    """The size of the patch by the summary; a summary that cannot be read is reported with the other small files."""
    try:
        agent = read_json(f"{folder}/{SUMMARY}", dict[str, Any]).get("agent")
    except Unreadable:
        return {}
    stats = agent.get("patch_stats") if isinstance(agent, dict) else None
    return stats if isinstance(stats, dict) else {}


# Statements, in order of trust.


def _statements(sources: _Sources, cause: Statement) -> Iterator[Statement]:
    """What every source says, about each fact in order of trust; all but the cause, which is known already."""
    given = [*sources.trajectory, *_log_statements(sources)]
    yield from (
        s for s in given if s.fact not in (FactName.CAUSE, FactName.API_INCIDENTS, FactName.API_ERRORS)
    )
    # A trajectory keeps only the failed calls that ended a step: a log that shows more of them is right.
    incidents = [s for s in given if s.fact == FactName.API_INCIDENTS]
    yield from sorted(incidents, key=lambda statement: _typed(statement.value, int) or 0, reverse=True)
    # Their messages are in full in the log, which comes last.
    yield from [s for s in given if s.fact == FactName.API_ERRORS and s.value][-1:]
    if _never_began(sources, cause):
        yield Statement(FactName.STEPS, 0, f"{cause.source}: died before the agent's first output")
    # The journal does not speak for the agent: it only disagrees.
    attempt = sources.attempt
    if attempt.status is not None and any(s.fact == FactName.SUCCESS and s.value is not None for s in given):
        yield Statement(FactName.SUCCESS, attempt.marked, f"{JOURNAL} status")
    if any(s.fact == FactName.MODEL and s.value for s in given):
        yield Statement(FactName.MODEL, attempt.model, JOURNAL)
    yield from _patch_statements(sources)


def _log_statements(sources: _Sources) -> Iterator[Statement]:
    """The statements of the first log of each form."""
    # Codex writes its transcript to either output.
    either = (*sources.err, *sources.out)
    for form, logs in (("TRAE", sources.out), ("Claude Code", sources.out), ("Codex", either)):
        log = next((log for log in logs if log.form == form), None)
        yield from log.statements if log else ()
        if log and log.transcript:
            steps = len(codex_transcript.read(log.transcript, log.name).steps)
            yield Statement(FactName.STEPS, steps or None, f"{log.name}, transcript")


_ANY_TIME = tuple(f", {kind}" for kind in (Kind.PANIC, Kind.SIGNAL, Kind.REFUSAL))
"""Deaths that may come after hours in which an agent wrote nothing."""


def _never_began(sources: _Sources, cause: Statement) -> bool:
    """Whether the logs hold nothing but the error that ended the attempt before the agent's own output."""
    logs = (*sources.out, *sources.err)
    if cause.value is None or any(log.form for log in logs) or cause.source.endswith(_ANY_TIME):
        return False
    named = any(cause.source.startswith(log.name) for log in logs)
    return named and all(not log.end.strip() or log.end.startswith("Error:") for log in sources.out)


def _patch_statements(sources: _Sources) -> Iterator[Statement]:
    """The size of the patch: counted, then as the journal and the summary have it."""
    changes, stats, summary = sources.changes, sources.stats, f"{SUMMARY} patch_stats"
    if sources.data is None:
        return
    added, removed = sum(change.added for change in changes), sum(change.removed for change in changes)
    yield Statement(FactName.CHANGED_FILES, len(changes), PATCH)
    yield Statement(FactName.LINES_ADDED, added, PATCH)
    yield Statement(FactName.LINES_REMOVED, removed, PATCH)
    yield Statement(FactName.CHANGED_LINES, added + removed, PATCH)
    yield Statement(FactName.PATCH_SHA256, hashlib.sha256(sources.data).hexdigest(), PATCH)
    for known in sources.attempt.facts:
        if known.name in (FactName.CHANGED_FILES, FactName.CHANGED_LINES):
            yield Statement(FactName(known.name), _typed(known.value, int), known.source or JOURNAL)
    yield Statement(FactName.CHANGED_FILES, _typed(stats.get("files_changed"), int), summary)
    yield Statement(FactName.LINES_ADDED, _typed(stats.get("lines_added"), int), summary)
    yield Statement(FactName.LINES_REMOVED, _typed(stats.get("lines_removed"), int), summary)


# The cause of death.


def _find_cause(sources: _Sources) -> tuple[Statement, Statement]:
    """The error that ended the attempt, and the frames of the last traceback."""
    traces = [(log.name, causes.read_tracebacks(log.end)) for log in (*sources.err, *sources.out)]
    unknown = Statement(FactName.CAUSE, None, "")
    cause = next((error for error in _errors(sources, traces) if error.value), unknown)
    frames = ((name, found[-1].frames) for name, found in traces if found and found[-1].frames)
    name, last = next(frames, ("", ()))
    return cause, Statement(FactName.TRACEBACK, causes.ARROW.join(last) or None, name)


def _errors(sources: _Sources, traces: list[tuple[str, tuple[causes.Traceback, ...]]]) -> Iterator[Statement]:
    """What may be the cause, in order of trust."""
    attempt, logs = sources.attempt, (*sources.err, *sources.out)
    yield Statement(FactName.CAUSE, attempt.error and quote(attempt.error), JOURNAL)
    trae = (statement for log in sources.out if log.form == "TRAE" for statement in log.statements)
    claude = next((log.statements for log in sources.out if log.form == "Claude Code"), ())
    codex = next((log.statements for log in logs if log.form == "Codex"), ())
    for statement in (*sources.trajectory, *trae, *claude, *codex):
        if statement.fact == FactName.CAUSE:
            yield statement
    for name, found in traces:
        yield Statement(FactName.CAUSE, causes.last_exception(found), f"{name}, last exception")
    for log in logs:
        yield _of_death(log, find_panic(log.end))
    for log in logs:
        yield Statement(FactName.CAUSE, causes.error_paragraph(log.end), f"{log.name}, Error: paragraph")
    for log in logs:
        yield _of_death(log, last_words(log.end, errors=not log.name.endswith(STDOUT)))
    yield Statement(FactName.CAUSE, causes.signal_cause(attempt.returncode), f"{JOURNAL}, return code")
    for name, found in traces:
        yield Statement(FactName.CAUSE, causes.last_frame(found), f"{name}, end")


def _of_death(log: LogFile, death: Death | None) -> Statement:
    """What a log's end says, and what kind of death it is."""
    kind = f"{log.name}, {death.kind}" if death else log.name
    return Statement(FactName.CAUSE, death.text if death else None, kind)
