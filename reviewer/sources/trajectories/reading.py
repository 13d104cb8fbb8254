"""Finds what shows an attempt's steps and reads it: a trajectory of a known form, else the agent's log.

The table of forms (:data:`FORMS`) is here. A form is a module with ``FORM``, its name; ``recognises(content)``, by what is
in a file and never by how that is called; and ``read(content, source)``, which gives a
:class:`~reviewer.sources.trajectories.steps.Trajectory` and raises nothing. It reads the JSON of
:mod:`~reviewer.sources.trajectories.contents`, which may be cut off.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

import msgspec

from reviewer.sources.attempt_files import (
    JOURNAL,
    PATCH,
    STDOUT,
    TASK,
    TRAJECTORY,
    list_names,
    open_attempt_file,
    read_attempt_file,
    select_logs,
)
from reviewer.sources.facts import FactName, Statement, find_code, format_counts, format_error, quote
from reviewer.sources.logs.codex import codex_settings
from reviewer.sources.logs.plain import plain_text
from reviewer.sources.registry import address_of
from reviewer.sources.trajectories import (
    atif,
    claude_code,
    codex,
    codex_transcript,
    inspect_log,
    mini_swe_agent,
    openhands,
    swe_agent,
    trae,
    trae_console,
)
from reviewer.sources.trajectories.contents import MOST_BYTES, Content, Unpackable, read_content
from reviewer.sources.trajectories.steps import Trajectory
from reviewer.text import decode, encode

_ENDINGS = (".traj", ".traj.json", ".jsonl", ".jsonl.zst")
_NO_STEPS = frozenset({"prediction.jsonl", "predictions.jsonl"})
_HEAD = 4096
"""Bytes at the beginning of a log by which its form is known."""


class NoSteps(Exception):
    """An attempt's steps cannot be shown; the message says why."""


class _Form(Protocol):
    FORM: str

    def recognises(self, content: Content) -> bool: ...

    def read(self, content: Content, source: str) -> Trajectory: ...


FORMS: tuple[_Form, ...] = (trae, atif, inspect_log, swe_agent, mini_swe_agent, openhands, codex, claude_code)
"""Every form of a record, in the order in which they are asked; those that say what they are come first."""


# Records ---------------------------------------------------------------------------------------------------------------


def form_of(content: Content) -> _Form | None:
    """The form of a record's content, ``None`` where none recognises it."""
    return next((form for form in FORMS if form.recognises(content)), None)


def read_record(data: bytes, source: str) -> Trajectory:
    """What the bytes of one record show, as far as they go. Raises :class:`NoSteps` for bytes of no form that is known."""
    if not data.strip():
        raise NoSteps(f"empty ({len(data)} bytes)")
    try:
        content = read_content(data)
    except Unpackable as error:
        raise NoSteps(str(error)) from None
    if (form := form_of(content)) is None:
        raise NoSteps(
            content.problem or f"of no form that is known ({', '.join(form.FORM for form in FORMS)})"
        )
    found = form.read(content, source)
    return found if found.steps or found.problem else _with_problems(found, "it shows no step")


# Attempts --------------------------------------------------------------------------------------------------------------


def read_task(folder: str) -> str | None:
    """The text that an attempt's agent was given: the task file's, else the trajectory's; ``None`` without both."""
    data = read_attempt_file(folder, TASK)
    if data and not data.isspace():
        return decode(data)
    return next((found.task for found in _trajectories(folder, list_names(folder), [])), None)


def read_steps(folder: str, agent: str | None = None) -> Trajectory:
    """An attempt's steps. Raises :class:`NoSteps` where no trajectory and no log shows any."""
    names = list_names(folder)
    problems: list[str] = []
    for found in _trajectories(folder, names, problems):
        if found.steps or not found.problem:
            return found
        problems.append(f"{found.source}: {found.problem}")
    without: Trajectory | None = None
    for name in select_logs(names, agent):
        try:
            shown = _read_log(folder, name)
        except OSError:
            continue
        if shown is not None and shown.steps:
            return _with_problems(shown, *problems, shown.problem)
        without = without or (shown if shown is not None and shown.result else None)
    if without is not None:
        return _with_problems(without, *problems, without.problem)
    raise NoSteps("; ".join(problems) or "no trajectory, and no log that shows steps")


