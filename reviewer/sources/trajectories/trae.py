"""TRAE's ``trajectory.json``: steps from ``agent_steps``, else (in a file cut off before them) from the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from reviewer.sources.trajectories.steps import Call, Observation, Step, StepLog

FORM = "TRAE"
_T = TypeVar("_T")


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Call(msgspec.Struct):
    name: str = "?"
    arguments: Any = None


class _Result(msgspec.Struct):
    success: bool | None = None
    result: Any = None
    error: Any = None


class _Response(msgspec.Struct):
    content: Any = None
    usage: _Usage | None = None
    tool_calls: list[_Call] | None = None


class _Message(msgspec.Struct):
    tool_result: _Result | None = None


class _Step(msgspec.Struct):
    step_number: int | None = None
    timestamp: str | None = None
    state: str | None = None
    llm_response: _Response | None = None
    tool_calls: list[_Call] | None = None
    tool_results: list[_Result] | None = None
    reflection: Any = None
    error: Any = None
    lakeview_summary: Any = None


class _Interaction(msgspec.Struct):
    timestamp: str | None = None
    response: _Response | None = None
    input_messages: list[_Message] | None = None


class _Head(msgspec.Struct):
    task: str | None = None
    final_result: str | None = None
    success: bool | None = None
    end_time: str | None = None
    max_steps: int | None = None


def recognises(members: Mapping[str, Any]) -> bool:
    """Whether these are the members of a TRAE trajectory."""
    return "agent_steps" in members or "llm_interactions" in members


def read(members: Mapping[str, Any], source: str) -> StepLog:
    """All steps that can be read; one that cannot says why."""
    head = _head(members)
    steps, calls = members.get("agent_steps"), members.get("llm_interactions")
    problem = None
    if isinstance(steps, list) and steps:
        read_steps = [_step(number, item) for number, item in enumerate(steps, 1)]
    elif isinstance(calls, list):
        read_steps = _from_calls(calls)
        problem = "the steps themselves are missing; these are the model's answers" if calls else None
    else:
        read_steps = []
    return StepLog(
        form=FORM,
        source=source,
        steps=tuple(read_steps),
        task=head.task,
        result=head.final_result,
        # false is written after every step; it means something only once the end is written
        success=head.success if head.end_time or head.success else None,
        step_limit=head.max_steps,
        problem=problem,
    )


def _head(members: Mapping[str, Any]) -> _Head:
    """What the file says of the whole, a member of a wrong type left out."""
    known = {}
    for name in _Head.__struct_fields__:
        try:
            msgspec.convert({name: members.get(name)}, _Head)
            known[name] = members.get(name)
        except msgspec.ValidationError:
            continue
    return msgspec.convert(known, _Head)


def _convert(item: Any, type_: type[_T]) -> _T | str:
    """An item in its own form, or what is wrong with it."""
    try:
        return msgspec.convert(item, type_, strict=False)
    except msgspec.ValidationError as error:
        return str(error)


def _step(number: int, item: Any) -> Step:
    told = _convert(item, _Step)
    if isinstance(told, str):
        return Step(number=number, problem=told)
    response = told.llm_response or _Response()
    usage = response.usage or _Usage()
    calls = told.tool_calls if told.tool_calls is not None else response.tool_calls or []
    thought = "\n".join(part for part in (plain(response.content), plain(told.reflection)) if part)
    return Step(
        number=told.step_number if told.step_number is not None else number,
        at=told.timestamp,
        state=told.state,
        thought=thought,
        summary=plain(told.lakeview_summary),
        calls=tuple(_call(call) for call in calls),
        observations=tuple(_observation(result) for result in told.tool_results or ()),
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        error=plain(told.error) or None,
    )


def _from_calls(items: Sequence[Any]) -> list[Step]:
    """Steps from the model's answers; what a step saw stands in the next one's input."""
    told = [_convert(item, _Interaction) for item in items]
    steps = []
    for place, interaction in enumerate(told):
        if isinstance(interaction, str):
            steps.append(Step(number=place + 1, problem=interaction))
            continue
        response = interaction.response or _Response()
        usage = response.usage or _Usage()
        following = told[place + 1] if place + 1 < len(told) else None
        messages = following.input_messages if isinstance(following, _Interaction) else None
        steps.append(
            Step(
                number=place + 1,
                at=interaction.timestamp,
                thought=plain(response.content),
                calls=tuple(_call(call) for call in response.tool_calls or ()),
                observations=tuple(
                    _observation(message.tool_result) for message in messages or () if message.tool_result
                ),
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
            )
        )
    return steps


def _call(call: _Call) -> Call:
    return Call(call.name, arguments_of(call.arguments))


def _observation(result: _Result) -> Observation:
    text = "\n".join(part for part in (plain(result.result), plain(result.error)) if part)
    return Observation(text, result.success)


def arguments_of(given: Any) -> tuple[tuple[str, str], ...]:
    """A call's arguments as texts, those that are empty left out."""
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError):
            pass
    if isinstance(given, dict):
        return tuple((str(name), plain(value)) for name, value in given.items() if value not in (None, ""))
    return (("", plain(given)),) if given else ()


def plain(value: Any) -> str:
    """Any JSON value as text: strings as they are, lists of text blocks joined, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) and "text" in part for part in value):
        return "\n".join(plain(part["text"]) for part in value)
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, UnicodeEncodeError, RecursionError, msgspec.EncodeError):
        return str(value)
