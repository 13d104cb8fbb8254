"""Whether the terminal's background is dark: asked before the program starts, for the theme ``auto``.

It is asked for its background (xterm, OSC 11) and then for what it is (DA1), which every terminal answers, in order:
one that does not know the first answers the second at once, and nothing waits.
"""

import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Iterable
from typing import Literal

from textual.message import Message

QUERY = b"\x1b]11;?\x1b\\\x1b[c"
PATIENCE = 1.0
"""Seconds after which a terminal, or the line to it, is taken for one that does not answer."""

_BACKGROUND = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?(?:\x07|\x1b\\)"
)
_DEVICE = re.compile(rb"\x1b\[\?[\d;]*c")
_ANSWERS = re.compile("\x1b\\]11;[^\x07\x1b]{0,64}(?:\x07|\x1b\\\\)|\x1b\\[\\?[\\d;]{0,64}c")
_BEGUN = re.compile("\x1b(?:\\](?:1(?:1(?:;[^\x07\x1b]{0,64}\x1b?)?)?)?|\\[(?:\\?[\\d;]{0,64})?)\\Z")


Ground = Literal["dark", "light", "sixteen colours"]
"""A terminal's background, or that it has no colours in which one could be told."""


def ask_background() -> Literal["dark", "light"] | None:
    """The terminal's background; ``None`` where it does not say.

    An answer that comes after :data:`PATIENCE` is kept from the screens, where it would be keys.
    """
    source, out = sys.__stdin__, sys.__stdout__
    assert source is not None
    assert out is not None
    reader = source.fileno()
    try:
        before = termios.tcgetattr(reader)
    except termios.error:
        return None
    try:
        tty.setcbreak(reader, termios.TCSADRAIN)
        os.write(out.fileno(), QUERY)
        answer = _read(reader)
    finally:
        termios.tcsetattr(reader, termios.TCSADRAIN, before)
    if not _DEVICE.search(answer):
        swallow_late_answers()
    found = _BACKGROUND.search(answer)
    if found is None:
        return None
    return "dark" if luminance(*found.groups()) < 0.5 else "light"


def _read(reader: int) -> bytes:
    """What the terminal sends until it has said what it is."""
    deadline, answer = time.monotonic() + PATIENCE, b""
    while not _DEVICE.search(answer) and (left := deadline - time.monotonic()) > 0:
        if select.select([reader], [], [], left)[0]:
            data = os.read(reader, 1024)
            if not data:
                break
            answer += data
    return answer


def luminance(red: bytes, green: bytes, blue: bytes) -> float:
    """How bright a colour of three hexadecimal parts looks, 0 to 1 (luma of ITU-R BT.601)."""
    weighed = ((0.299, red), (0.587, green), (0.114, blue))
    return sum(weight * int(part, 16) / float(16 ** len(part) - 1) for weight, part in weighed)


class LateAnswers:
    """Takes the answers of a terminal out of what it sends, however they are split."""

    def __init__(self) -> None:
        self._held = ""
        self._is_passed = False
        """Whether the escape that ``_held`` begins with was passed on: at the end of a piece it may be a key, which must not wait."""

    def without(self, data: str) -> str:
        """What is no part of an answer; what may begin one is kept until the next piece, or the end (an empty one)."""
        whole = self._held + data
        is_passed = self._is_passed and _ANSWERS.match(whole) is None
        left = _ANSWERS.sub("", whole)
        begun = _BEGUN.search(left) if data else None
        start = begun.start() if begun else len(left)
        passed, self._held = left[:start], left[start:]
        self._is_passed = is_passed and not passed
        if is_passed:
            passed = passed[1:]
        if not self._held and passed.endswith("\x1b"):
            self._held, self._is_passed = "\x1b", True
        return passed


def swallow_late_answers() -> None:
    """Let the screens see no answer that comes while they read keys."""
    from textual import _xterm_parser
    from textual.drivers import linux_driver

    class AnswerlessParser(_xterm_parser.XTermParser):
        """Textual's parser of what a terminal sends, without answers to what was asked before."""

        def __init__(self, debug: bool = False) -> None:
            super().__init__(debug)
            self._answers = LateAnswers()

        def feed(self, data: str) -> Iterable[Message]:
            passed = self._answers.without(data)
            return super().feed(passed) if passed or not data else ()

    vars(linux_driver)["XTermParser"] = AnswerlessParser  # what its driver makes its parser of
