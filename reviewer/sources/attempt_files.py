"""The files of an attempt's folder: their names, and the bytes of one of them."""

import os
from collections.abc import Iterable

from reviewer.files import read_file

JOURNAL = "journal.json"
PROMPT = "prompt.json"
SUMMARY = "run_summary.json"
TARGETS = "diff_targets.json"
PATCH = "model_patch.diff"
TASK = "task.txt"
TRAJECTORY = "trajectory.json"

STDOUT = "_stdout.txt"
STDERR = "_stderr.txt"
"""How the names of log files end."""


def read_attempt_file(folder: str, name: str) -> bytes | None:
    """The bytes of one file of an attempt's folder, ``None`` where it is missing or cannot be read."""
    try:
        return read_file(f"{folder}/{name}")
    except OSError:
        return None


def list_names(folder: str) -> list[str]:
    """The names of all files in a folder; none where it cannot be listed."""
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def select_logs(names: Iterable[str], agent: str | None) -> tuple[str, ...]:
    """Those of the names that are log files: standard output first, the agent's own before others."""
    logs = [name for name in names if name.endswith((STDOUT, STDERR))]
    own = agent or "\0"
    return tuple(sorted(logs, key=lambda name: (name.endswith(STDERR), not name.startswith(own), name)))
