"""Runs the checks in worker processes, so that no check can stop or crash the screen.

Plain subprocesses and pipes: multiprocessing cannot start its helpers inside a running Textual app, and
its workers outlive a killed parent.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import msgspec

from reviewer.checks import CHECK_NAMES
from reviewer.checks.engine.process import TooSlow, WorkerDied, WorkerProcess
from reviewer.checks.protocol import Answer, AttemptRequest, Batch, Corpus, CorpusAnswer, Setup, WorkerStatus
from reviewer.checks.results import unknown, unknown_result
from reviewer.config import CheckSettings
from reviewer.model import CheckResult

TIME_LIMIT = 20.0
"""Seconds that a worker may take for one file, or whatever else it says it is doing, before it is killed."""
_LEAST, _MOST = 8, 32
"""Attempts that a worker is given: many, since ruff reads the files of all of them in one process, and fewer
towards the end, so that all workers end at the same time."""
_URGENT = 4
"""As many where somebody is looking at them."""
_MEMORY = "/dev/shm"
_ROOM = 1 << 30
"""Free bytes from which a file system in memory is used."""
_SECONDS_IN_CORPUS = 0.01
"""Further seconds for each attempt where all are compared."""
_ENDING = "the program is ending"


class _Job:
    """One request that waits; ``results`` is where its run waits for the answer."""

    def __init__(self, index: int, request: AttemptRequest, results: SimpleQueue[_Result]) -> None:
        self.index = index
        self.request = request
        self.results = results
        self.deaths = 0
        self.given_up: dict[str, CheckResult] = {}

    @property
    def id(self) -> str:
        return self.request.attempt.id

    def give_up(self, check: str | None, reason: str) -> bool:
        """Ask no more for a check; false where it is not one that was asked for."""
        if check not in self.request.wanted:
            return False
        self.given_up[check] = unknown_result(check, reason)
        remaining = {name: key for name, key in self.request.wanted.items() if name != check}
        self.request = msgspec.structs.replace(self.request, wanted=remaining)
        return True

    def answered(self, answer: Answer) -> None:
        if self.given_up:
            checks = {result.name: result for result in answer.analysis.checks} | self.given_up
            ordered = tuple(checks[name] for name in CHECK_NAMES if name in checks)
            analysis = msgspec.structs.replace(answer.analysis, checks=ordered)
            answer = Answer(analysis, (*answer.transient, *self.given_up))
        self.results.put((self.index, answer))


_Result = tuple[int, Answer] | None


class _CorpusJob(NamedTuple):
    """A corpus that waits to be checked, and where its answer goes."""

    corpus: Corpus
    answer: Future[CorpusAnswer]


class _Queue:
    """What waits to be checked, in order, with what a person is looking at first. Shared by threads."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._changed = threading.Condition()
        self._jobs: dict[_Job, None] = {}
        self._corpora: list[_CorpusJob] = []
        self._first: dict[str, int] = {}
        """The ids of the attempts that come first, with their order."""
        self._closed = False

    def add(self, jobs: Iterable[_Job] = (), corpora: Iterable[_CorpusJob] = ()) -> None:
        with self._changed:
            self._jobs |= dict.fromkeys(jobs)
            self._corpora += corpora
            if self._closed:
                self._end_all()
            self._changed.notify_all()

    def prioritise(self, ids: Iterable[str]) -> None:
        with self._changed:
            self._first = {id: order for order, id in enumerate(ids)}

    def take(self) -> list[_Job] | _CorpusJob:
        """The next few jobs, or a corpus; waits for some, empty once closed."""
        with self._changed:
            while not self._closed:
                if self._corpora:
                    return self._corpora.pop(0)
                if self._jobs:
                    urgent = [job for job in self._jobs if job.id in self._first]
                    urgent.sort(key=lambda job: self._first[job.id])
                    share = len(self._jobs) // (2 * self._workers)
                    batch = urgent[:_URGENT] or list(islice(self._jobs, max(_LEAST, min(share, _MOST))))
                    self._remove(batch)
                    return batch
                self._changed.wait()
            return []

    def drop(self, jobs: Iterable[_Job]) -> None:
        with self._changed:
            self._remove(jobs)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._end_all()
            self._changed.notify_all()

    def _remove(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            self._jobs.pop(job, None)

    def _end_all(self) -> None:
        for job in self._jobs:
            job.results.put(None)
        for corpus in self._corpora:
            corpus.answer.set_exception(WorkerDied(_ENDING))
        self._jobs, self._corpora = {}, []


class Runner:
    """Checks attempts in ``jobs`` worker processes (one a processor where ``None``), kept until :meth:`close`.

    Workers start when first needed, or by :meth:`start`. May be used from any thread.
    """

    def __init__(
        self,
        repositories: Iterable[Path],
        commits: Iterable[Path],
        artefacts: Iterable[str],
        jobs: int | None = None,
        time_limit: float = TIME_LIMIT,
        settings: CheckSettings | None = None,
    ) -> None:
        self._setup = Setup(
            repositories=tuple(str(path) for path in repositories),
            commits=tuple(str(path) for path in commits),
            artefacts=tuple(artefacts),
            settings=settings or CheckSettings(),
            scratch="",
        )
        self._jobs = jobs or len(os.sched_getaffinity(0))
        self._time_limit = time_limit
        self._queue = _Queue(self._jobs)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._workers: dict[int, WorkerProcess] = {}
        self._folder: Path | None = None
        self._started = 0
        self._closed = False

    def start(self, attempts: int) -> None:
        """Start the workers for so many attempts ahead, so that they are ready when these are asked about."""
        self._have_threads(attempts // _URGENT)

    def run(self, requests: Sequence[AttemptRequest]) -> Iterator[tuple[int, Answer]]:
        """The index of each request with its answer, as soon as it is there, in any order.

        Where a worker died, the check that it was doing is ``unknown`` with the reason, or all are; so it is
        where a check took too long. Requests on one base should be neighbours: its files are read once then.
        Ends early when the runner is closed.
        """
        results: SimpleQueue[_Result] = SimpleQueue()
        jobs = [_Job(index, request, results) for index, request in enumerate(requests)]
        self._have_threads(len(jobs))
        self._queue.add(jobs)
        try:
            for _ in jobs:
                result = results.get()
                if result is None:
                    return
                yield result
        finally:
            self._queue.drop(jobs)

    def check_corpus(self, corpus: Corpus) -> CorpusAnswer:
        """The results that come from comparing all attempts. Raises :class:`WorkerDied`."""
        answer: Future[CorpusAnswer] = Future()
        self._have_threads(1)
        self._queue.add(corpora=[_CorpusJob(corpus, answer)])
        return answer.result()

    def prioritise(self, ids: Iterable[str]) -> None:
        """Check these attempts first, in this order, those that are asked for later too.

        Replaces the order that was given before.
        """
        self._queue.prioritise(ids)

    def close(self) -> None:
        """End all workers and every :meth:`run`."""
        self._queue.close()
        with self._lock:
            self._closed = True
            workers, threads = list(self._workers.values()), self._threads
        for worker in workers:
            worker.kill()
        for thread in threads:
            thread.join()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _have_threads(self, jobs: int) -> None:
        """Have as many threads as there is work for."""
        with self._lock:
            while not self._closed and len(self._threads) < min(self._jobs, jobs):
                thread = threading.Thread(target=self._serve, args=(len(self._threads),), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, number: int) -> None:
        """One worker's thread: take jobs, ask, hand the answers out; a dead worker is replaced."""
        with contextlib.suppress(WorkerDied):  # the first request gets the reason
            self._worker(number)
        while batch := self._queue.take():
            if isinstance(batch, _CorpusJob):
                self._check_corpus(number, batch)
            else:
                self._check(number, batch)

    def _check_corpus(self, number: int, job: _CorpusJob) -> None:
        attempts = len(job.corpus.members)
        try:
            worker = self._worker(number)
            worker.ask(job.corpus)
            answer = worker.answer(self._time_limit + attempts * _SECONDS_IN_CORPUS)
            if not isinstance(answer, CorpusAnswer):
                raise WorkerDied("the worker answered something else")
            job.answer.set_result(answer)
        except WorkerDied as error:
            self._end_worker(number)
            job.answer.set_exception(error)

    def _check(self, number: int, batch: list[_Job]) -> None:
        while batch:
            try:
                worker = self._worker(number)
                worker.ask(Batch(tuple(job.request for job in batch)))
                while batch:
                    answer = worker.answer(self._time_limit)
                    if isinstance(answer, Answer):
                        batch.pop(0).answered(answer)
            except WorkerDied as error:
                if self._closed:
                    for job in batch:
                        job.results.put(None)
                    return
                self._give_up(batch, self._end_worker(number), error)

    def _give_up(self, batch: list[_Job], status: WorkerStatus | None, error: WorkerDied) -> None:
        """Find what a worker died of, and ask for that no more."""
        named = next((job for job in batch if status is not None and job.id == status.attempt), None)
        job = named or batch[0]
        job.deaths += 1
        # Once may be chance: the worker was killed while it had nothing to do.
        if job.deaths < 2 and not isinstance(error, TooSlow):
            return
        job.deaths = 0
        reason = f"{status.what}: {error}" if status is not None and status.what else str(error)
        if named is None or status is None or not named.give_up(status.check, reason):
            batch.remove(job)
            job.answered(Answer(unknown(job.id, reason), CHECK_NAMES))

    def _worker(self, number: int) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise WorkerDied(_ENDING)
            if number not in self._workers:
                if self._folder is None:
                    self._folder = Path(tempfile.mkdtemp(prefix="reviewer-", dir=_folder_in_memory()))
                self._started += 1
                scratch = f"{self._folder}/{self._started}"
                self._workers[number] = WorkerProcess(msgspec.structs.replace(self._setup, scratch=scratch))
            return self._workers[number]

    def _end_worker(self, number: int) -> WorkerStatus | None:
        """End a worker that died; gives what it was doing."""
        with self._lock:
            worker = self._workers.pop(number, None)
        if worker is None:
            return None
        worker.kill()
        status = worker.status
        shutil.rmtree(worker.scratch, ignore_errors=True)
        return status


def _folder_in_memory() -> str | None:
    """A file system in memory with room to spare, ``None`` where there is none or the user named a folder.

    Git makes up to 256 folders and some thousand small files, which took a tenth of the time on a disk.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    room = os.statvfs(_MEMORY)
    return _MEMORY if room.f_bavail * room.f_frsize >= _ROOM else None
