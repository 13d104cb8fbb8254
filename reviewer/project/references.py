"""Commits, and both patches of an attempt aligned on their base."""

import hashlib
import threading
from collections.abc import Callable
from functools import cached_property, lru_cache

import msgspec

from reviewer.checks.human_patch import NoHumanPatch, read_human_patch, read_test_patch
from reviewer.config import Workspace
from reviewer.diffs.align import align
from reviewer.diffs.derived import MovedLine, moved_lines
from reviewer.diffs.languages import is_artefact
from reviewer.diffs.parse import parse, with_net_change
from reviewer.model import AlignedFile, Attempt, Commit, FileChange, Patch
from reviewer.project.entries import Entry
from reviewer.sources.attempt_files import PATCH, patch_sha256, read_attempt_file
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import CommitAmbiguous, Repositories
from reviewer.text import mask_secrets

TESTS = "tests of the benchmark (test_patch): no part of the human's optimisation, not counted"
"""What stands at a file that a data file's own test patch changes."""


class NoCommit(Exception):
    """The human commit of an attempt cannot be had; the message is the reason.

    ``ambiguous``: its hash is shortened, and several commits begin with it.
    """

    def __init__(self, reason: str, *, ambiguous: bool = False) -> None:
        super().__init__(reason)
        self.ambiguous = ambiguous


class NoOtherPatch(Exception):
    """The attempt that another one is compared with has no patch; the message is the reason."""


class Review(msgspec.Struct, frozen=True):
    """Both patches of an attempt, aligned; ``why_empty`` is the reason where there is no file to show."""

    files: tuple[AlignedFile, ...]
    why_empty: str
    problems: tuple[str, ...] = ()
    commit: Commit | None = None
    patch: bytes = b""
    """The agent's patch file."""
    patch_sha256: str | None = None
    """The hash of the patch file's bytes, ``None`` where there is none."""
    moved: tuple[frozenset[MovedLine], ...] = ()
    """For each file the lines that one side only moved."""
    left_known: bool = True
    """Whether there is a human change (or another attempt's patch) to compare with at all."""
    left: str = "human"
    """The owner of the change on the human side of the rows: ``human``, or the id of another attempt."""


