"""One opened project: sources, checks, verdicts and index behind one object.

Nothing here knows of screens. What is slow (git, checks) comes as plain data from methods that may be
called from a thread; what changes the entries is called from one thread only.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reviewer import __version__
from reviewer.checks import CHECK_NAMES
from reviewer.model import Analysis, Attempt, Commit, Decision, Judgement
from reviewer.sources import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewer.checks.runner import Runner
    from reviewer.config import Workspace
    from reviewer.sources.commits import CommitFiles
    from reviewer.sources.git_repository import Repositories
    from reviewer.verdicts.blocks import Damage
    from reviewer.verdicts.store import Store


class NothingToReview(Exception):
    """What was opened holds no attempt; the message says what was looked for, where, and gives an example."""


class Entry(msgspec.Struct, eq=False):
    """One attempt with everything known about it so far. Changed by :class:`Project` only."""

    attempt: Attempt
    name: str
    """The id as the screen shows it: short, with the root's name where two roots hold the same run."""
    run_name: str
    commit_hash: str | None = None
    commit_problem: str | None = None
    commit: Commit | None = None
    subject: str | None = None
    analysis: Analysis | None = None
    decision: Decision | None = None
    """The annotator's own judgement in force."""
    stale: bool = False
    copy_of: str | None = None
    haystack: str = ""
    """Ids and subject in lower case, for free text search."""

    @property
    def model(self) -> str | None:
        """The model: what the logs tell is better than what the journal does."""
        told = self.analysis.facts.model if self.analysis else None
        return told or self.attempt.model

    @property
    def mark(self) -> str:
        """A word about an attempt that is not judged."""
        return f"copy of {self.copy_of}" if self.copy_of else ""


class Totals(msgspec.Struct, frozen=True):
    """What the header counts; ``attempts`` leaves malformed ones out."""

    attempts: int
    commits: int
    runs: int
    malformed: int
    marked: int
    labelled: int


class Undone(msgspec.Struct, frozen=True):
    """What an undo did: the act taken back and its attempt, or the reason why it was not saved."""

    decision: Decision | None = None
    entry: Entry | None = None
    reason: str = ""


class Project:
    """Everything about the opened runs. :meth:`open` reads what the first frame needs, no more."""

    check_names = CHECK_NAMES

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.entries: list[Entry] = []
        self.decisions: tuple[Decision, ...] = ()
        self.damaged: tuple[Damage, ...] = ()
        self.root_problems: list[str] = []
        self._by_id: dict[str, Entry] = {}
        self._runner: Runner | None = None
        self._repositories: Repositories | None = None
        self._commit_files: CommitFiles | None = None
        self._git_lock = threading.Lock()
        self._store: Store | None = None

    @classmethod
    def open(cls, space: Workspace) -> Project:
        """Read attempts and labels. Raises :class:`NothingToReview`."""
        project = cls(space)
        project._read()
        if not project.entries:
            raise NothingToReview(project._nothing())
        return project

    # Reading -------------------------------------------------------------------------------

    def _read(self) -> None:
        attempts: list[Attempt] = []
        self.root_problems = []
        for root in self.space.roots:
            try:
                attempts += runs.scan(root)
            except OSError as error:
                self.root_problems.append(f"{root}: {error.strerror or error}")
        self.entries = _entries(attempts)
        _find_copies(self.entries)
        self._by_id = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.attempt.id, entry)
        self._read_labels()

    def reload(self) -> bool:
        """Read everything again, keeping what was found out about attempts whose files are as they were."""
        known = {entry.attempt.folder: entry for entry in self.entries}
        self._read()
        for entry in self.entries:
            before = known.get(entry.attempt.folder)
            if before is not None and before.attempt == entry.attempt:
                entry.commit, entry.commit_hash = before.commit, before.commit_hash
                entry.subject, entry.haystack = before.subject, before.haystack
                entry.analysis = before.analysis
        return True

    def _nothing(self) -> str:
        looked = ", ".join(str(root) for root in self.space.roots)
        why = f" ({'; '.join(self.root_problems)})" if self.root_problems else ""
        return (
            f"no attempt found: looked for folders with a {runs.JOURNAL} below {looked or 'nothing'}{why}. "
            "For example: reviewer path/to/state/runs --repo path/to/repository"
        )

    def notices(self) -> list[str]:
        """What the user should know about what was opened: ignored settings, unreadable roots, damage."""
        told = [*self.space.notices, *self.root_problems]
        if self.damaged:
            told.append(f"{len(self.damaged)} damaged places in verdict files; reviewer doctor lists them")
        return told

    @property
    def title(self) -> str:
        """What was opened, short."""
        return ", ".join(_short_path(root) for root in self.space.roots)

    def find(self, attempt_id: str) -> Entry | None:
        """The entry of an attempt id as files write it, or as the screen shows it."""
        found = self._by_id.get(attempt_id)
        return found or next((entry for entry in self.entries if entry.name == attempt_id), None)

    def totals(self) -> Totals:
        """Counts for the header."""
        good = [entry for entry in self.entries if entry.attempt.malformed is None]
        return Totals(
            attempts=len(good),
            commits=len({entry.commit_hash for entry in good}),
            runs=len({(entry.attempt.root, entry.attempt.run) for entry in good}),
            malformed=len(self.entries) - len(good),
            marked=sum(entry.attempt.marked for entry in good),
            labelled=sum(entry.decision is not None for entry in good),
        )

    def next_open(self, after: Entry | None, queue: Sequence[Entry] | None = None) -> Entry | None:
        """The next attempt without a judgement after one, in the queue's order, round once."""
        entries = self.entries if queue is None else queue
        start = next((i + 1 for i, entry in enumerate(entries) if entry is after), 0)
        for entry in (*entries[start:], *entries[:start]):
            if entry.decision is None and entry.attempt.malformed is None and entry.copy_of is None:
                return entry
        return None

    # Commits and repositories --------------------------------------------------------------

    @property
    def repositories(self) -> Repositories:
        """The repositories, opened when first asked for."""
        if self._repositories is None:
            from reviewer.sources.git_repository import Repositories

            self._repositories = Repositories(self.space.repositories)
        return self._repositories

    @property
    def commit_files(self) -> CommitFiles:
        """The commit files, read when first asked for."""
        if self._commit_files is None:
            from reviewer.sources.commits import CommitFiles

            self._commit_files = CommitFiles(self.space.commits)
        return self._commit_files

    def commit(self, name: str) -> Commit | str:
        """The human commit of a hash, perhaps abbreviated, or the reason why there is none."""
        from reviewer.sources.git_repository import CommitAmbiguous, CommitUnknown

        with self._git_lock:
            try:
                return self.repositories.commit(name)
            except CommitUnknown as error:
                found = self.commit_files.find(name)
                return found.commit if found is not None else str(error)
            except CommitAmbiguous as error:
                return str(error)

    def load_commits(self) -> dict[str, Commit | str]:
        """All commits by the hash that journals write; for a thread."""
        wanted = dict.fromkeys(e.attempt.commit for e in self.entries if e.attempt.commit and e.commit is None)
        return {name: self.commit(name) for name in wanted if name}

    def apply_commits(self, commits: dict[str, Commit | str]) -> None:
        """Put commits that were loaded into the entries and order them as the queue goes."""
        for entry in self.entries:
            found = commits.get(entry.attempt.commit or "")
            if isinstance(found, Commit):
                entry.commit, entry.commit_hash, entry.subject = found, found.hash, found.subject
                entry.commit_problem = None
                entry.haystack = _haystack(entry)
            elif found is not None:
                entry.commit_problem = found
        self.entries = _in_order(self.entries)

    # Labels --------------------------------------------------------------------------------

    def close(self) -> None:
        """End workers and git processes."""
        if self._runner is not None:
            self._runner.close()
        if self._repositories is not None:
            self._repositories.close()


