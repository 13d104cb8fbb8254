"""Finds attempts below a runs root and reads their small files: journal, prompt, summaries.

A folder that holds a ``journal.json`` is an attempt, at any depth (flat and hierarchical layouts).
Nothing is ever written, and logs, trajectories and patches are not opened here.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from reviewer.model import Attempt, Disagreement, Fact

JOURNAL = "journal.json"
PROMPT = "prompt.json"
SUMMARY = "run_summary.json"
TARGETS = "diff_targets.json"
PATCH = "model_patch.diff"
TASK = "task.txt"

_TRACES = frozenset({PATCH, PROMPT, TASK, SUMMARY, "trajectory.json", "prediction.jsonl"})
"""Any of these without a journal makes a folder an attempt that is listed as malformed."""


class _Commits(msgspec.Struct):
    pre: str | None = None
    human: str | None = None


class _Timestamps(msgspec.Struct):
    written: float | None = None


class _RunMetadata(msgspec.Struct):
    repo: str | None = None
    agent: str | None = None
    model: str | None = None


class _Metrics(msgspec.Struct):
    patch_size_loc: int | None = None
    changed_files_count: int | None = None
    time_to_first_edit_s: float | None = None
    commit_count: int | None = None
    violations_count: int | None = None


class _AgentSection(msgspec.Struct):
    cli: str | None = None
    returncode: int | None = None
    duration_s: float | None = None
    time_budget_minutes: float | None = None
    model: str | None = None


class _Journal(msgspec.Struct):
    commits: _Commits | None = None
    status: str | None = None
    error: str | None = None
    error_type: str | None = None
    timestamps: _Timestamps | None = None
    run_metadata: _RunMetadata | None = None
    metrics: _Metrics | None = None
    task_id: str | None = None
    agent_branch: str | None = None
    experiment: object = None
    trae: _AgentSection | None = None
    claude_code: _AgentSection | None = None
    codex_cli: _AgentSection | None = None
    codex: _AgentSection | None = None
    openhands: _AgentSection | None = None


_AGENTS = ("trae", "claude_code", "codex_cli", "codex", "openhands")
"""Names under which journals are known to keep what the agent's process did; others are found by their keys."""
_KNOWN = frozenset(_Journal.__struct_fields__) | {"preflight"}
_AGENT_KEYS = frozenset(_AgentSection.__struct_fields__) - {"model"}


class _Prompt(msgspec.Struct):
    task: str | None = None
    description: str | None = None
    target_files: list[str] | None = None
    commits: _Commits | None = None


class _SummaryMeta(msgspec.Struct):
    repo: str | None = None
    agent: str | None = None
    model: str | None = None
    model_full: str | None = None


class _SummaryAgent(msgspec.Struct):
    status: str | None = None
    duration_s: float | None = None


class _Summary(msgspec.Struct):
    meta: _SummaryMeta | None = None
    agent: _SummaryAgent | None = None
    commits: _Commits | None = None


class _Targets(msgspec.Struct):
    ok: bool | None = None
    disallowed: list[str] | None = None


_T = TypeVar("_T")


class Unreadable(Exception):
    """A small file cannot be used; the message names the file and, where known, the key."""


def read_json(path: str, type_: type[_T]) -> _T:
    """Decode one JSON file, unknown keys ignored.

    Raises :class:`Unreadable` naming file and key where it is missing, empty, cut off, not UTF-8, not
    JSON, or of a wrong type.
    """
    name = os.path.basename(path)  # noqa: PTH119 - a Path here costs more than the read
    try:
        data = read_file(path)
    except OSError as error:
        raise Unreadable(f"{name}: {error.strerror or error}") from None
    return decode_json(name, data, type_)


def read_file(path: str) -> bytes:
    """A regular file's bytes. Raises :class:`OSError`, also for a pipe or device, which would never end."""
    descriptor, size = open_regular(path)
    try:
        data = os.read(descriptor, size + 1)
        if len(data) == size:  # nothing came after what was there: nearly always
            return data
        parts = [data]
        while parts[-1]:
            parts.append(os.read(descriptor, 1 << 20))
        return b"".join(parts)
    finally:
        os.close(descriptor)


