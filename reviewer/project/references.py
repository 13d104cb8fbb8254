"""Commits, and both patches of an attempt aligned on their base."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from reviewer.checks.human_patch import NoHumanPatch, read_human_patch
from reviewer.config import Workspace
from reviewer.diffs.parse import parse
from reviewer.model import AlignedFile, Attempt, Commit, Patch
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.text import mask_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.diffs.moved import MovedLine
    from reviewer.project.entries import Entry
    from reviewer.sources.commits import CommitFiles
    from reviewer.sources.git.repository import Repositories


class Review(msgspec.Struct, frozen=True):
    """What the review screen shows of an attempt; ``why_empty`` is for when there is no file to show."""

    files: tuple[AlignedFile, ...]
    why_empty: str
    problems: tuple[str, ...] = ()
    commit: Commit | None = None
    patch: bytes = b""
    """The agent's patch file."""
    moved: tuple[frozenset[MovedLine], ...] = ()
    """For each file the lines that one side only moved."""
    left_known: bool = True
    """Whether there is a human change (or another attempt's patch) to compare with at all."""
    left: str = "human"
    """Whose change the human side of the rows carries: ``human``, or the id of another attempt."""


class References:
    """Human commits and bases, from repositories and commit files; every method may be called from a thread."""

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self._repositories: Repositories | None = None
        self._commit_files: CommitFiles | None = None
        self._lock = threading.Lock()
        self._human: dict[str, Patch | str] = {}

    @property
    def repositories(self) -> Repositories:
        """The repositories, opened when first asked for."""
        if self._repositories is None:
            from reviewer.sources.git.repository import Repositories

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
        from reviewer.sources.git.repository import CommitAmbiguous, GitError

        with self._lock:
            try:
                return self.repositories.commit(name)
            except CommitAmbiguous as error:
                return str(error)
            except GitError as error:
                found = self.commit_files.find(name)
                return found.commit if found is not None else str(error)

    def commit_details(self, commit: str) -> list[tuple[str, str]]:
        """What only a commit's file can tell of it, by name, keys and tokens masked; empty where nothing is told."""
        with self._lock:
            file = self.commit_files.find(commit)
        told = (("pull request", file.pull_request), ("measured by", file.perf_command)) if file else ()
        return [(name, mask_secrets(value)) for name, value in told if value]

    def review(self, entry: Entry, against: Entry | None = None) -> Review:
        """An attempt's patch and the human change aligned on their base; for a thread.

        With ``against`` that attempt's patch stands in the place of the human change.
        """
        try:
            return self._review(entry, against)
        except OSError as error:  # as a full disk, on which git's own small files find no place
            return Review((), f"cannot be read: {error.strerror or error}", (str(error),))

    def _review(self, entry: Entry, against: Entry | None) -> Review:
        from reviewer.diffs.align import align
        from reviewer.diffs.moved import moved_lines

        attempt = entry.attempt
        data = read_attempt_file(attempt.folder, PATCH)
        agent = parse(data) if data is not None else None
        commit, problems = self._commit_of(entry)
        base = attempt.base or (commit.base if commit else None)
        left: Patch | str | None = _other_patch(against) if against is not None else None
        with self._lock:
            if commit is not None and against is None:
                left = self._human_patch(commit, base)
            base_text = self._base_reader(base, left, agent) if commit is not None else _nothing_known
        if isinstance(left, str):
            problems.append(left)
            left = None
        if agent is not None and agent.error:
            problems.append(f"{PATCH}: {agent.error}")
        if against is not None and against.attempt.base != attempt.base:
            problems.append("the other attempt started from another base: its lines may not fit")
        files = align(left, agent, base_text, self.space.settings.artefacts)
        return Review(
            files,
            _why_empty(attempt, data),
            tuple(problems),
            commit,
            patch=data or b"",
            moved=tuple(moved_lines(files)),
            left_known=left is not None,
            left=against.attempt.id if against is not None else "human",
        )

    def human(self, entry: Entry) -> Patch | str:
        """The human change that an attempt is measured against, or why there is none; for a thread."""
        commit, problems = self._commit_of(entry)
        if commit is None:
            return problems[0]
        with self._lock:
            return self._human_patch(commit, entry.attempt.base or commit.base)

    def _commit_of(self, entry: Entry) -> tuple[Commit | None, list[str]]:
        if entry.commit is not None:
            return entry.commit, []
        if not entry.attempt.commit:
            return None, ["the journal names no human commit"]
        found = self.commit(entry.attempt.commit)
        return (found, []) if isinstance(found, Commit) else (None, [found])

    def _human_patch(self, commit: Commit, base: str | None) -> Patch | str:
        """The human change, parsed once a commit; a text says why there is none."""
        key = f"{base}..{commit.hash}"
        if key not in self._human:
            if len(self._human) > 64:
                self._human.clear()
            start = base or commit.base
            try:
                data = read_human_patch(self.repositories, self.commit_files, start, commit.hash)
            except NoHumanPatch as error:
                return f"no human change to show: {error}"
            self._human[key] = parse(data)
        return self._human[key]

    def _base_reader(self, base: str | None, *patches: Patch | str | None) -> Callable[[str], bytes | None]:
        """Reads a file of the base, ``None`` where it cannot be had; all entries are looked up at once."""
        from reviewer.sources.git.process import GitError

        changes = [c for patch in patches if patch and not isinstance(patch, str) for c in patch.files]
        paths = {path for change in changes for path in (change.old, change.new) if path}
        try:
            entries = self.repositories.entries(self.repositories.resolve(base or ""), paths)
        except GitError:
            return _nothing_known
        blobs = {path: self.repositories.blob(entry.blob) for path, entry in entries.items()}
        # A file that the base does not have is empty there; one whose blob is missing is not known.
        return lambda path: blobs.get(path) if path in entries else b""

    def close(self) -> None:
        """End the git processes."""
        if self._repositories is not None:
            self._repositories.close()


def _nothing_known(path: str) -> bytes | None:
    """Stands for a base that is not to be had."""
    return None


def _other_patch(entry: Entry) -> Patch | str:
    """The patch of an attempt that another one is compared with, or why there is none."""
    data = read_attempt_file(entry.attempt.folder, PATCH)
    if not data:
        return "the other attempt left no patch to compare with"
    patch = parse(data)
    return patch if patch.files else f"the other attempt's patch: {patch.error}"


def _why_empty(attempt: Attempt, patch: bytes | None) -> str:
    if patch is None:
        return f"no patch: the attempt left no {PATCH}, and there is no human change to show either"
    return f"nothing to show: {PATCH} has {len(patch)} bytes and changes no file" if patch else "empty patch"
