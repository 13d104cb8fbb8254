"""The terminal's background: asked with a sentinel, and no answer ever becomes a key."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminal import Terminal
from textual import events
from textual._xterm_parser import XTermParser

from reviewer.tui import terminal_colour
from reviewer.tui.terminal_colour import QUERY, LateAnswers, ask_background, luminance

WHITE, BLACK = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:0000/0000/0000\x07"
DEVICE = "\x1b[?62;22c"


class FakeTerminal:
    """A pty whose other end answers what is written to it."""

    def __init__(self, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = b""
        self._answer = answer
        self._master, slave = os.openpty()
        for name in ("__stdin__", "__stdout__"):
            monkeypatch.setattr(
                sys, name, os.fdopen(os.dup(slave), "rb" if "in" in name else "wb", buffering=0)
            )
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while QUERY not in self.asked:
            self.asked += os.read(self._master, 100)
        os.write(self._master, self._answer.encode())


@pytest.mark.parametrize(
    ("answer", "ground"),
    [
        (WHITE + DEVICE, "light"),
        (BLACK + DEVICE, "dark"),
        ("\x1b]11;rgba:ff/ff/f0/ff\x07" + DEVICE, "light"),
        (DEVICE, None),
        ("x" + WHITE + "j" + DEVICE, "light"),  # typed before it answered
    ],
)
def test_terminals_that_answer_cost_no_wait(
    answer: str, ground: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_colour, "swallow_late_answers", lambda: pytest.fail("it has answered"))
    FakeTerminal(answer, monkeypatch)
    before = time.monotonic()
    assert ask_background() == ground
    assert time.monotonic() - before < terminal_colour.PATIENCE / 2


@pytest.mark.parametrize(("answer", "ground"), [("", None), (WHITE, "light")])
def test_one_that_does_not_say_what_it_is_costs_a_bounded_one(
    answer: str, ground: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    swallowed: list[bool] = []
    monkeypatch.setattr(terminal_colour, "PATIENCE", 0.1)
    monkeypatch.setattr(terminal_colour, "swallow_late_answers", lambda: swallowed.append(True))
    FakeTerminal(answer, monkeypatch)
    assert ask_background() == ground
    assert swallowed == [True]


def test_how_bright_a_colour_is() -> None:
    assert luminance(b"0", b"0", b"0") == 0
    assert luminance(b"ffff", b"ff", b"f") == pytest.approx(1)


KEYS = st.text("1aj]\\[;?cR", max_size=4)


@given(
    KEYS,
    st.sampled_from([WHITE, BLACK, DEVICE, WHITE + DEVICE]),
    KEYS,
    st.lists(st.integers(0, 60), max_size=4),
)
def test_answers_are_taken_out_however_they_are_split(
    before: str, answer: str, after: str, cuts: list[int]
) -> None:
    data, answers = before + answer + after, LateAnswers()
    edges = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    pieces = [data[start:end] for start, end in pairwise(edges)]
    passed = "".join(map(answers.without, pieces)) + answers.without("")
    # an escape that ends a piece is a key of its own, which does not wait
    assert passed.replace("\x1b", "") == before + after


def test_keys_of_the_keyboard_pass_at_once() -> None:
    answers = LateAnswers()
    for keys in ("\x1b", "j", "\x1b[A", "\x1bOP", "\x1b[1;5A", "\x1b[200~a]11;b\x1b[201~", "\x1b[2;2R", "ä"):
        assert answers.without(keys) == keys


def test_textual_would_make_keys_of_an_answer() -> None:
    found = [event.key for event in XTermParser().feed(WHITE + "j") if isinstance(event, events.Key)]
    assert "1" in found  # a judgement


def test_an_answer_that_comes_late_judges_nothing(sample: Path, tmp_path: Path) -> None:
    env = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CACHE", "CONFIG", "DATA", "STATE")}
    command = [
        sys.executable,
        "-m",
        "reviewer",
        str(sample),
        "--theme",
        "auto",
        "--verdicts",
        str(tmp_path / "v"),
    ]
    terminal = Terminal(
        [*command, "--attempt", "tinyseries-1a2b3c4d/tinyseries-0000"], columns=100, lines=30, env=env
    )
    try:
        terminal.wait_for("1 correct")
        terminal.wait_for("unchanged lines")  # the base is read: z has a whole file to show
        for part in (WHITE[:4], WHITE[4:] + DEVICE[:3], DEVICE[3:] + "z"):
            os.write(terminal.fd, part.encode())
        terminal.wait_for("the whole file")
        assert not re.search("saved|dropped", terminal.screen)
        assert not (tmp_path / "v").exists()
    finally:
        terminal.close()
