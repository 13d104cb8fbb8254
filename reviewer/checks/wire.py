"""What runner and worker write to each other: one JSON object a line."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

from reviewer.checks.base import EarlierPatch
from reviewer.config import CheckSettings
from reviewer.model import Attempt

_T = TypeVar("_T")


class Setup(msgspec.Struct, frozen=True):
    """The first line a worker is sent."""

    repositories: tuple[str, ...]
    commits: tuple[str, ...]
    artefacts: tuple[str, ...]
    settings: CheckSettings
    scratch: str
    """A folder of the worker's own, not yet there; it is removed when the worker ends."""


class Question(msgspec.Struct, frozen=True):
    """One attempt, its hashes in full; ``unresolved`` says why one of them could not be made so."""

    attempt: Attempt
    unresolved: dict[str, str] = {}
    earlier: tuple[EarlierPatch, ...] = ()
    """Patches of attempts at the same commit that ended before this one began, oldest first."""


class Request(msgspec.Struct, frozen=True):
    """Questions on one base; each is answered by a line that holds an ``Analysis``, in this order."""

    questions: tuple[Question, ...]


def to_line(value: msgspec.Struct) -> bytes:
    """One line. Python's own JSON: file names and patches may hold what is not UTF-8, as lone surrogates."""
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes, type_: type[_T]) -> _T:
    """What :func:`to_line` wrote. Raises ``ValueError`` for anything else."""
    return msgspec.convert(json.loads(line), type_)
