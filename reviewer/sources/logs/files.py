"""Reads one log file of an attempt: what its form gives, and its end, in which causes are looked for.

The small forms are read here: the result record that Claude Code writes as the last line of its standard
output, and the head and end of a Codex transcript, whatever agent its file is named after.
"""

import os
import re
from typing import Literal

import msgspec

from reviewer.files import open_regular
from reviewer.sources.attempt_files import STDOUT
from reviewer.sources.facts import FactName, Statement, quote
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
        file = open_regular(f"{folder}/{name}")
        with open(file, "rb", buffering=0):  # noqa: PTH123 - closes it
            return _parse(name, file, os.fstat(file).st_size)
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
    pieces = (os.pread(file, _PIECE, offset) for offset in range(0, size, _PIECE))
    trae = scan_trae(pieces if tail_at else [tail]) if name.endswith(STDOUT) else None
    if trae is None or not (trae.began or trae.table_steps is not None):
        return LogFile(name=name, end=decode(tail))
    # Read again, since the scanned pieces are gone and the row may be before the tail.
    error_row = b"" if trae.error_at is None else os.pread(file, 1 << 14, max(trae.error_at, 0))
    end = decode(tail[max(trae.milestone - tail_at, 0) :])
    return LogFile(name=name, form="TRAE", statements=tuple(trae_statements(name, trae, error_row)), end=end)


_START = b'{"type":"result"'


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class _ModelUsage(msgspec.Struct, rename="camel"):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class _Record(msgspec.Struct):
    type: str
    is_error: bool | None = None
    num_turns: int | None = None
    total_cost_usd: float | None = None
    result: str | None = None
    usage: _Usage | None = None
    modelUsage: dict[str, _ModelUsage] = {}  # noqa: N815 - the record's own name
    errors: list[str] = []


def read_claude(name: str, tail: bytes) -> list[Statement] | None:
    """What the last result record in the end of a log says; ``None`` where there is none that can be read.

    Input tokens include those read from and written to Claude's cache. Of several models the agent's is the
    one that wrote most: the helper models write little.
    """
    start = max(tail.rfind(b"\n" + _START) + 1, 0)
    if not tail.startswith(_START, start):
        return None
    try:
        record = msgspec.json.decode(tail[start:].partition(b"\n")[0], type=_Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    source = f"{name}, result record"
    error = "; ".join(record.errors) or ((record.result or None) if record.is_error else None)
    return [
        Statement(FactName.STEPS, record.num_turns, source),
        Statement(FactName.COST, record.total_cost_usd, source),
        Statement(FactName.SUCCESS, None if record.is_error is None else not record.is_error, source),
        Statement(FactName.CAUSE, quote(error) if error else None, source),
        *_usage(record.usage or _Usage(), f"{source}, usage with cache"),
        *_model_usage(record.modelUsage, source),
    ]


def _usage(usage: _Usage, source: str) -> tuple[Statement, ...]:
    read = [usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens]
    known = [number for number in read if number is not None]
    return (
        Statement(FactName.INPUT_TOKENS, sum(known) if known else None, source),
        Statement(FactName.OUTPUT_TOKENS, usage.output_tokens, source),
    )


def _model_usage(models: dict[str, _ModelUsage], source: str) -> tuple[Statement, ...]:
    """The figures per model, which also count the helper models."""
    if not models:
        return ()
    used = models.values()
    read = sum(m.input_tokens + m.cache_read_input_tokens + m.cache_creation_input_tokens for m in used)
    return (
        Statement(FactName.INPUT_TOKENS, read, f"{source}, all models"),
        Statement(FactName.OUTPUT_TOKENS, sum(m.output_tokens for m in used), f"{source}, all models"),
        Statement(FactName.MODEL, max(models, key=lambda name: models[name].output_tokens), source),
    )


_CODEX_HEAD = re.compile(rb"\AOpenAI Codex v[^\n]*\n-+\n(.*?)\n-+\n", re.DOTALL)
_MODEL = re.compile(rb"^model: ([^\n]+)$", re.MULTILINE)
_TOKENS = re.compile(rb"\ntokens used:?\s+([\d,]{1,18})\s*\Z")


def read_codex(name: str, head: bytes, tail: bytes) -> list[Statement] | None:
    """What a Codex transcript says of itself, ``None`` where the log is not one.

    Codex prints one number of tokens, those read and those written together.
    """
    header = _CODEX_HEAD.match(head)
    if header is None:
        return None
    model = _MODEL.search(header[1])
    tokens = _TOKENS.search(tail)
    total = int(tokens[1].replace(b",", b"")) if tokens and tokens[1].strip(b",") else None
    source = f"{name}, transcript"
    return [
        Statement(FactName.TOTAL_TOKENS, total, source),
        Statement(FactName.MODEL, model[1].decode("utf-8", "replace").strip() if model else None, source),
    ]
