"""Facts from an attempt's trajectory, logs and patch, each with its source and whoever says otherwise.

The order of trust is: trajectory, the log's summary table or result record, its last rows. What nobody
tells is ``None``. Files are opened here and nowhere else on the way; bad content never raises.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from reviewer.files import open_regular
from reviewer.model import Attempt, Fact, LogFacts
from reviewer.sources.attempt_files import (
    JOURNAL,
    PATCH,
    STDERR,
    STDOUT,
    SUMMARY,
    TRAJECTORY,
    list_names,
    read_attempt_file,
    select_logs,
)
from reviewer.sources.facts import fact
from reviewer.sources.json_files import Unreadable, read_json
from reviewer.sources.log_patch import PatchCounts, count_patch
from reviewer.sources.logs import causes
from reviewer.sources.logs.claude import ClaudeResult, find_result
from reviewer.sources.logs.codex import CodexLog, find_codex
from reviewer.sources.logs.trae import TraeLog, api_error, scan_trae, step_error
from reviewer.sources.small_files import PatchStats, Summary
from reviewer.sources.trajectories import Trajectory, read_trajectory
from reviewer.text import decode, encode, mask_secrets, shorten

API_ERRORS = "API errors"
"""Name of the fact that tells what the failed calls said."""

_HEAD = 4096
_TAIL = 1 << 20
"""How much of a log's end is looked through for causes and result records."""
_PIECE = 1 << 20
"""A larger log is scanned in pieces of this size."""
_HTTP = re.compile(r"(?:Error code: |[A-Za-z]+ error ')(\d{3})")


class _Log(msgspec.Struct, frozen=True, kw_only=True):
    """One log file: what its form gives, and its end (of a TRAE log: from its last milestone on)."""

    name: str
    size: int
    trae: TraeLog | None = None
    step_error: str | None = None
    claude: ClaudeResult | None = None
    codex: CodexLog | None = None
    end: str = ""


