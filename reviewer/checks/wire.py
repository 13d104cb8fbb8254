"""What runner and worker write to each other: one JSON object a line."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from reviewer.checks.base import EarlierPatch
from reviewer.checks.traces import Member, Trail
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts, from_json, to_json

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
    wanted: dict[str, str] | None = None
    """The checks to run, each with a key that is the same where the answer must be; ``None``: all of them."""
    facts: bool = True
    """Whether what logs and patch tell is wanted too."""
    human: bool = False
    """Whether the human's own patch is to be checked instead: the control."""


class Request(msgspec.Struct, frozen=True, tag="questions"):
    """Questions; each is answered by a line that holds an :class:`Answer`, in this order."""

    questions: tuple[Question, ...]


class Corpus(msgspec.Struct, frozen=True, tag="corpus"):
    """All attempts, for what only all of them tell; answered by :class:`OverAll`.

    ``deaths`` has facts and ``execution`` of those who died and left a traceback, ``trails`` what is known
    without reading patch and task text again; both by folder.
    """

    members: tuple[Member, ...]
    deaths: dict[str, tuple[LogFacts, CheckResult]]
    trails: dict[str, Trail]


class OverAll(msgspec.Struct, frozen=True, tag="over_all"):
    """By an attempt's folder, the results that are added to its own or take their place."""

    results: dict[str, tuple[CheckResult, ...]]


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What was wanted of one attempt. ``passing`` names checks that another try may answer otherwise.

    ``trail`` comes with the facts, for a :class:`Corpus`.
    """

    analysis: Analysis
    passing: tuple[str, ...] = ()
    trail: Trail | None = None


class Doing(msgspec.Struct, frozen=True):
    """What a worker is about to do for an attempt that may take long or end it; ``what`` is for people.

    Not sent, but written to the file :data:`DOING` in its folder, which is read when it does not answer:
    waking the parent for each took as long as some of the checks.
    """

    attempt: str
    since: float
    """``time.monotonic()``, which all processes of a machine share."""
    check: str | None = None
    what: str = ""


DOING = "doing"


def to_line(value: msgspec.Struct) -> bytes:
    """One line."""
    return to_json(value) + b"\n"


def from_line(line: bytes, type_: type[_T]) -> _T:
    """What :func:`to_line` wrote. Raises ``ValueError`` for anything else."""
    return from_json(line, type_)


def asked(line: bytes) -> Request | Corpus:
    """What a worker is asked. Raises ``ValueError`` for anything else."""
    told: Request | Corpus = from_json(line, Request | Corpus)  # type: ignore[arg-type]
    return told


def said(line: bytes) -> Answer | OverAll:
    """A worker's line. Raises ``ValueError`` for anything else."""
    told: Answer | OverAll = from_json(line, Answer | OverAll)  # type: ignore[arg-type]
    return told
