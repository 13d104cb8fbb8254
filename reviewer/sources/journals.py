"""What an attempt's journal says of it, and its other small files where there is none that can be read."""

import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from reviewer.files import LARGEST
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT
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
from reviewer.sources.run_folders import names_in

AGENTS = ("trae", "claude_code", "codex_cli", "codex", "openhands")
"""Names under which journals are known to keep what the agent's process did; others are found by their keys."""
_KNOWN = frozenset(Journal.__struct_fields__) | {"preflight"}
_AGENT_KEYS = frozenset(AgentSection.__struct_fields__) - {"model"}
_PATCH_ENDINGS = (".diff", ".patch")
_DECIDE = ("commits", "status")
"""What of a journal must have the expected form; all other fields only inform."""


def _attempt(top: str, folder: str, patch: os.stat_result | None = None, **details: Any) -> Attempt:
    """The attempt in ``folder`` below the root ``top``: its path gives run and item."""
    run, item = names_in(top, folder)
    patch_bytes, unreadable = _patch_size(folder, patch)
    if patch_bytes is not None or unreadable:
        details["patch_unknown"] = unreadable
    elif details.get("patch_unknown") is None:
        details["patch_unknown"] = misnamed_patch(folder)
    return Attempt(
        id=f"{run}/{item}", run=run, item=item, root=top, folder=folder, patch_bytes=patch_bytes, **details
    )


def _patch_size(folder: str, found: os.stat_result | None) -> tuple[int | None, str | None]:
    """The bytes of a patch, ``None`` where there is none, and why one that is there is not read."""
    path = f"{folder}/{PATCH}"
    try:
        found = found or os.stat(path)  # noqa: PTH116
    except OSError as error:
        there = os.path.lexists(path)
        return None, f"{PATCH} cannot be read: {error.strerror or error}" if there else None
    own = found.st_uid == os.geteuid() and found.st_mode & stat.S_IRUSR  # for which nothing more is asked
    if not stat.S_ISREG(found.st_mode) or not (own or os.access(path, os.R_OK)):
        reason = "no permission" if stat.S_ISREG(found.st_mode) else "not a regular file"
        return None, f"{PATCH} cannot be read: {reason}"
    if found.st_size > LARGEST:
        large = f"{PATCH} has {found.st_size >> 20} MB: no more than {LARGEST >> 20} MB are read"
        return found.st_size, large
    return found.st_size, None


def misnamed_patch(folder: str, known: Callable[[str], bool] = {PATCH}.__contains__) -> str | None:
    """Why it is not known whether a folder without a patch has one: files that look like it by names that are not ``known``."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return None
    alike = [name for name in names if not known(name) and name.lower().endswith(_PATCH_ENDINGS)]
    if not alike:
        return None
    rename = "rename it" if len(alike) == 1 else "rename the agent's"
    return f"there is no {PATCH}, but {', '.join(alike)}: {rename}"


def misspelt_journal(folder: str) -> str:
    """What to say of a file of a folder that is its journal but for the case of its name; empty where there is none."""
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208
            if name.lower() == JOURNAL:
                return f", but there is {name}: rename it"
    return ""


def _odd_status(status: str | None) -> tuple[OddField, ...]:
    """A status that is ``success`` but for its case or white space, which does not mark an attempt."""
    if status is None or status == "success" or status.strip().lower() != "success":
        return ()
    return (OddField(("status",), f'{status!r} does not mark the attempt, only "success" does'),)


def malformed_attempt(top: str, folder: str, reason: str, **details: Any) -> Attempt:
    """An attempt that cannot be used; the prompt may still name the commit that it was about."""
    try:
        commits = read_json(f"{folder}/{PROMPT}", Prompt).commits or Commits()
    except Unreadable:
        commits = Commits()
    return _attempt(top, folder, commit=commits.human, base=commits.pre, malformed=reason, **details)


def read_journal(top: str, folder: str, data: bytes, patch: os.stat_result | None) -> Attempt:
    """The attempt in ``folder`` below the root ``top`` by the bytes of its journal; ``patch`` is its patch file where there is one."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        journal, odd = decode_leniently(JOURNAL, data, Journal)
        if field := next((field for field in odd if field.keys[0] in _DECIDE), None):
            raise Unreadable(f"{JOURNAL}: {field}")
        section, agent, of_section = _agent_section(journal, data)
        commits = journal.commits or Commits()
        if not (commits.human or journal.instance_id or journal.converted_from):
            raise Unreadable(f"{JOURNAL}: key commits.human: missing")
    except Unreadable as error:
        return malformed_attempt(top, folder, str(error), journal_sha256=sha256)
    metadata = journal.run_metadata or RunMetadata()
    hints = journal.experiment.get("hints_enabled") if isinstance(journal.experiment, dict) else None
    return _attempt(
        top,
        folder,
        patch,
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
        problems=tuple(f"{JOURNAL}: {field}" for field in (*odd, *of_section, *_odd_status(journal.status))),
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
