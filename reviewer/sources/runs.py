"""Finds attempts below a runs root and reads their journals.

A folder that holds a ``journal.json`` is an attempt, at any depth (flat and hierarchical layouts).
Nothing is ever written; logs, trajectories and patches are not opened here.
"""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from reviewer.files import LARGEST, read_bounded
from reviewer.model import BEING_WRITTEN, Attempt
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TASK, TRAJECTORY
from reviewer.sources.being_written import is_being_written
from reviewer.sources.forked import ChildLost, can_fork, forked
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
from reviewer.sources.run_folders import enter, names_in, newest_last

_TRACES = frozenset({PATCH, PROMPT, TASK, SUMMARY, TRAJECTORY, "prediction.jsonl"})
"""Any of these without a journal makes a folder an attempt that is listed as malformed."""

AGENTS = ("trae", "claude_code", "codex_cli", "codex", "openhands")
"""Names under which journals are known to keep what the agent's process did; others are found by their keys."""
_KNOWN = frozenset(Journal.__struct_fields__) | {"preflight"}
_AGENT_KEYS = frozenset(AgentSection.__struct_fields__) - {"model"}
_TICK = 2_000_000_000
"""Nanoseconds within which a file system may give two writings the same time."""
_TRACE = "+"
"""Begins the stamp of a folder that has traces of an attempt but no journal."""
_UNREADABLE = "?"
"""Begins the stamp of an attempt whose prompt was read as well."""
_PATCH_ENDINGS = (".diff", ".patch")
_MANY = 2000
"""New attempts after which the others are read in a process of their own."""
_DECIDE = ("commits", "status")
"""What of a journal must have the expected form; all other fields only inform."""


class Known(Protocol):
    """What an earlier scan found, folder by folder: stamps say whether files are as they were then."""

    def attempts(self, parent: str) -> Mapping[str, str]:
        """The stamps of the attempts right below a folder, by their own folder; of the root itself below ``""``."""

    def unsure(self, parent: str) -> Mapping[str, str]:
        """Those of them that are looked at again where nothing came to the folder and nothing went."""

    def folders(self, parent: str) -> Mapping[str, str]:
        """The stamps of the other folders right below a folder, by path."""

    def holds(self, folder: str) -> bool:
        """Whether an attempt lies below a folder that is not looked at again."""


class Nothing:
    """No earlier scan."""

    def attempts(self, parent: str) -> Mapping[str, str]:
        """None."""
        return {}

    unsure = folders = attempts

    def holds(self, folder: str) -> bool:
        """Nothing is left out."""
        return False


class Changed(NamedTuple):
    """An attempt that is new, or of which a file has changed; ``stamp`` is empty where it must be read again next time."""

    attempt: Attempt
    parent: str
    stamp: str
    new: bool = False
    """Whether the earlier scan found no attempt there."""


class Looked(NamedTuple):
    """A folder that is no attempt was listed, and all that lies in it was looked at."""

    folder: str
    parent: str
    stamp: str


class Gone(NamedTuple):
    """There is no attempt in a folder any more, nor below it where ``below`` says so."""

    folder: str
    below: bool
    reason: str = ""
    """Why a folder that is there cannot be looked into."""


Change = Changed | Looked | Gone


def scan(root: Path) -> list[Attempt]:
    """All attempts below ``root``, ordered by id, malformed ones included.

    Raises :class:`OSError` where ``root`` itself cannot be listed.
    """
    found = [change.attempt for change in changes(root, Nothing()) if isinstance(change, Changed)]
    return sorted(found, key=lambda attempt: attempt.id)


def changes(root: Path, known: Known, *, patience: float = 0.0) -> Iterator[Change | None]:
    """What is other below ``root`` than an earlier scan found it; an attempt that is as it was is not read.

    ``None`` stands for a folder of attempts that was looked through.

    An attempt that cannot be read, of which something was written less than ``patience`` seconds ago, is malformed as
    :data:`~reviewer.model.BEING_WRITTEN` where it may be whole soon. Raises :class:`OSError` where ``root`` itself cannot be listed.
    """
    return _Scan(os.path.abspath(root), known, patience).changes()  # noqa: PTH100 - without links resolved


