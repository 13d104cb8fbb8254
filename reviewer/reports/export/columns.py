"""Columns of exports: one definition gives a column's name, type, meaning and value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec

from reviewer.reports.safe import safe

Type = Literal["text", "integer", "number", "boolean", "json"]
"""``json`` is a list or an object: as such in JSON lines, as compact JSON text in CSV and Parquet."""

Cell = str | int | float | bool | list[Any] | dict[str, Any] | None

_S = TypeVar("_S")


class ExportColumn(msgspec.Struct, Generic[_S], frozen=True):
    """One column; ``value`` takes what the row is about. Missing values are ``None``, never 0 or ''."""

    name: str
    type: Type
    meaning: str
    value: Callable[[_S], Any]

    def cell(self, source: _S) -> Cell:
        """The value with every text in it safe to show, secrets masked; empty texts, lists and objects are missing."""
        value = self.value(source)
        return None if value is None or value in ("", (), [], {}) else plain(value)


def plain(value: Any) -> Cell:
    """Plain JSON data with every text in it made safe."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, dict):
        return {safe(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if value is None or isinstance(value, int | float):
        return value
    return plain(msgspec.to_builtins(value))
