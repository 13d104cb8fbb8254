"""Finds attempts below a runs root and reads their journals.

A folder that holds a ``journal.json`` is an attempt, at any depth (flat and hierarchical layouts).
Nothing is ever written; logs, trajectories and patches are not opened here.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewer.files import read_file
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TASK, TRAJECTORY
from reviewer.sources.json_files import (
    AgentSection,
    Commits,
    Journal,
    OddField,
    Prompt,
    RunMetadata,
    Unreadable,
    convert_leniently,
    decode_leniently,
    read_json,
    read_members,
)

_TRACES = frozenset({PATCH, PROMPT, TASK, SUMMARY, TRAJECTORY, "prediction.jsonl"})
"""Any of these without a journal makes a folder an attempt that is listed as malformed."""

AGENTS = ("trae", "claude_code", "codex_cli", "codex", "openhands")
"""Names under which journals are known to keep what the agent's process did; others are found by their keys."""
_KNOWN = frozenset(Journal.__struct_fields__) | {"preflight"}
_AGENT_KEYS = frozenset(AgentSection.__struct_fields__) - {"model"}
_DECIDE = ("commits", "status")
"""What of a journal must have the expected form; all other fields only inform."""


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
            found.append(_with_journal(top, folder, read_file(f"{folder}/{JOURNAL}")))
            continue
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            found.append(_malformed(top, folder, f"{JOURNAL}: {error.strerror or error}"))
            continue
        try:
            with os.scandir(folder) as entries:
                listing = list(entries)
        except OSError:
            if folder == top:
                raise
            continue
        if any(entry.name in _TRACES for entry in listing):
            bare.append(_malformed(top, folder, f"{JOURNAL}: missing"))
        pending += [entry.path for entry in listing if enter(entry, seen)]
    holding = {folder for attempt in found for folder in _above(attempt.folder, top)}
    # A stray file beside whole attempts does not make their folder an attempt.
    found += [attempt for attempt in bare if attempt.folder not in holding]
    found.sort(key=lambda attempt: attempt.id)
    return found


def find_journal(root: Path) -> str | None:
    """The path of one journal below a folder, ``None`` where there is none."""
    seen: set[tuple[int, int]] = set()
    pending = [os.path.abspath(root)]  # noqa: PTH100
    while pending:
        folder = pending.pop()
        if os.path.lexists(f"{folder}/{JOURNAL}"):
            return f"{folder}/{JOURNAL}"
        try:
            with os.scandir(folder) as entries:
                pending += [entry.path for entry in entries if enter(entry, seen)]
        except OSError:
            continue
    return None


def _above(folder: str, top: str) -> list[str]:
    """The folders that ``folder`` lies in, up to ``top``."""
    above = []
    while len(folder) > len(top):
        folder = os.path.dirname(folder)  # noqa: PTH120
        above.append(folder)
    return above


def enter(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> bool:
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


def attempt_ids(root: Path, begin: str, seconds: float) -> Iterator[str]:
    """The ids of the attempts below a folder that begin so, without a journal read; none after so many seconds."""
    deadline = time.monotonic() + seconds
    top = os.path.abspath(root)  # noqa: PTH100
    seen: set[tuple[int, int]] = set()
    pending = [top]
    while pending and time.monotonic() < deadline:
        folder = pending.pop()
        name = "/".join(_names(top, folder))
        inside = folder[len(top) :].strip(os.sep).replace(os.sep, "/")
        if folder != top and not any(
            begin.startswith(path) or path.startswith(begin) for path in (name, inside)
        ):
            continue
        if os.path.lexists(f"{folder}/{JOURNAL}"):
            if name.startswith(begin):
                yield name
            continue
        try:
            with os.scandir(folder) as entries:
                pending += sorted((entry.path for entry in entries if enter(entry, seen)), reverse=True)
        except OSError:
            continue


def _names(top: str, folder: str) -> tuple[str, str]:
    """Run and item of an attempt by its path below ``top``; a root that is a run or an item itself gives its own name."""
    own = os.path.basename(top)  # noqa: PTH119
    run, _, item = folder[len(top) :].strip(os.sep).rpartition(os.sep)
    return run.replace(os.sep, "/") or own, item or own


def _attempt(top: str, folder: str, **details: Any) -> Attempt:
    """The attempt in ``folder`` below the root ``top``: its path gives run and item."""
    run, item = _names(top, folder)
    try:
        patch_bytes = os.stat(f"{folder}/{PATCH}").st_size  # noqa: PTH116
    except OSError:
        patch_bytes = None
    if patch_bytes is not None:
        details.pop("patch_unknown", None)
    return Attempt(
        id=f"{run}/{item}", run=run, item=item, root=top, folder=folder, patch_bytes=patch_bytes, **details
    )


def _malformed(top: str, folder: str, reason: str, **details: Any) -> Attempt:
    """An attempt that cannot be used; the prompt may still name the commit that it was about."""
    try:
        commits = read_json(f"{folder}/{PROMPT}", Prompt).commits or Commits()
    except Unreadable:
        commits = Commits()
    return _attempt(top, folder, commit=commits.human, base=commits.pre, malformed=reason, **details)


def _with_journal(top: str, folder: str, data: bytes) -> Attempt:
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        journal, odd = decode_leniently(JOURNAL, data, Journal)
        if field := next((field for field in odd if field.keys[0] in _DECIDE), None):
            raise Unreadable(f"{JOURNAL}: {field}")
        section, agent, of_section = _agent_section(journal, data)
        commits = journal.commits or Commits()
        if not commits.human and not journal.instance_id:
            raise Unreadable(f"{JOURNAL}: key commits.human: missing")
    except Unreadable as error:
        return _malformed(top, folder, str(error), journal_sha256=sha256)
    metadata = journal.run_metadata or RunMetadata()
    hints = journal.experiment.get("hints_enabled") if isinstance(journal.experiment, dict) else None
    return _attempt(
        top,
        folder,
        commit=commits.human or None,
        base=commits.pre or None,
        instance=journal.instance_id,
        patch_unknown=journal.patch_unknown,
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
        hints=hints if isinstance(hints, bool) else None,
        problems=tuple(f"{JOURNAL}: {field}" for field in odd + of_section),
        journal_sha256=sha256,
    )


def _agent_section(journal: Journal, data: bytes) -> tuple[AgentSection, str | None, tuple[OddField, ...]]:
    """The journal's section of the agent, which is named after it, that name, and what is odd in it."""
    for name in AGENTS:
        section: AgentSection | None = getattr(journal, name)
        if section is not None:
            return section, name, ()
    for name, members in (read_members(data) or {}).items():
        if name in _KNOWN or not isinstance(members, dict) or not _AGENT_KEYS & members.keys():
            continue
        found, odd = convert_leniently(members, AgentSection)
        return found, name, tuple(OddField((name, *field.keys), field.reason) for field in odd)
    return AgentSection(), None, ()
