"""Writing so that it is on disk: folders, flushing, and files that are replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def make_folder(folder: Path) -> str | None:
    """Make a folder and those above it, each flushed into its parent; the promise of :func:`sync_folder`.

    Raises ``OSError`` where a folder cannot be made.
    """
    if folder.is_dir():
        return None
    broken = make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    return sync_folder(folder.parent) or broken


def sync_folder(folder: Path) -> str | None:
    """Flush a folder's entries to disk; where the file system cannot, say what cannot be promised."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return f"a new file in {folder} may be gone after a power cut ({error.strerror})"
    return None


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` in place of the file at ``path``: after a crash it is the old or the new one, whole.

    Raises ``OSError``; the file is then as it was.
    """
    make_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix="+new.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
