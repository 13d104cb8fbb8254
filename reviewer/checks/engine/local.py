"""Workers of this machine: processes that are replaced where they die.

Plain processes and pipes: multiprocessing cannot start its helpers inside a running Textual app, and
its workers outlive a killed parent.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from reviewer.checks import CHECK_NAMES, order
from reviewer.checks.engine.process import TooSlow, WorkerDied, WorkerProcess
from reviewer.checks.engine.workers import ENDING
from reviewer.checks.protocol import Answer, AttemptRequest, Batch, Corpus, CorpusAnswer, Setup, WorkerStatus
from reviewer.checks.results import unknown, unknown_result
from reviewer.model import CheckResult
from reviewer.sources.forked import processors

TIME_LIMIT = 20.0
"""Seconds of processor time that a worker may take for one file, or whatever else it says it is doing, before it is killed."""
_MOST_DEATHS = 3
"""Workers that a check of another package may end before it is asked no more."""
_MEMORY = "/dev/shm"
_PREFIX = "reviewer-checks-"
"""Begins the names of folders that workers write to."""
_ROOM = 1 << 30
"""Free bytes from which a file system in memory is used."""
_JUST_MADE = 60.0
"""Seconds for which such a folder may not be locked yet."""
_SECONDS_IN_CORPUS = 0.01
"""Further seconds for each attempt where all are compared."""


class _Pending:
    """One request of a batch that is not answered yet."""

    def __init__(self, index: int, request: AttemptRequest) -> None:
        self.index = index
        self.request = request
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

    def complete(self, answer: Answer) -> tuple[int, Answer]:
        """The index, and the answer with what was given up in it."""
        if self.given_up:
            checks = {result.name: result for result in answer.analysis.checks} | self.given_up
            ordered = tuple(checks[name] for name in sorted(checks, key=order))
            analysis = msgspec.structs.replace(answer.analysis, checks=ordered)
            answer = Answer(analysis, (*answer.transient, *self.given_up))
        return self.index, answer


class LocalWorkers:
    """As many workers as ``jobs`` (one a processor where ``None``), each a process of its own.

    ``setup`` is what each is told at its start; its ``scratch`` is chosen here. ``time_limit`` is in seconds.
    """

    def __init__(self, setup: Setup, jobs: int | None = None, time_limit: float = TIME_LIMIT) -> None:
        self.time_limit = time_limit
        self.closed = False
        self._setup = setup
        self.size = jobs or processors()
        """How many can work at once."""
        self._lock = threading.Lock()
        self._running: set[WorkerProcess] = set()
        self._folder: Path | None = None
        self._started = 0
        self.given_up: dict[str, str] = {}
        """Checks of other packages that are asked no more, each with the reason."""
        self._deaths: Counter[str] = Counter()

    def make(self) -> "LocalWorker":
        """One more, whose process is started."""
        return LocalWorker(self)

    def close(self) -> None:
        """Kill all processes and remove what they wrote."""
        with self._lock:
            self.closed = True
            running, self._running = self._running, set()
        for process in running:  # all together: what each holds in memory takes a while to go
            process.stop()
        for process in running:
            process.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock_file)
            self._folder = None

    def record_death(self, check: str, reason: str) -> None:
        """A check ended a worker; another package's is given up after some."""
        with self._lock:
            self._deaths[check] += 1
            if check not in CHECK_NAMES and self._deaths[check] >= _MOST_DEATHS:
                self.given_up[check] = (
                    f"not asked after it ended {_MOST_DEATHS} workers, the last time: {reason}"
                )

    def start_process(self) -> WorkerProcess:
        """A new process. Raises :class:`WorkerDied` where there can be none."""
        with self._lock:
            if self.closed:
                raise WorkerDied(ENDING)
            if self._folder is None:
                try:
                    self._folder, self._lock_file = _make_folder()
                except OSError as error:
                    raise WorkerDied(f"a worker could not be started: {error}") from None
            self._started += 1
            process = WorkerProcess(
                msgspec.structs.replace(self._setup, scratch=f"{self._folder}/{self._started}")
            )
            self._running.add(process)
            return process

    def end_process(self, process: WorkerProcess) -> WorkerStatus | None:
        """Kill a process and remove what it wrote; what it was doing, ``None`` where it was ended already."""
        with self._lock:
            if process not in self._running:
                return None
            self._running.remove(process)
        process.kill()
        status = process.status
        shutil.rmtree(process.scratch, ignore_errors=True)
        return status