class _Sources(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of one attempt; ``problem`` says why a trajectory cannot be used.

    ``trae``, ``claude`` and ``codex`` are the first of their form, with the name of where they stand.
    """

    attempt: Attempt
    trajectory: Trajectory | None
    problem: str | None
    out: tuple[_Log, ...]
    err: tuple[_Log, ...]
    trae: tuple[str, TraeLog]
    claude: tuple[str, ClaudeResult | None]
    codex: tuple[str, CodexLog | None]
    patch: PatchCounts | None
    stats: PatchStats


def read_log_facts(attempt: Attempt, patch: bytes | None = None) -> LogFacts:
    """Read trajectory, logs and patch of one attempt. Never raises on what it finds there.

    ``patch`` are the patch file's bytes where they have been read already.
    """
    sources = _read(attempt, patch)
    error, error_source, trace = _cause(sources)
    facts = [
        _steps(sources, error_source),
        _step_limit(sources),
        *_tokens(sources),
        _total_tokens(sources),
        _cost(sources),
        _incidents(sources),
        _api_errors(sources),
        _success(sources),
        _model(sources),
        Fact("cause", error, error_source),
        *_patch_facts(sources),
    ]
    value = {told.name: told.value for told in facts}
    if trace is not None:
        facts.append(trace)
    if sources.problem is not None:
        facts.append(Fact("problem", sources.problem, TRAJECTORY))
    known = [told for told in facts if told.value is not None]
    counts = sources.patch
    return LogFacts(
        steps=_int(value["steps"]),
        step_limit=_int(value["step limit"]),
        input_tokens=_int(value["input tokens"]),
        output_tokens=_int(value["output tokens"]),
        cost=value["cost (USD)"] if isinstance(value["cost (USD)"], float) else None,
        api_incidents=_int(value["API incidents"]),
        success=value["success (own account)"] if isinstance(value["success (own account)"], bool) else None,
        model=value["model"] if isinstance(value["model"], str) else None,
        error=error,
        error_source=error_source,
        files=counts.files if counts else None,
        added=counts.added if counts else None,
        removed=counts.removed if counts else None,
        patch_sha256=counts.sha256 if counts else None,
        blank_patch=counts.blank if counts else None,
        facts=tuple(known),
    )


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# Reading.


def _read(attempt: Attempt, patch: bytes | None) -> _Sources:
    folder = attempt.folder
    names = list_names(folder) or [
        TRAJECTORY,
        SUMMARY,
        PATCH,
    ]  # a folder may be open to who knows its names alone
    trajectory = problem = None
    if TRAJECTORY in names:
        try:
            trajectory = read_trajectory(f"{folder}/{TRAJECTORY}")
        except Unreadable as error:
            # What is no file, or has gone since, is as if it were not there.
            problem = str(error) if _regular(f"{folder}/{TRAJECTORY}") else None
    try:
        summary = read_json(f"{folder}/{SUMMARY}", Summary) if SUMMARY in names else Summary()
    except Unreadable:
        summary = Summary()  # whoever reads the small files reports it
    if patch is None and PATCH in names:
        patch = read_attempt_file(folder, PATCH)
    logs = [log for name in select_logs(names, attempt.agent) if (log := _read_log(folder, name))]
    out = tuple(log for log in logs if log.name.endswith(STDOUT))
    err = tuple(log for log in logs if log.name.endswith(STDERR))
    return _Sources(
        attempt=attempt,
        trajectory=trajectory,
        problem=problem,
        out=out,
        err=err,
        trae=_trae(out),
        claude=_claude(out),
        codex=_codex((*err, *out)),
        patch=count_patch(patch) if patch is not None else None,
        stats=(summary.agent and summary.agent.patch_stats) or PatchStats(),
    )


def _regular(path: str) -> bool:
    """Whether the path leads to a file, not to a folder, a pipe or a device."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False


def _read_log(folder: str, name: str) -> _Log | None:
    try:
        file, size = open_regular(f"{folder}/{name}")
        try:
            return _parse_log(name, file, size)
        finally:
            os.close(file)
    except OSError:
        return None


def _parse_log(name: str, file: int, size: int) -> _Log:
    """What the log with this descriptor tells; one that fits into :data:`_TAIL` is read once."""
    tail_at = max(size - _TAIL, 0)
    tail = os.pread(file, size - tail_at, tail_at)
    head = os.pread(file, _HEAD, 0) if tail_at else tail[:_HEAD]
    if codex := find_codex(head, tail):
        return _Log(name=name, size=size, codex=codex)  # tool output in it is at the start of lines
    if claude := find_result(tail):
        return _Log(name=name, size=size, claude=claude)
    trae = scan_trae(_pieces(file) if tail_at else [tail]) if name.endswith(STDOUT) else None
    if trae is None or not (trae.began or trae.table_steps is not None):  # it has none of TRAE's marks
        return _Log(name=name, size=size, end=decode(tail))
    return _Log(
        name=name,
        size=size,
        trae=trae,
        step_error=_step_error(file, trae),
        end=decode(tail[max(trae.milestone - tail_at, 0) :]),
    )


def _trae(logs: Iterable[_Log]) -> tuple[str, TraeLog]:
    """The first TRAE log with its name; one without a single fact where there is none."""
    return next(((log.name, log.trae) for log in logs if log.trae), ("", TraeLog()))


def _claude(logs: Iterable[_Log]) -> tuple[str, ClaudeResult | None]:
    return next(((f"{log.name}, result record", log.claude) for log in logs if log.claude), ("", None))


def _codex(logs: Iterable[_Log]) -> tuple[str, CodexLog | None]:
    return next(((f"{log.name}, transcript", log.codex) for log in logs if log.codex), ("", None))


def _pieces(file: int) -> Iterator[bytes]:
    offset = 0
    while piece := os.pread(file, _PIECE, offset):
        offset += len(piece)
        yield piece


def _step_error(file: int, trae: TraeLog) -> str | None:
    """What the last step's error row says, in full where the failed call was logged too."""
    if trae.error_at is None:
        return None
    if trae.failed_call:
        return causes.join_wrapped([trae.failed_call]) or None
    return causes.join_wrapped(step_error(os.pread(file, 1 << 14, max(trae.error_at, 0)))) or None


# Facts, in order of trust.


def _steps(sources: _Sources, error_source: str | None) -> Fact:
    name, trae = sources.trae
    claude_name, claude = sources.claude
    told = [
        (TRAJECTORY, sources.trajectory.steps if sources.trajectory else None),
        (f"{name}, summary table", trae.table_steps),
        (f"{name}, last step row", trae.last_step),
        (claude_name, claude.steps if claude else None),
    ]
    if trae.began:
        told.append((f"{name}, no step row", 0 if trae.last_step is None else None))
    elif _never_began(sources, error_source):
        told.append((f"{error_source}: died before the agent's first output", 0))
    return fact("steps", *told)


def _never_began(sources: _Sources, error_source: str | None) -> bool:
    """Whether the logs hold nothing but the error that ended the attempt before the agent's own output."""
    logs = (*sources.out, *sources.err)
    if any(log.claude or log.codex or log.trae for log in logs) or error_source is None:
        return False
    named = any(error_source.startswith(log.name) for log in logs)
    return named and all(not log.end.strip() or log.end.startswith("Error:") for log in sources.out)


def _step_limit(sources: _Sources) -> Fact:
    name, trae = sources.trae
    limit = sources.trajectory.step_limit if sources.trajectory else None
    return fact("step limit", (TRAJECTORY, limit), (f"{name}, header", trae.step_limit))


def _tokens(sources: _Sources) -> tuple[Fact, Fact]:
    name, trae = sources.trae
    claude_name, claude = sources.claude
    ours = sources.trajectory
    table, last = f"{name}, summary table", f"{name}, last cumulative row"
    usage, models = f"{claude_name}, usage with cache", f"{claude_name}, all models"
    return (
        fact(
            "input tokens",
            (f"{TRAJECTORY}, sum of usage", ours.input_tokens if ours else None),
            (table, trae.table_input),
            (last, trae.last_input),
            (usage, claude.input_tokens if claude else None),
            (models, claude.all_models_input if claude else None),
        ),
        fact(
            "output tokens",
            (f"{TRAJECTORY}, sum of usage", ours.output_tokens if ours else None),
            (table, trae.table_output),
            (last, trae.last_output),
            (usage, claude.output_tokens if claude else None),
            (models, claude.all_models_output if claude else None),
        ),
    )


def _total_tokens(sources: _Sources) -> Fact:
    name, codex = sources.codex
    return fact("tokens used", (name, codex.total_tokens if codex else None))


def _cost(sources: _Sources) -> Fact:
    name, claude = sources.claude
    return fact("cost (USD)", (name, claude.cost if claude else None))


def _incidents(sources: _Sources) -> Fact:
    """Distinct failed calls. A trajectory keeps only those that ended a step, so a log that shows more wins."""
    name, trae = sources.trae
    logged = trae.api_incidents if trae.began else None
    ours = sources.trajectory
    ended = (
        len({(n, code[1]) for n, text in ours.step_errors if (code := _HTTP.search(text))}) if ours else None
    )
    told = [(f"{TRAJECTORY}, step errors", ended), (f"{name}, failed calls", logged)]
    if ended is not None and logged is not None and logged > ended:
        told.reverse()
    return fact("API incidents", *told)


def _api_errors(sources: _Sources) -> Fact:
    """What the failed calls said: the log's, which has them in full, else the trajectory's."""
    name, trae = sources.trae
    if trae.api_errors:
        return Fact(API_ERRORS, _counted(dict(trae.api_errors)), f"{name}, failed calls")
    steps = sources.trajectory.step_errors if sources.trajectory else ()
    said = Counter(api_error(text) for text in {encode(text) for _, text in steps if _HTTP.search(text)})
    return Fact(API_ERRORS, _counted(said) or None, f"{TRAJECTORY}, step errors")


def _counted(errors: Mapping[str, int]) -> str:
    if len(errors) == 1:
        return next(iter(errors))
    return "; ".join(error if number == 1 else f"{number} × {error}" for error, number in errors.items())


def _success(sources: _Sources) -> Fact:
    name, trae = sources.trae
    claude_name, claude = sources.claude
    known = (
        sources.trajectory.success if sources.trajectory else None,
        trae.success,
        claude.success if claude else None,
    )
    marked = sources.attempt.marked if sources.attempt.status is not None else None
    return fact(
        "success (own account)",
        (TRAJECTORY, known[0]),
        (f"{name}, summary table", known[1]),
        (claude_name, known[2]),
        # The journal does not speak for the agent: it only disagrees.
        (f"{JOURNAL} status", marked if any(k is not None for k in known) else None),
    )


def _model(sources: _Sources) -> Fact:
    name, trae = sources.trae
    claude_name, claude = sources.claude
    codex_name, codex = sources.codex
    told = [
        (TRAJECTORY, sources.trajectory.model if sources.trajectory else None),
        (f"{name}, header", trae.model),
        (claude_name, claude.model if claude else None),
        (codex_name, codex.model if codex else None),
    ]
    if any(value for _, value in told):
        told.append((JOURNAL, sources.attempt.model))
    return fact("model", *told)


def _patch_facts(sources: _Sources) -> list[Fact]:
    patch, stats = sources.patch, sources.stats
    if patch is None:
        return []
    metrics = {told.name: told for told in sources.attempt.facts}

    def journal(name: str) -> tuple[str, int | None]:
        told = metrics.get(name)
        return (told.source or JOURNAL, _int(told.value)) if told else (JOURNAL, None)

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
    error, source = next(((error, source) for error, source in _told(sources, traces) if error), (None, None))
    return error, source, trace


def _told(
    sources: _Sources, traces: list[tuple[str, tuple[causes.Traceback, ...]]]
) -> Iterator[tuple[str | None, str]]:
    """What may be the cause, with its source, in order of trust."""
    attempt, logs = sources.attempt, (*sources.err, *sources.out)
    yield attempt.error and _quoted(attempt.error), JOURNAL
    ours = sources.trajectory.last_error if sources.trajectory else None
    yield ours and _quoted(ours), f"{TRAJECTORY}, last step's error"
    for log in sources.out:
        yield log.step_error, f"{log.name}, last step's error"
    name, claude = sources.claude
    yield _quoted(claude.error) if claude and claude.error else None, name
    for name, found in traces:
        yield causes.last_exception(found), f"{name}, last exception"
    for log in logs:
        yield causes.error_paragraph(log.end), f"{log.name}, Error: paragraph"
    yield causes.signal_cause(attempt.returncode), f"{JOURNAL}, return code"
    for name, found in traces:
        yield causes.last_frame(found), f"{name}, end"


def _quoted(text: str) -> str:
    return shorten(mask_secrets(text), 1000)
