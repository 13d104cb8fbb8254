"""Runs the checks in workers, so that no check can stop or crash the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from queue import SimpleQueue
from typing import NamedTuple

from reviewer.checks.engine.process import WorkerDied
from reviewer.checks.engine.workers import ENDING, Worker, Workers, WorkersLost
from reviewer.checks.protocol import Answer, AttemptRequest, Corpus, CorpusAnswer

_LEAST, _MOST = 8, 32
"""Attempts that a worker is given: many, since ruff reads the files of all of them in one process, and fewer
towards the end, so that all workers end at the same time."""
_URGENT = 4
"""As many where somebody is looking at them."""


class _Job:
    """One request that waits; ``results`` is where its run waits for the answer."""

    def __init__(self, index: int, request: AttemptRequest, results: SimpleQueue[_Result]) -> None:
        self.index = index
        self.request = request
        self.results = results

    @property
    def id(self) -> str:
        return self.request.attempt.id


_Result = tuple[int, Answer] | WorkersLost | None
"""``None`` where the runner was closed."""


class _CorpusJob(NamedTuple):
    """A corpus that waits to be checked, and where the parts of its answer go, in the end ``None`` or why there are no more."""

    parts: Iterable[Corpus]
    answers: SimpleQueue[CorpusAnswer | Exception | None]


class _Queue:
    """What waits to be checked, in order, with what a person is looking at first. Shared by threads."""

    def __init__(self) -> None:
        self.workers = 1
        """How many share what waits."""
        self._changed = threading.Condition()
        self._jobs: dict[_Job, None] = {}
        self._corpora: list[_CorpusJob] = []
        self._first: dict[str, int] = {}
        """The ids of the attempts that come first, with their order."""
        self._closed = False
        self._lost: WorkersLost | None = None

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
                    share = len(self._jobs) // (2 * self.workers)
                    batch = urgent[:_URGENT] or list(islice(self._jobs, max(_LEAST, min(share, _MOST))))
                    self._remove(batch)
                    return batch
                self._changed.wait()
            return []

    def drop(self, jobs: Iterable[_Job]) -> None:
        with self._changed:
            self._remove(jobs)

    def close(self, lost: WorkersLost | None = None) -> None:
        """End whatever waits, and whatever is added later; ``lost`` is the reason where there is one."""
        with self._changed:
            self._closed = True
            self._lost = self._lost or lost
            self._end_all()
            self._changed.notify_all()

    def _remove(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            self._jobs.pop(job, None)

    def _end_all(self) -> None:
        for job in self._jobs:
            job.results.put(self._lost)
        for corpus in self._corpora:
            corpus.answers.put(self._lost or WorkerDied(ENDING))
        self._jobs, self._corpora = {}, []


class Inquiry:
    """Requests that go to the workers by and by, each answered under its number in the order of asking."""

    def __init__(self, queue: _Queue, have_threads: Callable[[int], None]) -> None:
        self._queue, self._have_threads = queue, have_threads
        self._results: SimpleQueue[_Result] = SimpleQueue()
        self._jobs: dict[int, _Job] = {}
        self.asked = 0
        """How many there were so far."""
        self._ended = False

    def ask(self, requests: Iterable[AttemptRequest]) -> None:
        """Have these answered too."""
        jobs = [_Job(number, request, self._results) for number, request in enumerate(requests, self.asked)]
        self.asked += len(jobs)
        self._jobs |= {job.index: job for job in jobs}
        self._have_threads(len(self._jobs))
        self._queue.add(jobs)

    def answers(self, open_: int = 0) -> Iterator[tuple[int, Answer]]:
        """Answers as they come in, until so many requests are still open or the runner is closed. Raises :class:`WorkersLost`."""
        while len(self._jobs) > open_ and not self._ended:
            result = self._results.get()
            if isinstance(result, WorkersLost):
                raise result
            if result is None:
                self._ended = True
                return
            del self._jobs[result[0]]
            self._have_threads(len(self._jobs))  # a cluster may have grown
            yield result

    def close(self) -> None:
        """Ask for nothing more."""
        self._queue.drop(self._jobs.values())


class Runner:
    """Checks attempts with ``workers``, which are kept until :meth:`close`.

    Workers start when first needed, or by :meth:`start`. May be used from any thread.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._queue = _Queue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def start(self, attempts: int) -> None:
        """Start the workers for so many attempts ahead, so that they are ready when these are asked about."""
        self._have_threads(attempts // _URGENT)

    def run(self, requests: Sequence[AttemptRequest]) -> Iterator[tuple[int, Answer]]:
        """The index of each request with its answer, as soon as it is there, in any order.

        Requests on one base should be neighbours: its files are read once then. Ends early when the runner is
        closed. Raises :class:`WorkersLost`.
        """
        with closing(self.inquire()) as inquiry:
            inquiry.ask(requests)
            yield from inquiry.answers()

    def inquire(self) -> Inquiry:
        """Requests that are made by and by."""
        return Inquiry(self._queue, self._have_threads)

    def check_corpus(self, parts: Iterable[Corpus]) -> Iterator[CorpusAnswer]:
        """The results that come from comparing all attempts, in parts. Raises :class:`WorkerDied` and :class:`WorkersLost`."""
        job = _CorpusJob(parts, SimpleQueue())
        self._have_threads(1)
        self._queue.add(corpora=[job])
        while (answer := job.answers.get()) is not None:
            if isinstance(answer, Exception):
                raise answer
            yield answer

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
            threads = self._threads
        self._workers.close()
        for thread in threads:
            thread.join()

    def _have_threads(self, jobs: int) -> None:
        """Have as many threads as there is work for."""
        with self._lock:
            self._queue.workers = self._workers.size
            more = 0 if self._closed else min(self._queue.workers, jobs) - len(self._threads)
            # all of them before the first thread: a process without threads can fork
            workers = [self._workers.make() for _ in range(more)]
            for worker in workers:
                thread = threading.Thread(target=self._serve, args=(worker,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, worker: Worker) -> None:
        """One worker's thread: take jobs, ask, hand the answers out."""
        while batch := self._queue.take():
            if isinstance(batch, _CorpusJob):
                try:
                    for answer in worker.check_corpus(batch.parts):
                        batch.answers.put(answer)
                    batch.answers.put(None)
                except Exception as error:  # of the worker, or of what the parts are made of
                    batch.answers.put(error)
            else:
                self._check(worker, batch)

    def _check(self, worker: Worker, batch: list[_Job]) -> None:
        open_jobs = dict(enumerate(batch))
        end = None
        try:
            for index, answer in worker.check([job.request for job in batch]):
                job = open_jobs.pop(index)
                job.results.put((job.index, answer))
        except WorkersLost as error:
            end = error
            self._queue.close(error)
        for job in open_jobs.values():
            job.results.put(end)
