"""Reads one file of measurements. Its form is recognised by content: :data:`DOCUMENTS` and :data:`TABLES` have all."""

import mmap
import os
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from json import JSONDecodeError, JSONDecoder
from typing import BinaryIO, NamedTuple

import msgspec

from reviewer.files import open_file
from reviewer.measurement import Measurement, OutputReference, UnreadMeasurement
from reviewer.sources.json_files import read_members
from reviewer.sources.measurements import gso, rows, side_files, swefficiency, test_results, three_way
from reviewer.sources.measurements.members import Members, Problems
from reviewer.text import decode, decode_marked

VERSION = 6
"""Raised whenever the same file may give other measurements."""
_MAPPED = 1 << 20
"""Bytes from which a file is mapped instead of read."""
_REPAIRED = 64 << 20
"""Bytes up to which JSON with faults is looked at closely; it must be held whole for that."""
_MOST_REPAIRS = 1000
_HEAD = 1 << 16
"""Bytes at the beginning of a file by which rows are recognised."""
_FIRST_LINES = 20
_DELIMITERS = ",;\t"
"""What may part the cells of a table."""

_Rows = tuple[tuple[Measurement, ...], tuple[UnreadMeasurement, ...]]


class FileMeasurements(msgspec.Struct, frozen=True):
    """What a file gave; ``form`` is ``None`` where it is no file of measurements."""

    form: str | None = None
    measurements: tuple[Measurement, ...] = ()
    unread: tuple[UnreadMeasurement, ...] = ()


class _Document(NamedTuple):
    """A form of a JSON object."""

    name: str
    recognises: Callable[[Members], bool]
    read: Callable[[Members, str], tuple[Measurement, ...]]


class _Table(NamedTuple):
    """A form of rows, recognised by the names of their fields; read with the character that parts cells."""

    name: str
    recognises: Callable[[Iterable[str]], bool]
    read: Callable[[BinaryIO, str, str], _Rows]


DOCUMENTS = tuple(
    _Document(module.FORM, module.recognises, module.read)
    for module in (test_results, three_way, side_files, gso)
)
"""The forms of JSON objects, asked in this order."""
TABLES = (
    _Table(swefficiency.FORM, swefficiency.recognises, swefficiency.read),
    _Table(
        rows.FORM,
        rows.recognises,
        lambda file, path, delimiter: rows.read_rows(path, rows.csv_rows(file, delimiter)),
    ),
)
"""The forms of CSV, asked in this order."""


def read_file_measurements(path: str) -> FileMeasurements:
    """The measurements of a file. Nothing raises but ``OSError``: what cannot be read is named in the result."""
    with open_file(path) as file:
        begin = file.peek(_HEAD)[:_HEAD] if (size := os.fstat(file.fileno()).st_size) else b""
        kind = begin.removeprefix(BOM_UTF8).lstrip()[:1]
        if kind == b"{" and any(map(rows.recognises, _objects(begin))):
            return _found(rows.FORM, rows.read_rows(path, rows.json_rows(file)))
        if kind == b"{" or begin.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return _read_document(path, file, size)
        header = decode(_first_line(begin)).lower()
        delimiter = max(_DELIMITERS, key=header.count)
        names = {name.strip('" ') for name in header.split(delimiter)}
        table = next((table for table in TABLES if table.recognises(names)), None)
        return FileMeasurements() if table is None else _found(table.name, table.read(file, path, delimiter))


class RawOutput(NamedTuple):
    """What a side printed: all of it, or its beginning and its end with ``between`` bytes left out, as the file has them."""

    begin: str
    between: int = 0
    end: str = ""


def read_output(reference: OutputReference, longest: int) -> RawOutput:
    """What a side printed, ``longest`` characters at most at its beginning and as many at its end.

    Raises ``OSError``, and ``ValueError`` where it is no longer there.
    """
    with open_file(reference.file) as file:
        size = os.fstat(file.fileno()).st_size
        if size < _MAPPED:
            return _output(file.read(), reference, longest)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _output(mapped, reference, longest)