class References:
    """Human commits and bases, from repositories and commit files; every method may be called from a thread.

    Without ``repositories`` those of ``space`` are opened.
    """

    def __init__(self, space: Workspace, *, repositories: Repositories | None = None) -> None:
        self.space = space
        if repositories is not None:
            self.repositories = repositories
        self._lock = threading.Lock()
        self._human_patch = lru_cache(64)(self._read_human_patch)

    @cached_property
    def repositories(self) -> Repositories:
        """The repositories, opened when first asked for."""
        return Repositories(self.space.repositories)

    @cached_property
    def commit_files(self) -> CommitFiles:
        """The commit files, read when first asked for."""
        return CommitFiles(self.space.commits, self.space.data)

    def forget_files(self) -> None:
        """Read commit files and data files again when they are next asked for."""
        with self._lock:
            self.__dict__.pop("commit_files", None)
            self._human_patch.cache_clear()

    def commit(self, name: str) -> Commit:
        """The human commit of a hash, perhaps abbreviated. Raises :class:`NoCommit`."""
        with self._lock:
            try:
                return self.repositories.commit(name)
            except CommitAmbiguous as error:
                raise NoCommit(str(error), ambiguous=True) from None
            except GitError as error:
                file = self.commit_files.find(name)
                if file is None:
                    raise NoCommit(str(error)) from None
                return file.commit

    def commit_details(self, commit: str) -> list[tuple[str, str]]:
        """Name and value of what only a commit's file has, keys and tokens masked."""
        with self._lock:
            file = self.commit_files.find(commit)
        details = (("pull request", file.pull_request), ("measured by", file.perf_command)) if file else ()
        return [(name, mask_secrets(value)) for name, value in details if value]

    def problem_statement(self, commit: str) -> str | None:
        """How a benchmark's data file puts the task of a human commit, ``None`` where none does."""
        with self._lock:
            file = self.commit_files.find(commit)
        return file.task if file else None

    def review(self, entry: Entry, against: Entry | None = None) -> Review:
        """An attempt's patch and the human change, or the patch of ``against``, aligned on their base; for a thread."""
        try:
            return self._review(entry, against)
        except OSError as error:  # as a full disk, on which git's own small files find no place
            reason, sha256 = error.strerror or str(error), patch_sha256(entry.attempt.folder)
            return Review((), f"cannot be read: {reason}", (str(error),), patch_sha256=sha256)

    def _review(self, entry: Entry, against: Entry | None) -> Review:
        attempt = entry.attempt
        data = read_attempt_file(attempt.folder, PATCH)
        artefacts = self.space.settings.artefacts
        agent = parse(data, lambda path: not is_artefact(path, artefacts)) if data is not None else None
        problems = [attempt.patch_unknown] if data is None and attempt.patch_unknown else []
        commit = left = None
        tests: tuple[FileChange, ...] = ()
        try:
            commit = self.commit_of(entry)
        except NoCommit as error:
            problems.append(str(error))
        base = attempt.base or (commit.base if commit else None)
        with self._lock:
            try:
                if against is not None:
                    left = _other_patch(against)
                elif commit is not None:
                    left = self._human_patch(commit.hash, base)
                    tests = parse(read_test_patch(self.commit_files, base, commit.hash)).files
            except (NoHumanPatch, NoOtherPatch) as error:
                problems.append(str(error))
            base_text = (
                self._base_reader(base, left, agent, Patch(files=tests))
                if commit is not None
                else _unknown_text
            )
        left, agent = (
            with_net_change(patch, base_text) if patch is not None else None for patch in (left, agent)
        )
        if agent is not None and agent.error:
            problems.append(f"{PATCH}: {agent.error}")
        if against is not None and against.attempt.base != attempt.base:
            problems.append("the other attempt started from another base: its lines may not fit")
        files = align(_with_tests(left, tests), agent, base_text, artefacts)
        return Review(
            _mark_tests(files, tests),
            _why_empty(attempt, data),
            tuple(problems),
            commit,
            patch=data or b"",
            patch_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
            moved=tuple(moved_lines(files)),
            left_known=left is not None,
            left=against.attempt.id if against is not None else "human",
        )

    def human(self, entry: Entry) -> Patch:
        """The human change that an attempt is measured against; for a thread. Raises :class:`NoHumanPatch`."""
        try:
            commit = self.commit_of(entry)
        except NoCommit as error:
            raise NoHumanPatch(str(error)) from None
        with self._lock:
            return self._human_patch(commit.hash, entry.attempt.base or commit.base)

    def commit_of(self, entry: Entry) -> Commit:
        """The human commit of an attempt, or what a data file says of its task. Raises :class:`NoCommit`."""
        if entry.commit is not None:
            return entry.commit
        if not entry.attempt.commit:
            raise NoCommit("no human commit is named")
        try:
            return self.commit(entry.attempt.commit)
        except NoCommit as error:
            if entry.attempt.commit == entry.attempt.instance:
                raise NoCommit(
                    f"{entry.attempt.instance}: no data file (--data) has its human change"
                ) from None
            raise error from None

    def _read_human_patch(self, commit: str, base: str | None) -> Patch:
        """The human change from ``base`` to a full hash. Raises :class:`NoHumanPatch`."""
        try:
            return parse(read_human_patch(self.repositories, self.commit_files, base, commit))
        except NoHumanPatch as error:
            raise NoHumanPatch(f"no human change to show: {error}") from None

    def _base_reader(self, base: str | None, *patches: Patch | None) -> Callable[[str], bytes | None]:
        """Reads a file of the base, ``None`` where it cannot be had; all entries are looked up at once."""
        changes = [change for patch in patches if patch is not None for change in patch.sections]
        paths = {path for change in changes for path in (change.old, change.new) if path}
        try:
            entries = self.repositories.entries(self.repositories.resolve(base or ""), paths)
        except GitError:
            return _unknown_text
        blobs = {path: self.repositories.blob(entry.blob) for path, entry in entries.items()}
        # A file that the base does not have is empty there; one whose blob is missing is not known.
        return lambda path: blobs.get(path) if path in entries else b""

    def close(self) -> None:
        """End the git processes."""
        if "repositories" in self.__dict__:
            self.repositories.close()


def _unknown_text(path: str) -> bytes | None:
    """Reads nothing: the base is not to be had."""
    return None


def _other_patch(entry: Entry) -> Patch:
    """The patch of an attempt that another one is compared with. Raises :class:`NoOtherPatch`."""
    data = read_attempt_file(entry.attempt.folder, PATCH)
    if not data:
        raise NoOtherPatch("the other attempt left no patch to compare with")
    patch = parse(data)
    if not patch.files:
        raise NoOtherPatch(f"the other attempt's patch: {patch.error}")
    return patch


def _with_tests(human: Patch | None, tests: tuple[FileChange, ...]) -> Patch | None:
    """The human's change with the benchmark's own tests of files that it leaves alone."""
    if human is None or not tests:
        return human
    known = {change.path for change in human.files}
    added = tuple(change for change in tests if change.path not in known)
    return msgspec.structs.replace(human, files=(*human.files, *added))


def _mark_tests(files: tuple[AlignedFile, ...], tests: tuple[FileChange, ...]) -> tuple[AlignedFile, ...]:
    """The files, with a note on those whose human change is the benchmark's tests."""
    return tuple(
        msgspec.structs.replace(file, notes=(*file.notes, TESTS)) if file.human in tests else file
        for file in files
    )


def _why_empty(attempt: Attempt, patch: bytes | None) -> str:
    if patch is None and attempt.patch_unknown:
        return f"no patch to show, and no human change: {attempt.patch_unknown}"
    if patch is None:
        return f"no patch: the attempt left no {PATCH}, and there is no human change to show either"
    return f"nothing to show: {PATCH} has {len(patch)} bytes and changes no file" if patch else "empty patch"
