"""Reads what there is of a JSON object that was cut off or damaged: the agent was killed while it wrote."""

from __future__ import annotations

import json
import re
from typing import Any

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
    return match.end() if match else at


def _after_comma(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at : at + 1] == "," else at


def _problem(text: str, at: int) -> str:
    if not text[at:].strip():
        return f"cut off after {len(text)} characters"
    return f"cut off or damaged from character {at} of {len(text)} on"
