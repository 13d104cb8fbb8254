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
from reviewer.checks.engine.process import Died, TooSlow, WorkerProcess
from reviewer.checks.protocol import Answer, Corpus, Doing, OverAll, Question, Request, Setup
from reviewer.checks.unanswered import unknown, unknown_result
from reviewer.config import CheckSettings
from reviewer.model import CheckResult

TIME_LIMIT = 20.0
"""Seconds that a worker may take for one file, or whatever else it says it is doing, before it is killed."""
_FIRST, _MOST = 16, 64
"""Attempts that a worker is given at first, and at most: ruff reads the files of all of them in one process."""
_SECONDS = 0.4
"""How long a worker is to be busy with what it is given: nobody sees any of it before."""
_LEAST = 8
"""As few towards the end, so that all workers end at the same time."""
_URGENT = 4
"""As many where somebody is looking at them."""
_MEMORY = "/dev/shm"
_ROOM = 1 << 30
"""Free bytes from which a file system in memory is used."""
_SECONDS_OVER_ALL = 0.01
"""Further seconds for each attempt where all are looked at together."""


class _Job:
    """One question that waits; ``results`` is where its run waits for it."""

    def __init__(self, place: int, question: Question, results: SimpleQueue[_Result]) -> None:
        self.place = place
        self.question = question
        self.results = results
        self.taken = False
        self.deaths = 0
        self.given_up: dict[str, CheckResult] = {}

    @property
    def id(self) -> str:
        return self.question.attempt.id

    def give_up(self, check: str | None, reason: str) -> bool:
        """Ask no more for a check; false where it is not one that was asked for."""
        wanted = self.question.wanted or {name: "" for name in CHECK_NAMES if name not in self.given_up}
        if check not in wanted:
            return False
        self.given_up[check] = unknown_result(check, reason)
        left = {name: key for name, key in wanted.items() if name != check}
        self.question = msgspec.structs.replace(self.question, wanted=left)
        return True

    def answered(self, answer: Answer) -> None:
        if self.given_up:
            checks = {result.name: result for result in answer.analysis.checks} | self.given_up
            ordered = tuple(checks[name] for name in CHECK_NAMES if name in checks)
            analysis = msgspec.structs.replace(answer.analysis, checks=ordered)
            answer = Answer(analysis, (*answer.passing, *self.given_up))
        self.results.put((self.place, answer))


_Result = tuple[int, Answer] | None


