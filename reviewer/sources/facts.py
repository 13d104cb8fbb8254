"""Facts about an attempt: one value from all the sources that give it, in order of trust."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reviewer.model import Disagreement, Fact

Value = str | int | float | bool | None


# The names of the facts that several sources can give.
STEPS = "steps"
STEP_LIMIT = "step limit"
INPUT_TOKENS = "input tokens"
OUTPUT_TOKENS = "output tokens"
TOTAL_TOKENS = "tokens used"
COST = "cost (USD)"
SUCCESS = "success (own account)"
MODEL = "model"


class Claim(NamedTuple):
    """What one source says: the name of a fact, the value (``None``: nothing), and where it stands."""

    fact: str
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


def weigh(name: str, claims: Iterable[Claim]) -> Fact:
    """The fact of this name from claims in order of trust; those about other facts are passed over."""
    return fact(name, *((claim.source, claim.value) for claim in claims if claim.fact == name))
