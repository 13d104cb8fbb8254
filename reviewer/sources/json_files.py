"""Decodes small JSON files into typed structs and says in one sentence what is wrong with a bad one.

Of the forms of an attempt's files, keys that are not named here are ignored.
"""

import codecs
import json
import math
import os
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar, get_args

import msgspec

from reviewer.files import read_bounded
from reviewer.text import decode, decode_marked, shorten

_T = TypeVar("_T")


_SHOWN = 40
"""Characters of a line that is no JSON which are shown around the fault."""


class Unreadable(Exception):
    """A small file cannot be used; the message names the file and, where known, the key."""


def read_json(path: str, type_: type[_T]) -> _T:
    """Decode one JSON file, unknown keys ignored.

    Raises :class:`Unreadable` naming file and key where it is missing, empty, cut off, not UTF-8, not
    JSON, or of a wrong type.
    """
    name = os.path.basename(path)  # noqa: PTH119 - a Path here costs more than the read
    try:
        data = read_bounded(path)
    except OSError as error:
        raise Unreadable(f"{name}: {error.strerror or error}") from None
    return decode_json(name, data, type_)


def decode_json(name: str, data: bytes, type_: type[_T]) -> _T:
    """Like :func:`read_json` for bytes already read, those of ``name``."""
    if not data or data.isspace():
        raise Unreadable(f"{name}: empty ({len(data)} bytes)")
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{name}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # which of the two depends on its release
        raise Unreadable(f"{name}: {_what_is_wrong(data) or f'not JSON: {error}'}") from None
    except RecursionError:
        raise Unreadable(f"{name}: not usable: nested too deeply") from None


_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\w.+-]+', re.DOTALL)
"""A string, perhaps one that has not ended, or a number or word of JSON."""
_NUMBER_BEGUN = re.compile(r"-?\d*(\.\d*)?([eE][+-]?\d*)?")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


