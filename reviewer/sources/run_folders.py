"""Folders below a runs root as they are gone through: which are entered, in which order, and how attempts in them are called."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from reviewer.sources.attempt_files import JOURNAL


def newest_last(entries: list[os.DirEntry[str]]) -> list[str]:
    """The paths of folders by when something last came to them, as runs are; attempts in any order."""
    if entries and not os.path.lexists(f"{entries[0].path}/{JOURNAL}"):
        with suppress(OSError):
            entries.sort(key=lambda entry: entry.stat().st_mtime_ns)
    return [entry.path for entry in entries]


def find_journal(root: Path) -> str | None:
    """The path of one journal below a folder, ``None`` where there is none."""
    seen: set[tuple[int, int]] = set()
    pending = [os.path.abspath(root)]  # noqa: PTH100
    while pending:
        folder = pending.pop()
        if os.path.lexists(f"{folder}/{JOURNAL}"):
            return f"{folder}/{JOURNAL}"
        try:
            with os.scandir(folder) as entries:
                pending += [entry.path for entry in entries if enter(entry, seen)]
        except OSError:
            continue
    return None


def enter(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> bool:
    """Whether to look into an entry; a linked folder is entered once, and none that the link itself lies in."""
    try:
        if not entry.is_dir() or entry.name == ".git":
            return False
        if entry.is_symlink():
            above = os.path.realpath(os.path.dirname(entry.path))  # noqa: PTH120
            if f"{above}/".startswith(f"{os.path.realpath(entry.path).rstrip('/')}/"):
                return False
            target = entry.stat()
            if (target.st_dev, target.st_ino) in seen:
                return False
            seen.add((target.st_dev, target.st_ino))
    except OSError:
        return False
    return True


def attempt_ids(root: Path, begin: str, seconds: float) -> Iterator[str]:
    """The ids of the attempts below a folder that begin so, without a journal read; none after so many seconds."""
    deadline = time.monotonic() + seconds
    top = os.path.abspath(root)  # noqa: PTH100
    seen: set[tuple[int, int]] = set()
    pending = [top]
    while pending and time.monotonic() < deadline:
        folder = pending.pop()
        name = "/".join(names_in(top, folder))
        inside = folder[len(top) :].strip(os.sep).replace(os.sep, "/")
        if folder != top and not any(
            begin.startswith(path) or path.startswith(begin) for path in (name, inside)
        ):
            continue
        if os.path.lexists(f"{folder}/{JOURNAL}"):
            if name.startswith(begin):
                yield name
            continue
        try:
            with os.scandir(folder) as entries:
                pending += sorted((entry.path for entry in entries if enter(entry, seen)), reverse=True)
        except OSError:
            continue


def names_in(top: str, folder: str) -> tuple[str, str]:
    """Run and item of an attempt by its path below ``top``; a root that is a run or an item itself gives its own name."""
    run, _, item = folder[len(top) :].strip(os.sep).rpartition(os.sep)
    return run.replace(os.sep, "/") or os.path.basename(top), item or os.path.basename(top)  # noqa: PTH119
