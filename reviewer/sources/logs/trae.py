"""Scans the standard output of TRAE: step rows, cumulative token rows, summary table, failed API calls.

Such logs are large, so they are read piece by piece as bytes; only rows that stand at the start of a
line count, which leaves out whatever a tool printed (its output is inside a box).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.sources.facts import (
    CALL_ID,
    FactName,
    Statement,
    find_code,
    format_counts,
    format_error,
    without_retry,
)
from reviewer.sources.logs.causes import join_wrapped
from reviewer.text import decode

_LONGEST = 8 << 20
"""A longer line is scanned in parts: it is no row of a table."""
_ANSI = re.compile(rb"\x1b\[[\d;]*m")
_ROW = re.compile(  # the look ahead is of the first letters: nearly all rows are done with there
    rb"\n\xe2\x94\x82 (?=[\x1bSEIOM])(?:\x1b\[[\d;]*m)*"
    rb"(Status|Error|Steps|Success|Input Tokens|Output Tokens|Model:|Max Steps:)([^\n]*)"
)
_FAILED = b" API call failed: "
_SIGN = b"failed:"
"""A part of it: a word without a blank is found backwards in less than half the time."""
_PROVIDER = 39
"""Bytes that a provider's name has at most."""
# A number of more digits is none: Python refuses the longest, and no 64 bits hold the others.
_STEP = re.compile(rb"Step (\d{1,18})(?!\d)")
_TOTAL_ROW = re.compile(rb"\n\xe2\x94\x82 (?:\x1b\[[\d;]*m)*Total([^\n]*\xe2\x94\x82[^\n]*)")
_TOTAL = re.compile(rb"Input: (\d{1,18}) Output: (\d{1,18})(?!\d)")
_NUMBER = re.compile(rb"\d[\d,]{,17}(?![\d,])")
_BAR_TEXT = "\u2502"
_BAR = _BAR_TEXT.encode()
_CROPPED = 76
"""Where no terminal was there, rows were cut at 80 columns and padding was stripped."""
_HEADING = b"Execution Summary"
_SUMMARY = re.compile(rb"\n(?:\x1b\[[\d;]*m)*Execution Summary(?![^\x1b\n])")


