"""Tells files that git wrote from files that a program wrote, by git's index as it lies on disk."""

import os
import struct
from collections.abc import Iterable
from pathlib import Path

from reviewer.files import read_bounded

_HEADER = struct.Struct(">4sI")
_ENTRY = struct.Struct(">8xII44xH")
"""What stands before a path: the time of change in seconds and nanoseconds, and flags that end in the path's length."""
_LONGEST = 0xFFF
_VERSIONS = (2, 3)
"""Of the index; a later one shortens paths."""


def are_checked_out(paths: Iterable[str]) -> bool:
    """Whether files of one folder are as git wrote them, as after ``git clone``: it has the time of change of each.

    Not where that cannot be seen.
    """
    files = list(paths)
    try:
        folder = Path(os.path.realpath(os.path.dirname(files[0])))  # noqa: PTH120
        top = next(above for above in (folder, *folder.parents) if (above / ".git").exists())
        data = read_bounded(_git_folder(top / ".git") / "index")
        signature, version = _HEADER.unpack_from(data)
        if signature != b"DIRC" or version not in _VERSIONS:
            return False
        return all(_is_checked_out(data, folder / os.path.basename(file), top) for file in files)  # noqa: PTH119
    except (OSError, ValueError, IndexError, StopIteration, struct.error):
        return False


def _git_folder(path: Path) -> Path:
    """The folder that a ``.git`` is, or names."""
    if path.is_dir():
        return path
    return path.parent / os.fsdecode(read_bounded(path)).removeprefix("gitdir: ").rstrip("\n")


def _is_checked_out(data: bytes, file: Path, top: Path) -> bool:
    name = os.fsencode(file.relative_to(top))
    changed, end = file.stat().st_mtime_ns, -1
    while (end := data.find(name + b"\0", end + 1)) >= 0:
        for extended in (0, 2):
            start = end - extended - _ENTRY.size
            if start < 0:
                continue
            seconds, nanoseconds, flags = _ENTRY.unpack_from(data, start)
            if flags & _LONGEST == min(len(name), _LONGEST) and seconds * 10**9 + nanoseconds == changed:
                return True
    return False
