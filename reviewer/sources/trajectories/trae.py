"""TRAE's ``trajectory.json``: what it says of the whole attempt, and its steps, one by one.

Steps are those of ``agent_steps``, else (in a file cut off before them) the model's answers.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from reviewer.sources.attempt_files import TRAJECTORY, read_attempt_file
from reviewer.sources.facts import FactName, Statement, find_code, format_counts, format_error, quote
from reviewer.sources.json_files import Unreadable, convert_leniently, read_json, read_members
from reviewer.sources.trajectories.steps import Call, Observation, Step, StepLog
from reviewer.text import encode

FORM = "TRAE"
_HEAD = ("task", "final_result", "success", "end_time", "max_steps", "model")
"""The members that say something of the whole attempt."""


class _TokenUsage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _ToolCall(msgspec.Struct):
    name: str = "?"
    arguments: Any = None


class _ToolResult(msgspec.Struct):
    success: bool | None = None
    result: Any = None
    error: Any = None


class _AnswerUsage(msgspec.Struct):
    """As much of an answer as facts need: what is odd in the rest of it must not hide them."""

    usage: _TokenUsage | None = None


class _Answer(_AnswerUsage):
    content: Any = None
    tool_calls: list[_ToolCall] | None = None


class _Message(msgspec.Struct):
    tool_result: _ToolResult | None = None


class _StepError(msgspec.Struct):
    """As much of a step as facts need."""

    step_number: int | None = None
    error: Any = None


class _AgentStep(_StepError):
    timestamp: Any = None
    state: Any = None
    llm_response: _Answer | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_results: list[_ToolResult] | None = None
    reflection: Any = None
    lakeview_summary: Any = None


class _InteractionUsage(msgspec.Struct):
    response: _AnswerUsage | None = None


class _Interaction(msgspec.Struct):
    timestamp: Any = None
    response: _Answer | None = None
    input_messages: list[_Message] | None = None


class _TraeFile(msgspec.Struct):
    """The whole file; what marks it is that ``agent_steps`` is there."""

    agent_steps: list[_StepError]
    llm_interactions: list[_InteractionUsage] | None = None
    task: Any = None
    model: str | None = None
    max_steps: int | None = None
    success: bool | None = None
    end_time: str | None = None
    final_result: Any = None

    @property
    def known_success(self) -> bool | None:
        """``success``, once it means something: TRAE writes ``false`` after every step, and the end time last."""
        return self.success if self.end_time or self.success else None


def read_trajectory(path: str) -> list[Statement]:
    """What one trajectory file says of the whole attempt.

    Success is unknown where the agent was stopped before it could say. A field of another form is unknown and
    named as the problem. Raises :class:`~reviewer.sources.json_files.Unreadable`, which names file and key,
    where the file is missing, damaged, or of a form that is not known.
    """
    file, problem = _read_whole(path)
    steps = file.agent_steps
    usages = [i.response.usage for i in file.llm_interactions or () if i.response and i.response.usage]
    cause = quote(plain(steps[-1].error)) if steps else ""
    usage, errors = f"{TRAJECTORY}, sum of usage", f"{TRAJECTORY}, step errors"
    incidents: set[tuple[int, bytes]] = set()
    texts: dict[bytes, None] = {}
    for position, step in enumerate(steps, 1):
        text = encode(plain(step.error))
        if code := find_code(text):
            incidents.add((position if step.step_number is None else step.step_number, code))
            texts[text] = None
    return [
        Statement(FactName.STEPS, len(steps), TRAJECTORY),
        Statement(FactName.STEP_LIMIT, file.max_steps, TRAJECTORY),
        Statement(FactName.INPUT_TOKENS, _total([usage.input_tokens for usage in usages]), usage),
        Statement(FactName.OUTPUT_TOKENS, _total([usage.output_tokens for usage in usages]), usage),
        Statement(FactName.API_INCIDENTS, len(incidents), errors),
        Statement(FactName.API_ERRORS, format_counts(Counter(map(format_error, texts))), errors),
        Statement(FactName.SUCCESS, file.known_success, TRAJECTORY),
        Statement(FactName.MODEL, file.model, TRAJECTORY),
        Statement(FactName.CAUSE, cause or None, f"{TRAJECTORY}, last step's error"),
        Statement(FactName.PROBLEM, problem, TRAJECTORY),
    ]


def _read_whole(path: str) -> tuple[_TraeFile, str | None]:
    """The file, and which field of it has another form. Raises ``Unreadable``."""
    try:
        return read_json(path, _TraeFile), None
    except Unreadable as error:
        members = read_members(read_attempt_file(*os.path.split(path)) or b"")
        if members is None or not isinstance(members.get("agent_steps"), list):
            raise
        answers = members.get("llm_interactions")
        file = msgspec.structs.replace(
            _read_head(members),
            agent_steps=[convert_leniently(step, _StepError)[0] for step in members["agent_steps"]],
            llm_interactions=[convert_leniently(answer, _InteractionUsage)[0] for answer in answers]
            if isinstance(answers, list)
            else None,
        )
        return file, str(error)


def _total(numbers: list[int | None]) -> int | None:
    """The sum of the known numbers; ``None`` where none is known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def recognises(members: Mapping[str, Any]) -> bool:
    """Whether these are the members of a TRAE trajectory."""
    return "agent_steps" in members or "llm_interactions" in members


