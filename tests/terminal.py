"""A real terminal for tests and benchmarks: the program in a pty, its bytes stamped as they are read."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyte

_T = TypeVar("_T")

REVIEWER = [str(Path(sys.executable).with_name("reviewer"))]


class Terminal:
    """A program in a pty of ``columns`` × ``lines``; ``screen`` is what a person would see."""

    def __init__(
        self, command: list[str], *, columns: int = 80, lines: int = 24, env: dict[str, str] | None = None
    ) -> None:
        self.raw = bytearray()
        self.columns, self.lines = columns, lines
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._fed, self._text = 0, ""
        self._ended = False
        self._changed_at = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            for ended_by in (signal.SIGHUP, signal.SIGINT):  # whatever `nohup` or `&` the tests run under
                signal.signal(ended_by, signal.SIG_DFL)
            # Not the size of the terminal that the tests run in, which readline, where pytest loads it, also sets.
            for size in ("COLUMNS", "LINES"):
                os.environ.pop(size, None)
            own = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
            os.execvpe(command[0], command, os.environ | own | (env or {}))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What arrives within ``seconds`` at most; returns at the first piece."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:  # how Linux tells that no program has the terminal open any more
            data = b""
        self._ended = not data
        if b"\x1b[?2026$p" in data:
            os.write(self.fd, b"\x1b[?2026;2$y")
        for _ in range(data.count(b"\x1b[6n")):
            os.write(self.fd, b"\x1b[2;2R")
        self.raw += data
        self._changed_at = time.monotonic()
        return data

    @property
    def in_frame(self) -> bool:
        """Whether the program has begun to paint what it has not painted to the end."""
        return self.raw.rfind(b"\x1b[?2026h") > self.raw.rfind(b"\x1b[?2026l")

    def settle(self, quiet: float = 0.25, limit: float = 20.0) -> None:
        """Read until a whole frame is there, for ``quiet`` seconds nothing has been typed or has come, and the program waits."""
        deadline = time.monotonic() + limit
        while (now := time.monotonic()) < deadline and not self._ended:
            if (
                not self.read(max(self._changed_at + quiet - now, 0.01))
                and not self.in_frame
                and self._waits()
            ):
                return

    def _waits(self) -> bool:
        """Whether no thread of the program has anything to do: on a busy machine it may be still without that."""
        try:
            threads = [file.read_text() for file in Path(f"/proc/{self.pid}/task").glob("*/stat")]
        except OSError:  # a thread has ended meanwhile
            return False
        return not any(stat.rpartition(")")[2].split()[0] in "RD" for stat in threads)

    def type(self, keys: str) -> None:
        """Type, and read nothing yet."""
        os.write(self.fd, keys.encode())
        self._changed_at = time.monotonic()

    def press(self, keys: str, quiet: float = 0.25) -> None:
        """Type, and read until the screen is still."""
        self.type(keys)
        self.settle(quiet)

    def resize(self, columns: int, lines: int) -> None:
        """Make the window another size: the kernel sends SIGWINCH, as it does for a person's window."""
        self.screen  # noqa: B018  (what came until now was for the old size)
        self.columns, self.lines = columns, lines
        self._screen.resize(lines, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def timed(self, keys: str, quiet: float = 0.15, limit: float = 5.0) -> tuple[float, float, int]:
        """Seconds until the first and the last byte of the answer to a key, and how many bytes it had.

        All are 0 where nothing came within ``limit`` seconds.
        """
        began = time.perf_counter()
        os.write(self.fd, keys.encode())
        first = last = 0.0
        count = 0
        while data := self.read(quiet if count else limit):
            last = time.perf_counter() - began
            first = first or last
            count += len(data)
        return first, last, count

    @property
    def screen(self) -> str:
        """The screen's text."""
        if self._fed < len(self.raw):
            self._stream.feed(bytes(self.raw[self._fed :]))
            self._fed = len(self.raw)
            self._text = "\n".join(self._screen.display)
        return self._text

    def ground(self, row: int, column: int) -> str:
        """The background of a cell, counted from 0, of what :attr:`screen` has taken in."""
        ground: str = self._screen.buffer[row][column].bg
        return ground

    def wait_until(
        self, condition: Callable[[], _T], limit: float = 20.0, what: str = "what is waited for"
    ) -> _T:
        """Read until, on a screen painted to the end, ``condition`` gives something true; gives that.

        Fails with the screen where it never does, or the program ends before.
        """
        deadline = time.monotonic() + limit
        while True:
            if not self.in_frame and (found := condition()):
                return found
            if self._ended or time.monotonic() > deadline:
                raise AssertionError(f"{what} never came up on:\n{self.screen}")
            self.read(0.1)

    def wait_for(self, text: str, limit: float = 20.0) -> str:
        """Read until the screen shows ``text``; gives the screen."""
        self.wait_until(lambda: text in self.screen, limit, repr(text))
        return self.screen

    def wait(self, limit: float = 10.0) -> int:
        """The exit status, once the program has ended; what it writes meanwhile is read: it may wait for that."""
        deadline = time.monotonic() + limit
        ended = os.pidfd_open(self.pid)
        try:
            while (seconds := deadline - time.monotonic()) > 0:
                watched = [ended] if self._ended else [ended, self.fd]
                ready, _, _ = select.select(watched, [], [], seconds)
                if self.fd in ready:
                    self.read(0)
                elif ready:
                    _, status = os.waitpid(self.pid, 0)
                    self.pid = 0
                    return os.waitstatus_to_exitcode(status)
        finally:
            os.close(ended)
        raise AssertionError(f"still running:\n{self.screen}")

    def hang_up(self) -> None:
        """Close the terminal, as a person closes its window."""
        os.close(self.fd)
        self.fd = os.open(os.devnull, os.O_RDWR)

    def close(self) -> None:
        """End the program, whatever it does."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        os.close(self.fd)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def reviewer(*arguments: str | Path, **options: object) -> Terminal:
    """The program itself in a terminal."""
    return Terminal([*REVIEWER, *map(str, arguments)], **options)  # type: ignore[arg-type]
