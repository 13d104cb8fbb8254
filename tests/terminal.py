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
from pathlib import Path

import pyte

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
        self._fed = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(
                {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
            )
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            for ended_by in (signal.SIGHUP, signal.SIGINT):  # whatever `nohup` or `&` the tests run under
                signal.signal(ended_by, signal.SIG_DFL)
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What arrives within ``seconds`` at most; returns at the first piece."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return b""
        if b"\x1b[?2026$p" in data:
            os.write(self.fd, b"\x1b[?2026;2$y")
        self.raw += data
        return data

    @property
    def _in_frame(self) -> bool:
        """Whether the program has begun to paint what it has not painted to the end."""
        return self.raw.rfind(b"\x1b[?2026h") > self.raw.rfind(b"\x1b[?2026l")

    def settle(self, quiet: float = 0.25, limit: float = 20.0) -> None:
        """Read until a whole frame is there and nothing has come for ``quiet`` seconds."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and (self.read(quiet) or self._in_frame):
            pass

    def press(self, keys: str, quiet: float = 0.25) -> None:
        """Type, and read until the screen is still."""
        os.write(self.fd, keys.encode())
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
        self._stream.feed(bytes(self.raw[self._fed :]))
        self._fed = len(self.raw)
        return "\n".join(self._screen.display)

    def wait_for(self, text: str, limit: float = 20.0) -> str:
        """Read until the screen, painted to the end, shows ``text``; fails with the screen where it never does."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            self.read(0.1)
            if not self._in_frame and text in self.screen:
                return self.screen
        raise AssertionError(f"{text!r} never came up on:\n{self.screen}")

    def wait(self, limit: float = 10.0) -> int:
        """The exit status, once the program has ended."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running:\n{self.screen}")

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
