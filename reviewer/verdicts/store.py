"""The append-only store of decisions: ``<verdicts>/<annotator>/<run>.<writer>.toml``.

What :meth:`Store.append` returns is on disk and flushed. What was there is never rewritten.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import platform
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Literal

import msgspec

from reviewer.files import make_folder, open_regular, read_file, sync_folder, write_whole
from reviewer.guide import Explained
from reviewer.model import Act
from reviewer.verdicts.blocks import (
    Form,
    Header,
    T,
    find_header,
    format_header,
    has_block,
    last_block,
    read_block,
    write_block,
)
from reviewer.verdicts.names import file_name, storable

LOCK_SECONDS = 5.0
"""Seconds that an append waits for another program's lock before it fails and nothing is saved."""

_HEAD_BYTES = 1 << 16
_TAIL_BYTES = 1 << 14
_NO_LOCKS = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL}
_NO_FLUSH = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


class NotSaved(Explained):
    """Nothing was written, or what was written has been taken back; the message is the reason."""

    page = "settings"


class Store(Generic[T]):
    """Appends the decisions or notes of one annotator, in blocks of one form.

    ``folder`` is the verdicts folder; it is made when the first block is saved. Without ``writer`` the
    store has one of its own, and files that only it appends to.
    """

    def __init__(
        self,
        form: Form[T],
        folder: Path,
        annotator: str,
        *,
        kind: Literal["human", "judge"] = "human",
        writer: str | None = None,
    ) -> None:
        self._form = form
        self.annotator = storable(annotator)
        """The name as it is in the files, and as decisions that were read carry it."""
        self.promise: str | None = None
        """Warning of what may be lost on this file system, ``None`` while nothing may."""
        self.written = 0
        """Bytes that were appended."""
        self._folder = folder / file_name(self.annotator)
        self._header = Header(self.annotator, kind)
        self._writer = file_name(writer or secrets.token_hex(4))
        self._last = ""

    def path(self, draft: T) -> Path:
        """The file that a block is appended to."""
        return self._folder / f"{self._form.file(draft)}.{self._writer}.toml"

    def append(self, *drafts: T, adopt: bool = False) -> tuple[T, ...]:
        """Write blocks to disk, all or none, and return what they hold as it will be read.

        ``annotator`` and ``kind`` are set here, ``id`` and ``at`` too unless ``adopt`` keeps those that
        another store gave. Raises :class:`NotSaved`.
        """
        try:
            with contextlib.ExitStack() as stack:
                # In the order of their names: two programs that need the same files cannot deadlock.
                paths = sorted({self.path(draft) for draft in drafts})
                files = {path: stack.enter_context(self._locked(path)) for path in paths}
                saved = self._write(drafts, files, adopt)
        except (OSError, ValueError) as error:
            raise NotSaved(reason_of(error)) from error
        if not adopt:
            self._last = max([self._last, *(item.id for item in saved)])
        return saved

    def _write(self, drafts: Iterable[T], files: dict[Path, _Locked], adopt: bool) -> tuple[T, ...]:
        last = max([self._last, *(file.last_id(self._form) for file in files.values())])
        saved = []
        for draft in drafts:
            if not adopt:
                now = time.time_ns() // 1_000_000
                last = new_id(now, last)
                at = datetime.fromtimestamp(now / 1000, UTC)
                draft = msgspec.structs.replace(draft, id=last, at=at)
            block = write_block(self._form, draft)
            files[self.path(draft)].pending += b"\n" + block
            saved.append(self._read_back(block))
        try:
            for file in files.values():
                file.write(self._header)
                self._flush(file)
        except BaseException:
            for file in files.values():
                file.cut_back()
            raise
        self.written += sum(file.written for file in files.values())
        return tuple(saved)

    def _read_back(self, block: bytes) -> T:
        item = read_block(self._form, block)
        self._form.require(item)
        return msgspec.structs.replace(item, annotator=self.annotator, kind=self._header.kind)

    def _flush(self, file: _Locked) -> None:
        try:
            os.fsync(file.descriptor)
        except OSError as error:
            if error.errno not in _NO_FLUSH:
                raise
            self.promise = f"{self._form.table}s may be gone after a power cut: {file.path} cannot be flushed"

    @contextlib.contextmanager
    def _locked(self, path: Path) -> Iterator[_Locked]:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            self.promise = make_folder(path.parent) or self.promise
            descriptor = open_regular(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW)
            try:
                self._lock(descriptor, path, deadline)
                if not _still_there(descriptor, path):
                    continue  # removed or replaced while this program waited for the lock
                file = _Locked(descriptor, path)
                if not file.takes(self._header, self._form):
                    path = path.with_name(f"{path.stem}~.toml")  # what is damaged stays as it is
                    continue
                if file.size == 0:
                    self.promise = sync_folder(path.parent) or self.promise
                yield file
                return
            finally:
                os.close(descriptor)

    def _lock(self, descriptor: int, path: Path, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno in _NO_LOCKS:
                    self.promise = (
                        f"two programs that write {path} at the same time may damage it: no locks there"
                    )
                    return
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                    raise
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another program holds the lock", str(path))
            time.sleep(0.002)


class _Locked:
    """A verdict file under lock, and what is to be appended to it."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.descriptor = descriptor
        self.path = path
        self.size = os.fstat(descriptor).st_size  # under the lock
        self.pending = bytearray()
        self._headed = False
        self._touched = False
        self.written = 0

    def takes(self, header: Header, form: Form[Any]) -> bool:
        """Whether blocks under ``header`` can go here: it is the file's own, or there is none yet."""
        head = os.pread(self.descriptor, _HEAD_BYTES, 0)
        found = find_header(head, form)
        self._headed = found is not None
        return found == header if found else not has_block(head, form)

    def last_id(self, form: Form[Any]) -> str:
        """The id of the file's last block with a right sum, empty where there is none."""
        length = _TAIL_BYTES
        while True:
            start = max(self.size - length, 0)
            last: Act | None = last_block(form, os.pread(self.descriptor, self.size - start, start))
            if last is not None:
                return last.id
            if start == 0:
                return ""
            length *= 8

    def write(self, header: Header) -> None:
        """Append what is pending in one write, after a header where the file has none yet."""
        data = bytes(self.pending)
        if not self._headed:
            data = format_header(header) + data
        if self.size and os.pread(self.descriptor, 1, self.size - 1) != b"\n":
            data = b"\n" + data
        self._touched = True
        self.written = os.write(self.descriptor, data)
        if self.written != len(data):
            raise OSError(errno.ENOSPC, f"only {self.written} of {len(data)} bytes could be written")

    def cut_back(self) -> None:
        """Take back what this append has written."""
        try:
            if self._touched:
                os.ftruncate(self.descriptor, self.size)
                os.fsync(self.descriptor)
        except OSError:
            pass  # the reader sets a torn block aside; the first error is the one to report


def new_id(milliseconds: int, last: str = "") -> str:
    """An id of 32 hex digits that is greater than ``last``, from the larger of the clock and ``last``.

    48 bits of milliseconds since the epoch, 16 bits of counter, 64 random bits. In the millisecond of ``last``, or
    when the clock ran backwards, the counter goes on from there; a full one runs over into the next millisecond.
    What has not the form of an id is no ``last``.
    """
    step = milliseconds << 16
    if re.fullmatch("[0-9a-f]{32}", last):
        step = max(step, int(last[:16], 16) + 1)
    return f"{min(step, (1 << 64) - 1):016x}{secrets.randbits(64):016x}"


def writer_id(state_dir: Path) -> str:
    """The short random id under which this user writes on this machine, made at the first call.

    It is kept per host name, since a home folder may be shared. Where nothing can be kept it is a
    new one each time, which costs nothing but more files.
    """
    path = state_dir / f"writer.{file_name(platform.node() or 'localhost')}"
    for _ in range(2):
        try:
            writer = read_file(path).decode("ascii").strip()
            if re.fullmatch("[0-9a-f]{8}", writer):
                return writer
        except (OSError, ValueError):
            pass
        fresh = secrets.token_hex(4)
        try:
            write_whole(path, (f"{fresh}\n".encode(),))
        except OSError:
            return fresh
    return fresh


def _still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def reason_of(error: Exception) -> str:
    """An error in one line, with the file where it names one."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)
