"""Finds what shows an attempt's steps and reads it: a trajectory of a known form, else the agent's log.

A form is recognised by the file's content.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from reviewer.sources.attempt_files import (
    STDOUT,
    TASK,
    TRAJECTORY,
    list_names,
    open_attempt_file,
    read_attempt_file,
    select_logs,
)
from reviewer.sources.json_files import Unreadable, read_json, read_rows
from reviewer.sources.logs.codex import codex_settings
from reviewer.sources.logs.plain import plain_text
from reviewer.sources.trajectories import claude_code, codex, codex_transcript, trae, trae_console
from reviewer.sources.trajectories.steps import StepLog
from reviewer.text import decode, plural

MOST_BYTES = 16 << 20
"""Of a larger file only this much of its beginning is read; the largest real ones have 2.2 MB."""
_ROWS = ".jsonl"
_ENDINGS = (".traj", ".traj.json", _ROWS)
_NO_STEPS = frozenset({"prediction.jsonl", "predictions.jsonl"})
_HEAD = 4096
"""Bytes at the beginning of a log by which its form is known."""


class NoSteps(Exception):
    """An attempt's steps cannot be shown; the message says why."""


class _TaskOnly(msgspec.Struct):
    task: str | None = None


def read_task(folder: str) -> str | None:
    """The text that an attempt's agent was given: the task file's, else the trajectory's; ``None`` without both."""
    data = read_attempt_file(folder, TASK)
    if data and not data.isspace():
        return decode(data)
    try:
        return read_json(f"{folder}/{TRAJECTORY}", _TaskOnly).task or None
    except Unreadable:
        return None


def read_steps(folder: str, agent: str | None = None) -> StepLog:
    """An attempt's steps. Raises :class:`NoSteps` where no trajectory and no log shows any."""
    names = list_names(folder)
    problems: list[str] = []
    for name in sorted(names, key=lambda name: (name != TRAJECTORY, name)):
        if (name != TRAJECTORY and not name.endswith(_ENDINGS)) or name in _NO_STEPS:
            continue
        try:
            log = _read_file(folder, name)
        except (NoSteps, OSError) as error:
            problems.append(f"{name}: {getattr(error, 'strerror', None) or error}")
            continue
        if log.steps or not log.problem:
            return log
        problems.append(f"{name}: {log.problem}")
    without: StepLog | None = None
    for name in select_logs(names, agent):
        try:
            found = _read_log(folder, name)
        except OSError:
            continue
        if found is not None and found.steps:
            return _with_problems(found, *problems, found.problem)
        without = without or (found if found is not None and found.result else None)
    if without is not None:
        return _with_problems(without, *problems, without.problem)
    raise NoSteps("; ".join(problems) or "no trajectory, and no log that shows steps")


def _read_file(folder: str, name: str) -> StepLog:
    """The steps of one trajectory file, as far as it goes. Raises :class:`NoSteps` and :class:`OSError`."""
    with open_attempt_file(folder, name) as file:
        too_large = _too_large(file)
        data = file.read(MOST_BYTES)
    if not data.strip():
        raise NoSteps(f"empty ({len(data)} bytes)")
    if name.endswith(_ROWS):
        if (found := _read_jsonl(plain_text(data), name)) is None:
            raise NoSteps(f"of no form that is known ({codex.FORM}, {claude_code.FORM})")
        return _with_problems(found, too_large, found.problem)
    members, problem = _members(data)
    problem = too_large or problem
    if not trae.recognises(members):
        raise NoSteps(problem or f"of no form that is known ({trae.FORM})")
    log = trae.read(members, name)
    return _with_problems(log, problem, log.problem)


def _read_log(folder: str, name: str) -> StepLog | None:
    """The steps that a log shows, whatever agent it is named after; ``None`` for one of no form that is known."""
    with open_attempt_file(folder, name) as file:
        too_large = _too_large(file)
        head = plain_text(file.read(_HEAD))
        file.seek(0)
        if codex_settings(head) is not None:
            log = codex_transcript.read(plain_text(file.read(MOST_BYTES)), name)
            return _with_problems(log, too_large)
        if '"type"' in head and (found := _read_jsonl(plain_text(file.read(MOST_BYTES)), name)):
            return _with_problems(found, too_large, found.problem)
        if not name.endswith(STDOUT):
            return None
        file.seek(0)
        return _with_problems(trae_console.read(_lines(file), name), too_large)


def _read_jsonl(text: str, name: str) -> StepLog | None:
    """The steps of rows of JSON of a form that is known, else ``None``."""
    rows, bad = read_rows(text)
    damage = f"{plural(bad, 'row')} cut off or damaged" if bad else None
    for form in (codex, claude_code):
        if form.recognises(rows):
            log = form.read(rows, name)
            return _with_problems(log, damage, log.problem)
    return None


def _members(data: bytes) -> tuple[Mapping[str, Any], str | None]:
    """The members of a JSON object and what is wrong with it."""
    try:
        whole = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        members, problem = read_damaged(data.decode("utf-8", "replace"))
        return members, problem or "not valid UTF-8: replaced by \ufffd where it is not"
    return (whole, None) if isinstance(whole, dict) else ({}, "not a JSON object")


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


def _with_problems(log: StepLog, *problems: str | None) -> StepLog:
    return msgspec.structs.replace(log, problem="; ".join(filter(None, problems)) or None)


_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")


def read_damaged(text: str) -> tuple[dict[str, Any], str | None]:
    """The members of a JSON object up to where it ends, and where and why it ends (``None``: it is whole).

    A list that is cut off is among them, with its whole items.
    """
    members: dict[str, Any] = {}
    at = _after_space(text, 0)
    if text[at : at + 1] != "{":
        return members, "not a JSON object"
    at = _after_space(text, at + 1)
    while text[at : at + 1] not in ("}", ""):
        try:
            key, at = _DECODER.raw_decode(text, at)
            at = _after_space(text, at)
            if not isinstance(key, str) or text[at : at + 1] != ":":
                raise ValueError("no key")
        except (ValueError, RecursionError):
            return members, _problem(text, at)
        start = _after_space(text, at + 1)
        try:
            members[key], at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            if text[start : start + 1] == "[":
                members[key], start = _whole_items(text, start + 1)
            return members, f"{_problem(text, start)}, in {key!r}"
        at = _after_comma(text, at)
    return members, None if text[at : at + 1] == "}" else _problem(text, at)


def _whole_items(text: str, at: int) -> tuple[list[Any], int]:
    """The items of a list from its first one on, as far as they can be read, and where that ends."""
    items: list[Any] = []
    at = _after_space(text, at)
    while text[at : at + 1] not in ("]", ""):
        try:
            item, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        items.append(item)
        at = _after_comma(text, end)
    return items, at


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None  # it matches nothing, too
    return match.end()


def _after_comma(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at : at + 1] == "," else at


def _problem(text: str, at: int) -> str:
    if not text[at:].strip():
        return f"cut off after {len(text)} characters"
    return f"cut off or damaged from character {at} of {len(text)} on"
