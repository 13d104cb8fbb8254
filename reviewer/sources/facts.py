"""Facts about an attempt: one value from all the sources that give it, and failed calls in short, to be counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from reviewer.model import Disagreement, Fact
from reviewer.text import decode, mask_secrets, shorten

Known = str | int | float | bool
Value = Known | None


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
    others = tuple(Disagreement(other, str(value)) for other, value in known[1:] if not _agree(best, value))
    return Fact(name, best, source, others)


def _agree(first: Known, second: Known) -> bool:
    if isinstance(first, str) and isinstance(second, str) and len(first) >= 7 and len(second) >= 7:
        return first.startswith(second) or second.startswith(first)  # abbreviated hashes
    if isinstance(first, float) or isinstance(second, float):
        return not isinstance(first, str) and not isinstance(second, str) and abs(first - second) < 0.01
    return first == second


def quote(text: str) -> str:
    """An error's text as the value of a fact: keys and tokens masked, at most 1,000 characters."""
    return shorten(mask_secrets(text), 1000)


CALL_ID = re.compile(rb"\bcall_\w+")
_CODE = re.compile(rb"(?:Error code: |[A-Za-z]+ error ')(\d{3})")
_MESSAGE = re.compile(rb"['\"]message['\"]: ['\"]([^'\"]{1,200})")
_RETRY = re.compile(rb"\.? Will sleep for .*")
_WIDTH = 120
"""Characters of a message that are kept."""


def find_code(text: bytes) -> bytes | None:
    """The HTTP status code in a failed call's text, ``None`` where there is none."""
    return code[1] if (code := _CODE.search(text)) else None


def without_retry(text: bytes) -> bytes:
    """A failed call's text without the pause before the next try, which is random."""
    return _RETRY.sub(b"", text)


def format_error(text: bytes) -> str:
    """A failed call's code and message in short, without what differs from call to call."""
    message = _MESSAGE.search(text)
    if message is None:
        short = without_retry(text).split(b"\n")[0].split(b" for url ")[0]
    else:
        short = b" ".join((find_code(text) or b"", CALL_ID.sub(b"", message[1]).split(b". ")[0]))
    return shorten(mask_secrets(decode(short.strip(b" ."))), _WIDTH)


def format_counts(errors: Mapping[str, int]) -> str | None:
    """Errors and how many calls failed with each as one text; ``None`` where there are none."""
    if len(errors) == 1:
        return next(iter(errors))
    return "; ".join(text if count == 1 else f"{count} × {text}" for text, count in errors.items()) or None
