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
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

import msgspec

from reviewer.checks import CHECK_NAMES
from reviewer.checks.engine.process import TooSlow, WorkerDied, WorkerProcess
from reviewer.checks.protocol import Answer, AttemptRequest, Batch, Corpus, CorpusAnswer, Setup, WorkerStatus
from reviewer.checks.results import unknown, unknown_result
from reviewer.config import CheckSettings
from reviewer.model import CheckResult

TIME_LIMIT = 20.0
"""Seconds that a worker may take for one file, or whatever else it says it is doing, before it is killed."""
_FIRST, _MOST = 16, 64
"""Attempts that a worker is given at first, and at most: ruff reads the files of all of them in one process."""
_SECONDS = 0.4
"""How long a worker is to be busy with one batch."""
_LEAST = 8
"""As few towards the end, so that all workers end at the same time."""
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
        self.taken = False
        self.deaths = 0
        self.given_up: dict[str, CheckResult] = {}

    @property
    def id(self) -> str:
        return self.request.attempt.id

    def give_up(self, check: str | None, reason: str) -> bool:
        """Ask no more for a check; false where it is not one that was asked for."""
        wanted = self.request.wanted or {name: "" for name in CHECK_NAMES if name not in self.given_up}
        if check not in wanted:
            return False
        self.given_up[check] = unknown_result(check, reason)
        remaining = {name: key for name, key in wanted.items() if name != check}
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


class _CorpusJob:
    """A corpus that waits to be checked; ``result`` takes the answer, or what the worker died of."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.result: SimpleQueue[CorpusAnswer | WorkerDied] = SimpleQueue()


class _Queue:
    """What waits to be checked, in order, with what a person is looking at first. Shared by threads."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._changed = threading.Condition()
        self._ordered: deque[_Job] = deque()
        self._urgent: deque[_Job] = deque()
        self._first: tuple[str, ...] = ()
        self._corpora: deque[_CorpusJob] = deque()
        self._by_id: dict[str, list[_Job]] = {}
        self._closed = False

    def add(self, jobs: Sequence[_Job]) -> None:
        with self._changed:
            self._ordered.extend(jobs)
            for job in jobs:
                self._by_id.setdefault(job.id, []).append(job)
            self._collect_urgent()
            self._changed.notify_all()

    def add_corpus(self, job: _CorpusJob) -> None:
        with self._changed:
            self._corpora.append(job)
            self._changed.notify_all()

    def prioritise(self, ids: Iterable[str]) -> None:
        with self._changed:
            self._first = tuple(ids)
            self._collect_urgent()

    def _collect_urgent(self) -> None:
        self._urgent = deque(job for id in self._first for job in self._by_id.get(id, ()) if not job.taken)

    def take(self, most: int) -> list[_Job] | _CorpusJob:
        """The next few jobs, ``most`` or fewer, or a corpus; waits for some, empty once closed."""
        with self._changed:
            while not self._closed:
                if self._corpora:
                    return self._corpora.popleft()
                share = max(len(self._ordered) // (2 * self._workers), _LEAST)
                batch = self._next(self._urgent, _URGENT) or self._next(self._ordered, min(share, most))
                if batch:
                    return batch
                self._changed.wait()
            return []

    def drop(self, jobs: Iterable[_Job]) -> None:
        with self._changed:
            for job in jobs:
                job.taken = True
                self._by_id.pop(job.id, None)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next(self, waiting: deque[_Job], most: int) -> list[_Job]:
        batch: list[_Job] = []
        while waiting and len(batch) < most:
            job = waiting.popleft()
            if not job.taken:
                job.taken = True
                self._by_id.pop(job.id, None)
                batch.append(job)
        return batch


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
        self._waiting: set[SimpleQueue[_Result]] = set()
        self._corpora: set[_CorpusJob] = set()
        self._folder: Path | None = None
        self._started = 0
        self._closed = False

    def start(self, attempts: int) -> None:
        """Start the workers for so many attempts ahead, so that they are ready when these are asked about."""
        with self._lock:
            if not self._closed:
                self._have_threads(attempts // _URGENT)

    def run(self, requests: Sequence[AttemptRequest]) -> Iterator[tuple[int, Answer]]:
        """The index of each request with its answer, as soon as it is there, in any order.

        Where a worker died, the check that it was doing is ``unknown`` with the reason, or all are; so it is
        where a check took too long. Requests on one base should be neighbours: its files are read once then.
        Ends early when the runner is closed.
        """
        results: SimpleQueue[_Result] = SimpleQueue()
        jobs = [_Job(index, request, results) for index, request in enumerate(requests)]
        if not self._start(results, len(jobs)):
            return
        self._queue.add(jobs)
        try:
            for _ in jobs:
                result = results.get()
                if result is None:
                    return
                yield result
        finally:
            self._queue.drop(jobs)
            with self._lock:
                self._waiting.discard(results)

    def check_corpus(self, corpus: Corpus) -> CorpusAnswer:
        """The results that come from comparing all attempts. Raises :class:`WorkerDied`."""
        job = _CorpusJob(corpus)
        with self._lock:
            if self._closed:
                raise WorkerDied(_ENDING)
            self._corpora.add(job)
            self._have_threads(1)
        self._queue.add_corpus(job)
        try:
            answer = job.result.get()
        finally:
            self._corpora.discard(job)
        if isinstance(answer, WorkerDied):
            raise answer
        return answer

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
            workers, waiting, threads = list(self._workers.values()), list(self._waiting), self._threads
        for worker in workers:
            worker.kill()
        for results in waiting:
            results.put(None)
        for job in self._corpora:
            job.result.put(WorkerDied(_ENDING))
        for thread in threads:
            thread.join()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, results: SimpleQueue[_Result], jobs: int) -> bool:
        """Have as many threads as there is work for; false once closed."""
        with self._lock:
            if self._closed:
                return False
            self._waiting.add(results)
            self._have_threads(jobs)
        return True

    def _have_threads(self, jobs: int) -> None:
        while len(self._threads) < min(self._jobs, jobs):
            thread = threading.Thread(target=self._serve, args=(len(self._threads),), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, number: int) -> None:
        """One worker's thread: take jobs, ask, hand the answers out; a dead worker is replaced."""
        with contextlib.suppress(WorkerDied):  # the first request gets the reason
            self._worker(number)
        most = _FIRST
        while batch := self._queue.take(most):
            if isinstance(batch, _CorpusJob):
                self._check_corpus(number, batch)
            else:
                size, began = len(batch), time.monotonic()
                self._check(number, batch)
                speed = size / max(time.monotonic() - began, 0.001)
                most = max(_URGENT, min(int(speed * _SECONDS), _MOST))

    def _check_corpus(self, number: int, job: _CorpusJob) -> None:
        attempts = len(job.corpus.members)
        try:
            worker = self._worker(number)
            worker.ask(job.corpus)
            answer = worker.answer(self._time_limit + attempts * _SECONDS_IN_CORPUS)
            if not isinstance(answer, CorpusAnswer):
                raise WorkerDied("the worker answered something else")
            job.result.put(answer)
        except WorkerDied as error:
            self._end_worker(number)
            job.result.put(error)

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
