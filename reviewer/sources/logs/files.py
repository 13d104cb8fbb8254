"""Reads one log file of an attempt: what its form gives, and its end, in which causes are looked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

import msgspec

from reviewer.files import open_regular
from reviewer.sources.attempt_files import STDOUT
from reviewer.sources.facts import Statement
from reviewer.sources.logs.claude import read_claude
from reviewer.sources.logs.codex import read_codex
from reviewer.sources.logs.trae import scan_trae, trae_statements
from reviewer.text import decode

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


def read_log(folder: str, name: str) -> LogFile | None:
    """Read a log, ``None`` where it cannot be read. One that fits into :data:`_TAIL` is read once."""
    try:
        file, size = open_regular(f"{folder}/{name}")
        try:
            return _parse(name, file, size)
        finally:
            os.close(file)
    except OSError:
        return None


def _parse(name: str, file: int, size: int) -> LogFile:
    tail_at = max(size - _TAIL, 0)
    tail = os.pread(file, size - tail_at, tail_at)
    head = os.pread(file, _HEAD, 0) if tail_at else tail[:_HEAD]
    # Codex first: the output of its tools is at the start of lines, and may look like another form.
    if (statements := read_codex(name, head, tail)) is not None:
        return LogFile(name=name, form="Codex", statements=tuple(statements))
    if (statements := read_claude(name, tail)) is not None:
        return LogFile(name=name, form="Claude Code", statements=tuple(statements))
    trae = scan_trae(_pieces(file) if tail_at else [tail]) if name.endswith(STDOUT) else None
    if trae is None or not trae.is_trae:
        return LogFile(name=name, end=decode(tail))
    # Read again, since the scanned pieces are gone and the row may be before the tail.
    error_row = b"" if trae.error_at is None else os.pread(file, 1 << 14, max(trae.error_at, 0))
    end = decode(tail[max(trae.milestone - tail_at, 0) :])
    return LogFile(name=name, form="TRAE", statements=tuple(trae_statements(name, trae, error_row)), end=end)


def _pieces(file: int) -> Iterator[bytes]:
    offset = 0
    while piece := os.pread(file, _PIECE, offset):
        offset += len(piece)
        yield piece
