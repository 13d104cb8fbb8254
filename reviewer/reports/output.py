"""Writing files: never over an input, never over a stranger's file, and whole or not at all."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from reviewer.config import Workspace
from reviewer.files import SHARED, open_file, write_whole
from reviewer.guide import Explained

ENDS = 65_536
"""Bytes at the start and at the end of a file that say whether it is one of ours."""


class NotWritten(Explained):
    """A file was not written; the message names it, says why, and what to do."""

    page = "reports"


def check_writable(path: Path, space: Workspace, ours: Callable[[bytes], bool], *, force: bool) -> None:
    """Check before the work begins that a file can be written. Raises :class:`NotWritten`.

    ``ours`` is given a file's first and last :data:`ENDS` bytes, and answers whether this program wrote it.
    """
    inside = _input_around(path, space)
    if inside is not None:
        raise NotWritten(f"{path}: lies in {inside}, which is an input and is never written to")
    folder = path.parent
    if not folder.is_dir():
        raise NotWritten(f"{path}: there is no folder {folder}")
    if path.is_dir():
        raise NotWritten(f"{path}: is a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotWritten(f"{path}: the folder {folder} cannot be written to")
    if not force and os.path.lexists(path) and not _is_ours(path, ours):
        raise NotWritten(f"{path}: exists and was not written by this command; --force replaces it")


def write(path: Path, parts: Iterable[bytes]) -> int:
    """Write a file so that it is whole or as it was; gives its size in bytes. Raises :class:`NotWritten`."""
    try:
        return write_whole(path, parts, mode=SHARED)
    except OSError as error:
        raise NotWritten(f"{path}: {error.strerror or error}") from None


def _is_ours(path: Path, ours: Callable[[bytes], bool]) -> bool:
    try:
        with open_file(path, os.O_RDONLY | os.O_NOFOLLOW) as file:
            head = file.read(ENDS)
            file.seek(max(file.seek(0, os.SEEK_END) - ENDS, len(head)))
            return ours(head + file.read())
    except OSError:
        return False


def _input_around(path: Path, space: Workspace) -> Path | None:
    """The input that a path lies in, links followed."""
    target = path.resolve()
    inputs = (*space.roots, *space.repositories, *space.commits, *space.data, space.verdicts)
    return next((given for given in inputs if target.is_relative_to(given.resolve())), None)