class TraeLog(msgspec.Struct, kw_only=True):
    """What the log shows. ``table_*`` are of its summary table, ``last_*`` of its last rows.

    ``began``: it has TRAE's header or a step row. Without these and a table it is no log of TRAE's.

    ``milestone`` is the offset of the last step row or summary heading: the agent survived an error before
    it. ``error_at`` is the offset of the last step's own error row, ``failed_call`` the message of the last
    failed call of that step, which is that row's text in full.
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
    """The messages of the failed calls, in short, and how many of the incidents had each; the commonest first."""


def trae_statements(name: str, log: TraeLog, error_row: bytes) -> Iterator[Statement]:
    """What the log called ``name`` says; ``error_row`` begins with the row at ``log.error_at``."""
    table, rows = f"{name}, summary table", f"{name}, last cumulative row"
    yield Statement(FactName.STEPS, log.table_steps, table)
    yield Statement(FactName.STEPS, log.last_step, f"{name}, last step row")
    if log.began and log.last_step is None:
        yield Statement(FactName.STEPS, 0, f"{name}, no step row")
    yield Statement(FactName.STEP_LIMIT, log.step_limit, f"{name}, header")
    yield Statement(FactName.INPUT_TOKENS, log.table_input, table)
    yield Statement(FactName.INPUT_TOKENS, log.last_input, rows)
    yield Statement(FactName.OUTPUT_TOKENS, log.table_output, table)
    yield Statement(FactName.OUTPUT_TOKENS, log.last_output, rows)
    yield Statement(FactName.SUCCESS, log.success, table)
    yield Statement(FactName.MODEL, log.model, f"{name}, header")
    yield Statement(FactName.API_INCIDENTS, log.api_incidents if log.began else None, f"{name}, failed calls")
    yield Statement(FactName.API_ERRORS, format_counts(dict(log.api_errors)), f"{name}, failed calls")
    if log.error_at is not None:
        error = join_wrapped([log.failed_call] if log.failed_call else _error_cell(error_row))
        yield Statement(FactName.CAUSE, error or None, f"{name}, last step's error")


class _Scanner:
    def __init__(self) -> None:
        self.log = TraeLog()
        self._step = 0
        self._model: tuple[int, str] | None = None
        self._calls: set[bytes] = set()
        self._codes: set[tuple[bytes, int]] = set()  # without a call id: one per error code and step
        self._failed_steps: set[int] = set()
        self._failed_call: tuple[int, bytes] | None = None
        self._errors = Counter[str]()

    def scan(self, data: bytes, end: int, offset: int) -> None:
        """Scan the whole lines before ``end``, each behind its line feed; ``offset`` is that of ``data`` in the log."""
        found: list[tuple[int, bytes, bytes]] = [(m.start(), m[1], m[2]) for m in _ROW.finditer(data, 0, end)]
        if failures := _failures(data, end):
            found += failures
            found.sort()
        for position, label, rest in found:
            if label == _FAILED:
                self._failed_call = (self._step + 1, rest)
                self._failure(rest, self._step + 1)
            else:
                self._row(offset + position, label, rest)
        if total := _last_total(data, end):
            self.log.last_input, self.log.last_output = total
        after = max(self.log.milestone - offset, 0)  # a heading before the last step row changes nothing
        if data.find(_HEADING, after, end) >= 0:
            for heading in _SUMMARY.finditer(data, after, end):
                self.log.milestone = max(self.log.milestone, offset + heading.start())

    def _row(self, position: int, label: bytes, rest: bytes) -> None:
        log = self.log
        if label == b"Model:":
            self._model = (position, decode(_cell(rest)))
        elif label == b"Max Steps:":
            # The header has both, close together; the task's text may hold one of them alone.
            if self._model is not None and position - self._model[0] < 1000 and not log.began:
                log.began = True
                log.model = self._model[1] or None
                log.step_limit = _number(_cell(rest))
        elif _BAR not in rest:
            return  # prose in a box, not a row of a table
        elif label == b"Status":
            if step := _STEP.search(_plain(rest)):
                self._step = int(step[1])
                log.began = True
                log.last_step = max(log.last_step or 0, self._step)
                log.milestone = position
                log.error_at = log.failed_call = None
        elif label == b"Error":
            self._error(position, _cell(rest))
        else:
            self._summary(label, _cell(rest))

    def _error(self, position: int, value: bytes) -> None:
        log = self.log
        log.error_at = position
        if self._failed_call is not None and self._failed_call[0] == self._step:
            log.failed_call = decode(without_retry(self._failed_call[1]))
        if self._step not in self._failed_steps and find_code(value):
            self._failure(value, self._step)

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
        if b"call_" in text and (call := CALL_ID.search(text)):
            self._calls.add(call[0])
        else:
            self._codes.add((find_code(text) or b"", step))
        if len(self._calls) + len(self._codes) > known:
            self._errors[format_error(text)] += 1

    def result(self) -> TraeLog:
        self.log.api_incidents = len(self._calls) + len(self._codes)
        self.log.api_errors = tuple(self._errors.most_common())
        return self.log


def _failures(data: bytes, end: int) -> list[tuple[int, bytes, bytes]]:
    """Lines ``<Provider> API call failed: …`` as (position, mark, rest of the line), the last one first."""
    found = []
    position = data.rfind(_SIGN, 0, end)
    while position >= 0:
        line = data.rfind(b"\n", 0, position) + 1
        stop = data.find(b"\n", position, end)
        stop = end if stop < 0 else stop
        start = data.find(_FAILED, line, min(stop, line + _PROVIDER + len(_FAILED)))
        if start >= 0 and not data.startswith(_BAR, line):
            found.append((start, _FAILED, data[start + len(_FAILED) : stop]))
        position = data.rfind(_SIGN, 0, line)
    return found


def _last_total(data: bytes, end: int) -> tuple[int, int] | None:
    """Input and output tokens of the last row that gives them: they are cumulative."""
    position = data.rfind(b"Total", 0, end)
    while position >= 0:
        line = data.rfind(b"\n", 0, position)
        row = _TOTAL_ROW.match(data, max(line, 0), end)
        if row and (total := _TOTAL.search(_plain(row[1]))):
            return int(total[1]), int(total[2])
        position = data.rfind(b"Total", 0, max(line, 0))
    return None


def _plain(rest: bytes) -> bytes:
    """A row without its colours."""
    return _ANSI.sub(b"", rest) if b"\x1b" in rest else rest


def _cell(rest: bytes) -> bytes:
    """A row's value without its colours, frame and padding."""
    return _plain(rest).strip(b" \r" + _BAR)


def _number(value: bytes) -> int | None:
    number = _NUMBER.match(value)
    return int(number[0].replace(b",", b"")) if number else None


def scan_trae(pieces: Iterable[bytes]) -> TraeLog:
    """Scan a log that comes in pieces, cut anywhere; at most one piece and one line are kept in memory."""
    scanner = _Scanner()
    data, offset = b"", 0
    for piece in pieces:
        if offset == 0 and not data and piece.startswith(_BAR[:1]):
            data, offset = b"\n", -1  # rows are found by the line feed in front of them
        data = data + piece if data else piece
        end = data.rfind(b"\n")
        if end <= 0:
            if len(data) < _LONGEST:
                continue
            end = len(data) - 1
        scanner.scan(data, end, offset)
        data = data[end:]
        offset += end
    scanner.scan(data, len(data), offset)
    return scanner.result()


def _error_cell(data: bytes) -> list[str]:
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
