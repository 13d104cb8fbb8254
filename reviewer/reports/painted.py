"""Lines of an output for people: texts with the names of styles, which only a terminal shows."""

from collections.abc import Iterable

Line = tuple[tuple[str, str], ...]
"""Texts, safe to print, each with the name of its style in a theme (``text`` for none)."""


def plain(lines: Iterable[Line]) -> str:
    """Lines without their styles, each ending in a line feed and without blanks before it."""
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