def _output(data: bytes | mmap.mmap, reference: OutputReference, longest: int) -> RawOutput:
    problems = Problems()
    members: Members | None = Members(_object(data, problems), problems)
    *outer, key = reference.keys
    for name in outer:
        members = members.inner(name) if members is not None else None
    if members is None or key not in members:
        raise ValueError(f"{'.'.join(reference.keys)} is not there any more")
    size = members.buffer(key).nbytes
    if size <= 2 * longest:
        return RawOutput(members.head(key, size))
    return RawOutput(members.head(key, longest), size - 2 * longest, members.tail(key, longest) or "")


def _found(form: str, read: _Rows) -> FileMeasurements:
    return FileMeasurements(form, *read)


def _first_line(begin: bytes) -> bytes:
    return begin.removeprefix(BOM_UTF8).lstrip().partition(b"\n")[0].rstrip()


def _objects(begin: bytes) -> Iterator[Iterable[str]]:
    """The fields of the objects that the first lines of a file hold, each on a line of its own."""
    for line in begin.removeprefix(BOM_UTF8).lstrip().split(b"\n")[:_FIRST_LINES]:
        if line.lstrip().startswith(b"{") and (found := read_members(line)) is not None:
            yield found


def _read_document(path: str, file: BufferedReader, size: int) -> FileMeasurements:
    if size < _MAPPED:
        return _read(path, file, file.read())
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return _read(path, file, mapped)


def _read(path: str, file: BinaryIO, data: bytes | mmap.mmap) -> FileMeasurements:
    problems = Problems()
    try:
        members = Members(_object(data, problems), problems)
    except ValueError as error:
        return FileMeasurements(unread=(UnreadMeasurement(path, str(error)),))
    form = next((form for form in DOCUMENTS if form.recognises(members)), None)
    if form is not None:
        return FileMeasurements(form.name, form.read(members, path))
    if not rows.recognises(members):
        return FileMeasurements()
    if bytes(data[:2]) in (BOM_UTF16_LE, BOM_UTF16_BE):
        return FileMeasurements(unread=(UnreadMeasurement(path, "rows in UTF-16; only UTF-8 is read"),))
    file.seek(0)  # a first row that is longer than the head
    return _found(rows.FORM, rows.read_rows(path, rows.json_rows(file)))


def _object(data: bytes | mmap.mmap, problems: Problems) -> dict[str, msgspec.Raw]:
    """The members of the JSON object that a file holds, with its faults mended and named in ``problems``.

    Raises ``ValueError`` with the reason where it cannot be read.
    """
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if len(data) > _REPAIRED:
            raise ValueError(f"not JSON: {error}") from None
    content = bytes(data)
    text = decode_marked(content) or decode(content)
    return msgspec.json.decode(_mended(text, problems), type=dict[str, msgspec.Raw])


_DECODER = JSONDecoder(strict=False, parse_constant=str)


def _mended(text: str, problems: Problems) -> bytes:
    """The first JSON object of a text, whole again: values that are missing are null, ``NaN`` and the like texts."""
    start = len(text) - len(text.lstrip())
    for _ in range(_MOST_REPAIRS):
        try:
            value, end = _DECODER.raw_decode(text, start)
        except RecursionError:
            raise ValueError("not usable: nested too deeply") from None
        except JSONDecodeError as error:
            if text[error.pos : error.pos + 1] not in (",", "}") or text[: error.pos].rstrip()[-1:] != ":":
                raise ValueError(f"not JSON: {error}; cut off or damaged") from None
            problems.add(f"line {error.lineno}, column {error.colno}: a value is missing")
            text = f"{text[: error.pos]}null{text[error.pos :]}"
            continue
        if text[end:].strip():
            problems.add(f"line {text.count(chr(10), 0, end) + 1}: more text after the JSON object, left out")
        return msgspec.json.encode(_encodable(value))
    raise ValueError(f"not JSON: more than {_MOST_REPAIRS} values are missing")


def _encodable(value: object) -> object:
    """A value with lone surrogates made visible, as JSON cannot hold them."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list) else value
