"""Reads the result record that Claude Code writes as the last line of its standard output."""

from __future__ import annotations

import msgspec

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


class ClaudeResult(msgspec.Struct, frozen=True, kw_only=True):
    """Claude's own account. Input tokens include what was read from and written to its cache.

    ``all_models_input`` and ``all_models_output`` also count the helper models; ``None`` where the
    record has no figures per model.
    """

    steps: int | None
    cost: float | None
    input_tokens: int | None
    output_tokens: int | None
    all_models_input: int | None
    all_models_output: int | None
    success: bool | None
    model: str | None
    error: str | None


def find_result(tail: bytes) -> ClaudeResult | None:
    """The last result record in the end of a log, ``None`` where there is none that can be read."""
    start = max(tail.rfind(b"\n" + _START) + 1, 0)
    if not tail.startswith(_START, start):
        return None
    try:
        record = msgspec.json.decode(tail[start:].partition(b"\n")[0], type=_Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return _summarise(record)


def _summarise(record: _Record) -> ClaudeResult:
    usage = record.usage or _Usage()
    read = [usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens]
    models = record.modelUsage
    used = models.values()
    return ClaudeResult(
        steps=record.num_turns,
        cost=record.total_cost_usd,
        input_tokens=None if all(n is None for n in read) else sum(n or 0 for n in read),
        output_tokens=usage.output_tokens,
        all_models_input=sum(
            m.input_tokens + m.cache_read_input_tokens + m.cache_creation_input_tokens for m in used
        )
        if models
        else None,
        all_models_output=sum(m.output_tokens for m in used) if models else None,
        success=None if record.is_error is None else not record.is_error,
        # The helper models write little; the one that wrote most is the agent's.
        model=max(models, key=lambda name: models[name].output_tokens) if models else None,
        error=_error(record),
    )


def _error(record: _Record) -> str | None:
    if record.errors:
        return "; ".join(record.errors)
    return (record.result or None) if record.is_error else None
