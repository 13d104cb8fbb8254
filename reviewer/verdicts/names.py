"""Names of annotators, runs and attempts as file names, and as text that a file can hold."""

import hashlib
import re
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from reviewer.text import visible

LONGEST = 200
"""Bytes that an encoded name may have; a longer one is cut to :data:`KEPT` and gets its hash."""
KEPT = 160

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """``text`` with lone surrogates (bytes that were not UTF-8) made visible; all else stays as it is."""
    return _SURROGATE.sub(lambda match: visible(match.group()), text)


def storable_data(data: Any) -> Any:
    """Plain data with every text in it :func:`storable`, tuples as lists, and without keys whose value is ``None``."""
    if isinstance(data, str):
        return storable(data)
    if isinstance(data, dict):
        return {storable(key): storable_data(value) for key, value in data.items() if value is not None}
    return [storable_data(item) for item in data] if isinstance(data, list | tuple) else data


def file_name(name: str) -> str:
    """A name as one path component: every byte outside ``A-Za-z0-9._-`` as ``%XX``.

    Never ``.``, ``..`` or longer than :data:`LONGEST`. Raises ``ValueError`` for an empty name.
    """
    if not name:
        raise ValueError("a name is empty")
    raw = b"".join(_bytes(character) for character in name)
    encoded = quote_from_bytes(raw, safe="").replace("~", "%7E")
    if encoded in (".", ".."):
        return encoded.replace(".", "%2E")
    if len(encoded) > LONGEST:
        return f"{encoded[:KEPT]}~{hashlib.sha256(raw).hexdigest()[:16]}"
    return encoded


def name_of(file_name: str) -> str:
    """The name that :func:`file_name` encoded; of one that was cut only what is left of it."""
    return storable(unquote_to_bytes(file_name).decode("utf-8", "surrogateescape"))


def run_of(attempt: str) -> str:
    """The run part of an attempt id; the whole id where it has no item."""
    return attempt.rpartition("/")[0] or attempt


def _bytes(character: str) -> bytes:
    was_a_byte = "\udc80" <= character <= "\udcff"
    return character.encode("utf-8", "surrogateescape" if was_a_byte else "surrogatepass")
