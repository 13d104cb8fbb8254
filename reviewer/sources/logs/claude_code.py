"""The output of Claude Code: the result record that ends it, in each form in which it is written.

It is an object (``--output-format json``), over several lines or not, the last of a list (``--verbose``), or the
last of many lines (``stream-json``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from reviewer.sources.facts import FactName, Statement, quote
from reviewer.sources.json_files import convert_leniently
from reviewer.sources.logs.deaths import is_refusal

_EVENTS = frozenset({"system", "assistant", "user", "result", "stream_event", "rate_limit_event"})
_LONGEST_REFUSAL = 300
"""A longer answer is the agent's, not the service's."""


class ClaudeUsage(msgspec.Struct):
    """Tokens of an answer or of a whole session."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def read(self) -> int | None:
        """All input tokens, those read from and written to Claude's cache with them."""
        return _total([self.input_tokens, self.cache_creation_input_tokens, self.cache_read_input_tokens])


class _ModelUsage(msgspec.Struct, rename="camel"):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Record(msgspec.Struct):
    subtype: str | None = None
    is_error: bool | None = None
    num_turns: int | None = None
    total_cost_usd: float | None = None
    result: str | None = None
    usage: ClaudeUsage | None = None
    modelUsage: object = None  # noqa: N815 - the record's own name
    errors: object = None


def read_claude(name: str, rows: Sequence[dict[str, Any]], *, whole: bool = True) -> list[Statement] | None:
    """What the rows of Claude Code's output say; ``None`` where a log is not that.

    Input tokens include those read from and written to Claude's cache. Of several models the agent's is the
    one that wrote most: the helper models write little. A field of another form is unknown, the others are read.
    ``whole``: they are all of the log, and where the record is missing, answers can be counted.
    """
    record = next((row for row in reversed(rows) if row.get("type") == "result"), None)
    if record is not None:
        return _of_record(convert_leniently(record, _Record)[0], f"{name}, result record")
    if not whole or not is_stream(rows):
        return None
    answers = [
        row["message"] for row in rows if row["type"] == "assistant" and isinstance(row.get("message"), dict)
    ]
    ids = {str(answer.get("id", number)) for number, answer in enumerate(answers)}
    models = [answer["model"] for answer in answers if isinstance(answer.get("model"), str)]
    return [
        Statement(FactName.STEPS, len(ids) or None, f"{name}, answers before it was cut off"),
        Statement(FactName.MODEL, models[-1] if models else None, f"{name}, last answer"),
    ]


def is_stream(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether rows are all of Claude Code's, and more than a stray one."""
    return len(rows) > 1 and all(row.get("type") in _EVENTS for row in rows) and "session_id" in rows[0]


def _of_record(record: _Record, source: str) -> list[Statement]:
    failed = record.is_error or (record.subtype or "").startswith("error")
    answer = (record.result or "").strip()
    refused = len(answer) <= _LONGEST_REFUSAL and is_refusal(answer)
    cause = "; ".join(_texts(record.errors))
    if not cause and (failed or refused):
        cause = answer or record.subtype or ""
    success = False if failed or refused else None if record.is_error is None else True
    return [
        Statement(FactName.STEPS, record.num_turns, source),
        Statement(FactName.COST, record.total_cost_usd, source),
        Statement(FactName.SUCCESS, success, source),
        Statement(FactName.CAUSE, quote(cause) if cause else None, source),
        *_usage(record.usage or ClaudeUsage(), f"{source}, usage with cache"),
        *_model_usage(record.modelUsage, source),
    ]


def _texts(errors: object) -> Iterator[str]:
    """The messages of errors that are texts or objects with one."""
    for error in errors if isinstance(errors, list) else ():
        text = error.get("message") if isinstance(error, dict) else error
        if isinstance(text, str) and text:
            yield text


def _usage(usage: ClaudeUsage, source: str) -> tuple[Statement, ...]:
    return (
        Statement(FactName.INPUT_TOKENS, usage.read, source),
        Statement(FactName.OUTPUT_TOKENS, usage.output_tokens, source),
    )


def _total(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _model_usage(given: object, source: str) -> tuple[Statement, ...]:
    """The figures per model, which also count the helper models."""
    if not isinstance(given, Mapping) or not given:
        return ()
    models = {str(name): convert_leniently(value, _ModelUsage)[0] for name, value in given.items()}
    used = models.values()
    read = [
        n for m in used for n in (m.input_tokens, m.cache_read_input_tokens, m.cache_creation_input_tokens)
    ]
    return (
        Statement(FactName.INPUT_TOKENS, _total(read), f"{source}, all models"),
        Statement(FactName.OUTPUT_TOKENS, _total([m.output_tokens for m in used]), f"{source}, all models"),
        Statement(FactName.MODEL, max(models, key=lambda name: models[name].output_tokens or 0), source),
    )
