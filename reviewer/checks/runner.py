"""Runs the checks in worker processes, so that no check can stop or crash the screen.

Plain subprocesses and pipes: multiprocessing cannot start its helpers inside a running Textual app, and
its workers outlive a killed parent.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue

import msgspec

from reviewer.checks.analyse import unknown
from reviewer.checks.base import EarlierPatch
from reviewer.checks.process import Died, TooSlow, WorkerProcess
from reviewer.checks.wire import Question, Request, Setup
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Attempt
from reviewer.sources.git_objects import FULL_HASH
from reviewer.sources.git_repository import GitError, Repositories

TIME_LIMIT = 60.0
"""Seconds that one attempt may take before its worker is killed."""
_BATCH = 4


class _Job:
    """One attempt that waits; ``results`` is where its run waits for it."""

    def __init__(self, attempt: Attempt, question: Question, results: SimpleQueue[_Result]) -> None:
        self.attempt = attempt
        self.question = question
        self.results = results
        self.base = question.attempt.base or question.attempt.commit
        self.taken = False
        self.deaths = 0


_Result = tuple[_Job, Analysis] | None


class _Queue:
    """What waits to be checked, in order, with what a person is looking at first. Shared by threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ordered: deque[_Job] = deque()
        self._urgent: deque[_Job] = deque()
        self._by_id: dict[str, list[_Job]] = {}
        self._closed = False

    def add(self, jobs: Sequence[_Job]) -> None:
        groups: dict[str | None, list[_Job]] = {}
        for job in jobs:
            groups.setdefault(job.base, []).append(job)
        with self._changed:
            for group in groups.values():
                self._ordered.extend(group)
            for job in jobs:
                self._by_id.setdefault(job.attempt.id, []).append(job)
            self._changed.notify_all()

    def prioritise(self, ids: Iterable[str]) -> None:
        with self._changed:
            self._urgent = deque(job for id in ids for job in self._by_id.get(id, ()) if not job.taken)

    def take(self) -> list[_Job]:
        """The next few jobs on one base; waits for some, empty once closed."""
        with self._changed:
            while not self._closed:
                batch = self._next(self._urgent) or self._next(self._ordered)
                if batch:
                    return batch
                self._changed.wait()
            return []

    def drop(self, jobs: Iterable[_Job]) -> None:
        with self._changed:
            for job in jobs:
                job.taken = True
                self._by_id.pop(job.attempt.id, None)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next(self, waiting: deque[_Job]) -> list[_Job]:
        batch: list[_Job] = []
        while waiting and len(batch) < _BATCH:
            if not waiting[0].taken:
                if batch and waiting[0].base != batch[0].base:
                    break
                waiting[0].taken = True
                self._by_id.pop(waiting[0].attempt.id, None)
                batch.append(waiting[0])
            waiting.popleft()
        return batch


class Runner:
    """Checks attempts in ``jobs`` worker processes (one a processor where ``None``), kept until :meth:`close`.

    Workers start when first needed. May be used from any thread.
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
        self._queue = _Queue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._workers: dict[int, WorkerProcess] = {}
        self._waiting: set[SimpleQueue[_Result]] = set()
        self._folder: Path | None = None
        self._started = 0
        self._closed = False
        self._repositories = Repositories(Path(path) for path in self._setup.repositories)

    def run(
        self, attempts: Iterable[Attempt], earlier: Mapping[str, tuple[EarlierPatch, ...]] | None = None
    ) -> Iterator[tuple[Attempt, Analysis]]:
        """Check attempts and give each with its analysis as soon as it is done, in any order.

        ``earlier`` has, by an attempt's folder, what :attr:`Context.earlier` is read from.

        Malformed attempts, and those whose worker died or took too long, have checks that are all
        ``unknown`` with the reason. Ends early when the runner is closed.
        """
        results: SimpleQueue[_Result] = SimpleQueue()
        jobs = []
        for attempt in attempts:
            if attempt.malformed is not None:
                yield attempt, unknown(attempt.id, f"malformed: {attempt.malformed}")
            else:
                found = (earlier or {}).get(attempt.folder, ())
                jobs.append(_Job(attempt, self._question(attempt, found), results))
        if not self._start(results, len(jobs)):
            return
        self._queue.add(jobs)
        try:
            for _ in jobs:
                result = results.get()
                if result is None:
                    return
                yield result[0].attempt, result[1]
        finally:
            self._queue.drop(jobs)
            with self._lock:
                self._waiting.discard(results)

    def prioritise(self, ids: Iterable[str]) -> None:
        """Check these attempts next, in this order; takes the place of what was asked for before."""
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
        for thread in threads:
            thread.join()
        self._repositories.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _question(self, attempt: Attempt, earlier: tuple[EarlierPatch, ...]) -> Question:
        """The attempt with its hashes in full: workers do without what it takes to resolve others."""
        full: dict[str, str] = {}
        unresolved: dict[str, str] = {}
        for field in ("commit", "base"):
            name = getattr(attempt, field)
            if name is not None and not FULL_HASH.fullmatch(name):
                try:
                    full[field] = self._repositories.resolve(name)
                except GitError as error:
                    unresolved[name] = str(error)
        return Question(msgspec.structs.replace(attempt, **full) if full else attempt, unresolved, earlier)

    def _start(self, results: SimpleQueue[_Result], jobs: int) -> bool:
        """Have as many threads as there is work for; false once closed."""
        with self._lock:
            if self._closed:
                return False
            self._waiting.add(results)
            while len(self._threads) < min(self._jobs, jobs):
                thread = threading.Thread(target=self._serve, args=(len(self._threads),), daemon=True)
                self._threads.append(thread)
                thread.start()
        return True

    def _serve(self, number: int) -> None:
        """One worker's thread: take jobs, ask, hand the answers out; a dead worker is replaced."""
        while batch := self._queue.take():
            while batch:
                try:
                    worker = self._worker(number)
                    worker.ask(Request(tuple(job.question for job in batch)))
                    while batch:
                        analysis = worker.answer(self._time_limit)
                        job = batch.pop(0)
                        job.results.put((job, analysis))
                except Died as error:
                    if self._closed:
                        return
                    self._bury(number)
                    batch[0].deaths += 1
                    # Once may be chance: the worker was killed while it had nothing to do.
                    if batch[0].deaths > 1 or isinstance(error, TooSlow):
                        job = batch.pop(0)
                        job.results.put((job, unknown(job.attempt.id, str(error))))

    def _worker(self, number: int) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise Died("the program is ending")
            if number not in self._workers:
                if self._folder is None:
                    self._folder = Path(tempfile.mkdtemp(prefix="reviewer-"))
                self._started += 1
                scratch = f"{self._folder}/{self._started}"
                self._workers[number] = WorkerProcess(msgspec.structs.replace(self._setup, scratch=scratch))
            return self._workers[number]

    def _bury(self, number: int) -> None:
        with self._lock:
            worker = self._workers.pop(number, None)
        if worker is not None:
            worker.kill()
            shutil.rmtree(worker.scratch, ignore_errors=True)
