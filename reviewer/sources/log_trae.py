"""Scans the standard output of TRAE: step rows, cumulative token rows, summary table, failed API calls.

Such logs are large, so they are read piece by piece as bytes; only rows that stand at the start of a
line count, which leaves out whatever a tool printed (its output is inside a box).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from reviewer.text import decode, mask_secrets, shorten

_PIECE = 1 << 20
_LONGEST = 8 << 20
"""A longer line is taken in parts: no row of a table is."""
_ANSI = re.compile(rb"\x1b\[[\d;]*m")
_ROW = re.compile(
    rb"\n\xe2\x94\x82 (?:\x1b\[[\d;]*m)*"
    rb"(Status|Total|Error|Steps|Success|Input Tokens|Output Tokens|Model:|Max Steps:)([^\n]*)"
)
_FAILED = b" API call failed: "
_RETRY = re.compile(rb"\.? Will sleep for .*")
_STEP = re.compile(rb"Step (\d+)")
_TOTAL = re.compile(rb"Input: (\d+) Output: (\d+)")
_CODE = re.compile(rb"(?:Error code: |[A-Za-z]+ error ')(\d{3})")
_CALL = re.compile(rb"\bcall_\w+")
_MESSAGE = re.compile(rb"['\"]message['\"]: ['\"]([^'\"]{1,200})")
_NUMBER = re.compile(rb"\d[\d,]*")
_SAID = 120
"""Characters of what a failed call says that are kept."""
_BAR_TEXT = "\u2502"
_BAR = _BAR_TEXT.encode()
_CROPPED = 76
"""Where no terminal was there, rows were cut at 80 columns and padding was stripped."""
_SUMMARY = re.compile(rb"\n(?:\x1b\[[\d;]*m)*Execution Summary(?=[\x1b\n])")


class TraeLog(msgspec.Struct, kw_only=True):
    """What the log shows. ``table_*`` are of its summary table, ``last_*`` of its last rows.

    ``milestone`` is the offset of the last step row or summary heading: an error before it was got
    over, or is told by the last step's own error row, which begins at ``error_at``. ``failed_call`` is
    what the last failed call of that step said: the row's text in full.
    """

    began: bool = False
    model: str | None = None
    step_limit: int | None = None
    last_step: int | None = None
    last_input: int | None = None
    last_output: int | None = None
    table_steps: int | None = None
    table_input: int | None = None
    table_output: int | None = None
    success: bool | None = None
    error_at: int | None = None
    failed_call: str | None = None
    milestone: int = 0
    api_incidents: int = 0
    api_errors: tuple[tuple[str, int], ...] = ()
    """What the failed calls said, in short, and how many of the incidents said so; the commonest first."""


class _Scanner:
    def __init__(self) -> None:
        self.log = TraeLog()
        self._step = 0
        self._model: tuple[int, str] | None = None
        self._calls: set[bytes] = set()
        self._codes: set[tuple[bytes, int]] = set()  # without a call id: one per error code and step
        self._failed_steps: set[int] = set()
        self._failed_call: tuple[int, str] | None = None
        self._errors = Counter[str]()

    def piece(self, data: bytes, offset: int) -> None:
        """Take whole lines; ``data`` begins with the line feed in front of them, at ``offset``."""
        found: list[tuple[int, bytes, bytes]] = [(m.start(), m[1], m[2]) for m in _ROW.finditer(data)]
        found += _failures(data)
        found.sort()
        for place, label, rest in found:
            if label == _FAILED:
                self._failed_call = (self._step + 1, decode(_RETRY.sub(b"", rest)))
                self._failure(rest, self._step + 1)
            else:
                self._row(offset + place, label, _cell(rest), rest)
        if b"Execution Summary" in data:
            for heading in _SUMMARY.finditer(data):
                self.log.milestone = max(self.log.milestone, offset + heading.start())

    def _row(self, place: int, label: bytes, value: bytes, rest: bytes) -> None:
        log = self.log
        if label == b"Model:":
            self._model = (place, decode(value))
        elif label == b"Max Steps:":
            # The two stand together in the header; the task's text may hold one of them alone.
            if self._model is not None and place - self._model[0] < 1000 and not log.began:
                log.began = True
                log.model = self._model[1] or None
                log.step_limit = _number(value)
        elif not rest.count(_BAR):
            return  # prose in a box, not a row of a table
        elif label == b"Status":
            if step := _STEP.search(value):
                self._step = int(step[1])
                log.began = True
                log.last_step = max(log.last_step or 0, self._step)
                log.milestone = place
                log.error_at = log.failed_call = None
        elif label == b"Error":
            log.error_at = place
            if self._failed_call is not None and self._failed_call[0] == self._step:
                log.failed_call = self._failed_call[1]
            if self._step not in self._failed_steps and _CODE.search(value):
                self._failure(value, self._step)
        elif label == b"Total":
            if total := _TOTAL.search(value):
                log.last_input, log.last_output = int(total[1]), int(total[2])
        else:
            self._summary(label, value)

    def _summary(self, label: bytes, value: bytes) -> None:
        log = self.log
        if label == b"Success":
            if value.endswith((b"Yes", b"No")):
                log.success = value.endswith(b"Yes")
        elif label == b"Steps":
            log.table_steps = _number(value)
        elif label == b"Input Tokens":
            log.table_input = _number(value)
        else:
            log.table_output = _number(value)

    def _failure(self, text: bytes, step: int) -> None:
        self._failed_steps.add(step)
        known = len(self._calls) + len(self._codes)
        if call := _CALL.search(text):
            self._calls.add(call[0])
        else:
            code = _CODE.search(text)
            self._codes.add((code[1] if code else b"", step))
        if len(self._calls) + len(self._codes) > known:
            self._errors[api_error(text)] += 1

    def result(self) -> TraeLog:
        self.log.api_incidents = len(self._calls) + len(self._codes)
        self.log.api_errors = tuple(self._errors.most_common())
        return self.log


def api_error(text: bytes) -> str:
    """What a failed call says in short: its code and message, without what differs from call to call."""
    code, message = _CODE.search(text), _MESSAGE.search(text)
    if message is None:
        said = _RETRY.sub(b"", text).split(b"\n")[0].split(b" for url ")[0]
    else:
        said = b" ".join((code[1] if code else b"", _CALL.sub(b"", message[1]).split(b". ")[0]))
    return shorten(mask_secrets(decode(said.strip(b" ."))), _SAID)


def _failures(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Lines ``<Provider> API call failed: …`` as place, mark and the rest of the line."""
    place = data.find(_FAILED)
    while place >= 0:
        line = data.rfind(b"\n", 0, place)
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        if place - line <= 40 and not data.startswith(_BAR, line + 1):
            yield place, _FAILED, data[place + len(_FAILED) : end]
        place = data.find(_FAILED, end)


