"""The program over a slow line: no judging key acts on an attempt whose frame has not arrived."""

import os
import select
import time
import tomllib
from pathlib import Path
from typing import Any

import pyte
import pytest
from terminal import reviewer

_ANSWERS = {b"\x1b[6n": b"\x1b[2;2R", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
"""What a terminal answers."""


class _SlowLine:
    """A relay that takes all that the program writes and hands it on slowly, as a network with large buffers does."""

    def __init__(self, fd: int, rate: int, columns: int, lines: int) -> None:
        """``rate`` is in bytes a second."""
        self._fd = fd
        self._rate = rate
        self._pending = bytearray()
        self._arrived = bytearray()
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._at = time.monotonic()
        self.headers: list[str] = []
        """The first line of the screen at the end of every frame that has arrived."""

    def relay(self, seconds: float) -> None:
        """Hand on for a while; the terminal at the far end answers what reaches it."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            if select.select([self._fd], [], [], min(0.05, end - now))[0]:
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
        if self._arrived.endswith(b"\x1b[?2026l"):
            self.headers.append(self._screen.display[0])
        for request, answer in _ANSWERS.items():
            if self._arrived.endswith(request):
                os.write(self._fd, answer)


def _judged(verdicts: Path) -> list[str]:
    files = [file for file in verdicts.rglob("*.toml") if "+drafts" not in str(file)]
    blocks: list[dict[str, Any]] = [
        block for file in files for block in tomllib.loads(file.read_text())["decision"]
    ]
    return [block["attempt"] for block in sorted(blocks, key=lambda block: block["id"])]


@pytest.mark.parametrize("rate", [12_000, pytest.param(3_000, marks=pytest.mark.soak)])
def test_no_key_judges_an_attempt_whose_frame_has_not_arrived(
    sample: Path, tmp_path: Path, rate: int
) -> None:
    first = "tinyseries-1a2b3c4d/tinyseries-0000"
    options = ("--repo", sample / "library.git", "--verdicts", tmp_path / "verdicts", "--attempt", first)
    with reviewer("open", sample / "runs", *options) as terminal:
        line = _SlowLine(terminal.fd, rate, terminal.columns, terminal.lines)
        judged, dropped = 0, 0
        deadline = time.monotonic() + 90
        while judged < 2 and time.monotonic() < deadline:
            arrived = len(line.headers)
            os.write(terminal.fd, b"3")
            line.relay(0.3)
            attempts = _judged(tmp_path / "verdicts")
            if len(attempts) == judged:
                dropped += 1
                continue
            judged += 1
            assert len(attempts) == judged
            shown = [
                header
                for header in line.headers[:arrived]
                if f"/{attempts[-1][-4:]}" in header.replace("tinyseries-", "")
            ]
            assert shown, f"{attempts[-1]} was judged; what had arrived: {line.headers[:arrived]}"
        assert (judged, dropped > 2) == (2, True), (judged, dropped)
