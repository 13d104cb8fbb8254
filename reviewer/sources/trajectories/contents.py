"""The JSON of a record, as far as it can be read: whole, cut off, packed, or over its bound.

A record's bytes are one JSON object, one list, or rows of objects; which of them is seen by its content.
"""

import json
import re
from typing import Any

import msgspec

from reviewer.sources.json_files import read_rows
from reviewer.sources.logs.plain import plain_text
from reviewer.text import plural

MOST_BYTES = 64 << 20
"""Of a larger record only this much of its beginning is read; the largest real ones have some 20 MB."""
_ZSTD = b"\x28\xb5\x2f\xfd"
_PIECE = 512


class Unpackable(Exception):
    """Packed bytes cannot be unpacked; the message says why."""


class Content(msgspec.Struct, frozen=True):
    """The JSON of a record: the members of its object, the objects of its list or rows, and what was not read of it."""

    members: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    problem: str | None = None


def read_content(data: bytes) -> Content:
    """The JSON that bytes hold, up to where it ends; of rows that are damaged the whole ones. Raises :class:`Unpackable`."""
    data, problem = unzstd(data) if data.startswith(_ZSTD) else (data, None)
    problem = f"only the first {MOST_BYTES >> 20} MB are read" if len(data) > MOST_BYTES else problem
    data = data[:MOST_BYTES]
    try:
        whole = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _damaged(data, problem)
    if isinstance(whole, dict):
        return Content(whole, [whole], problem)
    rows = whole if isinstance(whole, list) else []
    found = [row for row in rows if isinstance(row, dict)]
    odd = (
        f"{plural(len(rows) - len(found), 'item')} of its list no object" if len(found) < len(rows) else None
    )
    return Content({}, found, problem or odd)


def _damaged(data: bytes, problem: str | None) -> Content:
    """What can be read of JSON that is cut off or damaged, or that is rows and no one value."""
    text = plain_text(data)
    members, damage = read_damaged(text)
    rows, bad = read_rows(text)
    if rows and (not members or (damage == _BEHIND and len(rows) > 1)):
        members, damage = {}, f"{plural(bad, 'row')} cut off or damaged" if bad else None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        damage = damage or f"not valid UTF-8 at byte {error.start}"
    return Content(members, rows, problem or damage)


# Packed records ------------------------------------------------------------------------------------------------------


def unzstd(data: bytes) -> tuple[bytes, str | None]:
    """The bytes behind zstd, at most some more than :data:`MOST_BYTES`, and whether they end before their end.

    Raises :class:`Unpackable`, also where zstandard is not installed.
    """
    try:
        import zstandard  # an extra: few records are packed
    except ImportError:
        missing = (
            "compressed with zstd, and zstandard is not installed: pip install 'agent-patch-reviewer[zstd]'"
        )
        raise Unpackable(missing) from None
    found, frames = bytearray(), zstandard.ZstdDecompressor(max_window_size=1 << 27)
    try:
        while data and len(found) <= MOST_BYTES:
            frame, at = frames.decompressobj(), 0
            while at < len(data) and not frame.eof and len(found) <= MOST_BYTES:
                found += frame.decompress(
                    data[at : at + _PIECE]
                )  # small: a piece may unpack to thousands of times its size
                at += _PIECE
            if not frame.eof and len(found) <= MOST_BYTES:
                return bytes(found), "its zstd is cut off"
            data = frame.unused_data + data[at:]
    except zstandard.ZstdError as error:
        if not found:
            raise Unpackable(f"no whole zstd: {error}") from None
        return bytes(found), f"its zstd is damaged: {error}"
    return bytes(found), None


# Damaged JSON --------------------------------------------------------------------------------------------------------

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_BEHIND = "what stands behind its end is not read"


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
    if text[at : at + 1] != "}":
        return members, _problem(text, at)
    return members, _BEHIND if text[at + 1 :].strip() else None


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
    assert match is not None  # it matches nothing, too
    return match.end()


def _after_comma(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at : at + 1] == "," else at


def _problem(text: str, at: int) -> str:
    if not text[at:].strip():
        return f"cut off after {len(text)} characters"
    return f"cut off or damaged from character {at} of {len(text)} on"