def _cell(rest: bytes) -> bytes:
    """A row's value without its colours, frame and padding."""
    return _ANSI.sub(b"", rest).strip(b" \r" + _BAR) if b"\x1b" in rest else rest.strip(b" \r" + _BAR)


def _number(value: bytes) -> int | None:
    number = _NUMBER.match(value)
    return int(number[0].replace(b",", b"")) if number else None


def scan_trae(file: BinaryIO) -> TraeLog:
    """Scan a log from where ``file`` stands at 0 to its end, with one piece of it in memory at a time.

    Raises :class:`OSError` where reading fails.
    """
    scanner = _Scanner()
    offset = -1  # of the line feed that is put in front of the first line
    kept = b"\n"
    while piece := file.read(_PIECE):
        data = kept + piece
        end = data.rfind(b"\n")
        if end <= 0:
            if len(data) < _LONGEST:
                kept = data
                continue
            end = len(data) - 1
        scanner.piece(data[:end], offset)
        kept = data[end:]
        offset += end
    scanner.piece(kept, offset)
    return scanner.result()


def step_error(data: bytes) -> list[str]:
    """The lines of the error cell whose row begins ``data``; what the log cropped ends in ``…``."""
    lines: list[str] = []
    for row in _ANSI.sub(b"", data.removeprefix(b"\n")).split(b"\n"):
        text = decode(row).rstrip()
        cells = [cell.strip() for cell in text.split(_BAR_TEXT)]
        if len(cells) < 3 or cells[1] != ("" if lines else "Error"):
            break
        cropped = not text.endswith(_BAR_TEXT) and len(text) >= _CROPPED
        lines.append(cells[2].lstrip("\u274c ") + ("\u2026" if cropped else ""))
    return lines
