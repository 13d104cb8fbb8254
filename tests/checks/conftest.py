"""Fixtures of the tests of checks: a small repository with attempts on it, and the real attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ground import ARTEFACTS, Ground
from real import Real

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