class _Lead(NamedTuple):
    """A folder to look at, the one it lies in, its stamp if it was an attempt and if it was another folder."""

    folder: str
    parent: str
    stamp: str | None
    looked: str


class _Files(NamedTuple):
    """What was seen of an attempt's files; ``stamp`` is of their sizes and times, empty where these may not tell."""

    stamp: str
    patch: os.stat_result | None


class _Scan:
    """One pass over a root."""

    def __init__(self, top: str, known: Known, patience: float) -> None:
        self._top, self._known = top, known
        now = time.time_ns()
        self._settled = now - _TICK
        """What was written after this may be written again without another time of change."""
        self._young = now - int(patience * 1e9)
        self._from_elsewhere = now + int(patience * 1e9)
        """Times after this are another clock's, or from before this one was set back, and say nothing."""
        self._holding: set[str] = set()
        """Folders that attempts lie in, at any depth."""
        self._bare: dict[str, str] = {}
        """Folders with traces of an attempt but without a journal, and the folders they lie in."""
        self._missing: set[str] = set()
        """Attempts that were there before and have not been found again."""
        self._links: set[tuple[int, int]] = set()

    def changes(self) -> Iterator[Change | None]:
        """What is other than it was."""
        stamp, looked = (known("").get(self._top) for known in (self._known.attempts, self._known.folders))
        pending: list[_Lead | Looked] = [_Lead(self._top, "", stamp, looked or "")]
        yield from self._look_at(pending, _MANY if isinstance(self._known, Nothing) and can_fork() else -1)
        if not pending:
            return
        try:
            yield from forked(self._look_at(pending))
        except (ChildLost, OSError):
            for change in self._look_at(pending):
                yield change._replace(new=False) if isinstance(change, Changed) else change

    def _look_at(self, pending: list[_Lead | Looked], most: int = -1) -> Iterator[Change | None]:
        """What is other below some folders; ``most`` attempts are read, and what is left stays pending."""
        while pending:
            if most == 0:
                return
            lead = pending.pop()
            if isinstance(lead, Looked):
                yield lead
                continue
            folder, parent, stamp, looked = lead
            files = self._look_in(folder, stamp or "")
            if files is not None:
                self._missing.discard(folder)
                if parent not in self._holding:
                    self._hold(folder)
                if looked:
                    yield Gone(folder, below=True)
                most -= 1
                if not files.stamp or files.stamp != stamp:
                    yield self._read(folder, parent, files, new=stamp is None)
                continue
            if stamp is not None:
                self._missing.add(folder)
            pending += yield from self._look(folder, parent, looked)
            yield None
        # A stray file beside whole attempts does not make their folder an attempt.
        for folder in sorted(self._bare.keys() - self._holding):
            if not self._known.holds(folder):
                self._missing.discard(folder)
                attempt = _malformed(self._top, folder, f"{JOURNAL}: missing{_misspelt_journal(folder)}")
                yield Changed(self._judge(folder, attempt), self._bare[folder], "")
        for folder in sorted(self._missing):
            yield Gone(folder, below=False)

    def _look(self, folder: str, parent: str, looked: str) -> Generator[Change, None, list[_Lead | Looked]]:
        """What is to be looked at in a folder, as far as is known where nothing came to it and nothing went.

        Taken last of it is that the folder was looked at: a scan that ends before finds it other once more.
        """
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116
            folders = self._known.folders(folder)
            if looked.removeprefix(_TRACE) == str(changed):
                if looked.startswith(_TRACE):
                    self._bare[folder] = parent
                attempts = self._known.unsure(folder)
                return [
                    _Lead(path, folder, attempts.get(path), folders.get(path, ""))
                    for path in attempts.keys() | folders.keys()
                ]
            attempts = self._known.attempts(folder)
            with os.scandir(folder) as entries:
                listing = list(entries)
        except OSError as error:
            if folder == self._top:
                raise
            there = not isinstance(error, (FileNotFoundError, NotADirectoryError))
            yield Gone(folder, below=True, reason=(error.strerror or str(error)) if there else "")
            if there:  # it is tried again whatever comes to the folder that it lies in
                yield Looked(folder, parent, "0")
            self._missing.discard(folder)
            return []
        bare = any(entry.name in _TRACES or entry.name.lower() == JOURNAL for entry in listing)
        if bare:
            self._bare[folder] = parent
        found = newest_last([entry for entry in listing if enter(entry, self._links)])
        for path in sorted((attempts.keys() | folders.keys()) - set(found)):
            yield Gone(path, below=True)
        whole = Looked(folder, parent, f"{_TRACE * bare}{changed if changed < self._settled else 0}")
        return [whole, *(_Lead(path, folder, attempts.get(path), folders.get(path, "")) for path in found)]

    def _look_in(self, folder: str, before: str) -> _Files | None:
        """The files of an attempt as they are now, ``None`` for no attempt."""
        patch = None
        try:
            parts = [_file_stamp(os.stat(f"{folder}/{JOURNAL}"), self._settled)]  # noqa: PTH116
            try:
                patch = os.stat(f"{folder}/{PATCH}")  # noqa: PTH116
                parts.append(_file_stamp(patch, self._settled))
            except OSError:  # what may be the patch under another name comes and goes with the folder's time
                parts += ("-", _file_stamp(os.stat(folder), self._settled))  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return _Files("", None)
        if not before.startswith(_UNREADABLE):
            return _Files(" ".join(parts) if all(parts) else "", patch)
        try:
            parts.append(_file_stamp(os.stat(f"{folder}/{PROMPT}"), self._settled))  # noqa: PTH116
        except OSError:
            parts.append("-")
        return _Files(f"{_UNREADABLE}{' '.join(parts)}" if all(parts) else "", patch)

    def _read(self, folder: str, parent: str, files: _Files, *, new: bool) -> Changed:
        """Read an attempt whose files were looked at before, so that what is written meanwhile is seen next time."""
        try:
            attempt = _with_journal(self._top, folder, read_bounded(f"{folder}/{JOURNAL}"), files.patch)
        except OSError as error:
            attempt = _malformed(self._top, folder, f"{JOURNAL}: {error.strerror or error}")
            return Changed(attempt, parent, "", new)
        if attempt.malformed is None:
            return Changed(attempt, parent, files.stamp, new)
        judged = self._judge(folder, attempt)
        # the prompt was read too; what is being written will be something else without another change
        settled = self._look_in(folder, _UNREADABLE) if judged is attempt else None
        return Changed(judged, parent, settled.stamp if settled is not None else "", new)

    def _judge(self, folder: str, attempt: Attempt) -> Attempt:
        """A malformed attempt, as one that is being written where it may be."""
        if is_being_written(folder, (JOURNAL, *_TRACES), self._young, self._from_elsewhere):
            return msgspec.structs.replace(attempt, malformed=BEING_WRITTEN)
        return attempt

    def _hold(self, folder: str) -> None:
        """Remember the folders that an attempt lies in, up to the root."""
        while len(folder) > len(self._top):
            folder = os.path.dirname(folder)  # noqa: PTH120
            if folder in self._holding:
                return
            self._holding.add(folder)


def _file_stamp(found: os.stat_result, settled: int) -> str:
    """A file's size and times in nanoseconds; empty where it was written so lately that they may not tell."""
    if max(found.st_mtime_ns, found.st_ctime_ns) > settled:
        return ""
    return f"{found.st_size}.{found.st_mtime_ns}.{found.st_ctime_ns}"


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


def _misspelt_journal(folder: str) -> str:
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


def _malformed(top: str, folder: str, reason: str, **details: Any) -> Attempt:
    """An attempt that cannot be used; the prompt may still name the commit that it was about."""
    try:
        commits = read_json(f"{folder}/{PROMPT}", Prompt).commits or Commits()
    except Unreadable:
        commits = Commits()
    return _attempt(top, folder, commit=commits.human, base=commits.pre, malformed=reason, **details)


def _with_journal(top: str, folder: str, data: bytes, patch: os.stat_result | None) -> Attempt:
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
        return _malformed(top, folder, str(error), journal_sha256=sha256)
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
