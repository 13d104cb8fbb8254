"""What a Dask worker does for a client: it checks batches in worker processes of its own.

Orders and replies are JSON, so neither side unpickles anything of the other beyond what Dask itself does.
"""

import json
import shutil
import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal
from uuid import uuid4

import msgspec
from distributed import Worker, get_worker

from reviewer.checks.engine import cache_keys
from reviewer.checks.engine.inputs import (
    Moved,
    moved_attempts,
    moved_sources,
    state_of_attempts,
    state_of_sources,
    unpack,
)
from reviewer.checks.engine.local import LocalWorker, LocalWorkers
from reviewer.checks.protocol import Answer, AttemptRequest, Setup
from reviewer.model import from_json, to_json

IDLE = 60.0
"""Seconds without an order after which a client is taken to be gone."""
_ARCHIVE = "sources.tar"


class Order(msgspec.Struct, frozen=True):
    """A batch to be checked for the client that calls itself ``session``."""

    session: str
    setup: Setup
    sources: str
    """The state of repositories and commit files as the client sees them."""
    attempts: str | None
    """The state of the attempts' files as the client sees them, ``None`` where they are sent along."""
    paths: tuple[str, ...]
    """The files and folders that are sent along."""
    requests: tuple[AttemptRequest, ...]


class Checked(msgspec.Struct, frozen=True, tag="checked"):
    """The index of each request with its answer."""

    answers: tuple[tuple[int, Answer], ...]


class OtherVersions(msgspec.Struct, frozen=True, tag="other_versions"):
    """The worker would answer otherwise than the client: what it has installed."""

    worker: str
    versions: dict[str, str | None]


class NotSeen(msgspec.Struct, frozen=True, tag="not_seen"):
    """The worker does not see these inputs as the client does; ``process`` is another after it was started anew."""

    worker: str
    process: str
    what: Literal["sources", "attempts"]


Reply = Checked | OtherVersions | NotSeen


def read_reply(data: bytes) -> Reply:
    """What :func:`check` returned. Raises ``ValueError`` for anything else."""
    reply: Reply = from_json(data, Reply)  # type: ignore[arg-type]
    return reply


class _Session:
    """What a Dask worker keeps for one client: worker processes, and the inputs that it was sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = uuid4().hex
        self._lock = threading.Lock()
        self._workers: LocalWorkers | None = None
        self._sources = Moved({})
        self._idle: list[LocalWorker] = []
        self._busy = self._batches = 0
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """An order has come."""
        with self._lock:
            self._busy += 1
            if self._timer is not None:
                self._timer.cancel()

    def finish(self, name: str) -> None:
        """An order is done; the session ends where no other comes for a while."""
        with self._lock:
            self._busy -= 1
            if not self._busy:
                self._timer = threading.Timer(IDLE, end, (name,))
                self._timer.daemon = True
                self._timer.start()

    def check(self, order: Order, archive: bytes) -> bytes | Literal["sources", "attempts"]:
        """The reply to an order, or which of its inputs are not to be had here."""
        workers = self._ready(order)
        if workers is None:
            return "sources"
        if order.attempts is not None:
            seen = state_of_attempts(order.requests) == order.attempts
            return self._reply(workers, order.requests, Moved({})) if seen else "attempts"
        with self._lock:
            self._batches += 1
            folder = self.folder / f"batch-{self._batches}"
        try:
            unpack(BytesIO(archive), folder)
            return self._reply(workers, order.requests, moved_attempts(order.paths, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def receive(self, chunk: bytes, *, last: bool) -> None:
        """Take the next part of the archive of repositories and commit files. Raises ``OSError``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / "sources.part"
        with part.open("ab") as file:
            file.write(chunk)
        if last:
            part.rename(self.folder / _ARCHIVE)

    def _ready(self, order: Order) -> LocalWorkers | None:
        """What starts processes, ``None`` where repositories and commit files are not to be had here."""
        with self._lock:
            archive, folder = self.folder / _ARCHIVE, self.folder / "sources"
            if self._workers is None and archive.exists():
                with archive.open("rb") as file:
                    unpack(file, folder)
                archive.unlink()
                self._sources = moved_sources(order.setup, folder)
                self._workers = LocalWorkers(self._sources.setup(order.setup))
            elif self._workers is None and state_of_sources(order.setup) == order.sources:
                self._workers = LocalWorkers(order.setup)
            return self._workers

    def _reply(self, workers: LocalWorkers, requests: Sequence[AttemptRequest], moved: Moved) -> bytes:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        worker = worker or workers.make()
        answers = tuple(worker.check([moved.request(request) for request in requests]))
        with self._lock:
            self._idle.append(worker)
        return self._sources.back(moved.back(to_json(Checked(answers))))

    def end(self) -> None:
        """End the worker processes and remove what was sent."""
        if self._timer is not None:
            self._timer.cancel()
        if self._workers is not None:
            self._workers.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_sessions: dict[str, _Session] = {}
_lock = threading.Lock()


def check(versions: bytes, order: bytes, archive: bytes) -> bytes:
    """The task: a reply to an order of a client that has these versions, with the files that come along."""
    worker = get_worker()
    theirs = json.loads(versions)
    own = cache_keys.versions(tuple(sorted(theirs.keys() - cache_keys.versions().keys())))
    if theirs != own:
        return to_json(OtherVersions(worker.address, own))
    asked = from_json(order, Order)
    with _lock:
        session = _session(asked.session, worker)
        session.begin()
    try:
        reply = session.check(asked, archive)
    finally:
        session.finish(asked.session)
    return reply if isinstance(reply, bytes) else to_json(NotSeen(worker.address, session.process, reply))


def receive(name: str, chunk: bytes, last: bool, dask_worker: Worker) -> None:
    """Take the next part of a session's repositories and commit files; not a task, so that the worker can be chosen."""
    with _lock:
        session = _session(name, dask_worker)
    session.receive(chunk, last=last)


def end(name: str) -> None:
    """End a session: its client is done, or gone."""
    with _lock:
        session = _sessions.pop(name, None)
    if session is not None:
        session.end()


def _session(name: str, worker: Worker) -> _Session:
    """To be called under the lock. The worker's own folder is removed by Dask, also after it was killed."""
    if name not in _sessions:
        _sessions[name] = _Session(Path(worker.local_directory, f"reviewer-{name}"))
    return _sessions[name]
