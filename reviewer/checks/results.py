"""Pieces that the results of several checks are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized

from reviewer.model import Evidence


def and_more(found: Sized) -> str:
    """`` (and 2 more)`` behind the first of several; empty where there is one."""
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""


def at_first(found: Sequence[Evidence], text: str) -> str:
    """A summary: file and line of the first piece of evidence, a text, and how many more there are."""
    return f"{found[0].file}:{found[0].line}{text}{and_more(found)}"


def at_most(most: int, found: Iterable[Evidence], what: str = "") -> tuple[Evidence, ...]:
    """The first pieces of evidence, and one that says how many ``what`` follow that are not given."""
    pieces = tuple(found)
    rest = len(pieces) - most
    return (*pieces[:most], Evidence(text=f"and {rest} more {what}".rstrip())) if rest > 0 else pieces
