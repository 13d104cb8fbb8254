"""Tables that other programs wrote, as rows of plain values: CSV, JSON lines, JSON as pandas writes it, Parquet.

What a row means is :mod:`reviewer.verdicts.foreign`'s to say. What cannot be read is named, and the rest goes on.
"""

import ast
import codecs
import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from reviewer.files import need_parquet
from reviewer.text import restored

_BOMS_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CELL = 1 << 30
_MISSING = {"", "nan", "NaN", "None", "null", "NULL", "<NA>", "NaT"}


class ForeignRow(NamedTuple):
    """One row: ``location`` says where in the file it stands, ``values`` are as the file has them, by column."""

    location: str
    values: dict[str, Any]


class BadRow(NamedTuple):
    """What is wrong with a row that could not be read, and where it stands."""

    message: str


class ForeignTable(msgspec.Struct, frozen=True):
    """What a file holds: its form, the rows that could be read, and what is wrong with the others."""

    form: str
    rows: tuple[ForeignRow, ...]
    problems: tuple[str, ...] = ()


def read_table(data: bytes) -> ForeignTable:
    """Read a table, whatever its form: that is seen from its content.

    Raises ``ValueError`` for Parquet that is damaged, :class:`~reviewer.files.NoParquet` where it cannot be read.
    """
    if data.startswith(b"PAR1"):
        return collected("Parquet", _parquet_rows(data))
    if data.startswith(_BOMS_UTF16):
        text = data.decode("utf-16", "replace")
    else:  # bytes that are not UTF-8 are kept as lone surrogates
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    if not text.lstrip().startswith(("{", "[")):
        return collected("CSV", _csv_rows(text))
    try:
        return collected("JSON", _records(json.loads(text)))
    except (ValueError, msgspec.ValidationError, RecursionError):
        return collected("JSON lines", _json_lines(text))


def collected(form: str, found: Iterable[ForeignRow | BadRow]) -> ForeignTable:
    """A table from its rows and what is wrong with the others."""
    rows, problems = [], []
    for item in found:
        if isinstance(item, BadRow):
            problems.append(item.message)
        elif isinstance(item.values, dict):
            rows.append(item)
        else:
            problems.append(f"{item.location}: this is no object")
    return ForeignTable(form, tuple(rows), tuple(problems))


def _csv_rows(text: str) -> Iterator[ForeignRow | BadRow]:
    csv.field_size_limit(_LONGEST_CELL)  # the evidence of a check can be longer than what is usual
    first = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True, restkey=""
    )
    try:
        for row in reader:
            extra = row.pop("", ())  # cells without a column, and the index that pandas writes
            if isinstance(extra, list) and any(extra):
                yield BadRow(f"line {reader.line_num}: more cells than columns")
            elif any(row.values()):
                values = {name: restored(cell) for name, cell in row.items() if cell is not None}
                yield ForeignRow(f"line {reader.line_num}", values)
    except csv.Error as error:
        yield BadRow(f"line {reader.reader.line_num}: {error}; nothing from here on is read")


def _parquet_rows(data: bytes) -> Iterator[ForeignRow]:
    pa = need_parquet()
    try:
        rows = pa.parquet.read_table(pa.BufferReader(data)).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"not Parquet: {error}") from None
    return (ForeignRow(f"row {number}", values) for number, values in enumerate(rows, 1))


def _json_lines(text: str) -> Iterator[ForeignRow | BadRow]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield ForeignRow(f"line {number}", json.loads(line))
            except (ValueError, RecursionError) as error:
                yield BadRow(f"line {number}: {getattr(error, 'msg', error)}")


def _records(document: Any) -> Iterator[ForeignRow]:
    """The rows of a document: objects, or what pandas writes of columns (``orient`` columns and split)."""
    if isinstance(document, list):
        rows = document
    elif {"columns", "data"} <= set(document):
        split = msgspec.convert(document, _Split)
        rows = [dict(zip(split.columns, row, strict=False)) for row in split.data]
    elif all(isinstance(column, dict) for column in document.values()):
        labels = dict.fromkeys(label for column in document.values() for label in column)
        rows = [{name: column.get(label) for name, column in document.items()} for label in labels]
    else:
        return iter([ForeignRow("line 1", document)])
    return (ForeignRow(f"[{number}]", row) for number, row in enumerate(rows))


class _Split(msgspec.Struct):
    columns: list[str]
    data: list[list[Any]]


# Values ------------------------------------------------------------------------------------------


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: null, NaN, an empty text, or what pandas writes for one."""
    if isinstance(value, str):
        return value.strip() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def as_type(value: Any, type_: Any) -> Any:
    """A value as CSV, pandas, numpy and spreadsheets write it, as what it is. Raises ``ValueError`` where it is not."""
    for reading in _readings(value):
        try:
            found = msgspec.convert(reading, type_, strict=False)
        except (ValueError, msgspec.ValidationError):
            continue
        if isinstance(found, datetime) and found.tzinfo is None:
            return found.replace(tzinfo=UTC)
        return found.replace("\r\n", "\n") if isinstance(found, str) else found
    raise ValueError(f"{str(value)[:80]!r} cannot be read")


def _readings(value: Any) -> Iterator[Any]:
    """What a value may stand for, the nearest first: itself, 1 for 1.0, a time in ms, a literal, names with commas."""
    yield _without_missing(value)
    if isinstance(value, str | int | float):
        text = str(value).strip()
        yield text.removesuffix(".0")
        if not isinstance(value, str):
            if abs(value) < 1e15:
                yield value / 1000
            return
        try:
            yield _without_missing(json.loads(text))
        except (ValueError, RecursionError):
            pass
        if text.startswith("["):  # numpy puts nothing but space between
            text = re.sub(r"(?<=['\"}])\s+(?=['\"{])", ", ", text)
        try:
            yield _without_missing(ast.literal_eval(text))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            pass
        yield [part.strip(" '\"") for part in re.split("[,;]", text.strip("[]()"))]


def _without_missing(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): item for name, item in value.items() if not is_missing(item)}
    if isinstance(value, list | tuple):
        return [_without_missing(item) for item in value if not is_missing(item)]
    return value
