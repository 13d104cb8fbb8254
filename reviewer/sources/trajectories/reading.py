"""Finds what tells an attempt's steps and reads it: a trajectory of a known form, else the agent's log.

A form is told by the file's content. Another one is another module with ``recognises`` and ``read``.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Protocol

import msgspec

from reviewer.sources.attempt_files import TRAJECTORY, log_names
from reviewer.sources.trajectories import trae, trae_console
from reviewer.sources.trajectories.steps import MOST_BYTES, StepLog

_ENDINGS = (".traj", ".traj.json")


class Reader(Protocol):
    """What reads one form of trajectory from the members of its JSON object."""

    FORM: str

    def recognises(self, members: Mapping[str, Any]) -> bool:
        """Whether the members are of this form."""

    def read(self, members: Mapping[str, Any], source: str) -> StepLog:
        """All steps that can be read; never raises on what it finds."""


READERS: tuple[Reader, ...] = (trae,)


def read_steps(folder: str, agent: str | None = None) -> StepLog | str:
    """An attempt's steps, or why there are none: no trajectory and no log that shows steps."""
    problems: list[str] = []
    for name in _trajectories(folder):
        told = read_trajectory_file(f"{folder}/{name}")
        if isinstance(told, StepLog) and (told.steps or not told.problem):
            return told
        problems.append(f"{name}: {told if isinstance(told, str) else told.problem}")
    for name in log_names(folder, agent):
        if not name.endswith("_stdout.txt"):
            continue
        try:
            told = _read_console(f"{folder}/{name}", name)
        except OSError:
            continue
        if told.steps:
            problem = "; ".join([*problems, *([told.problem] if told.problem else [])])
            return msgspec.structs.replace(told, problem=problem or None)
    return "; ".join(problems) or "no trajectory, and no log that shows steps"


def read_trajectory_file(path: str) -> StepLog | str:
    """The steps of one trajectory file, or why it cannot be used at all. A part is read where it is cut off."""
    try:
        with _open(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MOST_BYTES)
    except OSError as error:
        return error.strerror or str(error)
    if not data.strip():
        return f"empty ({len(data)} bytes)"
    members, problem = _members(data)
    if size > len(data):
        problem = f"only the first {MOST_BYTES >> 20} MB of {size >> 20} MB are read"
    reader = next((reader for reader in READERS if reader.recognises(members)), None)
    if reader is None:
        known = ", ".join(reader.FORM for reader in READERS)
        return problem or f"of no form that is known ({known})"
    told = reader.read(members, os.path.basename(path))  # noqa: PTH119
    told_problems = [text for text in (problem, told.problem) if text]
    return msgspec.structs.replace(told, problem="; ".join(told_problems) or None)


def _members(data: bytes) -> tuple[Mapping[str, Any], str | None]:
    """The members of a JSON object and what is wrong with it."""
    try:
        whole = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        from reviewer.sources.trajectories.cut_off import read_damaged

        damaged = read_damaged(data.decode("utf-8", "replace"))
        return damaged.members, damaged.problem or "not valid UTF-8: replaced by \ufffd where it is not"
    return (whole, None) if isinstance(whole, dict) else ({}, "not a JSON object")


def _trajectories(folder: str) -> list[str]:
    """The names of trajectory files in a folder, the usual one first."""
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []
    found = [name for name in names if name == TRAJECTORY or name.endswith(_ENDINGS)]
    return sorted(found, key=lambda name: (name != TRAJECTORY, name))


def _read_console(path: str, name: str) -> StepLog:
    with _open(path) as file:
        size = os.fstat(file.fileno()).st_size
        told = trae_console.read(_lines(file), name)
    if size > MOST_BYTES:
        problem = f"only the first {MOST_BYTES >> 20} MB of {size >> 20} MB are read"
        told = msgspec.structs.replace(told, problem=problem)
    return told


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines up to a bound; one that is longer than any row of a table comes in parts."""
    left = MOST_BYTES
    while left > 0 and (line := file.readline(1 << 16)):
        left -= len(line)
        yield line


def _open(path: str) -> BinaryIO:
    """Open a regular file; a pipe would wait for somebody to write into it."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
        raise OSError(errno.EINVAL, "not a regular file", path)
    return open(path, "rb")  # noqa: PTH123 - closed by the caller
