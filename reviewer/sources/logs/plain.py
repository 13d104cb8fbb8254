"""A log's bytes as the lines that a terminal would have shown last: decoded, without colours and overwritten lines."""

import re

from reviewer.text import decode, decode_marked

_CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()*+][0-9A-Za-z]|[=>78cDEHMNOZ])"
)
"""Colours, cursor movements, titles and links: CSI, OSC and the short escape sequences of ECMA-48 and xterm."""


def without_colours(text: str) -> str:
    """A text without escape sequences of terminals."""
    return _CONTROL.sub("", text) if "\x1b" in text else text


def plain_text(data: bytes) -> str:
    """The text of a log: behind a byte order mark in its encoding, without colours, lines that were redrawn one by one."""
    marked = decode_marked(data)
    text = without_colours(decode(data) if marked is None else marked)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
