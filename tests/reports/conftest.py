"""What the tests of reports and exports share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose cache the tests on the real attempts share: they are checked once."""
    folder: Path = tmp_path_factory.mktemp("real-cache")
    return {"XDG_CACHE_HOME": str(folder)}
