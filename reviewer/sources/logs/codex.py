"""The output of Codex: its transcript for people, old and new, and its events (``codex exec --json``)."""

import re
from collections.abc import Sequence
from typing import Any

from reviewer.sources.facts import FactName, Statement, quote
from reviewer.sources.json_values import inner, tokens_of
from reviewer.sources.logs.deaths import is_refusal

_TIME = r"(?:\[[\dT:.Z+-]+\] )?"
HEAD = re.compile(rf"(?:.*\n){{0,9}}?{_TIME}OpenAI Codex v.*\n-{{2,}}\n(?P<settings>(?:.*\n)*?)-{{2,}}\n")
"""The head of a transcript; a few lines of a wrapper's may stand before it."""
_MODEL = re.compile(r"^model: (\S.*)$", re.MULTILINE)
_GAP = "[,.'\u2019 \u00a0\u2009\u202f]"
_TOKENS = re.compile(
    rf"^{_TIME}tokens used(?:: *|:? *\n)(\d{{1,3}}(?:{_GAP}\d{{3}}){{1,5}}|\d{{1,18}})[ \t]*$", re.MULTILINE
)
_ERROR = re.compile(rf"^{_TIME}ERROR:? (\S.*)$", re.MULTILINE)
_LAST = 2000
"""Characters at a transcript's end in which its own last error stands."""


def codex_settings(head: str) -> str | None:
    """The settings in the head of a Codex transcript, ``None`` where the log is not one."""
    header = HEAD.match(head)
    return header["settings"] if header else None


def read_codex(name: str, settings: str, tail: str) -> list[Statement]:
    """What a Codex transcript says of itself.

    Codex prints one number of tokens, those read and those written together.
    """
    model = _MODEL.search(settings)
    tokens = [found[1] for found in _TOKENS.finditer(tail)]
    source = f"{name}, transcript"
    return [
        Statement(FactName.TOTAL_TOKENS, int(re.sub(r"\D", "", tokens[-1])) if tokens else None, source),
        Statement(FactName.MODEL, model[1].strip() if model else None, source),
        Statement(FactName.CAUSE, _last_error(tail), f"{name}, last error"),
    ]


def _last_error(tail: str) -> str | None:
    """The error that ends a transcript; nothing but the number of tokens, or the same again, follows it."""
    end = _TOKENS.sub("", tail[-_LAST:]).rstrip()
    line = end.rsplit("\n", 1)[-1]
    found = _ERROR.match(line)
    if found:
        return quote(found[1])
    return quote(line) if is_refusal(line) else None


def read_codex_events(name: str, rows: Sequence[dict[str, Any]]) -> list[Statement] | None:
    """What the events of ``codex exec --json`` say; ``None`` where there are none."""
    if not is_events(rows):
        return None
    totals = [found for row in rows if (found := _usage_of(row)) is not None]
    read, written = tokens_of(totals[-1]) if totals else (None, None)
    source = f"{name}, events"
    cause = _cause(rows)
    return [
        Statement(FactName.STEPS, sum(map(_is_step, rows)) or None, source),
        Statement(FactName.INPUT_TOKENS, read, source),
        Statement(FactName.OUTPUT_TOKENS, written, source),
        Statement(FactName.MODEL, _model(rows), source),
        Statement(FactName.SUCCESS, False if cause else None, source),
        Statement(FactName.CAUSE, quote(cause) if cause else None, source),
    ]


def is_events(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether rows are events of Codex, or a session as it keeps one."""
    kinds = {str(row.get("type")) for row in rows}
    if "session_meta" in kinds:
        return bool(kinds & {"response_item", "event_msg", "turn_context"})
    return any(kind.startswith(("thread.", "turn.")) for kind in kinds)


def _usage_of(row: dict[str, Any]) -> dict[str, Any] | None:
    """The tokens of the session so far: both forms count on."""
    if row.get("type") == "turn.completed":
        found = row.get("usage")
    elif inner(row, "payload", "type") == "token_count":
        found = inner(row, "payload", "info", "total_token_usage")
    else:
        return None
    return found if isinstance(found, dict) else None


def _is_step(row: dict[str, Any]) -> bool:
    """Whether a row is a call of a tool or an answer."""
    if row.get("type") == "item.completed":
        return inner(row, "item", "type") not in (None, "reasoning", "error", "todo_list")
    return row.get("type") == "response_item" and str(inner(row, "payload", "type")).endswith("_call")


def _model(rows: Sequence[dict[str, Any]]) -> str | None:
    models = [found for row in rows if isinstance(found := inner(row, "payload", "model"), str)]
    return models[-1] if models else None


def _cause(rows: Sequence[dict[str, Any]]) -> str | None:
    """The message of the failure that ended the last turn."""
    for row in reversed(rows):
        kind, payload = row.get("type"), inner(row, "payload", "type")
        if kind == "turn.completed" or payload in ("task_complete", "turn_complete"):
            return None
        if kind == "turn.failed":
            return message_of(row.get("error")) or "turn.failed"
        if kind == "error" or payload in ("error", "turn_aborted"):
            return message_of(row) or message_of(row.get("payload")) or str(payload or kind)
    return None


def message_of(value: Any) -> str | None:
    """The text of an error: itself, or its message or reason."""
    if isinstance(value, str):
        return value or None
    found = inner(value, "message") or inner(value, "reason")
    return found if isinstance(found, str) else None
