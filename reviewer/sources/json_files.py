"""Decodes small JSON files into typed structs and says in one sentence what is wrong with a bad one."""

from __future__ import annotations

import os
from typing import TypeVar

import msgspec

from reviewer.files import read_file

_T = TypeVar("_T")


class Unreadable(Exception):
    """A small file cannot be used; the message names the file and, where known, the key."""


def read_json(path: str, type_: type[_T]) -> _T:
    """Decode one JSON file, unknown keys ignored.

    Raises :class:`Unreadable` naming file and key where it is missing, empty, cut off, not UTF-8, not
    JSON, or of a wrong type.
    """
    name = os.path.basename(path)  # noqa: PTH119 - a Path here costs more than the read
    try:
        data = read_file(path)
    except OSError as error:
        raise Unreadable(f"{name}: {error.strerror or error}") from None
    return decode_json(name, data, type_)


def decode_json(name: str, data: bytes, type_: type[_T], key: str = "") -> _T:
    """Like :func:`read_json` for bytes already read: those of the file ``name``, or of a ``key`` in it."""
    if not data or data.isspace():
        raise Unreadable(f"{name}: empty ({len(data)} bytes)")
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{name}: {_key_first(str(error), key)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # which of the two depends on its release
        raise Unreadable(f"{name}: {_not_utf8(data) or f'not JSON: {error}'}") from None
    except RecursionError:
        raise Unreadable(f"{name}: not usable: nested too deeply") from None


def _not_utf8(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8: byte {error.start}"
    return ""


def _key_first(message: str, parent: str) -> str:
    """Msgspec's ``Expected `int`, got `str` - at `$.trae.returncode``` with the key first."""
    problem, _, path = message.partition(" - at `$")
    key = ".".join(filter(None, (parent, path.strip(".`"))))
    return f"key {key}: {problem}" if key else problem