class LocalWorker:
    """A process that is replaced where it dies or takes too long, and what it died of is asked no more."""

    def __init__(self, workers: LocalWorkers) -> None:
        self._workers = workers
        self._process: WorkerProcess | None = None
        with contextlib.suppress(WorkerDied):  # the first request gets the reason
            self._ready()

    def check(self, requests: Sequence[AttemptRequest]) -> Iterator[tuple[int, Answer]]:
        """As :meth:`reviewer.checks.engine.workers.Worker.check`; to be read to its end."""
        pending = [_Pending(index, request) for index, request in enumerate(requests)]
        while pending:
            for item in pending:
                for check, reason in self._workers.given_up.items():
                    item.give_up(check, reason)
            try:
                process = self._ready()
                process.ask(Batch(tuple(item.request for item in pending)))
                while pending:
                    answer = process.answer(self._workers.time_limit)
                    if isinstance(answer, Answer):
                        yield pending.pop(0).complete(answer)
            except WorkerDied as error:
                if self._workers.closed:
                    return
                yield from _give_up(pending, self._end(), error, self._workers.record_death)

    def check_corpus(self, parts: Iterable[Corpus]) -> Iterator[CorpusAnswer]:
        """The results that come from comparing all attempts, in parts. Raises :class:`WorkerDied`."""
        try:
            process, limit = self._ready(), self._workers.time_limit
            for part in parts:
                process.ask(part)
                limit += len(part.members) * _SECONDS_IN_CORPUS
            more = True
            while more:
                answer = process.answer(limit)
                if not isinstance(answer, CorpusAnswer):
                    raise WorkerDied("the worker answered something else")
                more = answer.more
                yield answer
        except WorkerDied:
            self._end()
            raise

    def _ready(self) -> WorkerProcess:
        if self._process is None:
            self._process = self._workers.start_process()
        return self._process

    def _end(self) -> WorkerStatus | None:
        """End the process, which died or must; what it was doing."""
        process, self._process = self._process, None
        return None if process is None else self._workers.end_process(process)


def _give_up(
    pending: list[_Pending],
    status: WorkerStatus | None,
    error: WorkerDied,
    record: Callable[[str, str], None],
) -> Iterator[tuple[int, Answer]]:
    """Find what a worker died of, and ask for that no more; the answer of a request that this was all of."""
    named = next((item for item in pending if status is not None and item.id == status.attempt), None)
    item = named or pending[0]
    item.deaths += 1
    # Once may be chance: the worker was killed while it had nothing to do.
    if item.deaths < 2 and not isinstance(error, TooSlow):
        return
    item.deaths = 0
    reason = f"{status.what}: {error}" if status is not None and status.what else str(error)
    if status is not None and status.check is not None:
        record(status.check, reason)
    if named is None or status is None or not named.give_up(status.check, reason):
        pending.remove(item)
        names = tuple(item.request.wanted)
        yield item.complete(Answer(unknown(item.id, reason, names), names))


def _make_folder() -> tuple[Path, int]:
    """A folder for all workers, locked as long as this process lives, and the file that holds the lock.

    What programs left behind that were killed with all their workers is removed. Raises ``OSError``.
    """
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_folder_in_memory()))
    lock_file = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock_file, fcntl.LOCK_SH)
    for other in folder.parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            file = os.open(other, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(file).st_mtime < time.time() - _JUST_MADE:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(other)
            finally:
                os.close(file)
    return folder, lock_file


def _folder_in_memory() -> str | None:
    """A file system in memory with room to spare, ``None`` where there is none or the user named a folder.

    Git makes up to 256 folders and some thousand small files, which took a tenth of the time on a disk.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    room = os.statvfs(_MEMORY)
    return _MEMORY if room.f_bavail * room.f_frsize >= _ROOM else None
