"""Values on their way into SQLite and back: it knows no lone surrogates and no NaN, which names and records may hold."""

from __future__ import annotations

import json
import math
import re
from array import array
from collections.abc import Iterable

import msgspec

_ESCAPE = "\uf8ff"
_ODD = re.compile(f"[\ud800-\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


def listed(values: Iterable[object]) -> str:
    """Values as one parameter, for ``IN (SELECT value FROM json_each(?))``."""
    return json.dumps(list(map(bound, values)))  # ASCII only: a parameter is not made ready twice


def finite(value: float | None) -> float | None:
    """A number as SQLite takes it."""
    return value if value is None or math.isfinite(value) else None


def bound(value: object) -> object:
    """A value as SQLite takes it, lone surrogates written out."""
    if isinstance(value, str) and not value.isascii():
        return _ODD.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", value)
    return value


def text_of(data: bytes) -> str:
    """A text as it was before :func:`bound`."""
    text = data.decode()
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if _ESCAPE in text else text


def numbers_in(text: str | None) -> array[int]:
    """What ``group_concat`` made of numbers; none where it had no row."""
    return array("q", msgspec.json.decode(f"[{text or ''}]", type=list[int]))
