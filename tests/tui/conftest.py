"""What the tests of screens share."""

from __future__ import annotations

import pytest
from memory import MemoryRuns


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> MemoryRuns:
    """Attempts that need no git and no worker; they are only read."""
    return MemoryRuns(tmp_path_factory.mktemp("runs"))
