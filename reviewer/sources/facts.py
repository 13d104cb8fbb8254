"""Facts about an attempt: one value from all the sources that give it, in order of trust."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from reviewer.model import Disagreement, Fact
from reviewer.text import mask_secrets, shorten

Value = str | int | float | bool | None


class FactName(StrEnum):
    """The facts that trajectory, logs and patch give, in the order in which they are shown."""

    STEPS = "steps"
    STEP_LIMIT = "step limit"
    INPUT_TOKENS = "input tokens"
    OUTPUT_TOKENS = "output tokens"
    TOTAL_TOKENS = "tokens used"
    COST = "cost (USD)"
    API_INCIDENTS = "API incidents"
    API_ERRORS = "API errors"
    """The messages of the failed calls."""
    SUCCESS = "success (own account)"
    MODEL = "model"
    CAUSE = "cause"
    CHANGED_FILES = "changed files"
    LINES_ADDED = "lines added"
    LINES_REMOVED = "lines removed"
    CHANGED_LINES = "changed lines"
    PATCH_SHA256 = "patch sha256"
    TRACEBACK = "traceback"
    """The frames of the last traceback, outermost first."""
    PROBLEM = "problem"
    """Why the trajectory cannot be used."""


class Statement(NamedTuple):
    """What one source says about one fact, by its name; ``value`` is ``None`` where it says nothing.

    This is the form in which every reader of a trajectory or a log gives what it found.
    """

    fact: FactName
    value: Value
    source: str


def fact(name: str, *sources: tuple[str, Value]) -> Fact:
    """A fact from (source, value) pairs in order of trust: the first value that is known wins.

    Values of later sources that do not agree with it are kept as disagreements.
    """
    known = [(source, value) for source, value in sources if value is not None]
    if not known:
        return Fact(name, None)
    source, best = known[0]
    return Fact(
        name, best, source, tuple(Disagreement(s, str(v)) for s, v in known[1:] if not _agree(best, v))
    )


def _agree(first: Value, second: Value) -> bool:
    if isinstance(first, str) and isinstance(second, str) and len(first) >= 7 and len(second) >= 7:
        return first.startswith(second) or second.startswith(first)  # abbreviated hashes
    if isinstance(first, float) or isinstance(second, float):
        return (
            isinstance(first, int | float) and isinstance(second, int | float) and abs(first - second) < 0.01
        )
    return first == second


def weigh(name: FactName, statements: Iterable[Statement]) -> Fact:
    """The fact of this name from statements in order of trust; those about other facts are passed over."""
    return fact(name.value, *((s.source, s.value) for s in statements if s.fact == name))


def quote(text: str) -> str:
    """An error's text as the value of a fact: keys and tokens masked, at most 1,000 characters."""
    return shorten(mask_secrets(text), 1000)
