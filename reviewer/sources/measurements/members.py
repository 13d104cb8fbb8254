"""The members of a JSON object, decoded one by one as they are asked for; what has another form is named.

A member that nobody asks for is never decoded: a raw output of any size costs nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from reviewer.measurement import OutputReference
from reviewer.sources.json_values import to_number

_LONGEST_TEXT = 20_000
"""Bytes of a text that are kept; an error may hold a whole log."""

_TAIL = 2000
_NAMED = 3
"""Fields with the same fault that are named before the rest is counted."""


class Problems:
    """What cannot be read of a file, by reason."""

    def __init__(self) -> None:
        self._fields: dict[str, list[str]] = {}

    def add(self, reason: str, field: str | None = None) -> None:
        """Name a field, or the file as a whole."""
        self._fields.setdefault(reason, []).extend(() if field is None else (field,))

    def all(self) -> tuple[str, ...]:
        """A sentence for each reason, with the first fields that it holds for."""
        return tuple(
            f"{', '.join(fields[:_NAMED])}{f' and {more} more' if (more := len(fields) - _NAMED) > 0 else ''}: {reason}"
            if fields
            else reason
            for reason, fields in self._fields.items()
        )


class Members:
    """A JSON object; ``keys`` lead to it in its file, ``problems`` collects what cannot be read of it."""

    def __init__(
        self, members: Mapping[str, msgspec.Raw], problems: Problems, keys: tuple[str, ...] = ()
    ) -> None:
        self._members = members
        self.problems = problems
        self.keys = keys

    def __contains__(self, key: str) -> bool:
        return key in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def inner(self, key: str) -> "Members | None":
        """The object behind a key, ``None`` where there is none."""
        raw = self._raw(key)
        if raw is None:
            return None
        try:
            members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        except msgspec.DecodeError:
            self.refuse(key, "not an object")
            return None
        return Members(members, self.problems, (*self.keys, key))

    def empty(self) -> "Members":
        """An object without members, for one that is missing."""
        return Members({}, self.problems, self.keys)

    def naming(self, problems: Problems) -> "Members":
        """The same object with a list of its own for what cannot be read of it."""
        return Members(self._members, problems, self.keys)

    def text(self, *names: str) -> str | None:
        """The first text behind these keys, its beginning where it is very long; a number as it is written."""
        for key in names:
            raw = self._raw(key)
            if raw is None:
                continue
            begin = bytes(memoryview(raw)[:1])
            if begin == b'"':
                return _text(memoryview(raw))
            if begin.isdigit() or begin == b"-":
                return bytes(raw).decode()
            self.refuse(key, "not a text")
        return None

    def flag(self, key: str) -> bool | None:
        """A yes or no."""
        value = self._value(key)
        if value is None or isinstance(value, bool):
            return value
        self.refuse(key, "neither true nor false")
        return None

    def number(self, key: str) -> float | None:
        """A finite number, also where it is written as a text, which is named."""
        value = self._value(key)
        number = to_number(value)
        if number is None and value is not None:
            self.refuse(key, f"{value!r:.40} is no number")
        elif isinstance(value, str):
            self.refuse(key, f"a text, read as the number {number:g}")
        return number

    def count(self, key: str) -> int | None:
        """A whole number."""
        number = self.number(key)
        return int(number) if number is not None and number.is_integer() else None

    def amount(self, key: str) -> float | None:
        """A number above 0, as times and rates are."""
        number = self.number(key)
        if number is not None and number <= 0:
            self.refuse(key, f"{number:g} is not above 0; left out")
            return None
        return number

    def numbers(self, key: str) -> tuple[float, ...]:
        """The numbers of a list, none where any is not above 0."""
        value = self._value(key)
        if value is None:
            return ()
        found = [to_number(item) for item in value] if isinstance(value, list) else [None]
        if any(number is None or number <= 0 for number in found):
            self.refuse(key, "not a list of numbers above 0; left out")
            return ()
        return tuple(number for number in found if number is not None)

    def strings(self, key: str) -> tuple[str, ...]:
        """The texts of a list."""
        value = self._value(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def output(self, file: str, key: str) -> OutputReference | None:
        """Where a long text stands, ``None`` where there is none."""
        raw = self._raw(key)
        size = 0 if raw is None else memoryview(raw).nbytes
        return OutputReference(file, (*self.keys, key), size) if size > len('""') else None

    def tail(self, key: str, longest: int = _TAIL) -> str | None:
        """The last characters of a long text, ``longest`` at most; ``None`` where there is none."""
        data = bytes(self.buffer(key)[-6 * longest :])
        for start in range(min(len(data), 12)):  # behind an escape or character that the cut went through
            try:
                text = msgspec.json.decode(b'"' + data[start:].removeprefix(b'"'), type=str)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            return text[-longest:] or None
        return None

    def head(self, key: str, longest: int) -> str:
        """The beginning of a long text, of ``longest`` bytes in the file; of another value as it is written."""
        raw = self.buffer(key)
        return (
            _text(raw, longest) if bytes(raw[:1]) == b'"' else bytes(raw[:longest]).decode("utf-8", "replace")
        )

    def buffer(self, key: str) -> memoryview:
        """The bytes of a member as they stand in the file, without a copy."""
        raw = self._raw(key)
        return memoryview(b"" if raw is None else raw)

    def _raw(self, key: str) -> msgspec.Raw | None:
        raw = self._members.get(key)
        return None if raw is None or bytes(memoryview(raw)[:5]) == b"null" else raw

    def _value(self, key: str) -> Any:
        raw = self._raw(key)
        try:
            return None if raw is None else msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return bytes(memoryview(raw)[:40]) if raw is not None else None

    def refuse(self, key: str, reason: str) -> None:
        """Name a member that cannot be used."""
        self.problems.add(reason, ".".join((*self.keys, key)))


_CUT_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?$")


def _text(raw: memoryview, longest: int = _LONGEST_TEXT) -> str:
    """A JSON text decoded, cut after the longest that is kept."""
    data = bytes(raw[: longest + 1])
    if len(data) < raw.nbytes:
        whole = data.decode("utf-8", "ignore").encode()
        data = (_CUT_ESCAPE.sub(b"", whole) if _open_escape(whole) else whole) + b'"'
    try:
        return msgspec.json.decode(data, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return data[1:-1].decode("utf-8", "replace")


def _open_escape(data: bytes) -> bool:
    """Whether a cut text ends within an escape: behind an odd number of backslashes."""
    body = re.sub(rb"\\u[0-9a-fA-F]{4}|\\[^u]", b"", data)
    return _CUT_ESCAPE.search(body) is not None
