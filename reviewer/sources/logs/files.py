"""Reads one log file of an attempt: what its form gives, and its end, in which causes are looked for.

A form is known by the log's content, whatever agent its file is named after.
"""

import os
from typing import Literal

import msgspec

from reviewer.files import open_regular
from reviewer.sources.attempt_files import STDOUT
from reviewer.sources.facts import Statement
from reviewer.sources.json_files import read_rows
from reviewer.sources.logs.claude_code import read_claude
from reviewer.sources.logs.codex import codex_settings, read_codex, read_codex_events
from reviewer.sources.logs.plain import plain_text
from reviewer.sources.logs.trae import scan_trae, trae_statements
from reviewer.text import decode_marked, encode

_HEAD = 4096
_TAIL = 1 << 20
"""How much of a log's end is looked through for causes and result records."""
_PIECE = 1 << 20
"""A larger log is scanned in pieces of this size."""
Form = Literal["TRAE", "Claude Code", "Codex"]
"""Whose form a log has."""


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """One log: its statements where its form is known, and its end (of a TRAE log: from its last milestone on)."""

    name: str
    form: Form | None = None
    statements: tuple[Statement, ...] = ()
    end: str = ""
    transcript: str = ""
    """All of a Codex transcript that fits into the part that is read."""


def read_log(folder: str, name: str) -> LogFile | None:
    """Read a log, ``None`` where it cannot be read. One that fits into :data:`_TAIL` is read once."""
    try:
        file = open_regular(f"{folder}/{name}")
        with open(file, "rb", buffering=0):  # noqa: PTH123 - closes it
            return _parse(name, file, os.fstat(file).st_size)
    except OSError:
        return None


def _parse(name: str, file: int, size: int) -> LogFile:
    tail_at = max(size - _TAIL, 0)
    tail = os.pread(file, size - tail_at, tail_at)
    whole = not tail_at
    head = tail[:_HEAD] if whole else os.pread(file, _HEAD, 0)
    if decode_marked(head) is not None:  # what is read from here on is UTF-8
        tail = encode(
            decode_marked(head[:2] + os.pread(file, _TAIL, tail_at + tail_at % 2) if tail_at else tail) or ""
        )
        head, tail_at = tail[:_HEAD], 0
    # Codex first: the output of its tools is at the start of lines, and may look like another form.
    settings = codex_settings(plain_text(head))
    if settings is not None:
        text = plain_text(tail)
        statements = tuple(read_codex(name, settings, text))
        return LogFile(name=name, form="Codex", statements=statements, transcript=text if whole else "")
    # a word is found backwards in half the time
    if tail.rfind(b'"type"') >= 0 and (log := _read_rows(name, plain_text(tail), whole=whole)) is not None:
        return log
    pieces = (os.pread(file, _PIECE, offset) for offset in range(0, size, _PIECE))
    trae = scan_trae(pieces if tail_at else [tail]) if name.endswith(STDOUT) else None
    if trae is None or not (trae.began or trae.table_steps is not None):
        return LogFile(name=name, end=plain_text(tail))
    # Read again, since the scanned pieces are gone and the row may be before the tail.
    error_at = max(trae.error_at or 0, 0)
    if trae.error_at is None:
        error_row = b""
    else:
        error_row = os.pread(file, 1 << 14, error_at) if tail_at else tail[error_at : error_at + (1 << 14)]
    end = plain_text(tail[max(trae.milestone - tail_at, 0) :])
    return LogFile(name=name, form="TRAE", statements=tuple(trae_statements(name, trae, error_row)), end=end)


def _read_rows(name: str, text: str, *, whole: bool) -> LogFile | None:
    """A log that holds the JSON of an agent; ``None`` where it does not."""
    rows, _ = read_rows(text)
    if (statements := read_codex_events(name, rows)) is not None:
        return LogFile(name=name, form="Codex", statements=tuple(statements))
    if (statements := read_claude(name, rows, whole=whole)) is not None:
        return LogFile(name=name, form="Claude Code", statements=tuple(statements))
    return None
