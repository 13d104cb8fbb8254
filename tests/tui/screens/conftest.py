"""The application on the real runs, as the tests of several screens open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp


@pytest.fixture
def app(isobench: Path, tmp_path: Path) -> ReviewerApp:
    space = workspace((isobench / "state/runs",), verdicts=tmp_path / "verdicts", annotator="ada")
    return ReviewerApp(Project.open(space))
