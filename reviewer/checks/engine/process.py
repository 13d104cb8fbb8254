"""The parent's end of one worker process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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

_CHUNK = 1 << 16


class WorkerDied(Exception):
    """A worker ended or could not be started; the message is the reason."""


class TooSlow(WorkerDied):
    """A worker did not answer in time."""


class WorkerProcess:
    """One running worker. Asked and read by one thread; :meth:`kill` may come from any."""

    def __init__(self, setup: Setup) -> None:
        self.scratch = setup.scratch
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._parts: list[bytes] = []
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
                bufsize=0,
                start_new_session=True,  # ctrl+c in the terminal is the parent's to answer
            )
        except OSError as error:
            raise WorkerDied(f"a worker could not be started: {error.strerror or error}") from None
        self._send(to_line(setup))

    def ask(self, request: Batch | Corpus) -> None:
        """Send a request. Raises :class:`WorkerDied`."""
        self._send(to_line(request))

    def answer(self, limit: float) -> Answer | CorpusAnswer:
        """The next answer; ``limit`` is how long the worker may take, in seconds, for what it says it does.

        Raises :class:`WorkerDied` and :class:`TooSlow`; :attr:`status` then says what was in hand.
        """
        deadline = time.monotonic() + limit
        while (line := self._line(deadline)) is None:
            status = self.status
            deadline = status.since + limit if status else 0.0
            if deadline <= time.monotonic():
                raise TooSlow(f"took longer than {limit:g} s and was stopped")
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
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            assert pipe is not None
            pipe.close()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        view = memoryview(data)
        try:
            while view:
                view = view[self._process.stdin.write(view) :]
        except (OSError, ValueError):
            raise self._died() from None

    def _line(self, deadline: float) -> bytes | None:
        """The next line, ``None`` where it is not there by the deadline; what came of it is kept."""
        assert self._process.stdout is not None
        parts = self._parts
        while not parts or b"\n" not in parts[-1]:
            try:
                poll = select.poll()
                poll.register(self._process.stdout, select.POLLIN)
                if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    return None
                parts.append(os.read(self._process.stdout.fileno(), _CHUNK))
            except (OSError, ValueError):  # killed and closed by another thread
                raise self._died() from None
            if not parts[-1]:
                raise self._died()
        line, _, rest = b"".join(parts).partition(b"\n")
        self._parts = [rest] if rest else []
        return line

    def _died(self) -> WorkerDied:
        try:
            code = self._process.wait(timeout=5)
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _CHUNK))
            last_line = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return WorkerDied("the worker was stopped")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerDied(f"the worker {how}{': ' if last_line else ''}{last_line}")
