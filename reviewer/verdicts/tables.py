"""Tables that other programs wrote, as rows of plain values: CSV, JSON lines, JSON as pandas writes it, Parquet.

What a row means is :mod:`reviewer.verdicts.foreign`'s to say. A row that cannot be read is named, and the others go on.
"""

import ast
import codecs
import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from reviewer.files import need_parquet
from reviewer.text import restored

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1 << 30
_ABOUT_ATTEMPTS = ({"attempt"}, {"run", "item"}, {"id", "target"})
_COLUMNS = {"attempt", "item", "judgement", "target"}
"""One of them is a column wherever pandas wrote one object a column."""


class ForeignRow(NamedTuple):
    """One row: ``location`` says where in the file it stands, ``values`` are as the file has them, by column."""

    location: str
    values: dict[str, Any]


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
        return _table("Parquet", _parquet_rows(data))
    text = _text(data)
    if not text.lstrip().startswith(("{", "[")):
        for delimiter in _DELIMITERS:
            if (header := _header(reader := _csv_reader(text, delimiter))) is not None:
                return _table("CSV", _csv_rows(reader, header))
    return _json_table(text)


def _table(form: str, rows: Iterable[ForeignRow | str]) -> ForeignTable:
    found = list(rows)
    good = tuple(row for row in found if isinstance(row, ForeignRow))
    return ForeignTable(form, good, tuple(row for row in found if isinstance(row, str)))


def _row(location: str, value: Any) -> ForeignRow | str:
    """A value as a row, or the problem in a line."""
    return ForeignRow(location, value) if isinstance(value, dict) else f"{location}: this is no object"


def _text(data: bytes) -> str:
    """Without byte-order mark; bytes that are not UTF-8 are kept as lone surrogates."""
    for bom, encoding in _BOMS.items():
        if data.startswith(bom):
            escape = "surrogateescape" if encoding == "utf-8" else "replace"
            return data[len(bom) :].decode(encoding, escape)
    return data.decode("utf-8", "surrogateescape")


# CSV and Parquet ---------------------------------------------------------------------------------


def _csv_reader(text: str, delimiter: str) -> Any:
    csv.field_size_limit(_LONGEST_CELL)  # the evidence of a check can be longer than what is usual
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _header(reader: Any) -> Sequence[str] | None:
    """The names of the columns, where they say which attempt a row is about."""
    try:
        for cells in reader:
            names = [cell.strip().lower() for cell in cells]
            if any(names) and not names[0].startswith("sep="):  # which Excel reads as the delimiter
                return names if any(columns <= set(names) for columns in _ABOUT_ATTEMPTS) else None
    except csv.Error:
        pass
    return None


def _csv_rows(reader: Any, header: Sequence[str]) -> Iterator[ForeignRow | str]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"line {reader.line_num}: {error}; nothing from here on is read"
            return
        if any(cells[len(header) :]):
            yield f"line {reader.line_num}: {len(cells)} cells under {len(header)} columns"
        elif any(cells):
            values = dict(zip(header, map(restored, cells), strict=False))
            yield ForeignRow(f"line {reader.line_num}", values)


def _parquet_rows(data: bytes) -> Iterator[ForeignRow | str]:
    pa = need_parquet()
    try:
        rows = pa.parquet.read_table(pa.BufferReader(data)).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"not Parquet: {error}") from None
    return (ForeignRow(f"row {number}", values) for number, values in enumerate(rows, 1))


# JSON --------------------------------------------------------------------------------------------


