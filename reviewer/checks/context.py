"""What every check is given and gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from reviewer.checks.protocol import EarlierPatch
from reviewer.checks.reading.application import REGULAR, Application, PatchedFile, apply
from reviewer.checks.reading.usable import Unusable, unusable
from reviewer.config import CheckSettings
from reviewer.model import Attempt, CheckResult, FileChange, FileEntry, LogFacts, Patch
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.exact import FilePatch, read_exactly
from reviewer.sources.git.repository import CommitUnknown, GitError, Repositories
from reviewer.sources.git.scratch import Count, Scratch

if TYPE_CHECKING:
    from reviewer.checks.engine.cache_keys import Input
    from reviewer.checks.reading.linter import Linted
    from reviewer.diffs.giveaway import Solution

_HELD = 64 << 20
"""Bytes of base files that a worker keeps at most."""

_PATCHES = 64
"""Earlier attempts' patches that a worker keeps at most."""


class Unanswerable(Exception):
    """A question cannot be answered; the message is the reason that ``unknown`` comes with."""


def lacking(path: str, entry: FileEntry) -> Unanswerable:
    """Says that a repository has a file's name and not its content."""
    return Unanswerable(
        f"the repository lacks the base's {path} (blob {entry.blob[:12]}): it is partial or damaged"
    )


class Check(Protocol):
    """A question that a program answers: one module each, with these at its top level."""

    name: str
    version: int
    """Goes up when the same inputs may give another answer."""
    inputs: tuple[Input, ...]
    """What the answer depends on, besides tools and settings (:mod:`reviewer.checks.engine.cache_keys`)."""
    control: bool
    """Whether it is run on the human patch too."""
    explain: str
    """What is asked and how it is found out, for people."""

    def run(self, context: Context) -> CheckResult:
        """Answer for one attempt. Raises :class:`Unanswerable` and ``GitError`` for ``unknown``."""


class Earlier(NamedTuple):
    """The patch of an attempt at the same commit that ended before this one began."""

    attempt: str
    patch: Patch


def _told_nobody(attempt: str, check: str | None, what: str) -> None:
    """Stands for who listens, where nobody does."""


