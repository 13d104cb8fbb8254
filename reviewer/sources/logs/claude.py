"""Reads the result record that Claude Code writes as the last line of its standard output."""

from __future__ import annotations

import msgspec

from reviewer.sources.facts import FactName, Statement, quote

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
    error = _error(record)
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


def _error(record: _Record) -> str | None:
    if record.errors:
        return "; ".join(record.errors)
    return (record.result or None) if record.is_error else None
