"""All repositories of a project: a commit is looked up in each.

Git's plumbing reads; GitPython opens a repository to resolve a shortened hash. It is imported at that moment
only, since that takes a while: workers are given full hashes and never need it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reviewer.model import HASH, Commit, FileEntry
from reviewer.sources.git.objects import FULL_HASH, Repository
from reviewer.sources.git.process import GitError, GitMissing, process_environment

if TYPE_CHECKING:
    from git import Repo

__all__ = ["CommitAmbiguous", "CommitUnknown", "GitError", "Repositories"]


class CommitUnknown(GitError):
    """No repository has the commit; the message names those that were searched and those that could not be."""


class CommitAmbiguous(GitError):
    """A shortened hash that several commits begin with: ``candidates``, full hashes, sorted."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(f"{name} is ambiguous: {', '.join(candidates)}")
        self.candidates = tuple(candidates)


class Repositories:
    """Any number of repositories, opened when first used; safe to share by threads.

    A repository that cannot be opened is named in :attr:`problems` and leaves the others alone. ``scratch`` is as
    for :class:`Repository`.
    """

    def __init__(self, paths: Iterable[Path], scratch: Path | None = None) -> None:
        self.paths = tuple(paths)
        self._scratch = scratch
        self._lock = threading.Lock()
        self._opened: list[Repository] | None = None
        self._problems: list[tuple[Path, str]] = []
        self._libraries: dict[Path, Repo] = {}
        self._resolved: dict[str, str] = {}

    @property
    def problems(self) -> list[tuple[Path, str]]:
        """Which repositories cannot be used, and which were seen to be damaged so far, and why."""
        opened = [(repository.path, repository.damage()) for repository in self._repositories()]
        return [*self._problems, *((path, f"is damaged: {damage}") for path, damage in opened if damage)]

    @property
    def notices(self) -> list[tuple[Path, str]]:
        """What there is to say of repositories: :attr:`problems`, and what is odd about those that can be read."""
        odd = [(repository.path, repository.notice) for repository in self._repositories()]
        return [*self.problems, *((path, notice) for path, notice in odd if notice)]

    def resolve(self, name: str) -> str:
        """The full hash of a commit, given in full or by its first 4 digits or more.

        Raises :class:`CommitUnknown` and :class:`CommitAmbiguous`.
        """
        given, name = name, name.strip().lower()
        if name not in self._resolved:
            found = self._find(name)
            if not found:
                raise CommitUnknown(self._unknown(given.strip()))
            if len(found) > 1:
                raise CommitAmbiguous(name, sorted(found))
            self._resolved[name] = found.pop()
        return self._resolved[name]

    def commit(self, name: str) -> Commit:
        """A commit by its hash, perhaps shortened; errors as :meth:`resolve`.

        ``base`` is ``None`` where the first parent is in no repository (a shallow clone's edge).
        """
        full = self.resolve(name)
        for repository in self._repositories():
            found = repository.commit(full)
            if found is not None:
                if found.base is not None and not self._find(found.base):
                    return msgspec.structs.replace(found, base=None)
                return found
        raise CommitUnknown(self._unknown(name))

    def entries(self, commit: str, paths: Iterable[str]) -> dict[str, FileEntry]:
        """What a commit (full hash) has at ``paths``; a folder has mode ``40000``, an absent path no entry.

        Raises :class:`CommitUnknown`, or :class:`GitError` where a tree is missing or cannot be read.
        """
        return self._with(commit).entries(commit, paths)

    def below(self, commit: str, folder: str) -> dict[str, FileEntry]:
        """Every file of a commit (full hash) in a folder, however deep; errors as :meth:`entries`."""
        return self._with(commit).below(commit, folder)

    def files(self, commit: str, *endings: str) -> Iterator[tuple[str, str]]:
        """Path and object id of a commit's (full hash) files with these endings, as far as its trees are there."""
        return self._with(commit).files(commit, *endings)

    def blob(self, id: str) -> bytes | None:
        """A blob's bytes, ``None`` where no repository has it, as in a partial clone."""
        return next(self.blobs((id,)))

    def blobs(self, ids: Sequence[str]) -> Iterator[bytes | None]:
        """The bytes of each of many blobs, as :meth:`blob`."""
        repositories = self._repositories()
        objects = repositories[0].objects(ids) if repositories else repeat(None)
        for id, first in zip(ids, objects, strict=False):
            others = (repository.object(id) for repository in repositories[1:])
            found = (
                each.data for each in chain((first,), others) if each is not None and each.kind == "blob"
            )
            yield next(found, None)

    def find_commit(self, blobs: Mapping[str, str]) -> str | None:
        """As :meth:`Repository.find_commit`, in the first repository that knows one."""
        found = (repository.find_commit(blobs) for repository in self._repositories())
        return next((commit for commit in found if commit is not None), None)

    def human_diff(self, base: str, human: str) -> bytes:
        """The patch from one commit (full hash) to another, renames found.

        Raises :class:`CommitUnknown`, or :class:`GitError` where a file's content is missing.
        """
        return self._with(human).diff(base, human)

    def close(self) -> None:
        """End all git processes."""
        with self._lock:
            for repository in self._opened or ():
                repository.close()
            for library in self._libraries.values():
                library.close()
            self._opened, self._libraries = [], {}

    def _repositories(self) -> list[Repository]:
        with self._lock:
            if self._opened is None:
                self._opened = []
                for path in self.paths:
                    try:
                        self._opened.append(Repository(path, self._scratch))
                    except GitError as error:
                        self._problems.append((path, str(error)))
            return self._opened

    def _with(self, commit: str) -> Repository:
        for repository in self._repositories():
            if repository.has_commit(commit):
                return repository
        raise CommitUnknown(self._unknown(commit))

    def _find(self, name: str) -> set[str]:
        if not HASH.fullmatch(name):
            return set()
        repositories = self._repositories()
        if FULL_HASH.fullmatch(name):
            return {name} if any(repository.has_commit(name) for repository in repositories) else set()
        found: set[str] = set()
        for repository in repositories:
            with self._lock:
                full = self._ask_library(repository, name)
            found |= {full} if full and repository.has_commit(full) else set(repository.matching(name))
        return found

    def _ask_library(self, repository: Repository, name: str) -> str | None:
        """GitPython's answer; ``None`` where it has none: unknown, ambiguous, or a repository it cannot open."""
        try:
            with process_environment():
                from git import Repo

                library = self._libraries.get(repository.git_dir)
                if library is None:
                    library = Repo(repository.git_dir, expand_vars=False)
                    library.git.update_environment(GIT_DIR=str(repository.git_dir))
                    self._libraries[repository.git_dir] = library
                return library.odb.partial_to_complete_sha_hex(name).hex()
        except Exception:
            # Its own reader of configurations raises whatever a stranger's file makes it raise.
            return None

    def _unknown(self, name: str) -> str:
        if not HASH.fullmatch(name.lower()):
            return f"{name!r} is not a commit hash"
        problems = self.problems
        no_git = str(GitMissing())
        if any(reason == no_git for _, reason in problems):
            return f"commit {name} is unknown: {no_git}"
        asked = ", ".join(str(repository.path) for repository in self._repositories())
        where = f"in no repository ({asked})" if asked else "unknown: no repository was opened"
        return "; ".join([f"commit {name} is {where}", *(f"{path} {reason}" for path, reason in problems)])
