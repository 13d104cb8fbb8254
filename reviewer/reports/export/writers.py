"""Columns of exports, each with name, type, meaning and value, and the formats that they are written in."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, Literal, TypeVar

import msgspec

from reviewer.files import need_parquet
from reviewer.reports.safe import safe, safe_data
from reviewer.text import defused

Type = Literal["text", "integer", "number", "boolean", "json"]
"""``json`` is a list or an object: as such in JSON lines, as compact JSON text in CSV and Parquet."""

Cell = str | int | float | bool | list[Any] | dict[str, Any] | None

Rows = Callable[[Callable[[Iterable[list[Cell]]], Iterable[Any]]], Iterable[Any]]
"""The rows of a table: what a writer makes of some, of all in their order."""

_S = TypeVar("_S")


class ExportColumn(msgspec.Struct, Generic[_S], frozen=True):
    """One column; ``value`` takes what the row is about. Missing values are ``None``, never 0 or ''."""

    name: str
    type: Type
    meaning: str
    value: Callable[[_S], Any]


def cells(columns: Sequence[ExportColumn[_S]], sources: Iterable[_S]) -> Iterator[list[Cell]]:
    """A row for each source: every text in it is safe to show, secrets masked; empty texts, lists and objects are missing."""
    values = [column.value for column in columns]
    for source in sources:
        yield [
            found if found is None or found.__class__ in _PLAIN else _cell(found)
            for found in [value(source) for value in values]
        ]


_PLAIN = (int, float, bool)


def _cell(value: Any) -> Cell:
    if type(value) is str:
        return safe(value) or None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    cell: Cell = None if value in ("", (), [], {}) else safe_data(msgspec.to_builtins(value), safe)
    return cell


FORMATS = (".jsonl", ".csv", ".parquet")


def encode(
    suffix: str, columns: Sequence[ExportColumn[Any]], rows: Rows, about: dict[str, str]
) -> Iterator[bytes]:
    """A table in the format of a file name's ending, in parts. Raises :class:`~reviewer.files.NoParquet`.

    ``about`` goes into the metadata of formats that have some.
    """
    names = [column.name for column in columns]
    if suffix == ".jsonl":
        yield from rows(partial(jsonl, names))
    elif suffix == ".csv":
        yield csv_row(names)
        yield from rows(partial(to_csv, columns))
    else:
        yield parquet(columns, rows(iter), about)


def jsonl(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    r"""One object a row with every column in it, ``null`` where missing; ASCII, other characters as ``\uXXXX``."""
    for row in rows:
        yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=True).encode("ascii") + b"\n"


def to_csv(columns: Sequence[ExportColumn[Any]], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """UTF-8 without a header; a missing value is an empty cell, lists and objects are JSON text.

    Texts that a spreadsheet would run get an apostrophe in front; see :func:`defused`.
    """
    types = [column.type for column in columns]
    for row in rows:
        yield csv_row([_csv_cell(cell, type) for cell, type in zip(row, types, strict=True)])


def csv_row(cells: Sequence[str]) -> bytes:
    """One line of a CSV file; quoted where needed."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode("utf-8")


def _csv_cell(cell: Cell, type: Type) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return repr(cell)
    return defused(_json(cell) if type == "json" else str(cell))


def _json(value: Cell) -> str:
    """Compact JSON text, the same for the same content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parquet(
    columns: Sequence[ExportColumn[Any]], rows: Iterable[Sequence[Cell]], about: dict[str, str]
) -> bytes:
    """The whole file; each column's meaning and ``about`` are in its metadata. Raises :class:`~reviewer.files.NoParquet`."""
    pa = need_parquet()
    types: dict[Type, Any] = {
        "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "json": pa.string(),
    }  # fmt: skip
    fields = [pa.field(c.name, types[c.type], metadata={"meaning": c.meaning}) for c in columns]
    schema = pa.schema(fields, metadata={f"reviewer.{k}": v for k, v in about.items()})
    typed = [
        {column.name: _typed(cell, column.type) for column, cell in zip(columns, row, strict=True)}
        for row in rows
    ]
    table = pa.Table.from_pylist(typed, schema=schema)
    out = pa.BufferOutputStream()
    pa.parquet.write_table(table, out, compression="zstd")
    return bytes(out.getvalue())


_INT64 = range(-(2**63), 2**63)


def _typed(cell: Cell, type: Type) -> Any:
    """A cell as the column holds it; a whole number that no column can hold is nobody's real figure: null."""
    if cell is None or (type == "integer" and cell not in _INT64):
        return None
    return _json(cell) if type == "json" else float(cell) if type == "number" else cell  # type: ignore[arg-type]
