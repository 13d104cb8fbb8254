"""The program over a slow line: no judging key acts on an attempt whose frame has not arrived."""

from __future__ import annotations

import os
import select
import time
import tomllib
from collections import deque
from pathlib import Path
from typing import Any

import pyte
import pytest
from small_runs import attempt
from terminal import reviewer

ROUND_TRIP = 0.2
"""Seconds that a key and its answer take on the way, beside what the bytes take."""
_ANSWERS = {b"\x1b[6n": b"\x1b[2;2R", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
"""What a terminal answers."""


class _SlowLine:
    """A relay that takes all that the program writes and hands it on slowly, as a network with large buffers does."""

    def __init__(self, fd: int, rate: int, columns: int, lines: int) -> None:
        """``rate`` is in bytes a second; what is typed, and what is answered, arrives half a :data:`ROUND_TRIP` later."""
        self._fd = fd
        self._rate = rate
        self._pending = bytearray()
        self._typed: deque[tuple[float, bytes]] = deque()
        self._arrived = bytearray()
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._at = time.monotonic()
        self.headers: list[str] = []
        """The first line of the screen at the end of every frame that has arrived, and where the program asks for that."""

    def type(self, keys: bytes) -> None:
        """Send what is typed at the far end, or what the terminal there answers."""
        self._typed.append((time.monotonic() + ROUND_TRIP / 2, keys))

    def relay(self, seconds: float) -> None:
        """Hand on for a while; the terminal at the far end answers what reaches it."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            while self._typed and self._typed[0][0] <= now:
                os.write(self._fd, self._typed.popleft()[1])
            if select.select([self._fd], [], [], min(0.02, end - now))[0]:
                self._pending += os.read(self._fd, 1 << 16)
            due = min(int((time.monotonic() - self._at) * self._rate), len(self._pending))
            self._at = time.monotonic() if due == len(self._pending) else self._at + due / self._rate
            data = bytes(self._pending[:due])
            del self._pending[:due]
            for byte in data:
                self._hand_on(byte)

    def _hand_on(self, byte: int) -> None:
        self._arrived.append(byte)
        self._stream.feed(bytes([byte]))
        # The first frames may be written before the program knows that the terminal can take them as one.
        if self._arrived.endswith((b"\x1b[?2026l", b"\x1b[6n")):
            self.headers.append(self._screen.display[0])
        for request, answer in _ANSWERS.items():
            if self._arrived.endswith(request):
                self.type(answer)


def _judged(verdicts: Path) -> list[str]:
    files = [file for file in verdicts.rglob("*.toml") if "+drafts" not in str(file)]
    blocks: list[dict[str, Any]] = [
        block for file in files for block in tomllib.loads(file.read_text())["decision"]
    ]
    return [block["attempt"] for block in sorted(blocks, key=lambda block: block["id"])]


@pytest.mark.parametrize(
    ("rate", "judgements"),
    [(12_000, 2), pytest.param(3_000, 20, marks=[pytest.mark.soak, pytest.mark.timeout(600)])],
)
def test_no_key_judges_an_attempt_whose_frame_has_not_arrived(
    tmp_path: Path, rate: int, judgements: int
) -> None:
    for number in range(2 * judgements):  # a screenful each, that no other has
        added = "".join(f"+line {line} of attempt {number:03}\n" for line in range(60))
        new = f"diff --git a/{number} b/{number}\nnew file mode 100644\n--- /dev/null\n+++ b/{number}\n@@ -0,0 +1,60 @@\n{added}"
        attempt(tmp_path / "r", f"run/{number:03}", written=number, patch=new)
    options = ("--verdicts", tmp_path / "verdicts", "--attempt", "run/000")
    with reviewer("open", tmp_path / "r", *options) as terminal:
        line = _SlowLine(terminal.fd, rate, terminal.columns, terminal.lines)
        judged, dropped = 0, 0
        deadline = time.monotonic() + 60 + 20 * judgements
        while judged < judgements and time.monotonic() < deadline:
            arrived = len(line.headers)
            line.type(b"3")
            line.relay(0.3)
            attempts = _judged(tmp_path / "verdicts")
            if len(attempts) == judged:
                dropped += 1
                continue
            judged += 1
            assert len(attempts) == judged
            # the whole id, which only this attempt has
            assert any(f" {attempts[-1]} " in header for header in line.headers[:arrived]), (
                f"{attempts[-1]} was judged; what had arrived: {line.headers[:arrived]}"
            )
        assert (judged, dropped > judgements) == (judgements, True), (judged, dropped)
