"""Reads one file of measurements. Its form is recognised by content; every form is one line of :data:`FORMS`."""

import mmap
import os
from collections.abc import Callable
from json import JSONDecodeError, JSONDecoder
from typing import NamedTuple

import msgspec

from reviewer.files import open_file
from reviewer.measurement import Measurement, UnreadMeasurement
from reviewer.sources.measurements import test_results
from reviewer.sources.measurements.members import Members
from reviewer.text import decode, decode_marked

VERSION = 1
"""Raised whenever the same file may give other measurements."""
_MAPPED = 1 << 20
"""Bytes from which a file is mapped instead of read."""
_REPAIRED = 64 << 20
"""Bytes up to which JSON with faults is looked at closely; it must be held whole for that."""
_MOST_REPAIRS = 1000


class FileMeasurements(msgspec.Struct, frozen=True):
    """What a file gave; ``form`` is ``None`` where it is no file of measurements."""

    form: str | None = None
    measurements: tuple[Measurement, ...] = ()
    unread: tuple[UnreadMeasurement, ...] = ()


class _Form(NamedTuple):
    """A form of a JSON object."""

    name: str
    recognises: Callable[[Members], bool]
    read: Callable[[Members, str], tuple[Measurement, ...]]


FORMS = tuple(_Form(module.FORM, module.recognises, module.read) for module in (test_results,))
"""The forms of JSON objects, asked in this order."""


def read_file_measurements(path: str) -> FileMeasurements:
    """The measurements of a file. Nothing raises but ``OSError``: what cannot be read is named in the result."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size < _MAPPED:
            return _read(path, file.read())
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _read(path, mapped)


def _read(path: str, data: bytes | mmap.mmap) -> FileMeasurements:
    problems: list[str] = []
    begin = bytes(data[:64]).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin.startswith(b"{"):
        return FileMeasurements()
    try:
        members = Members(_object(data, problems), problems)
    except ValueError as error:
        return FileMeasurements(unread=(UnreadMeasurement(path, str(error)),))
    form = next((form for form in FORMS if form.recognises(members)), None)
    if form is None:
        return FileMeasurements()
    return FileMeasurements(form.name, form.read(members, path))


def _object(data: bytes | mmap.mmap, problems: list[str]) -> dict[str, msgspec.Raw]:
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


def _mended(text: str, problems: list[str]) -> bytes:
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
            problems.append(f"line {error.lineno}, column {error.colno}: a value is missing")
            text = f"{text[: error.pos]}null{text[error.pos :]}"
            continue
        if text[end:].strip():
            problems.append(
                f"line {text.count(chr(10), 0, end) + 1}: more text after the JSON object, left out"
            )
        return msgspec.json.encode(_encodable(value))
    raise ValueError(f"not JSON: more than {_MOST_REPAIRS} values are missing")


def _encodable(value: object) -> object:
    """A value with lone surrogates made visible, as JSON cannot hold them."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list) else value