def can_go_on(data: bytes) -> bool:
    """Whether a JSON object with something behind these bytes may begin with them; not where they are a whole one."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data).rstrip()
    except UnicodeDecodeError:
        return False
    if text.lstrip()[:1] != "{":
        return not text
    last = deque(_TOKEN.finditer(text), maxlen=1)
    if last and last[0].end() == len(text):  # it may have more characters: in its stead one that is whole
        token = last[0][0]
        number = not token.startswith('"')
        if number and not (_NUMBER_BEGUN.fullmatch(token) or any(word.startswith(token) for word in _WORDS)):
            return False
        text = text[: last[0].start()] + ("0" if number else '""')
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return error.pos >= len(text)
    except RecursionError:
        pass
    return False


def _what_is_wrong(data: bytes) -> str:
    """Where content is no JSON, with what stands there; empty where Python's own reader takes it."""
    try:
        text, what = data.decode(), "not JSON"
        json.loads(text)
    except UnicodeDecodeError as error:
        text, what, at = decode(data), "not UTF-8", len(decode(data[: error.start]))
    except json.JSONDecodeError as error:
        at = error.pos
        if can_go_on(data):
            what, at = "not JSON, cut off", len(text.rstrip())
    except (ValueError, RecursionError):
        return ""
    else:
        return ""
    begin = text.rfind("\n", 0, at) + 1
    line = text[begin:].partition("\n")[0]
    shown = shorten(line[max(at - begin - _SHOWN // 2, 0) :].strip(), _SHOWN)
    where = f"line {text.count(chr(10), 0, at) + 1}, " if "\n" in text.strip() else ""
    return f"{what}: {where}column {at - begin + 1}: {shown}"


_S = TypeVar("_S", bound=msgspec.Struct)


class OddField(NamedTuple):
    """A member of a JSON object that has another form than its field: the ``keys`` that lead to it, and why."""

    keys: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"key {'.'.join(self.keys)}: {self.reason}"


def decode_leniently(name: str, data: bytes, type_: type[_S]) -> tuple[_S, tuple[OddField, ...]]:
    """Like :func:`decode_json`, but a field of another form is ``None`` and named, the others are read.

    A byte order mark and the ``NaN`` that Python writes lose no file either.
    """
    try:
        return msgspec.json.decode(data, type=type_), ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        members = read_members(data)
        if members is None:
            return decode_json(name, data, type_), ()  # raises, with the reason
    return convert_leniently(members, type_)


def read_members(data: bytes) -> dict[str, Any] | None:
    """The members of a JSON object, ``None`` where it is none; ``NaN`` and the like are texts."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            text = decode_marked(data) or decode(data)
            found = json.loads(text, strict=False, parse_constant=str, parse_float=_finite)
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) else None


def _finite(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


_ROW = re.compile(r"^[ \t]*\[?[ \t]*(?=\{)", re.MULTILINE)
_BETWEEN = re.compile(r"\s*,\s*(?=\{)")
_DECODER = json.JSONDecoder(strict=False, parse_constant=str, parse_float=_finite)


def read_rows(text: str) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects that begin lines of a text, and how many lines begin one that cannot be read.

    They may stand on a line each, over several lines, or in a list; what stands between them is passed over.
    """
    rows: list[dict[str, Any]] = []
    bad = at = 0
    while found := _ROW.search(text, at):
        try:
            row, at = _DECODER.raw_decode(text, found.end())
            rows.append(row)
            while between := _BETWEEN.match(text, at):  # in a list on one line
                row, at = _DECODER.raw_decode(text, between.end())
                rows.append(row)
        except (ValueError, RecursionError):
            bad += 1
            at = text.find("\n", max(at, found.end()))
            if at < 0:
                break
    return [row for row in rows if isinstance(row, dict)], bad


def convert_leniently(members: Any, type_: type[_S]) -> tuple[_S, tuple[OddField, ...]]:
    """A struct of those members of a JSON object that have its form, and what is wrong with each other one.

    ``type_`` needs a default for every field.
    """
    odd: list[OddField] = []
    found = _convert(members, type_, (), odd) if isinstance(members, dict) else type_()
    return found, tuple(odd)


def _convert(members: dict[str, Any], type_: type[_S], above: tuple[str, ...], odd: list[OddField]) -> _S:
    """A struct of the fields that can be read; each other one is added to ``odd``. ``above`` leads to ``members``."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(type_):
        if field.encode_name not in members:
            continue
        value, keys = members[field.encode_name], (*above, field.encode_name)
        try:
            found[field.name] = msgspec.convert(_whole(value), field.type)
            if isinstance(value, str):
                value.encode()  # what was not UTF-8 is a lone surrogate here
        except msgspec.ValidationError as error:
            inner = next(_structs(field.type), None)
            if inner is not None and isinstance(value, dict):
                found[field.name] = _convert(value, inner, keys, odd)
            else:
                odd.append(OddField(keys, str(error)))
        except UnicodeEncodeError:
            found.pop(field.name, None)
            odd.append(OddField(keys, "not UTF-8"))
    return type_(**found)


def _whole(value: Any) -> Any:
    """A whole number that was written with a point as the number that it is."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53 else value


def _structs(type_: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs among the forms that a field may have."""
    for form in get_args(type_) or (type_,):
        if isinstance(form, type) and issubclass(form, msgspec.Struct):
            yield form


class Commits(msgspec.Struct):
    """The human commit and its base, as the journal, the prompt and the summary name them."""

    pre: str | None = None
    human: str | None = None


class Timestamps(msgspec.Struct):
    """``written`` is in seconds since the epoch."""

    written: float | None = None


class RunMetadata(msgspec.Struct):
    """Which repository, agent and model a run was for; only the summary has the model's full name."""

    repo: str | None = None
    agent: str | None = None
    model: str | None = None
    model_full: str | None = None


class Metrics(msgspec.Struct):
    """What the harness measured."""

    patch_size_loc: int | None = None
    changed_files_count: int | None = None
    time_to_first_edit_s: float | None = None
    commit_count: int | None = None
    violations_count: int | None = None


class AgentSection(msgspec.Struct):
    """What the journal keeps of the agent's process."""

    cli: str | None = None
    returncode: int | None = None
    duration_s: float | None = None
    time_budget_minutes: float | None = None
    model: str | None = None


class Journal(msgspec.Struct):
    """``journal.json``. The agent's section stands under the agent's name, also under names not listed here."""

    commits: Commits | None = None
    status: str | None = None
    error: str | None = None
    error_type: str | None = None
    timestamps: Timestamps | None = None
    run_metadata: RunMetadata | None = None
    metrics: Metrics | None = None
    agent_branch: str | None = None  # not used, but only declared keys are checked to be UTF-8
    task_id: str | None = None
    instance_id: str | None = None
    patch_unknown: str | None = None  # why there is no patch; this and the next are of `reviewer convert`
    converted_from: str | None = None
    experiment: object = None
    trae: AgentSection | None = None
    claude_code: AgentSection | None = None
    codex_cli: AgentSection | None = None
    codex: AgentSection | None = None
    openhands: AgentSection | None = None


class Prompt(msgspec.Struct):
    """``prompt.json``."""

    task: str | None = None
    description: str | None = None
    target_files: list[str] | None = None
    commits: Commits | None = None


class SummaryAgent(msgspec.Struct):
    """How the agent ended, by the summary."""

    status: str | None = None
    duration_s: float | None = None


class RunSummary(msgspec.Struct):
    """``run_summary.json``."""

    meta: RunMetadata | None = None
    agent: SummaryAgent | None = None
    commits: Commits | None = None


class Targets(msgspec.Struct):
    """``diff_targets.json``."""

    ok: bool | None = None
    disallowed: list[str] | None = None
