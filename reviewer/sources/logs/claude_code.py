"""The output of Claude Code: the result record that ends it, in each form in which it is written.

It is an object (``--output-format json``), over several lines or not, the last of a list (``--verbose``), or the
last of many lines (``stream-json``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reviewer.sources.facts import FactName, Statement, Value, quote
from reviewer.sources.json_values import amount_of, count_of, inner, plain, text_of, tokens_of, total
from reviewer.sources.logs.deaths import is_refusal

_EVENTS = frozenset({"system", "assistant", "user", "result", "stream_event", "rate_limit_event"})
_LONGEST_REFUSAL = 300
"""A longer answer is the agent's, not the service's."""
_READ = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")


def read_claude(name: str, rows: Sequence[dict[str, Any]], *, whole: bool = True) -> list[Statement] | None:
    """What the rows of Claude Code's output say; ``None`` where a log is not that.

    Input tokens include those read from and written to Claude's cache. Of several models the agent's is the
    one that wrote most: the helper models write little. A field of another form is unknown, the others are read.
    ``whole``: they are all of the log, and where the record is missing, answers can be counted.
    """
    record = next((row for row in reversed(rows) if row.get("type") == "result"), None)
    if record is not None:
        return [*_of_record(record, f"{name}, result record")]
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
    return (
        len(rows) > 1 and all(plain(row.get("type")) in _EVENTS for row in rows) and "session_id" in rows[0]
    )


def _of_record(record: Mapping[str, Any], source: str) -> Iterator[Statement]:
    subtype, is_error = text_of(record.get("subtype")) or "", record.get("is_error")
    failed = is_error is True or subtype.startswith("error")
    answer = (text_of(record.get("result")) or "").strip()
    refused = len(answer) <= _LONGEST_REFUSAL and is_refusal(answer)
    cause = "; ".join(_texts(record.get("errors")))
    if not cause and (failed or refused):
        cause = answer or subtype
    success = False if failed or refused else True if isinstance(is_error, bool) else None
    read, written = tokens_of(record.get("usage"))
    facts: dict[FactName, Value] = {
        FactName.STEPS: count_of(record.get("num_turns")),
        FactName.COST: amount_of(record.get("total_cost_usd")),
        FactName.SUCCESS: success,
        FactName.CAUSE: quote(cause) if cause else None,
    }
    yield from (Statement(fact, value, source) for fact, value in facts.items())
    yield Statement(FactName.INPUT_TOKENS, read, f"{source}, usage with cache")
    yield Statement(FactName.OUTPUT_TOKENS, written, f"{source}, usage with cache")
    yield from _model_usage(record.get("modelUsage"), source)


def _texts(errors: object) -> Iterator[str]:
    """The messages of errors that are texts or objects with one."""
    for error in errors if isinstance(errors, list) else ():
        if text := text_of(inner(error, "message") or error):
            yield text


def _model_usage(given: object, source: str) -> Iterator[Statement]:
    """The figures per model, which also count the helper models."""
    if not isinstance(given, dict) or not given:
        return
    written = {plain(name): count_of(inner(used, "outputTokens")) for name, used in given.items()}
    read = total(count_of(inner(used, name)) for used in given.values() for name in _READ)
    yield Statement(FactName.INPUT_TOKENS, read, f"{source}, all models")
    yield Statement(FactName.OUTPUT_TOKENS, total(written.values()), f"{source}, all models")
    yield Statement(FactName.MODEL, max(written, key=lambda name: written[name] or 0), source)
