"""The steps of Claude Code: of the stream that it writes to its output, or of a session that it keeps.

Both hold a row for each block of an answer, and a row for the results of its calls.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from reviewer.sources.facts import FactName
from reviewer.sources.json_files import convert_leniently
from reviewer.sources.logs.claude_code import ClaudeUsage, read_claude
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, StepLog
from reviewer.sources.trajectories.trae import plain, read_arguments

FORM = "Claude Code"


def recognises(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether rows are Claude Code's: answers in a message, or the record of its result."""
    return any(
        (row.get("type") == "assistant" and isinstance(row.get("message"), dict))
        or (row.get("type") == "result" and ("num_turns" in row or "subtype" in row))
        for row in rows
    )


def read(rows: Sequence[dict[str, Any]], source: str) -> StepLog:
    """All steps that rows show, each answer one; those of a sub-agent say so."""
    builder = StepBuilder()
    task = result = None
    turns: object = None
    for number, row in enumerate(rows):
        message = row.get("message")
        if row.get("type") == "assistant" and isinstance(message, dict):
            _read_answer(builder, row, message, number)
        elif row.get("type") == "user" and isinstance(message, dict):
            given = "\n".join(_read_results(builder, message.get("content")))
            task = task or given or None
        elif row.get("type") == "result":
            result, turns = plain(row.get("result")) or result, row.get("num_turns")
    account = {statement.fact: statement.value for statement in read_claude(source, rows) or ()}
    success, cause, steps = account.get(FactName.SUCCESS), account.get(FactName.CAUSE), builder.steps()
    alone = f"the log holds the result alone: the steps ({turns} turns) were not written into it"
    return StepLog(
        form=FORM,
        source=source,
        steps=steps,
        task=task,
        result=result or (str(cause) if cause else None),
        success=success if isinstance(success, bool) else None,
        problem=None if steps else alone,
    )


def _read_answer(builder: StepBuilder, row: dict[str, Any], message: dict[str, Any], number: int) -> None:
    key = message.get("id") or f"row {number}"
    at = row.get("timestamp")
    details: dict[str, Any] = {
        "key": key,
        "at": at if isinstance(at, str) else None,
        "state": "sub-agent" if row.get("isSidechain") or row.get("parent_tool_use_id") else None,
    }
    content = message.get("content")
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, str):
            builder.think(block, **details)
        if not isinstance(block, dict):
            continue
        kind = block.get("type")
        if kind == "tool_use":
            call = Call(plain(block.get("name")) or "?", read_arguments(block.get("input")))
            builder.call(call, plain(block.get("id")), **details)
        elif kind in ("text", "thinking"):
            builder.think(plain(block.get(kind)), **details)
    usage, _ = convert_leniently(message.get("usage"), ClaudeUsage)
    builder.used(usage.read, usage.output_tokens, key)


def _read_results(builder: StepBuilder, content: Any) -> Iterator[str]:
    """Give the results of calls to the builder; what people wrote is given back."""
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, dict) and block.get("type") == "tool_result":
            ok = not block.get("is_error")
            builder.answer(plain(block.get("tool_use_id")), Observation(plain(block.get("content")), ok))
        elif isinstance(block, dict):
            yield plain(block.get("text"))
        elif isinstance(block, str):
            yield block