def _json_table(text: str) -> ForeignTable:
    """One document, or a document a line; NaN, which JSON does not have, is read as pandas writes it."""
    try:
        return _table("JSON", _records(json.loads(text)))
    except RecursionError:
        return ForeignTable("JSON", (), ("nested too deeply",))
    except ValueError:
        pass
    lines = [_line(f"line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if lines and isinstance(lines[0], str) and (documents := _one_after_another(text)):
        return _table("JSON", documents)
    return _table("JSON lines", lines)


def _line(location: str, line: str) -> ForeignRow | str:
    """The document that stands on one line."""
    try:
        return _row(location, json.loads(line))
    except json.JSONDecodeError as error:
        return f"{location}: {error.msg} (character {error.pos + 1})"
    except (ValueError, RecursionError) as error:  # a number of too many digits, or nested too deeply
        return f"{location}: {error}"


def _one_after_another(text: str) -> list[ForeignRow | str]:
    """Documents that each stand on several lines, as jq writes them; none where the first cannot be read."""
    decoder = json.JSONDecoder()
    found: list[ForeignRow | str] = []
    position = 0
    while rest := text[position:].lstrip():
        start = len(text) - len(rest)
        location = f"line {text.count(chr(10), 0, start) + 1}"
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            return [*found, f"{location}: {error}; nothing from here on is read"] if found else []
        found.append(_row(location, value))
    return found


def _records(document: Any) -> Iterator[ForeignRow | str]:
    """The rows of a document: a list of objects, or a table in one of the forms (``orient``) of pandas."""
    if not isinstance(document, dict):
        yield from _numbered(document if isinstance(document, list) else [document])
        return
    data, columns, values = document.get("data"), document.get("columns"), document.values()
    if isinstance(data, list) and isinstance(columns, list):  # split
        names = [str(name) for name in columns]
        yield from _numbered(dict(zip(names, r, strict=False)) if isinstance(r, list) else r for r in data)
    elif isinstance(data, list):  # table
        yield from _numbered(data)
    elif all(isinstance(value, list) for value in values):  # list
        yield from _numbered(dict(zip(document, row, strict=False)) for row in zip(*values, strict=False))
    elif all(isinstance(value, dict) for value in values):  # columns, or index
        if _COLUMNS & set(document):
            labels = dict.fromkeys(label for column in values for label in column)
            document = {label: {name: c.get(label) for name, c in document.items()} for label in labels}
        for label, row in document.items():  # the index may be what the attempts are called
            yield ForeignRow(f"[{label}]", {"attempt": label, **row} if "/" in label else row)
    else:
        yield ForeignRow("line 1", document)


def _numbered(rows: Iterable[Any]) -> Iterator[ForeignRow | str]:
    return (_row(f"[{number}]", row) for number, row in enumerate(rows))


# Values ------------------------------------------------------------------------------------------
# As CSV, pandas, numpy and spreadsheets write them. Each raises ``ValueError`` for what it cannot be.

_MISSING = {"", "nan", "NaN", "None", "null", "NULL", "<NA>", "NaT"}
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SECOND_FROM = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From which size on a number counts which parts of a second since the epoch."""


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: null, NaN, an empty text, or what pandas writes for one."""
    if isinstance(value, str):
        return value.strip() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def as_text(value: Any) -> str:
    """A text; a number that was read from one (``1.0`` for 1), or true and false in small letters."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value).replace("\r\n", "\n")
    raise ValueError("this is no text")


def as_number(value: Any) -> float:
    """A number, perhaps as text."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{value!r} is no number") from None


def as_whole(value: Any) -> int:
    """A whole number, perhaps as text or with a point (``1.0``)."""
    number = as_number(value)
    if not number.is_integer():
        raise ValueError(f"{value!r} is no whole number")
    return int(number)


def as_boolean(value: Any) -> bool:
    """True or false in any letters, or 1 and 0."""
    found = {"true": True, "1": True, "false": False, "0": False}.get(
        as_text(value).strip().lower().removesuffix(".0")
    )
    if found is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return found


def as_time(value: Any) -> datetime:
    """A time as ISO 8601 has it, or a number since the epoch; UTC where it names no zone."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(
                value / next((s for size, s in _SECOND_FROM if value >= size), 1), UTC
            )
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
    except (AttributeError, TypeError, ValueError, OverflowError, OSError):
        raise ValueError(f"{value!r} is no time") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def as_list(value: Any) -> list[str]:
    """A list of names: as such, as JSON, as Python or numpy print one, or with commas between."""
    if isinstance(value, str):
        value = value.strip()
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            quoted = [first or second for first, second in _QUOTED.findall(value)]
            value = quoted or re.split("[,;|]", value.strip("[](){}"))
    if not isinstance(value, list | tuple):
        raise ValueError("this is no list")
    return [as_text(item).strip() for item in value if not is_missing(item)]


def as_object(value: Any) -> dict[str, Any]:
    """An object without what is null in it: as such, as JSON, or as Python prints one."""
    value = _literal(value)
    if not isinstance(value, dict):
        raise ValueError("this is no object")
    return {str(name): item for name, item in value.items() if not is_missing(item)}


def as_objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects, each as :func:`as_object` has it."""
    value = _literal(value)
    if not isinstance(value, list | tuple):
        raise ValueError("this is no list")
    return [as_object(item) for item in value]


def _literal(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
