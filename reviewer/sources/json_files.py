"""Decodes small JSON files into typed structs and says in one sentence what is wrong with a bad one.

Of the forms of an attempt's files, keys that are not named here are ignored.
"""

import os
from typing import TypeVar

import msgspec

from reviewer.files import read_file

_T = TypeVar("_T")


class Unreadable(Exception):
    """A small file cannot be used; the message names the file and, where known, the key."""


def read_json(path: str, type_: type[_T]) -> _T:
    """Decode one JSON file, unknown keys ignored.

    Raises :class:`Unreadable` naming file and key where it is missing, empty, cut off, not UTF-8, not
    JSON, or of a wrong type.
    """
    name = os.path.basename(path)  # noqa: PTH119 - a Path here costs more than the read
    try:
        data = read_file(path)
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
        try:
            data.decode()
        except UnicodeDecodeError as wrong:
            raise Unreadable(f"{name}: not UTF-8: byte {wrong.start}") from None
        raise Unreadable(f"{name}: not JSON: {error}") from None
    except RecursionError:
        raise Unreadable(f"{name}: not usable: nested too deeply") from None


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
