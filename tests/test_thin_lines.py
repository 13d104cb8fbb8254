"""The program in a real terminal over a thin line: what it writes, when it writes nothing, and what a terminal does to it."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal, reviewer

PAGE = 21_000
"""Bytes that a page of the list or of the diff may take at 160×50; less on a smaller screen."""


@pytest.fixture
def opened(
    sample: Path, tmp_path: Path, sample_checked: None, request: pytest.FixtureRequest
) -> Iterator[Terminal]:
    """The sample in the list, every check on the screen."""
    columns, lines, env = getattr(request, "param", (80, 24, {}))
    options = ("--repo", sample / "library.git", "--verdicts", tmp_path / "verdicts")
    with reviewer("open", sample / "runs", *options, columns=columns, lines=lines, env=env) as terminal:
        terminal.wait_until(lambda: "? help" in terminal.screen and "not checked yet" not in terminal.screen)
        terminal.wait_until(lambda: re.search(r"checked [\d,]+ of", terminal.screen) is None)
        terminal.settle(2.0)  # what was measured comes last
        yield terminal


def written(terminal: Terminal, keys: str) -> bytes:
    """What a key makes the program write."""
    before = len(terminal.raw)
    terminal.type(keys)
    terminal.wait_until(lambda: len(terminal.raw) > before)
    terminal.settle()
    return bytes(terminal.raw[before:])


def idle(terminal: Terminal, seconds: float) -> bytes:
    before, end = len(terminal.raw), time.monotonic() + seconds
    while (rest := end - time.monotonic()) > 0:
        terminal.read(rest)
    return bytes(terminal.raw[before:])


@pytest.mark.parametrize("seconds", [1.0, pytest.param(10.0, marks=pytest.mark.soak)])
def test_it_is_silent_when_nothing_happens_and_stands_what_is_done_to_its_terminal(
    opened: Terminal, seconds: float
) -> None:
    assert idle(opened, seconds) == b""
    stop_and_go_on(opened)
    opened.press("\r", 1.5)  # the diff; its colours come 0.8 s later
    assert idle(opened, seconds) == b""
    resize_often(opened)


def stop_and_go_on(terminal: Terminal) -> None:
    """Ctrl-Z leaves the screen to the shell; afterwards it is as it was."""
    before = terminal.screen
    terminal.type("\x1a")
    terminal.wait_until(lambda: b"\x1b[?1049l" in terminal.raw)
    _, status = os.waitpid(terminal.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    at = len(terminal.raw)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_until(lambda: b"\x1b[?1049h" in terminal.raw[at:])
    terminal.settle()
    assert terminal.screen == before


def resize_often(terminal: Terminal) -> None:
    """Whatever sizes a window had on the way, the last is painted."""
    for number in range(40):
        terminal.resize(60 + number * 37 % 120, 10 + number * 7 % 40)
        terminal.read(0.01)
    terminal.resize(100, 30)
    terminal.settle(0.6)
    lines = terminal.screen.splitlines()
    assert len(lines) == 30
    assert "? help" in lines[-1]
    assert "Diff" in lines[1]
    terminal.press("q")
    assert "attempts" in terminal.screen.splitlines()[0]


@pytest.mark.parametrize(
    "opened", [(160, 50, {}), pytest.param((80, 24, {}), marks=pytest.mark.soak)], indirect=True
)
def test_a_key_writes_no_more_than_the_line_can_take(opened: Terminal) -> None:
    page = PAGE * opened.columns * opened.lines // (160 * 50) + 4_000
    for key in ("j", "k"):
        assert 0 < len(written(opened, key)) <= 700
    for key in ("\x1b[6~", "\x1b[5~", "G", "g"):
        assert len(written(opened, key)) <= page
    written(opened, "j")  # from the group's line to an attempt's
    opened.press("\r", 1.5)
    assert len(written(opened, "j")) <= 700
    for key in ("J", "K"):
        data = written(opened, key)
        assert data.count(b"\x1b[?2026h") == 1, "painted once"
        assert len(data) <= page
    for _ in range(2):  # the checks wider, and back
        assert len(written(opened, "|")) <= page
    opened.settle(1.2)
    assert len(written(opened, "K")) <= 700, "this is the first: a message, no frame"


COLOURS: dict[str, tuple[dict[str, str], set[str]]] = {
    "16": ({"COLORTERM": "", "TERM": "xterm"}, set()),
    "truecolor": ({}, {"8;2;"}),
    "256": ({"COLORTERM": ""}, {"8;5;"}),
    "8": ({"COLORTERM": "", "TERM": "linux"}, set()),
}
"""What a terminal says of itself, and the colours beyond the sixteen that it gets then."""


@pytest.mark.parametrize(
    ("opened", "name"),
    [
        pytest.param((80, 24, env), name, id=name, marks=pytest.mark.soak)
        for name, (env, _) in COLOURS.items()
    ],
    indirect=["opened"],
)
def test_a_terminal_gets_no_colours_that_it_does_not_have(opened: Terminal, name: str) -> None:
    opened.press("\r", 1.2)
    found = {kind.decode() for kind in re.findall(rb"[34](8;[25];)", bytes(opened.raw))}
    assert found == COLOURS[name][1]
    if not found:  # added and removed have a colour each
        assert {b"32", b"31"} <= set(re.findall(rb"\x1b\[(?:1;)?(?:4;)?(3[12])", bytes(opened.raw)))
    assert "1 correct" in opened.screen
