"""The steps of Claude Code: of the stream that it writes to its output, or of a session that it keeps.

Both hold a row for each block of an answer, and a row for the results of its calls. Rows of a session name the row
before them; where a person went back and began again there, the rows of what was given up stay in it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from reviewer.sources.facts import FactName
from reviewer.sources.json_values import inner, plain, text_of, tokens_of, total
from reviewer.sources.logs.claude_code import read_claude
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.messages import MessageReader
from reviewer.sources.trajectories.steps import StepBuilder, Trajectory

FORM = "Claude Code"


def recognises(content: Content) -> bool:
    """Whether rows are Claude Code's: answers in a message, or the record of its result."""
    return any(
        (row.get("type") == "assistant" and isinstance(row.get("message"), dict))
        or (row.get("type") == "result" and ("num_turns" in row or "subtype" in row))
        for row in content.rows
    )


def read(content: Content, source: str) -> Trajectory:
    """All steps that rows show, each answer one; those of a sub-agent, and of what was given up, are marked."""
    rows, messages = content.rows, MessageReader(StepBuilder())
    current, turns, model, compacted = set(_current_branch(rows)), None, None, False
    result: str | None = None
    end: str | None = None
    for number, row in enumerate(rows):
        message = row.get("message")
        compacted = compacted or row.get("subtype") == "compact_boundary"
        if row.get("type") == "assistant" and isinstance(message, dict):
            key = plain(message.get("id") or row.get("uuid")) or f"row {number}"
            state = "sub-agent" if row.get("isSidechain") or row.get("parent_tool_use_id") else None
            if current and not state and key not in current:
                state = "given up"
            elif compacted and not state:
                state, compacted = "context compacted before", False
            messages.read(
                {**message, "role": "assistant"}, key=key, at=text_of(row.get("timestamp")), state=state
            )
            messages.builder.used(*tokens_of(message.get("usage")), key)
            model, end = text_of(message.get("model")) or model, text_of(message.get("stop_reason"))
        elif row.get("type") == "user" and isinstance(message, dict) and not row.get("isCompactSummary"):
            messages.read({**message, "role": "user"})
        elif row.get("type") == "result":
            result, turns = plain(row.get("result")) or result, row.get("num_turns")
            end = subtype if (subtype := plain(row.get("subtype"))).startswith("error") else end
    account = {statement.fact: statement.value for statement in read_claude(source, rows) or ()}
    success, cause, steps = (
        account.get(FactName.SUCCESS),
        account.get(FactName.CAUSE),
        messages.builder.steps(),
    )
    alone = f"the log holds the result alone: the steps ({turns} turns) were not written into it"
    return Trajectory(
        form=FORM,
        source=source,
        steps=steps,
        task=messages.task,
        result=result or (str(cause) if cause else None),
        success=success if isinstance(success, bool) else None,
        problem=content.problem if steps else alone,
        cut=content.problem is not None,
        agent="claude_code",
        model=model,
        input_tokens=None if content.problem else total(step.input_tokens for step in steps),
        output_tokens=None if content.problem else total(step.output_tokens for step in steps),
        end=end,
    )


def _current_branch(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The ids of the answers that the last row of a session follows from; none where rows do not name the one before."""
    by_id = {plain(row["uuid"]): row for row in rows if "uuid" in row}
    last = next((row for row in reversed(rows) if "uuid" in row and not row.get("isSidechain")), None)
    passed: set[str] = set()
    while last is not None and (id := plain(last.get("uuid"))) not in passed:
        passed.add(id)
        yield plain(inner(last.get("message"), "id")) or id
        last = by_id.get(plain(last.get("parentUuid") or last.get("logicalParentUuid")))
