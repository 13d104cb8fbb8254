"""The files of an attempt: their names, and the bytes of one of them, in a folder or in a record of any form."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import BinaryIO

from reviewer.entry_points import EntryPointError
from reviewer.files import LARGEST, open_file, read_bounded, read_file
from reviewer.sources.registry import Address, Format, address_of, load

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


def open_attempt_file(folder: str, name: str) -> BinaryIO:
    """One file of an attempt, open for reading. Raises :class:`OSError`; a folder may be an address of a record."""
    address = address_of(folder)
    if address is None:
        return open_file(f"{folder}/{name}")
    data = _read_record(address, name)
    if data is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{folder}/{name}")
    return BytesIO(data)


def read_attempt_file(folder: str, name: str, *, bounded: bool = True) -> bytes | None:
    """The bytes of one file of an attempt, ``None`` where it is missing, cannot be read, or is too large to be.

    That is more than :data:`~reviewer.files.LARGEST`, where it is ``bounded``.
    """
    try:
        if (address := address_of(folder)) is not None:
            return _read_record(address, name)
        return (read_bounded if bounded else read_file)(f"{folder}/{name}")
    except OSError:
        return None


def explain_unread(folder: str, name: str) -> str:
    """Why :func:`read_attempt_file` has no bytes of a file, for people."""
    if name in list_names(folder):
        return f"{name}: is there, and cannot be read or has more than {LARGEST >> 20} MB"
    return f"{name}: not there"


def hash_attempt_file(folder: str, name: str) -> str | None:
    """The hash of the bytes of one file of an attempt, ``None`` where there is none.

    Raises :class:`OSError` for a file that is there and cannot be read.
    """
    try:
        with open_attempt_file(folder, name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except (FileNotFoundError, NotADirectoryError):
        return None


def patch_sha256(folder: str) -> str | None:
    """The hash of the bytes of the patch in an attempt's folder, ``None`` where none can be read."""
    try:
        return hash_attempt_file(folder, PATCH)
    except OSError:
        return None


def list_names(folder: str) -> list[str]:
    """The names of all files of an attempt; none where they cannot be listed."""
    try:
        address = address_of(folder)
        return os.listdir(folder) if address is None else _list_record(address)  # noqa: PTH208
    except OSError:
        return []


def files_stamp(folder: str) -> list[tuple[str, int, int]]:
    """Names, sizes and times of change of what an attempt's files are read from: the same while nothing is written."""
    address, found = address_of(folder), []
    above = folder if address is None else os.path.dirname(address.path)  # noqa: PTH120
    with suppress(OSError), os.scandir(above) as entries:
        for entry in entries:
            if address is None or entry.path == address.path:
                stat = entry.stat()
                found.append((entry.name, stat.st_size, stat.st_mtime_ns))
    return sorted(found)


def _read_record(address: Address, name: str) -> bytes | None:
    """Raises :class:`OSError`."""
    read = _form(address).read_file
    with _as_os_error(address):
        return None if read is None else read(address, name)


def _list_record(address: Address) -> list[str]:
    """Raises :class:`OSError`."""
    names = _form(address).list_files
    with _as_os_error(address):
        return [] if names is None else list(names(address))


def _form(address: Address) -> Format:
    """Raises ``FileNotFoundError``."""
    try:
        return load(address.form)
    except EntryPointError as error:
        raise FileNotFoundError(errno.ENOENT, str(error), str(address)) from error


@contextmanager
def _as_os_error(address: Address) -> Iterator[None]:
    """What a form of another package raises, as the error of a file that cannot be read."""
    try:
        yield
    except EntryPointError as error:
        raise OSError(errno.EIO, str(error), str(address)) from error


def select_logs(names: Iterable[str], agent: str | None) -> tuple[str, ...]:
    """Those of the names that are log files: standard output first, the agent's own before others."""
    logs = [name for name in names if name.endswith((STDOUT, STDERR))]
    own = agent or "\0"
    return tuple(sorted(logs, key=lambda name: (name.endswith(STDERR), not name.startswith(own), name)))
