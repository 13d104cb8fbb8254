"""Fixtures of the tests of checks: a small repository with attempts on it, and the real attempts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from git_repos import commit, git
from ground import ARTEFACTS, Ground
from real import Case, Real

from reviewer.checks.context import Context, Resources
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


@pytest.fixture
def resources(ground: Ground, tmp_path: Path) -> Iterator[Resources]:
    repositories = Repositories([ground.path])
    yield Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ARTEFACTS)
    repositories.close()


@pytest.fixture
def context(ground: Ground, resources: Resources) -> Callable[..., Context]:
    """Make the context of an attempt with this patch: ``context(patch, status="error", …)``."""
    return lambda patch, **changes: Context(ground.attempt(patch, **changes), resources)


@pytest.fixture(scope="session")
def real(isobench: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """The real attempts, read once."""
    found = Real(isobench, tmp_path_factory.mktemp("real") / "scratch")
    yield found
    found.resources.repositories.close()


@pytest.fixture
def patched(ground: Ground, context: Callable[..., Context]) -> Callable[..., Context]:
    """Make the context of an attempt that turns some files of a base into others: ``patched({path: (old, new)})``."""

    def make(files: dict[str, tuple[bytes | None, bytes | None]]) -> Context:
        base = commit(ground.path, {path: old for path, (old, _) in files.items() if old is not None})
        commit(
            ground.path,
            {path: new for path, (old, new) in files.items() if new is not None or old is not None},
        )
        diff = subprocess.run(
            ["git", "diff", "--no-color", "--binary", base, "HEAD"],
            cwd=ground.path,
            capture_output=True,
            check=True,
        ).stdout
        git(ground.path, "reset", "-q", "--hard", base)
        return context(diff, base=base, commit=base)

    return make


@pytest.fixture
def case(cases: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Case]:
    """A case of ``../shared/cases``, named by the parameter of an indirect parametrization."""
    made = Case(cases / request.param, tmp_path)
    yield made
    made.repositories.close()