def open_file(path: str) -> BufferedReader:
    """A regular file, open for reading. Raises :class:`OSError`, also for what :func:`read_file` refuses."""
    return os.fdopen(open_regular(path)[0], "rb")


def open_regular(path: str) -> tuple[int, int]:
    """A regular file's descriptor and size. Raises :class:`OSError`, also for what is no regular file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor, status.st_size


def decode_json(name: str, data: bytes, type_: type[_T]) -> _T:
    """Like :func:`read_json` for bytes already read; ``name`` is used in the message."""
    if not data or data.isspace():
        raise Unreadable(f"{name}: empty ({len(data)} bytes)")
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{name}: {_where(str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # which of the two depends on its release
        raise Unreadable(f"{name}: {_not_utf8(data) or f'not JSON: {error}'}") from None
    except RecursionError:
        raise Unreadable(f"{name}: not usable: nested too deeply") from None


def _not_utf8(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8: byte {error.start}"
    return ""


def _where(message: str) -> str:
    """Msgspec's ``Expected `int`, got `str` - at `$.trae.returncode``` with the key first."""
    what, _, place = message.partition(" - at `$")
    return f"key {place.strip('.`')}: {what}" if place.strip(".`") else what


def scan(root: Path) -> list[Attempt]:
    """All attempts below ``root``, ordered by id, malformed ones included.

    Raises :class:`OSError` where ``root`` itself cannot be listed.
    """
    top = os.path.abspath(root)  # noqa: PTH100 - without links resolved, but without ".." too
    found: list[Attempt] = []
    bare: list[Attempt] = []
    seen: set[tuple[int, int]] = set()
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            # Trying the journal first saves listing the folder of nearly every attempt.
            found.append(_with_journal(_Place(top, folder), read_file(f"{folder}/{JOURNAL}")))
            continue
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            found.append(_malformed(_Place(top, folder), f"{JOURNAL}: {error.strerror or error}"))
            continue
        try:
            with os.scandir(folder) as entries:
                listing = list(entries)
        except OSError:
            if folder == top:
                raise
            continue
        if any(entry.name in _TRACES for entry in listing):
            bare.append(_malformed(_Place(top, folder), f"{JOURNAL}: missing"))
        pending += [entry.path for entry in listing if _enter(entry, seen)]
    holding = {folder for attempt in found for folder in _above(attempt.folder, top)}
    # A stray file beside whole attempts does not make their folder an attempt.
    found += [attempt for attempt in bare if attempt.folder not in holding]
    found.sort(key=lambda attempt: attempt.id)
    return found


def _above(folder: str, top: str) -> list[str]:
    """The folders that ``folder`` lies in, up to ``top``."""
    above = []
    while len(folder) > len(top):
        folder = os.path.dirname(folder)  # noqa: PTH120
        above.append(folder)
    return above


