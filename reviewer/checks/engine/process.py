"""The parent's end of one worker process."""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import weakref
from math import inf
from pathlib import Path
from typing import NoReturn

import reviewer
from reviewer.checks.protocol import (
    STATUS_FILE,
    Answer,
    Batch,
    Corpus,
    CorpusAnswer,
    Setup,
    WorkerStatus,
    read_answer,
    to_line,
)
from reviewer.model import from_json
from reviewer.sources.forked import can_fork

_LAST_WORDS = 1 << 16
"""Bytes at the end of what a worker wrote to standard error that are read when it died."""
_CHUNK = 1 << 16
_PATIENCE = 4
"""How much longer a worker may take that does not get the processor, or waits for a program that it has started."""


class WorkerDied(Exception):
    """A worker ended or could not be started; the message is the reason."""


class TooSlow(WorkerDied):
    """A worker did not answer in time."""


class WorkerProcess:
    """One running worker. Asked and read by one thread; :meth:`kill` may come from any."""

    def __init__(self, setup: Setup) -> None:
        self.scratch = setup.scratch
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        requests, writing = os.pipe()
        self._answers, answers = os.pipe()
        self._requests = os.fdopen(writing, "wb")
        weakref.finalize(self, os.close, self._answers)  # not by kill(): a thread may wait for it
        self._received = bytearray()
        try:
            files = (requests, answers, self._errors.fileno())
            self._process = _Fork(*files) if can_fork() else _spawn(*files)
        except OSError as error:
            raise WorkerDied(f"a worker could not be started: {error.strerror or error}") from None
        finally:
            os.close(requests)
            os.close(answers)
        self.ask(setup)

    def ask(self, request: Setup | Batch | Corpus) -> None:
        """Send a request. Raises :class:`WorkerDied`."""
        try:
            self._requests.write(to_line(request))
            self._requests.flush()
        except (OSError, ValueError):  # ended, or closed by another thread
            raise self._died() from None

    def answer(self, limit: float) -> Answer | CorpusAnswer:
        """The next answer; ``limit`` is how long the worker may take, in seconds, for what it says it does.

        That is processor time, where the system tells it; of other time it may take :data:`_PATIENCE` as much.
        Raises :class:`WorkerDied` and :class:`TooSlow`; :attr:`status` then says what was in hand.
        """
        deadline = time.monotonic() + limit
        waiting = select.poll()
        waiting.register(self._answers, select.POLLIN)
        searched = 0
        while (end := self._received.find(b"\n", searched) + 1) == 0:
            searched = len(self._received)
            if waiting.poll(1000 * max(0.0, deadline - time.monotonic())):
                if not (part := os.read(self._answers, _CHUNK)):
                    raise self._died()
                self._received += part
                continue
            deadline = self._deadline(limit)
            if deadline <= time.monotonic():
                raise TooSlow(f"took longer than {limit:g} s and was stopped")
        line = bytes(self._received[:end])
        del self._received[:end]
        return read_answer(line)

    def _deadline(self, limit: float) -> float:
        """When the worker may have taken too long for what it does, as far as can be told now."""
        status = self.status
        if status is None:
            return 0.0
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # not on Linux
            return status.since + limit
        used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") - status.processor
        return min(time.monotonic() + limit - used, status.since + _PATIENCE * limit)

    @property
    def status(self) -> WorkerStatus | None:
        """What the worker last wrote that it was about to do."""
        try:
            return from_json(Path(self.scratch, STATUS_FILE).read_bytes().partition(b"\n")[0], WorkerStatus)
        except (OSError, ValueError):
            return None

    def stop(self) -> None:
        """End the worker and whatever it started, without waiting for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the worker and whatever it started, at once."""
        self.stop()
        self._process.wait()
        for pipe in (self._requests, self._errors):
            with contextlib.suppress(BrokenPipeError):  # what was not sent any more
                pipe.close()

    def _died(self) -> WorkerDied:
        try:
            code = self._process.wait(timeout=5)
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _LAST_WORDS))
            last_line = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return WorkerDied("the worker was stopped")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerDied(f"the worker {how}{': ' if last_line else ''}{last_line}")


def _spawn(requests: int, answers: int, errors: int) -> "subprocess.Popen[bytes]":
    """A worker that imports what it needs. Raises ``OSError``."""
    package = str(Path(reviewer.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        # -P: the working folder may be a stranger's, and nothing is imported from there
        [sys.executable, "-P", "-m", "reviewer.checks.engine.worker"],
        stdin=requests,
        stdout=answers,
        stderr=errors,
        env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,  # ctrl+c in the terminal is the parent's to answer
    )


class _Fork:
    """A worker that is this process once more, with all that it has imported; it is waited for as a ``Popen`` is."""

    def __init__(self, requests: int, answers: int, errors: int) -> None:
        self._lock = threading.Lock()
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            _work(requests, answers, errors)
        os.setpgid(self.pid, self.pid)  # ctrl+c in the terminal is the parent's to answer

    def wait(self, timeout: float = inf) -> int:
        """Its exit status; negative where a signal ended it. Raises ``TimeoutExpired``."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._lock:
                if self._code is None and (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
                    self._code = os.waitstatus_to_exitcode(ended[1])
            if self._code is not None:
                return self._code
            time.sleep(0.001)
        raise subprocess.TimeoutExpired("worker", timeout)


def _work(*standard: int) -> NoReturn:
    """Be a worker with these files as input, output and errors, and end: nothing else of the program goes on here."""
    try:
        # out of the way first: one of them may have the number of another where the program has no standard files
        for number, file in enumerate([fcntl.fcntl(file, fcntl.F_DUPFD, 3) for file in standard]):
            os.dup2(file, number)
        # else no other worker would see the end of its requests while this one lives
        os.closerange(3, 1 + max(int(file.name) for file in Path("/proc/self/fd").iterdir()))
        from reviewer.checks.engine.worker import main  # loads all checks; who forks has them

        main()
    except BaseException:
        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(1)
