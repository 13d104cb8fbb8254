"""Workers of a Dask cluster. Imported only where one is named: Dask takes a second to load.

A cluster must be trusted: whoever can reach its scheduler can run programs as its workers, and as its clients.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from queue import SimpleQueue
from uuid import uuid4

import dask
import msgspec
from distributed import Client, Future, LocalCluster, Security
from distributed.comm.core import connect as open_comm
from distributed.scheduler import KilledWorker

from reviewer.checks.engine import cache_keys, remote
from reviewer.checks.engine.inputs import (
    MOST_OF_ATTEMPT,
    CannotSend,
    Parcel,
    pack_attempts,
    pack_sources,
    state_of_attempts,
    state_of_sources,
)
from reviewer.checks.engine.local import LocalWorker, LocalWorkers
from reviewer.checks.engine.workers import WorkersLost
from reviewer.checks.protocol import Answer, AttemptRequest, Corpus, CorpusAnswer, Setup
from reviewer.files import read_file
from reviewer.model import from_json, to_json
from reviewer.sources.forked import processors
from reviewer.text import plural

LOCAL = "local"
"""The address that stands for a cluster in this process."""
PATIENCE = 10.0
"""Seconds in which a scheduler must answer."""
_GOODBYE = 3.0
"""Seconds that closing may take; a scheduler that hangs is left alone then."""
_MOST = 256
"""Batches that are asked for at once at most, each by a thread of its own."""
_WAITING = 8
"""Batches that wait for a cluster without workers, so that one that grows with its work does."""
_COUNTED_FOR = 2.0
"""Seconds after which the workers are counted again."""
_TASK = "__import__('importlib').import_module('reviewer.checks.engine.remote')."
"""Begins a task, as source text: one that is given as a function ends every worker that cannot import it."""


class _Closed(Exception):
    """The workers were closed while an answer was waited for."""


def connect(address: str, setup: Setup, most: int | None = None) -> "ClusterWorkers":
    """The workers of the cluster whose scheduler has this address, or of one that is started here for ``local``.

    A file is what ``dask scheduler --scheduler-file`` wrote. ``most`` bounds how many are asked at once. Raises
    :class:`WorkersLost`.
    """
    _silence()
    if address == LOCAL:
        # Threads do: every check runs in a process of its own anyway.
        cluster = LocalCluster(
            n_workers=most or processors(),
            threads_per_worker=1,
            processes=False,
            dashboard_address=None,
        )
        return ClusterWorkers(Client(cluster, set_as_default=False), cluster, setup, most)
    try:
        if os.path.isfile(address):  # noqa: PTH113 - a Path raises for names that no file can have
            address = from_json(read_file(address), _SchedulerFile).address
        asyncio.run(
            asyncio.wait_for(_reach(address), PATIENCE)
        )  # a client that fails to connect complains at length, and waits again
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # whatever the address makes Dask raise
        reason = str(error) or f"nothing that it understands within {PATIENCE:g} s"
        raise WorkersLost(f"no Dask scheduler answers at {address}: {reason}") from None
    return ClusterWorkers(client, None, setup, most)


class _SchedulerFile(msgspec.Struct):
    address: str


async def _reach(address: str) -> None:
    """Raises ``OSError`` where nothing answers."""
    comm = await open_comm(address, timeout=PATIENCE, **Security().get_connection_args("client"))
    await comm.close()


def _silence() -> None:
    """Keep Dask from writing to standard error what is reported here once."""
    for name in ("asyncio", "tornado", *logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("asyncio", "distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    dask.config.set({"distributed.admin.large-graph-warning-threshold": 2 * MOST_OF_ATTEMPT})


class ClusterWorkers:
    """The workers of one Dask cluster, and what every thread asks: whichever of them is free.

    What cannot be sent there, and the comparison of all attempts, is done by one worker of this machine.
    """

    def __init__(self, client: Client, cluster: LocalCluster | None, setup: Setup, most: int | None) -> None:
        self._sends_attempts = False
        """Whether files of attempts go with every batch, since a worker did not see them."""
        self._here = _Here(LocalWorkers(setup, 1))
        self._client, self._cluster = client, cluster
        self._address = LOCAL if cluster else str(client.scheduler.address) if client.scheduler else ""
        self._setup, self._sources = setup, state_of_sources(setup)
        self._versions = cache_keys.versions(tuple(sorted({point.package for point in setup.others})))
        self._session = uuid4().hex
        self._most = min(most or _MOST, _MOST)
        self._lock = threading.Lock()
        self._closed = False
        self._waiting: set[SimpleQueue[Future[bytes] | None]] = set()
        self._sending = threading.Lock()
        self._sent: set[str] = set()
        self._threads: dict[str, int] = {}
        self._counted = 0.0
        self._count()

    def __str__(self) -> str:
        threads = sum(self._threads.values())
        waiting = "" if self._threads else "; waiting for the first"
        return (
            f"{self._address}: {plural(len(self._threads), 'worker')}, {plural(threads, 'thread')}{waiting}"
        )

    @property
    def size(self) -> int:
        """How many batches are asked for at once: one for each thread of the workers that were counted last."""
        if time.monotonic() - self._counted > _COUNTED_FOR:
            self._counted = time.monotonic()
            # in a thread: a scheduler that is being lost answers late
            threading.Thread(target=self._count, daemon=True).start()
        return min(sum(self._threads.values()) or _WAITING, self._most)

    def make(self) -> "ClusterWorkers":
        """What one more thread asks."""
        # all attempts are compared there in the end
        threading.Thread(target=self._here.start, daemon=True).start()
        return self

    def close(self) -> None:
        """Give up what is waited for, and end the processes that workers started for this session."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting)
        for answered in waiting:
            answered.put(None)
        self._here.close()
        goodbye = threading.Thread(target=self._leave, daemon=True)
        goodbye.start()
        goodbye.join(_GOODBYE)

    def check(self, requests: Sequence[AttemptRequest]) -> Iterator[tuple[int, Answer]]:
        """As :meth:`reviewer.checks.engine.workers.Worker.check`."""
        waiting = list(enumerate(requests))
        while waiting:
            try:
                count, answers = self._check_first([request for _, request in waiting])
            except _Closed:
                return
            yield from ((waiting[number][0], answer) for number, answer in answers)
            del waiting[:count]

    def check_corpus(self, parts: Iterable[Corpus]) -> Iterator[CorpusAnswer]:
        """The results that come from comparing all attempts, whose patches are here. Raises ``WorkerDied``."""
        return self._here.check_corpus(parts)

    def _check_first(self, requests: Sequence[AttemptRequest]) -> tuple[int, Sequence[tuple[int, Answer]]]:
        """How many of the first requests were checked, with their answers."""
        if not self._sends_attempts:
            answers = self._ask(requests, None)
            return (0, ()) if answers is None else (len(requests), answers)
        try:
            parcel = pack_attempts(requests)
        except CannotSend:
            return 1, self._here.check(requests[:1])
        return parcel.attempts, self._ask(requests[: parcel.attempts], parcel) or ()

    def _ask(
        self, requests: Sequence[AttemptRequest], parcel: Parcel | None
    ) -> Sequence[tuple[int, Answer]] | None:
        """The index of each request with its answer, ``None`` where a worker does not see the attempts' files.

        Raises :class:`WorkersLost`, and :class:`_Closed`.
        """
        attempts = state_of_attempts(requests) if parcel is None else None
        paths, archive = ((), b"") if parcel is None else (parcel.paths, parcel.archive)
        order = to_json(
            remote.Order(self._session, self._setup, self._sources, attempts, paths, tuple(requests))
        )
        sent: set[str] = set()
        while True:
            reply = self._submit(order, archive)
            match reply:
                case remote.Checked(answers) if len(answers) == len(requests):
                    return answers
                case remote.OtherVersions(worker, versions):
                    raise WorkersLost(_difference(worker, self._versions, versions))
                case remote.NotSeen(what="attempts") if parcel is None:
                    self._sends_attempts = True
                    return None
                case remote.NotSeen(worker, process, "sources") if process not in sent:
                    sent.add(process)
                    self._send_sources(worker, process)
                case _:
                    raise WorkersLost("a worker did not answer what it was asked")

    def _submit(self, order: bytes, archive: bytes) -> remote.Reply:
        """What a worker replies; another one where the first is lost. Raises as :meth:`_ask`."""
        answered: SimpleQueue[Future[bytes] | None] = SimpleQueue()
        with self._lock:
            if self._closed:
                raise _Closed
            self._waiting.add(answered)
        try:
            given = {"versions": to_json(self._versions), "order": order, "archive": archive}
            key = f"reviewer-check-{uuid4().hex}"
            future = self._client.submit(eval, f"{_TASK}check(versions, order, archive)", given, key=key)
            future.add_done_callback(answered.put)
            if answered.get() is None:
                raise _Closed
            return remote.read_reply(future.result())
        except _Closed:
            raise
        except Exception as error:  # a worker's own, or whatever Dask raises where a connection ends
            if self._closed:
                raise _Closed from None
            raise WorkersLost(self._reason(error)) from None
        finally:
            with self._lock:
                self._waiting.discard(answered)

    def _reason(self, error: Exception) -> str:
        """Why no worker can be asked any more, for people."""
        if isinstance(error, CancelledError) or self._client.status != "running":
            return f"the Dask scheduler at {self._address} is lost"
        if isinstance(error, KilledWorker):
            return f"several workers of {self._address} ended one after another with the same batch"
        if isinstance(error, ModuleNotFoundError):
            return f"a worker of {self._address} lacks reviewer, or has an older one: {error}"
        return f"a worker of {self._address} failed: {type(error).__name__}: {' '.join(str(error).split())}"

    def _send_sources(self, worker: str, process: str) -> None:
        """Send repositories and commit files to a worker that does not see them. Raises :class:`WorkersLost`."""

        def send(chunk: bytes, last: bool = False) -> None:
            self._client.run(remote.receive, self._session, chunk, last, workers=[worker])

        with self._sending:
            if process in self._sent:
                return
            self._sent.add(process)
            try:
                pack_sources(self._setup, send)
                send(b"", last=True)
            except CannotSend as error:
                raise WorkersLost(
                    f"{worker} does not see the repositories and commit files, and they cannot be sent to it: {error}. "
                    "Put them on a file system that all workers see under the same path"
                ) from None
            except Exception as error:  # the worker's own, or whatever Dask raises where it ended
                self._count()
                if worker in self._threads:
                    raise WorkersLost(f"{worker} could not take the repositories: {error}") from None

    def _count(self) -> None:
        """Ask how many threads each worker has."""
        self._counted = time.monotonic()
        with suppress(Exception):  # who waits for an answer learns that the scheduler is lost
            self._threads = self._client.nthreads()

    def _leave(self) -> None:
        with suppress(Exception):
            if self._client.status == "running":
                self._client.run(eval, f"{_TASK}end({self._session!r})", on_error="ignore")
        with suppress(Exception):
            self._client.close(timeout=_GOODBYE)
        if self._cluster is not None:
            with suppress(Exception):
                self._cluster.close(timeout=_GOODBYE)