def _entries(attempts: list[Attempt]) -> list[Entry]:
    """Entries in the queue's order: by commit (the one tried first, first), then time."""
    roots: dict[str, set[str]] = defaultdict(set)
    for attempt in attempts:
        roots[attempt.run].add(attempt.root)
    entries = []
    for attempt in attempts:
        prefix = f"{os.path.basename(attempt.root)}:" if len(roots[attempt.run]) > 1 else ""  # noqa: PTH119
        entry = Entry(
            attempt=attempt,
            name=prefix + _short_name(attempt),
            run_name=prefix + attempt.run,
            commit_hash=attempt.commit,
        )
        entry.haystack = _haystack(entry)
        entries.append(entry)
    return _in_order(entries)


def _in_order(entries: list[Entry]) -> list[Entry]:
    """By commit, the one that was tried first coming first, then time, then id; without commit last."""
    first: dict[str | None, float] = {}
    for entry in entries:
        written = entry.attempt.written if entry.attempt.written is not None else float("inf")
        first[entry.commit_hash] = min(first.get(entry.commit_hash, float("inf")), written)

    def key(entry: Entry) -> tuple[bool, float, str, float, str]:
        written = entry.attempt.written if entry.attempt.written is not None else float("inf")
        commit = entry.commit_hash
        return (commit is None, first[commit], commit or "", written, entry.attempt.id)

    return sorted(entries, key=key)


def _haystack(entry: Entry) -> str:
    return f"{entry.attempt.id} {entry.name} {entry.commit_hash or ''} {entry.subject or ''}".lower()


def _short_name(attempt: Attempt) -> str:
    """Last parts of run and item, without the word that both begin with: ``3368ff88/0000``."""
    run = attempt.run.rpartition("/")[2]
    first, dash, rest = run.rpartition("-")
    if dash and rest and attempt.item.startswith(f"{first}-"):
        return f"{rest}/{attempt.item[len(first) + 1 :]}"
    return f"{run}/{attempt.item}"


def _short_path(path: Path) -> str:
    return "/".join(path.parts[-3:]) if len(path.parts) > 3 else str(path)


def _find_copies(entries: list[Entry]) -> None:
    """Mark attempts that are another's copy: same commit, time written and patch (DESIGN.md §4)."""
    groups: dict[tuple[str, float], list[Entry]] = defaultdict(list)
    for entry in entries:
        attempt = entry.attempt
        if attempt.malformed is None and attempt.commit and attempt.written is not None:
            groups[attempt.commit[:7], attempt.written].append(entry)
    for group in groups.values():
        if len(group) < 2:
            continue
        originals: dict[str | None, Entry] = {}
        for entry in sorted(group, key=lambda entry: (entry.attempt.run, entry.attempt.root, entry.attempt.item)):
            original = originals.setdefault(patch_sha256(entry.attempt), entry)
            entry.copy_of = original.attempt.id if original is not entry else None


def patch_sha256(attempt: Attempt) -> str | None:
    """The hash of the patch file's bytes, ``None`` where there is none."""
    return _sha256(f"{attempt.folder}/{runs.PATCH}")


def journal_sha256(attempt: Attempt) -> str | None:
    """The hash of the journal's bytes, ``None`` where there is none."""
    return _sha256(f"{attempt.folder}/{runs.JOURNAL}")


def _sha256(path: str) -> str | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
