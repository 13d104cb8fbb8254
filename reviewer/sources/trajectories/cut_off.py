"""Reads what there is of a JSON object that was cut off or damaged: the agent was killed while it wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")


class Damaged(msgspec.Struct, frozen=True):
    """The members of an object up to where it ends; ``problem`` says where and why, ``None``: it is whole.

    A list that is cut off is there with the items that are whole.
    """

    members: dict[str, Any]
    problem: str | None = None


def read_damaged(text: str) -> Damaged:
    """Read a JSON object member by member, until one cannot be read."""
    members: dict[str, Any] = {}
    place = _after_space(text, 0)
    if text[place : place + 1] != "{":
        return Damaged(members, "not a JSON object")
    place = _after_space(text, place + 1)
    while text[place : place + 1] not in ("}", ""):
        try:
            key, place = _DECODER.raw_decode(text, place)
            place = _after_space(text, place)
            if not isinstance(key, str) or text[place : place + 1] != ":":
                raise ValueError("no key")
        except (ValueError, RecursionError):
            return Damaged(members, _where(text, place))
        start = _after_space(text, place + 1)
        try:
            members[key], place = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            if text[start : start + 1] == "[":
                items = _Items(text, start + 1)
                members[key] = list(items)
                start = items.place
            return Damaged(members, f"{_where(text, start)}, in {key!r}")
        place = _after_comma(text, place)
    if text[place : place + 1] != "}":
        return Damaged(members, _where(text, place))
    return Damaged(members)


class _Items:
    """The items of a list, as far as they can be read; ``place`` is where that ends."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self.place = _after_space(text, place)

    def __iter__(self) -> Iterator[Any]:
        while self._text[self.place : self.place + 1] not in ("]", ""):
            try:
                item, end = _DECODER.raw_decode(self._text, self.place)
            except (ValueError, RecursionError):
                return
            yield item
            self.place = _after_comma(self._text, end)


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _after_comma(text: str, place: int) -> int:
    place = _after_space(text, place)
    return _after_space(text, place + 1) if text[place : place + 1] == "," else place


def _where(text: str, place: int) -> str:
    if not text[place:].strip():
        return f"cut off after {len(text)} characters"
    return f"cut off or damaged from character {place} of {len(text)} on"
