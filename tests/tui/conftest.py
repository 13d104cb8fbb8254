"""What the tests of screens share."""

from __future__ import annotations

import pytest
from memory import MemoryRuns

from reviewer.tui import background


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> MemoryRuns:
    """Attempts that need no git and no worker; they are only read."""
    return MemoryRuns(tmp_path_factory.mktemp("runs"))


@pytest.fixture(autouse=True)
def _keys_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on behind the screens goes on after a key too: no person waits for its answer here."""
    monkeypatch.setattr(background, "KEY_LASTS", 0.0)
