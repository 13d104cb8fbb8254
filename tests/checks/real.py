"""The real attempts, human patches and base files, read once for the tests of the heuristic checks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from reviewer.checks.context import Check, Context, Resources
from reviewer.checks.engine.corpus import earlier_patches
from reviewer.model import Attempt, CheckResult, Patch
from reviewer.sources.attempt_files import patch_sha256
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

ARTEFACTS = ("model_patch.diff", ".bench_scratch/")


class Real:
    """Contexts of the attempts that left a patch, and the human commits."""

    def __init__(self, isobench: Path, scratch: Path) -> None:
        repositories = Repositories([isobench / "vllm.git"])
        self.resources = Resources(repositories, CommitFiles([]), Scratch(scratch), ARTEFACTS)
        attempts = [attempt for attempt in scan(isobench / "state/runs") if attempt.patch_bytes]
        attempts.sort(key=lambda attempt: (attempt.base or "", attempt.id))
        self.attempts: dict[str, Attempt] = {attempt.id: attempt for attempt in attempts}
        self._earlier = earlier_patches(((attempt, attempt.commit) for attempt in attempts), patch_sha256)
        self._contexts: dict[str, Context] = {}

    def context(self, id: str) -> Context:
        """One attempt's, as a worker makes it."""
        if id not in self._contexts:
            attempt = self.attempts[id]
            self._contexts[id] = Context(attempt, self.resources, None, self._earlier[attempt.folder].patches)
        return self._contexts[id]

    def run(self, check: Check) -> dict[str, CheckResult]:
        """A check's answers to all attempts with a patch."""
        return {id: check.run(self.context(id)) for id in self.attempts}

    def humans(self, repository: Path) -> Iterator[tuple[str, Patch, Callable[[str], str]]]:
        """Every human commit with its patch and what reads its base, from the attempts' own journals."""
        seen = set()
        for attempt in scan(repository.parent / "state/runs"):
            if attempt.commit is None or attempt.base is None or attempt.commit in seen:
                continue
            seen.add(attempt.commit)
            patch = self.resources.human(attempt.base, attempt.commit)
            yield attempt.commit, patch, self._reader(attempt.base)

    def _reader(self, base: str) -> Callable[[str], str]:
        @lru_cache(maxsize=16)
        def read(path: str) -> str:
            return (self.resources.base_files(base).read(path) or b"").decode()

        return read


class Case:
    """The attempts of a case folder by item, and its repository in a copy."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.repository = work / "repo.git"
        shutil.copytree(folder / "repo.git", self.repository)
        (self.repository / "refs").mkdir(exist_ok=True)
        self.repositories = Repositories([self.repository])
        self._resources = Resources(self.repositories, CommitFiles([]), Scratch(work / "scratch"), ARTEFACTS)
        self.attempts = {attempt.item[-4:]: attempt for attempt in scan(folder / "runs")}

    def context(self, item: str) -> Context:
        """One attempt's, by the last four characters of its item."""
        return Context(self.attempts[item], self._resources)
