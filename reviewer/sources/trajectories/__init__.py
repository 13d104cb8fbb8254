"""Reads an agent's trajectory file. Its form is told by its content, never by its name alone."""

from __future__ import annotations

import msgspec

from reviewer.sources.attempt_files import TASK, TRAJECTORY, read_attempt_file
from reviewer.sources.json_files import Unreadable, read_json
from reviewer.text import decode


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Response(msgspec.Struct):
    usage: _Usage | None = None


class _Interaction(msgspec.Struct):
    response: _Response | None = None


class _Step(msgspec.Struct):
    step_number: int | None = None
    error: str | None = None


class _Trae(msgspec.Struct):
    """TRAE's form; what marks it is that ``agent_steps`` is there."""

    agent_steps: list[_Step]
    llm_interactions: list[_Interaction] | None = None
    model: str | None = None
    max_steps: int | None = None
    success: bool | None = None
    end_time: str | None = None


class _Told(msgspec.Struct):
    task: str | None = None


class Trajectory(msgspec.Struct, frozen=True, kw_only=True):
    """What a trajectory says of the whole attempt.

    ``success`` is ``None`` where the agent was stopped before it could say. ``step_errors`` are the
    numbers and texts of the steps that ended in an error; ``last_error`` is the last step's own.
    """

    steps: int
    step_limit: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    success: bool | None = None
    model: str | None = None
    last_error: str | None = None
    step_errors: tuple[tuple[int, str], ...] = ()


def read_trajectory(path: str) -> Trajectory:
    """Read one trajectory file.

    Raises :class:`~reviewer.sources.json_files.Unreadable`, which names file and key, where the file is
    missing, damaged, or of a form that is not known.
    """
    told = read_json(path, _Trae)
    steps = told.agent_steps
    usages = [i.response.usage for i in told.llm_interactions or () if i.response and i.response.usage]
    # TRAE writes success=false after every step; it means something only once the end is written.
    return Trajectory(
        steps=len(steps),
        step_limit=told.max_steps,
        input_tokens=_total([usage.input_tokens for usage in usages]),
        output_tokens=_total([usage.output_tokens for usage in usages]),
        success=told.success if told.end_time or told.success else None,
        model=told.model,
        last_error=(steps[-1].error or None) if steps else None,
        step_errors=tuple(
            (number if (number := step.step_number) is not None else place, step.error)
            for place, step in enumerate(steps, 1)
            if step.error
        ),
    )


def read_task(folder: str) -> str | None:
    """The text that an attempt's agent was given: the task file's, else the trajectory's; ``None`` without both."""
    data = read_attempt_file(folder, TASK)
    if data and not data.isspace():
        return decode(data)
    try:
        return read_json(f"{folder}/{TRAJECTORY}", _Told).task or None
    except Unreadable:
        return None


def _total(numbers: list[int | None]) -> int | None:
    """The sum of what is known; ``None`` where nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