class Bench:
    """What a worker keeps between attempts."""

    def __init__(
        self,
        repositories: Repositories,
        commit_files: CommitFiles,
        scratch: Scratch,
        artefacts: tuple[str, ...],
        settings: CheckSettings | None = None,
    ) -> None:
        self.repositories = repositories
        self.commit_files = commit_files
        self.scratch = scratch
        self.artefacts = artefacts
        self.settings = settings or CheckSettings()
        self._human: tuple[tuple[str | None, str | None], Patch | str] | None = None
        self._solution: Solution | None = None
        self._base: str | None = None
        self._entries: dict[str, FileEntry | None] = {}
        self._blobs: dict[str, bytes | None] = {}
        self._held = 0
        self._parsed: dict[bytes, Patch] = {}
        self._attempt = ""
        self.tell: Callable[[str, str | None, str], None] = _told_nobody
        """Is told what is about to be done: attempt, check, what; a worker passes it on."""

    def begin(self, attempt: str) -> None:
        """An attempt is about to be checked."""
        self._attempt = attempt
        self.tell(attempt, None, "")

    def doing(self, check: str, what: str) -> None:
        """Something is about to be done that may take long, or end the process."""
        self.tell(self._attempt, check, what)

    @cached_property
    def linted(self) -> Linted:
        """What ruff found in texts."""
        from reviewer.checks.reading.linter import Linted

        return Linted(self.scratch.folder.with_name("texts"))

    def entries(self, base: str, paths: Iterable[str]) -> dict[str, FileEntry]:
        """What a commit (full hash) has at ``paths``, as :meth:`Repositories.entries`; kept for one base."""
        self._on(base)
        wanted = list(dict.fromkeys(paths))
        asked = [path for path in wanted if path not in self._entries]
        if asked:
            self._entries |= dict.fromkeys(asked) | self.repositories.entries(base, asked)
        return {path: entry for path in wanted if (entry := self._entries[path]) is not None}

    def blob(self, base: str, id: str) -> bytes | None:
        """A blob's bytes, ``None`` where no repository has it; kept while the base is the same."""
        self._on(base)
        if id not in self._blobs:
            data = self.repositories.blob(id)
            self._held += len(data or b"")
            if self._held > _HELD:
                self._blobs.clear()
                self._held = len(data or b"")
            self._blobs[id] = data
        return self._blobs[id]

    def _on(self, base: str) -> None:
        if base != self._base:
            self._base, self._entries, self._blobs, self._held = base, {}, {}, 0

    def parsed(self, data: bytes) -> Patch:
        """A patch file's bytes, parsed; kept for a while, since a later attempt compares with the same patch."""
        from reviewer.diffs.parse import parse

        key = hashlib.sha1(data, usedforsecurity=False).digest()
        if key not in self._parsed:
            if len(self._parsed) >= _PATCHES:
                self._parsed.clear()
            self._parsed[key] = parse(data)
        return self._parsed[key]

    def human(self, base: str | None, commit: str | None) -> Patch | str:
        """The human patch from ``base`` to ``commit`` (full hashes), or why there is none.

        The last answer is kept: attempts come in batches on one base.
        """
        if self._human is None or self._human[0] != (base, commit):
            self._human = ((base, commit), self._read_human(base, commit))
        return self._human[1]

    def solution(self, human: Patch | None, message: str | None) -> Solution:
        """A human change (by identity) and its message, to be looked for in task texts; the last one is kept."""
        from reviewer.diffs.giveaway import Solution

        last = self._solution
        if last is None or last.human is not human or last.message != message:
            last = self._solution = Solution(human, message)
        return last

    def _read_human(self, base: str | None, commit: str | None) -> Patch | str:
        from reviewer.diffs.parse import parse, restore_context
        from reviewer.text import encode

        if commit is None:
            return "the journal names no human commit"
        reason = "its parent is in no repository"
        if base is not None:
            try:
                return parse(self.repositories.human_diff(base, commit))
            except GitError as error:
                reason = str(error)
        file = self.commit_files.find(commit)
        if file is None or file.diff_text is None:
            return reason
        return parse(encode(restore_context(file.diff_text)))


