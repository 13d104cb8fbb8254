"""What is remembered of reading from one session to the next: files marked as viewed, and where one was in each view.

Lines of JSON in one file of the user's state folder, each appended in one write; the last of a key holds. It is no
part of anybody's verdicts, and safe to delete.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from reviewer import config
from reviewer.files import PRIVATE, make_folder, open_regular, read_file, write_whole
from reviewer.model import from_json, to_json
from reviewer.tui.diff.positions import Bookmark

NAME = "reading.jsonl"
LARGEST = 4 << 20
"""Bytes of the file from which it is written anew without what no longer holds, and without the oldest half of the rest."""


class NotRemembered(Exception):
    """What was looked at is known in this session only; the message says why."""


class Remembered(msgspec.Struct, omit_defaults=True):
    """One line of the file: whether a file's change was viewed, or a place in the diff or in a view."""

    key: str
    viewed: bool | None = None
    line: int | None = None
    bookmark: Bookmark | None = None


def key_of(*parts: str | None) -> str:
    """The key of what these parts name together; nobody reads them from it."""
    return hashlib.sha256(to_json(parts)).hexdigest()[:32]


class ReadingMemory:
    """The files that an annotator has viewed, and their places."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is remembered; a line that cannot be read is as good as none."""
        self._path = path or config.state_folder() / NAME
        self._known: dict[str, Remembered] = {}
        with contextlib.suppress(OSError):
            data = read_file(self._path)
            self._known = {entry.key: entry for entry in _entries(data)}
            if len(data) > LARGEST:
                self._write_anew()

    def viewed(self, keys: list[str]) -> set[int]:
        """The indexes of those keys whose change was viewed."""
        if not self._known:
            return set()
        found = (self._known.get(key) for key in keys)
        return {index for index, entry in enumerate(found) if entry is not None and entry.viewed}

    def mark(self, key: str, *, viewed: bool) -> None:
        """Remember that a change was viewed, or no longer. Raises :class:`NotRemembered`."""
        self._keep(Remembered(key, viewed=viewed))

    def bookmark(self, key: str) -> Bookmark | None:
        """Where an annotator was in a diff."""
        entry = self._known.get(key)
        return entry.bookmark if entry is not None else None

    def line(self, key: str) -> int | None:
        """The line of the cursor in a view."""
        entry = self._known.get(key)
        return entry.line if entry is not None else None

    def keep_position_of(self, key: str, position: Bookmark | int) -> None:
        """Remember where an annotator is; that this may not outlive the session is no reason to disturb them."""
        entry = (
            Remembered(key, line=position)
            if isinstance(position, int)
            else Remembered(key, bookmark=position)
        )
        with contextlib.suppress(NotRemembered):
            self._keep(entry)

    def _keep(self, entry: Remembered) -> None:
        if self._known.get(entry.key) == entry:
            return
        self._known.pop(entry.key, None)
        self._known[entry.key] = entry  # at the end: the newest are kept longest
        try:
            with self._locked() as descriptor:
                size = os.fstat(descriptor).st_size
                torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
                os.write(descriptor, b"\n" * bool(torn) + to_json(entry) + b"\n")
        except OSError as error:
            raise NotRemembered(f"{self._path}: {error.strerror or error}") from error

    def _write_anew(self) -> None:
        with self._locked() as descriptor:
            entries = {entry.key: entry for entry in _entries(os.pread(descriptor, 16 * LARGEST, 0))}
            kept = [*entries.values()]
            lines = [to_json(entry) + b"\n" for entry in kept]
            if sum(map(len, lines)) > LARGEST // 2:
                lines = lines[len(lines) // 2 :]
            write_whole(self._path, lines)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, while no other program writes to it."""
        make_folder(self._path.parent)
        while True:
            descriptor = open_regular(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
            try:
                with contextlib.suppress(OSError):  # a file system without locks: a line is still one write
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                if not os.path.samestat(os.fstat(descriptor), self._path.stat()):
                    continue  # it was written anew while this program waited
                yield descriptor
                return
            finally:
                os.close(descriptor)


def _entries(data: bytes) -> Iterator[Remembered]:
    for line in data.split(b"\n"):
        with contextlib.suppress(ValueError):
            yield from_json(line, Remembered)
