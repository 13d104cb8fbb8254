"""TRAE's ``trajectory.json``: what it says of the whole attempt, and its steps, one by one.

Steps are those of ``agent_steps``, else (in a file cut off before them) the model's answers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from reviewer.sources.json_files import convert_leniently
from reviewer.sources.json_values import plain, read_arguments, text_of, total
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.steps import Call, Observation, Step, Trajectory

FORM = "TRAE"
_STEPS, _ANSWERS = "agent_steps", "llm_interactions"
_NAMED = 3
"""So many fields of another form are named for the whole file; each is at its step."""
_T = TypeVar("_T", bound=msgspec.Struct)


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


class _Answer(msgspec.Struct):
    content: Any = None
    tool_calls: list[_ToolCall] | None = None
    usage: _TokenUsage | None = None


class _Message(msgspec.Struct):
    tool_result: _ToolResult | None = None


class _AgentStep(msgspec.Struct):
    step_number: int | None = None
    timestamp: Any = None
    state: Any = None
    llm_response: _Answer | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_results: list[_ToolResult] | None = None
    error: Any = None
    reflection: Any = None
    lakeview_summary: Any = None


class _Interaction(msgspec.Struct):
    timestamp: Any = None
    response: _Answer | None = None
    input_messages: list[_Message] | None = None


class _TraeFile(msgspec.Struct):
    """The members that say something of the whole attempt."""

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


def recognises(content: Content) -> bool:
    """Whether these are the members of a TRAE trajectory."""
    return _STEPS in content.members or _ANSWERS in content.members


def read(content: Content, source: str) -> Trajectory:
    """All steps; a field of one that has another form is named in its ``problem``."""
    members = content.members
    file, odd = convert_leniently(members, _TraeFile)
    answers = [*_items(members, _ANSWERS, _Interaction)]
    steps = [_step(number, *item) for number, item in enumerate(_items(members, _STEPS, _AgentStep), 1)]
    missing = None
    if not steps and answers:
        steps = _steps_of_answers(answers)
        missing = "the steps themselves are missing; these are the model's answers"
    usages = [answer.response.usage for answer, _ in answers if answer.response and answer.response.usage]
    no_list = f"{_STEPS}: not a list" if not isinstance(members.get(_STEPS, []), list) else None
    problems = [
        *map(str, odd),
        *(odd for _, odd in answers if odd),
        *(step.problem for step in steps if step.problem),
    ]
    more = f"and {len(problems) - _NAMED} more" if len(problems) > _NAMED else None
    return Trajectory(
        form=FORM,
        source=source,
        steps=tuple(steps),
        task=text_of(file.task),
        result=text_of(file.final_result),
        success=file.known_success,
        step_limit=file.max_steps,
        problem="; ".join(filter(None, (content.problem, no_list, missing, *problems[:_NAMED], more)))
        or None,
        cut=bool(content.problem or missing or no_list or _STEPS not in members),
        agent="trae",
        model=file.model,
        input_tokens=None if content.problem else total(usage.input_tokens for usage in usages),
        output_tokens=None if content.problem else total(usage.output_tokens for usage in usages),
        cause=steps[-1].error if steps else None,
    )


def _items(members: Mapping[str, Any], name: str, type_: type[_T]) -> Iterator[tuple[_T, str | None]]:
    """The items of a list, each with what is wrong with it."""
    given = members.get(name)
    for number, item in enumerate(given if isinstance(given, list) else ()):
        at = f"{name}[{number}]"
        found, odd = convert_leniently(item, type_)
        problems = (f"{at}.{'.'.join(field.keys)}: {field.reason}" for field in odd)
        yield found, "; ".join(problems) if isinstance(item, dict) else f"{at}: not an object"


def _step(number: int, step: _AgentStep, problem: str | None) -> Step:
    answer = step.llm_response or _Answer()
    usage = answer.usage or _TokenUsage()
    calls = step.tool_calls if step.tool_calls is not None else answer.tool_calls or []
    return Step(
        number=step.step_number if step.step_number is not None else number,
        at=text_of(step.timestamp),
        state=text_of(step.state),
        thought="\n".join(filter(None, (plain(answer.content), plain(step.reflection)))),
        summary=plain(step.lakeview_summary),
        calls=_calls(calls),
        observations=tuple(map(_observation, step.tool_results or ())),
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        error=plain(step.error) or None,
        problem=problem or None,
    )


def _steps_of_answers(items: Sequence[tuple[_Interaction, str | None]]) -> list[Step]:
    """Steps from the model's answers; the results of a step's calls are in the next answer's input."""
    steps = []
    following = [*(item.input_messages or [] for item, _ in items[1:]), []]
    for number, ((item, problem), messages) in enumerate(zip(items, following, strict=True), 1):
        results = [message.tool_result for message in messages if message.tool_result]
        step = _AgentStep(timestamp=item.timestamp, llm_response=item.response, tool_results=results)
        steps.append(_step(number, step, problem))
    return steps


def _calls(calls: Iterable[_ToolCall]) -> tuple[Call, ...]:
    return tuple(Call(call.name, read_arguments(call.arguments)) for call in calls)


def _observation(result: _ToolResult) -> Observation:
    return Observation("\n".join(filter(None, (plain(result.result), plain(result.error)))), result.success)