class Context:
    """One attempt with everything that checks ask about it; what is slow is read when first asked for.

    ``unresolved`` maps names of commits that could not be resolved to the reason.
    """

    def __init__(
        self,
        attempt: Attempt,
        bench: Bench,
        unresolved: Mapping[str, str] | None = None,
        earlier: tuple[EarlierPatch, ...] = (),
    ) -> None:
        self.attempt = attempt
        self.bench = bench
        self._unresolved = unresolved or {}
        self._earlier = earlier

    @cached_property
    def data(self) -> bytes | None:
        """The patch file's bytes, ``None`` where there is none."""
        return read_attempt_file(self.attempt.folder, PATCH)

    @cached_property
    def patch(self) -> Patch:
        """The agent's patch; without files where it is missing or empty."""
        return self.bench.parsed(self.data or b"")

    @cached_property
    def files(self) -> tuple[FileChange, ...]:
        """What the agent's patch changes, artefacts left out."""
        return self._meant(self.patch)

    @cached_property
    def human_files(self) -> tuple[FileChange, ...]:
        """What the human's patch changes, artefacts left out. Raises :class:`Unanswerable`."""
        return self._meant(self.human)

    @cached_property
    def exact(self) -> list[FilePatch] | None:
        """The patch as git surely reads it, ``None`` where only git can tell."""
        return read_exactly(self.data or b"")

    @cached_property
    def application(self) -> Application:
        """What becomes of the patch on its base. Raises as :func:`reviewer.checks.reading.application.apply`."""
        return apply(self)

    @property
    def patched(self) -> tuple[PatchedFile, ...]:
        """The files that the patch changes, before and after it. Raises :class:`Unanswerable` where git rejects it."""
        applied = self.application.applied
        if applied is None or not applied.ok:
            raise Unanswerable("the patch does not apply")
        return self.application.files

    @cached_property
    def numstat(self) -> list[Count] | str:
        """How git reads the patch, or why it cannot. Raises ``GitError`` where there is no git to ask."""
        if self.exact is not None:
            return [file.stat for file in self.exact]
        try:
            applied = self.application.applied
        except (Unanswerable, GitError):
            applied = None
        if applied is not None and applied.ok:  # git has counted already, and starting it is what takes time
            return applied.counts
        return self.bench.scratch.numstat(self.data or b"")

    @cached_property
    def unusable(self) -> Unusable | None:
        """What is wrong with the patch as a whole, ``None`` for a usable one.

        Raises ``GitError`` where git cannot be asked; :func:`reviewer.checks.reading.usable.without_git` answers then.
        """
        return unusable(self)

    @cached_property
    def logs(self) -> LogFacts:
        """What trajectory and logs tell."""
        from reviewer.sources.logs.facts import read_log_facts

        return read_log_facts(self.attempt, self.data)

    @cached_property
    def task(self) -> str | None:
        """The text that the agent was given, ``None`` where it is not known."""
        from reviewer.sources.trajectories import read_task

        return read_task(self.attempt.folder)

    @cached_property
    def earlier(self) -> tuple[Earlier, ...]:
        """What attempts at the same commit that ended before this one began had left, oldest first."""
        read = ((one.attempt, read_attempt_file(one.folder, PATCH)) for one in self._earlier)
        found = (Earlier(attempt, self.bench.parsed(data or b"")) for attempt, data in read)
        return tuple(
            one._replace(patch=msgspec.structs.replace(one.patch, files=self._meant(one.patch)))
            for one in found
            if one.patch.files
        )

    def base_text(self, path: str) -> bytes | None:
        """The bytes of a file of the base, ``None`` where it has none there (or what is there is no file).

        Raises :class:`Unanswerable` where the repository lacks it, and what :attr:`base` raises.
        """
        entry = self.bench.entries(self.base, (path,)).get(path)
        if entry is None or entry.mode not in REGULAR:
            return None
        data = self.bench.blob(self.base, entry.blob)
        if data is None:
            raise lacking(path, entry)
        return data

    @property
    def commit(self) -> str:
        """The human commit's full hash. Raises :class:`Unanswerable`."""
        if self.attempt.commit is None:
            raise Unanswerable("the journal names no human commit")
        return self._full(self.attempt.commit)

    @cached_property
    def base(self) -> str:
        """The full hash of what the attempt started from: the journal's, else the human commit's parent.

        Raises :class:`Unanswerable`, and ``CommitUnknown`` where no repository has it.
        """
        if self.attempt.base is not None:
            return self.bench.repositories.resolve(self._full(self.attempt.base))
        parent = self.bench.repositories.commit(self.commit).base
        if parent is None:
            raise Unanswerable("the journal names no base, and the human commit's parent is in no repository")
        return parent

    @cached_property
    def human(self) -> Patch:
        """The human patch on the attempt's base. Raises :class:`Unanswerable`."""
        base = reason = None
        try:
            base = self.base
        except (Unanswerable, CommitUnknown) as error:
            reason = str(error)
        found = self.bench.human(base, self.commit)
        if isinstance(found, str):
            raise Unanswerable(f"no human change to compare with: {reason or found}")
        return found

    @property
    def message(self) -> str | None:
        """The human commit's message, ``None`` where it is not known."""
        try:
            return self.bench.repositories.commit(self.commit).message
        except (Unanswerable, GitError):
            file = self.bench.commit_files.find(self.attempt.commit or "")
            return file.commit.message if file is not None else None

    @property
    def facts(self) -> LogFacts:
        """What trajectory and logs tell, with what the patch counts as checks do: artefacts left out."""
        if self.data is None:
            return self.logs
        return msgspec.structs.replace(
            self.logs,
            files=len(self.files),
            added=sum(change.added for change in self.files),
            removed=sum(change.removed for change in self.files),
        )

    def _meant(self, patch: Patch) -> tuple[FileChange, ...]:
        from reviewer.diffs.parse import is_artefact

        return tuple(change for change in patch.files if not is_artefact(change.path, self.bench.artefacts))

    def _full(self, name: str) -> str:
        if name in self._unresolved:
            raise Unanswerable(self._unresolved[name])
        return name