class _Whole:
    """A corpus that waits to be looked at."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.result: SimpleQueue[OverAll | str] = SimpleQueue()


class _Queue:
    """What waits to be checked, in order, with what a person is looking at first. Shared by threads."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._changed = threading.Condition()
        self._ordered: deque[_Job] = deque()
        self._urgent: deque[_Job] = deque()
        self._first: tuple[str, ...] = ()
        self._whole: deque[_Whole] = deque()
        self._by_id: dict[str, list[_Job]] = {}
        self._closed = False

    def add(self, jobs: Sequence[_Job]) -> None:
        with self._changed:
            self._ordered.extend(jobs)
            for job in jobs:
                self._by_id.setdefault(job.id, []).append(job)
            self._hurry()
            self._changed.notify_all()

    def add_whole(self, whole: _Whole) -> None:
        with self._changed:
            self._whole.append(whole)
            self._changed.notify_all()

    def prioritise(self, ids: Iterable[str]) -> None:
        with self._changed:
            self._first = tuple(ids)
            self._hurry()

    def _hurry(self) -> None:
        self._urgent = deque(job for id in self._first for job in self._by_id.get(id, ()) if not job.taken)

    def take(self, most: int) -> list[_Job] | _Whole:
        """The next few jobs, ``most`` or fewer, or a corpus; waits for some, empty once closed."""
        with self._changed:
            while not self._closed:
                if self._whole:
                    return self._whole.popleft()
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
        self._wholes: set[_Whole] = set()
        self._folder: Path | None = None
        self._started = 0
        self._closed = False

    def start(self, attempts: int) -> None:
        """Start the workers for so many attempts ahead, so that they are ready when these are asked about."""
        with self._lock:
            if not self._closed:
                self._have_threads(attempts // _URGENT)

    def run(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        """Ask questions and give each one's place with its answer as soon as it is there, in any order.

        Where a worker died, the check that it was doing is ``unknown`` with the reason, or all are; so it is
        where a check took too long. Questions on one base should stand together: they are read
        once then. Ends early when the runner is closed.
        """
        results: SimpleQueue[_Result] = SimpleQueue()
        jobs = [_Job(place, question, results) for place, question in enumerate(questions)]
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

    def over_all(self, corpus: Corpus) -> OverAll | str:
        """What only all attempts together tell, or why that could not be found out."""
        whole = _Whole(corpus)
        with self._lock:
            if self._closed:
                return "the program is ending"
            self._wholes.add(whole)
            self._have_threads(1)
        self._queue.add_whole(whole)
        try:
            return whole.result.get()
        finally:
            self._wholes.discard(whole)

    def prioritise(self, ids: Iterable[str]) -> None:
        """Check these attempts first, in this order, those that are asked for later too.

        Takes the place of what was said before.
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
        for whole in self._wholes:
            whole.result.put("the program is ending")
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
        with contextlib.suppress(Died):  # whoever asks first is told
            self._worker(number)
        most = _FIRST
        while batch := self._queue.take(most):
            if isinstance(batch, _Whole):
                self._look_at(number, batch)
            else:
                asked, began = len(batch), time.monotonic()
                self._check(number, batch)
                speed = asked / max(time.monotonic() - began, 0.001)
                most = max(_URGENT, min(int(speed * _SECONDS), _MOST))

    def _look_at(self, number: int, whole: _Whole) -> None:
        attempts = len(whole.corpus.members)
        try:
            worker = self._worker(number)
            worker.ask(whole.corpus)
            told = worker.answer(self._time_limit + attempts * _SECONDS_OVER_ALL)
            whole.result.put(told if isinstance(told, OverAll) else "the worker answered something else")
        except Died as error:
            self._bury(number)
            whole.result.put(str(error))

    def _check(self, number: int, batch: list[_Job]) -> None:
        while batch:
            try:
                worker = self._worker(number)
                worker.ask(Request(tuple(job.question for job in batch)))
                while batch:
                    answer = worker.answer(self._time_limit)
                    if isinstance(answer, Answer):
                        batch.pop(0).answered(answer)
            except Died as error:
                if self._closed:
                    return
                self._blame(batch, self._bury(number), error)

    def _blame(self, batch: list[_Job], doing: Doing | None, error: Died) -> None:
        """Find what a worker died of, and ask for that no more."""
        named = next((job for job in batch if doing is not None and job.id == doing.attempt), None)
        job = named or batch[0]
        job.deaths += 1
        # Once may be chance: the worker was killed while it had nothing to do.
        if job.deaths < 2 and not isinstance(error, TooSlow):
            return
        job.deaths = 0
        reason = f"{doing.what}: {error}" if doing is not None and doing.what else str(error)
        if named is None or doing is None or not named.give_up(doing.check, reason):
            batch.remove(job)
            job.answered(_unknown(job.id, reason))

    def _worker(self, number: int) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise Died("the program is ending")
            if number not in self._workers:
                if self._folder is None:
                    self._folder = Path(tempfile.mkdtemp(prefix="reviewer-", dir=_in_memory()))
                self._started += 1
                scratch = f"{self._folder}/{self._started}"
                self._workers[number] = WorkerProcess(msgspec.structs.replace(self._setup, scratch=scratch))
            return self._workers[number]

    def _bury(self, number: int) -> Doing | None:
        """End a worker that died, and tell what it was doing."""
        with self._lock:
            worker = self._workers.pop(number, None)
        if worker is None:
            return None
        worker.kill()
        doing = worker.doing
        shutil.rmtree(worker.scratch, ignore_errors=True)
        return doing


def _in_memory() -> str | None:
    """A file system in memory with room to spare, ``None`` where there is none or the user named a folder.

    Git makes up to 256 folders and some thousand small files, which took a tenth of the time on a disk.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    room = os.statvfs(_MEMORY)
    return _MEMORY if room.f_bavail * room.f_frsize >= _ROOM else None


def _unknown(attempt: str, reason: str) -> Answer:
    return Answer(unknown(attempt, reason), CHECK_NAMES)