def read(members: Mapping[str, Any], source: str) -> StepLog:
    """All steps that can be read; one that cannot has its ``problem``."""
    head = _read_head(members)
    steps, interactions = members.get("agent_steps"), members.get("llm_interactions")
    problem = None
    read_steps: list[Step] = []
    if isinstance(steps, list) and steps:
        read_steps = [_step(number, item) for number, item in enumerate(steps, 1)]
    elif isinstance(interactions, list):
        read_steps = _steps_of_answers(interactions)
        problem = "the steps themselves are missing; these are the model's answers" if interactions else None
    return StepLog(
        form=FORM,
        source=source,
        steps=tuple(read_steps),
        task=_text(head.task),
        result=_text(head.final_result),
        success=head.known_success,
        step_limit=head.max_steps,
        problem=problem,
    )


def _read_head(members: Mapping[str, Any]) -> _TraeFile:
    """The members about the whole attempt, those of a wrong type left out."""
    known: dict[str, Any] = {"agent_steps": []}
    for name in _HEAD:
        try:
            msgspec.convert({**known, name: members.get(name)}, _TraeFile)
        except msgspec.ValidationError:
            continue
        known[name] = members.get(name)
    return msgspec.convert(known, _TraeFile)


def _step(number: int, item: Any) -> Step:
    try:
        step = msgspec.convert(item, _AgentStep, strict=False)
    except msgspec.ValidationError as error:
        return Step(number=number, problem=str(error))
    answer = step.llm_response or _Answer()
    usage = answer.usage or _TokenUsage()
    calls = step.tool_calls if step.tool_calls is not None else answer.tool_calls or []
    return Step(
        number=step.step_number if step.step_number is not None else number,
        at=_text(step.timestamp),
        state=_text(step.state),
        thought="\n".join(filter(None, (plain(answer.content), plain(step.reflection)))),
        summary=plain(step.lakeview_summary),
        calls=tuple(_call(call) for call in calls),
        observations=tuple(_observation(result) for result in step.tool_results or ()),
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        error=plain(step.error) or None,
    )


def _steps_of_answers(items: Sequence[Any]) -> list[Step]:
    """Steps from the model's answers; the results of a step's calls are in the next answer's input."""
    steps: list[Step] = []
    following: _Interaction | None = None
    for number, item in reversed([*enumerate(items, 1)]):
        try:
            interaction = msgspec.convert(item, _Interaction, strict=False)
        except msgspec.ValidationError as error:
            steps.append(Step(number=number, problem=str(error)))
            following = None
            continue
        answer = interaction.response or _Answer()
        usage = answer.usage or _TokenUsage()
        messages = following.input_messages if following else None
        steps.append(
            Step(
                number=number,
                at=_text(interaction.timestamp),
                thought=plain(answer.content),
                calls=tuple(_call(call) for call in answer.tool_calls or ()),
                observations=tuple(_observation(m.tool_result) for m in messages or () if m.tool_result),
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
            )
        )
        following = interaction
    return steps[::-1]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _call(call: _ToolCall) -> Call:
    return Call(call.name, read_arguments(call.arguments))


def _observation(result: _ToolResult) -> Observation:
    return Observation("\n".join(filter(None, (plain(result.result), plain(result.error)))), result.success)


def read_arguments(given: Any) -> tuple[tuple[str, str], ...]:
    """A call's arguments as texts by name, those that are empty left out."""
    return tuple(_arguments(given))


def _arguments(given: Any) -> Iterator[tuple[str, str]]:
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError):
            pass
    if isinstance(given, dict):
        yield from ((str(name), plain(value)) for name, value in given.items() if value not in (None, ""))
    elif given:
        yield "", plain(given)


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