def _enter(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> bool:
    """Whether to look into an entry; a linked folder is entered once."""
    try:
        if not entry.is_dir() or entry.name == ".git":
            return False
        if entry.is_symlink():
            target = entry.stat()
            if (target.st_dev, target.st_ino) in seen:
                return False
            seen.add((target.st_dev, target.st_ino))
    except OSError:
        return False
    return True


class _Place:
    """Where an attempt lies and what follows from it: run id and item.

    A root that is a run or an item itself gives its own name.
    """

    __slots__ = ("folder", "item", "run", "top")

    def __init__(self, top: str, folder: str) -> None:
        self.top, self.folder = top, folder
        relative = folder[len(top) :].strip(os.sep)
        own = os.path.basename(top)  # noqa: PTH119
        run, _, item = relative.rpartition(os.sep)
        self.run = run.replace(os.sep, "/") or own
        self.item = item or own

    def attempt(self, **told: Any) -> Attempt:
        """The attempt that lies here."""
        try:
            patch_bytes = os.stat(f"{self.folder}/{PATCH}").st_size  # noqa: PTH116
        except OSError:
            patch_bytes = None
        return Attempt(
            id=f"{self.run}/{self.item}",
            run=self.run,
            item=self.item,
            root=self.top,
            folder=self.folder,
            patch_bytes=patch_bytes,
            **told,
        )


def _malformed(place: _Place, reason: str) -> Attempt:
    """An attempt that cannot be used; the prompt may still tell which commit it was about."""
    try:
        commits = read_json(f"{place.folder}/{PROMPT}", _Prompt).commits or _Commits()
    except Unreadable:
        commits = _Commits()
    return place.attempt(commit=commits.human, base=commits.pre, malformed=reason)


def _with_journal(place: _Place, data: bytes) -> Attempt:
    try:
        journal = decode_json(JOURNAL, data, _Journal)
        section, agent = _agent_section(journal, data)
        commits = journal.commits or _Commits()
        if not commits.human:
            raise Unreadable(f"{JOURNAL}: key commits.human: missing")
    except Unreadable as error:
        return _malformed(place, str(error))
    metadata = journal.run_metadata or _RunMetadata()
    return place.attempt(
        commit=commits.human,
        base=commits.pre or None,
        agent=agent or metadata.agent,
        model=metadata.model or section.model,
        repository=metadata.repo,
        written=journal.timestamps.written if journal.timestamps else None,
        status=journal.status,
        error=journal.error,
        error_type=journal.error_type,
        returncode=section.returncode,
        duration=section.duration_s,
        budget_minutes=section.time_budget_minutes,
        hints=_hints(journal.experiment),
    )


def _hints(experiment: object) -> bool | None:
    """Whether hints were given; nothing depends on it, so that another form of it is only not known."""
    told = experiment.get("hints_enabled") if isinstance(experiment, dict) else None
    return told if isinstance(told, bool) else None


def _agent_section(journal: _Journal, data: bytes) -> tuple[_AgentSection, str | None]:
    """The journal's section of the agent, which is named after it, and that name.

    Raises :class:`Unreadable` where a value in it has a wrong type.
    """
    for name in _AGENTS:
        section: _AgentSection | None = getattr(journal, name)
        if section is not None:
            return section, name
    for name, raw in msgspec.json.decode(data, type=dict[str, msgspec.Raw]).items():
        if name in _KNOWN or not bytes(raw).startswith(b"{"):
            continue
        if not _AGENT_KEYS & msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys():
            continue
        try:
            return msgspec.json.decode(raw, type=_AgentSection), name
        except msgspec.ValidationError as error:
            raise Unreadable(f"{JOURNAL}: {_where(str(error)).replace('key ', f'key {name}.', 1)}") from None
    return _AgentSection(), None


def complete(attempt: Attempt) -> Attempt:
    """The attempt with what its other small files say: target files, facts and their disagreements.

    A side file that cannot be read goes into ``problems``; the attempt stays usable.
    """
    problems: list[str] = []

    def side(name: str, type_: type[_T]) -> _T:
        path = f"{attempt.folder}/{name}"
        if os.path.exists(path):  # noqa: PTH110
            try:
                return read_json(path, type_)
            except Unreadable as error:
                problems.append(str(error))
        return type_()

    prompt = side(PROMPT, _Prompt)
    summary = side(SUMMARY, _Summary)
    targets = side(TARGETS, _Targets)
    journal = side(JOURNAL, _Journal) if attempt.malformed is None else _Journal()
    return msgspec.structs.replace(
        attempt,
        target_files=tuple(prompt.target_files) if prompt.target_files is not None else None,
        problems=tuple(problems),
        facts=tuple(_facts(attempt, journal, prompt, summary, targets)),
        model=attempt.model or (summary.meta.model_full or summary.meta.model if summary.meta else None),
    )


def _facts(
    attempt: Attempt, journal: _Journal, prompt: _Prompt, summary: _Summary, targets: _Targets
) -> list[Fact]:
    meta = summary.meta or _SummaryMeta()
    told = summary.agent or _SummaryAgent()
    pre, human = (summary.commits.pre, summary.commits.human) if summary.commits else (None, None)
    asked = prompt.commits or _Commits()
    metadata = journal.run_metadata or _RunMetadata()
    metrics = journal.metrics or _Metrics()
    return [
        fact("status", (JOURNAL, attempt.status), (SUMMARY, told.status)),
        fact("error", (JOURNAL, attempt.error)),
        fact("error class", (JOURNAL, attempt.error_type)),
        fact("return code", (JOURNAL, attempt.returncode)),
        fact("duration (s)", (JOURNAL, attempt.duration), (SUMMARY, told.duration_s)),
        fact("time budget (min)", (JOURNAL, attempt.budget_minutes)),
        fact("written", (JOURNAL, attempt.written)),
        fact(
            "agent",
            (f"{JOURNAL} section", attempt.agent),
            (f"{JOURNAL} run_metadata", metadata.agent),
            (SUMMARY, meta.agent),
        ),
        fact("model", (JOURNAL, attempt.model), (SUMMARY, meta.model_full or meta.model)),
        fact("repository", (JOURNAL, attempt.repository), (SUMMARY, meta.repo)),
        fact("human commit", (JOURNAL, attempt.commit), (PROMPT, asked.human), (SUMMARY, human)),
        fact("base commit", (JOURNAL, attempt.base), (PROMPT, asked.pre), (SUMMARY, pre)),
        fact("patch size (bytes)", (PATCH, attempt.patch_bytes)),
        fact("changed lines", (f"{JOURNAL} metrics", metrics.patch_size_loc)),
        fact("changed files", (f"{JOURNAL} metrics", metrics.changed_files_count)),
        fact("time to first edit (s)", (f"{JOURNAL} metrics", metrics.time_to_first_edit_s)),
        fact("agent's commits", (f"{JOURNAL} metrics", metrics.commit_count)),
        fact("rule violations", (f"{JOURNAL} metrics", metrics.violations_count)),
        fact("target files", (PROMPT, ", ".join(prompt.target_files or ()) or None)),
        fact("outside targets", (TARGETS, _outside(targets))),
        fact("hints given", (f"{JOURNAL} experiment", attempt.hints)),
        fact("task", (PROMPT, prompt.task)),
    ]


def _outside(targets: _Targets) -> str | None:
    """The files that the pipeline itself found to be outside the target files."""
    if targets.disallowed:
        return ", ".join(targets.disallowed)
    return "none" if targets.ok else None


def fact(name: str, *told: tuple[str, str | int | float | bool | None]) -> Fact:
    """A fact from sources in order of trust: the first that has a value wins, others that differ are kept."""
    known = [(source, value) for source, value in told if value is not None]
    if not known:
        return Fact(name, None)
    source, best = known[0]
    return Fact(
        name, best, source, tuple(Disagreement(s, str(v)) for s, v in known[1:] if not _agree(best, v))
    )


def _agree(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str) and len(one) >= 7 and len(other) >= 7:
        return one.startswith(other) or other.startswith(one)  # abbreviated hashes
    if isinstance(one, float) or isinstance(other, float):
        return isinstance(one, int | float) and isinstance(other, int | float) and abs(one - other) < 0.01
    return one == other


def read_text(attempt: Attempt, name: str) -> bytes | None:
    """The bytes of one of the attempt's files, ``None`` where it is missing or cannot be read."""
    return read_in(attempt.folder, name)


def read_in(folder: str, name: str) -> bytes | None:
    """The bytes of one file of an attempt's folder, ``None`` where it is missing or cannot be read."""
    try:
        return read_file(f"{folder}/{name}")
    except OSError:
        return None
