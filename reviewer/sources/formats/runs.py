"""The run layout: a folder with a ``journal.json`` is an attempt, at any depth."""

import os
from pathlib import Path

from reviewer.sources.attempt_files import JOURNAL
from reviewer.sources.registry import Format, Reading
from reviewer.sources.run_folders import find_journal
from reviewer.sources.runs import scan


def _recognise(path: Path, head: bytes) -> str | None:
    journal = None if head else find_journal(path)
    return f"{os.path.relpath(journal, path)} is there" if journal else None


def _read(path: Path, run: str) -> Reading:
    return Reading(scan(path))


FORMAT = Format(name="runs", title=f"run layout ({JOURNAL})", recognise=_recognise, read=_read)
