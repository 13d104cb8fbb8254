"""Files read and written safely: regular files only, replaced whole or not at all, flushed to disk.

And the door to Parquet, which is read and written where pyarrow is installed.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path
from typing import Any

from reviewer.guide import Explained

PRIVATE = 0o600
SHARED = 0o666
"""Permissions of a new file, the user's own mask taken off."""
LARGEST = 64 << 20
"""Bytes up to which a file is read that is needed whole, as a journal or a patch; logs of any size are read in parts."""


# Reading -----------------------------------------------------------------------------------


def open_regular(path: str | os.PathLike[str], flags: int = os.O_RDONLY, mode: int = SHARED) -> int:
    """A regular file's descriptor; ``flags`` and ``mode`` are those of ``os.open``.

    Links are followed unless ``flags`` has ``O_NOFOLLOW``. Raises :class:`OSError`, also for a pipe or
    device, which might never answer.
    """
    return _open(path, flags, mode)[0]


def _open(path: str | os.PathLike[str], flags: int, mode: int) -> tuple[int, int]:
    """The descriptor of :func:`open_regular`, and the file's size."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, found.st_size


def open_file(path: str | os.PathLike[str], flags: int = os.O_RDONLY) -> BufferedReader:
    """A regular file, open for reading. Raises :class:`OSError` as :func:`open_regular` does."""
    return os.fdopen(open_regular(path, flags), "rb")


def read_file(path: str | os.PathLike[str], limit: int | None = None) -> bytes:
    """A regular file's bytes, at most the first ``limit``. Raises :class:`OSError` as :func:`open_regular` does."""
    with os.fdopen(open_regular(path), "rb", buffering=0) as file:
        return file.read(-1 if limit is None else limit)


def read_bounded(path: str | os.PathLike[str]) -> bytes:
    """A regular file's bytes. Raises :class:`OSError` as :func:`open_regular` does, also for more than :data:`LARGEST`."""
    descriptor, size = _open(path, os.O_RDONLY, SHARED)
    try:
        if size > LARGEST:
            raise OSError(errno.EFBIG, f"larger than {LARGEST >> 20} MB", os.fspath(path))
        data = os.read(descriptor, size + 1)  # without a file object, which takes as long again
        while len(data) != size and (more := os.read(descriptor, size + 1)):
            data += more
        return data
    finally:
        os.close(descriptor)


# Writing -----------------------------------------------------------------------------------


def write_whole(path: Path, parts: Iterable[bytes], *, mode: int = PRIVATE) -> int:
    """Replace the file at ``path`` and return its size: after a crash it is the old or the new one, whole.

    Missing folders above it are made. Raises :class:`OSError`; the file is then as it was.
    """
    make_folder(path.parent)
    temporary = path.with_name(f"+new.{secrets.token_hex(8)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return size


def make_folder(folder: Path) -> str | None:
    """Make a folder and those above it; a warning as of :func:`sync_folder`. Raises :class:`OSError`."""
    if folder.is_dir():
        return None
    warning = make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    return sync_folder(folder.parent) or warning


def sync_folder(folder: Path) -> str | None:
    """Flush a folder's entries to disk; where the file system cannot, a warning that says what may be lost."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return f"a new file in {folder} may be gone after a power cut ({error.strerror})"
    return None


# Parquet -----------------------------------------------------------------------------------


class NoParquet(Explained):
    """pyarrow is not installed; the message says how to get it."""

    page = "reports"


def need_parquet() -> Any:
    """The module pyarrow. Raises :class:`NoParquet`."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise NoParquet(
            "Parquet needs pyarrow, which is not installed: pip install 'agent-patch-reviewer[parquet]'"
        ) from None
    return pyarrow
