"""The files of an attempt's folder: their names, and the bytes of one of them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from io import BufferedReader

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


def log_names(folder: str, agent: str | None = None) -> tuple[str, ...]:
    """The names of the log files in a folder, ordered as by :func:`select_logs`."""
    return select_logs(list_names(folder), agent)


def select_logs(names: Iterable[str], agent: str | None) -> tuple[str, ...]:
    """Those of the names that are log files: standard output first, the agent's own before others."""
    logs = [name for name in names if name.endswith((STDOUT, STDERR))]
    own = agent or "\0"
    return tuple(sorted(logs, key=lambda name: (name.endswith(STDERR), not name.startswith(own), name)))


def read_file(path: str) -> bytes:
    """A regular file's bytes. Raises :class:`OSError`, also for a pipe or device, which would never end."""
    descriptor, size = open_regular(path)
    try:
        data = os.read(descriptor, size + 1)
        if len(data) == size:  # nothing came after what was there: nearly always
            return data
        parts = [data]
        while parts[-1]:
            parts.append(os.read(descriptor, 1 << 20))
        return b"".join(parts)
    finally:
        os.close(descriptor)


def open_file(path: str) -> BufferedReader:
    """A regular file, open for reading. Raises :class:`OSError`, also for what :func:`read_file` refuses."""
    return os.fdopen(open_regular(path)[0], "rb")


def open_regular(path: str) -> tuple[int, int]:
    """A regular file's descriptor and size. Raises :class:`OSError`, also for what is no regular file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor, status.st_size
