"""Runs of a few bytes for tests that are about labels, and a project that opens them."""

from __future__ import annotations

import json
from pathlib import Path

from reviewer.config import workspace
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.queues import open_queue
from reviewer.project.session import Session


def attempt(
    root: Path,
    name: str,
    *,
    commit: str = "a",
    written: float = 1.0,
    patch: str | None = "x\n",
    status: str = "success",
) -> Path:
    """Write one attempt; ``commit`` is the letter that its human commit's hash is made of."""
    folder = root / name
    folder.mkdir(parents=True)
    journal = {
        "commits": {"human": commit * 40, "pre": "b" * 40},
        "status": status,
        "timestamps": {"written": written},
    }
    (folder / "journal.json").write_text(json.dumps(journal))
    if patch is not None:
        (folder / "model_patch.diff").write_text(patch)
    return folder


def opened(tmp_path: Path, annotator: str = "ada") -> Project:
    """The runs below ``tmp_path/r``, as an annotator opens them."""
    return Project.open(workspace((tmp_path / "r",), verdicts=tmp_path / "verdicts", annotator=annotator))


def start_session(project: Project, wanted: str, *, blind: bool | None = None) -> Session:
    """Work through the queue of a file, a stored name or a kind."""
    return project.start_session(open_queue(project, wanted), blind=blind)


def entry_of(project: Project, name: str) -> Entry:
    """An attempt that must be there."""
    entry = project.find(name)
    assert entry is not None, name
    return entry