def read_statements(folder: str) -> tuple[list[Statement], str | None]:
    """What an attempt's trajectory says of the whole attempt, and why one that is there cannot be used."""
    problems: list[str] = []
    found = next(_trajectories(folder, list_names(folder), problems), None)
    if found is not None:
        return [*_statements(found)], f"{found.source}: {found.problem}" if found.problem else None
    return [], next((problem for problem in problems if problem.startswith(TRAJECTORY)), None)


def is_read_as_trajectory(name: str) -> bool:
    """Whether a file of this name is read as a trajectory in a folder that is an attempt."""
    return name not in _NO_STEPS and (name == TRAJECTORY or name.endswith(_ENDINGS))


def is_own_record(name: str) -> bool:
    """Whether a file of an attempt that is a record is the record itself, whatever its name."""
    return name not in (JOURNAL, PATCH, TASK) and not select_logs([name], None)


def _trajectories(folder: str, names: Iterable[str], problems: list[str]) -> Iterator[Trajectory]:
    """The trajectories among an attempt's files, ``trajectory.json`` first; why others cannot be read goes to ``problems``."""
    record = address_of(folder) is not None
    for name in sorted({TRAJECTORY, *names}, key=lambda name: (name != TRAJECTORY, name)):
        if not (is_read_as_trajectory(name) or (record and name not in _NO_STEPS and is_own_record(name))):
            continue
        try:
            with open_attempt_file(folder, name) as file:
                yield read_record(file.read(MOST_BYTES + 1), name)
        except FileNotFoundError:
            continue
        except (NoSteps, OSError) as error:
            problems.append(f"{name}: {getattr(error, 'strerror', None) or error}")


def _read_log(folder: str, name: str) -> Trajectory | None:
    """The steps that a log shows, whatever agent it is named after; ``None`` for one of no form that is known."""
    with open_attempt_file(folder, name) as file:
        too_large = _too_large(file)
        head = plain_text(file.read(_HEAD))
        file.seek(0)
        if codex_settings(head) is not None:
            log = codex_transcript.read(plain_text(file.read(MOST_BYTES)), name)
            return _with_problems(log, too_large)
        if '"type"' in head:
            content = read_content(file.read(MOST_BYTES + 1))
            if (form := form_of(content)) is not None:
                return form.read(content, name)
        if not name.endswith(STDOUT):
            return None
        file.seek(0)
        return _with_problems(trae_console.read(_lines(file), name), too_large)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines up to :data:`MOST_BYTES`; one that is longer than any row of a table comes in parts."""
    remaining = MOST_BYTES
    while remaining > 0 and (line := file.readline(1 << 16)):
        remaining -= len(line)
        yield line


def _too_large(file: BinaryIO) -> str | None:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return f"only the first {MOST_BYTES >> 20} MB of {size >> 20} MB are read" if size > MOST_BYTES else None


def _with_problems(log: Trajectory, *problems: str | None) -> Trajectory:
    return msgspec.structs.replace(log, problem="; ".join(filter(None, problems)) or None)


# Facts -----------------------------------------------------------------------------------------------------------------


def _statements(found: Trajectory) -> Iterator[Statement]:
    """What a record says of the whole attempt; of one whose steps are not all there, nothing that counts them."""
    name, errors = found.source, f"{found.source}, step errors"
    whole = not found.cut
    yield Statement(FactName.STEPS, len(found.steps) if whole else None, name)
    yield Statement(FactName.STEP_LIMIT, found.step_limit, name)
    yield Statement(FactName.INPUT_TOKENS, found.input_tokens, f"{name}, sum of usage")
    yield Statement(FactName.OUTPUT_TOKENS, found.output_tokens, f"{name}, sum of usage")
    yield Statement(FactName.COST, found.cost, name)
    yield Statement(FactName.SUCCESS, found.success, name)
    yield Statement(FactName.MODEL, found.model, name)
    yield Statement(FactName.END, found.end, name)
    if found.cause and whole:
        last = found.steps and found.steps[-1].error == found.cause
        source = f"{name}, last step's error" if last else f"{name}, its error"
        yield Statement(FactName.CAUSE, quote(found.cause), source)
    incidents = {
        (step.number, code): text
        for step in found.steps
        for text in [encode(step.error or "")]
        if (code := find_code(text))
    }
    counted = whole and (
        incidents or found.form == trae.FORM
    )  # no other form is known to keep every failed call
    yield Statement(FactName.API_INCIDENTS, len(incidents) if counted else None, errors)
    texts = dict.fromkeys(incidents.values())
    yield Statement(FactName.API_ERRORS, format_counts(Counter(map(format_error, texts))), errors)
