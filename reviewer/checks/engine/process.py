"""The parent's end of one worker process."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

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

_LAST_WORDS = 1 << 16
"""Bytes at the end of what a worker wrote to standard error that are read when it died."""


class WorkerDied(Exception):
    """A worker ended or could not be started; the message is the reason."""


class TooSlow(WorkerDied):
    """A worker did not answer in time."""


class WorkerProcess:
    """One running worker. Asked and read by one thread; :meth:`kill` may come from any."""

    def __init__(self, setup: Setup) -> None:
        self.scratch = setup.scratch
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        package = str(Path(reviewer.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                # -P: the working folder may be a stranger's, and nothing is imported from there
                [sys.executable, "-P", "-m", "reviewer.checks.engine.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=os.environ | {"PYTHONPATH": path},
                start_new_session=True,  # ctrl+c in the terminal is the parent's to answer
            )
        except OSError as error:
            raise WorkerDied(f"a worker could not be started: {error.strerror or error}") from None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.ask(setup)

    def ask(self, request: Setup | Batch | Corpus) -> None:
        """Send a request. Raises :class:`WorkerDied`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(to_line(request))
            self._process.stdin.flush()
        except (OSError, ValueError):  # ended, or closed by another thread
            raise self._died() from None

    def answer(self, limit: float) -> Answer | CorpusAnswer:
        """The next answer; ``limit`` is how long the worker may take, in seconds, for what it says it does.

        Raises :class:`WorkerDied` and :class:`TooSlow`; :attr:`status` then says what was in hand.
        """
        deadline = time.monotonic() + limit
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
                break
            except Empty:
                status = self.status
                deadline = status.since + limit if status else 0.0
                if deadline <= time.monotonic():
                    raise TooSlow(f"took longer than {limit:g} s and was stopped") from None
        if not line.endswith(b"\n"):
            raise self._died()
        return read_answer(line)

    @property
    def status(self) -> WorkerStatus | None:
        """What the worker last wrote that it was about to do."""
        try:
            return from_json(Path(self.scratch, STATUS_FILE).read_bytes().partition(b"\n")[0], WorkerStatus)
        except (OSError, ValueError):
            return None

    def kill(self) -> None:
        """End the worker and whatever it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # what was not sent any more
                pipe.close()

    def _listen(self) -> None:
        """Put every line of the worker's into the queue, and an empty one behind the last."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def _died(self) -> WorkerDied:
        try:
            code = self._process.wait(timeout=5)
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _LAST_WORDS))
            last_line = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return WorkerDied("the worker was stopped")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerDied(f"the worker {how}{': ' if last_line else ''}{last_line}")