class _Here:
    """One worker of this machine; shared by threads."""

    def __init__(self, workers: LocalWorkers) -> None:
        self._workers = workers
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._worker: LocalWorker | None = None

    def start(self) -> LocalWorker:
        """The worker, which is started where it is not yet."""
        with self._starting:
            self._worker = self._worker or self._workers.make()
            return self._worker

    def check(self, requests: Sequence[AttemptRequest]) -> Sequence[tuple[int, Answer]]:
        """The index of each request with its answer. Raises :class:`_Closed`."""
        with self._lock:
            answers = tuple(self.start().check(requests))
        if len(answers) < len(requests):
            raise _Closed
        return answers

    def check_corpus(self, parts: Iterable[Corpus]) -> Iterator[CorpusAnswer]:
        """The results that come from comparing all attempts, in parts. Raises ``WorkerDied``."""
        with self._lock:
            yield from self.start().check_corpus(parts)

    def close(self) -> None:
        """End its process."""
        self._workers.close()


def _difference(worker: str, own: dict[str, str | None], versions: dict[str, str | None]) -> str:
    """What a worker has in another version than this machine, for people."""
    other = [
        f"{name} {versions.get(name) or 'missing'} (here {own.get(name) or 'missing'})"
        for name in {**own, **versions}
        if own.get(name) != versions.get(name)
    ]
    return f"{worker} would not give the same answers: it has {', '.join(other)}. Install the same versions there"
