"""TOML as plain data, and of data that does not fit a type which key it is, what was found there, and what is possible."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from reviewer.text import possible, shorten

try:
    import tomli as toml  # compiled: less than half the time of tomllib
except ImportError:
    import tomllib as toml  # type: ignore[no-redef]

_LONGEST = 60
"""Characters of a value, or a line, that are shown."""
_NAMES: dict[Any, str] = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
_KINDS = {**_NAMES, list: "a list", dict: "a table"}


def parse_toml(text: str) -> dict[str, Any]:
    """A TOML document as plain data. Raises ``ValueError`` with the line that is wrong, where the reader says which."""
    try:
        return toml.loads(text)
    except toml.TOMLDecodeError as error:
        number = getattr(error, "lineno", None)  # of tomli, and of tomllib from Python 3.14 on
        line = "" if number is None else "".join(text.split("\n")[number - 1 : number]).strip()
        raise ValueError(f"{error}: {shorten(line, _LONGEST)}" if line else str(error)) from None


def explain(data: Any, type_: Any) -> str | None:
    """The first thing in ``data`` that does not fit, ``None`` where everything does."""
    return next(_misfits(data, type_, ""), None)


def _misfits(data: Any, type_: Any, key: str) -> Iterator[str]:
    try:
        msgspec.convert(data, type_)
        return
    except msgspec.ValidationError as error:
        reason = str(error)
    inside = list(_inside(data, type_, key))
    yield from inside
    if not inside:
        shown = repr(data)
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
        possible = _describe(type_)
        yield (
            f"{key}: found {shown}, {_KINDS.get(type(data), 'another thing')}; possible is {possible}"
            if possible
            else f"{key}: {reason}"
        )


def _inside(data: Any, type_: Any, key: str) -> Iterator[str]:
    """What does not fit below ``data``, where it is a table or a list as it should be."""
    type_ = _bare(type_)
    before = f"{key}." if key else ""
    arguments = get_args(type_)
    if isinstance(data, dict) and isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
        for name in data.keys() - fields.keys() if type_.__struct_config__.forbid_unknown_fields else ():
            yield f"{before}{name}: there is no such key{possible(name, 'Keys', fields)}"
        for name, field in fields.items():
            if name in data:
                yield from _misfits(data[name], field.type, f"{before}{name}")
            elif field.required:
                yield f"{before}{name}: is missing"
    elif isinstance(data, dict) and get_origin(type_) is dict:
        for name, value in data.items():
            yield from _misfits(value, arguments[1], f"{before}{name}")
    elif (
        isinstance(data, list)
        and get_origin(type_) in (list, tuple)
        and (len(arguments) == 1 or ... in arguments)
    ):
        for index, value in enumerate(data):
            yield from _misfits(value, arguments[0], f"{key}[{index}]")


def _bare(type_: Any) -> Any:
    """A type without what else may stand for it: ``None``, and bounds."""
    if get_origin(type_) in (Union, UnionType):
        kept = [each for each in get_args(type_) if each is not type(None)]
        return _bare(kept[0]) if len(kept) == 1 else type_
    return get_args(type_)[0] if get_origin(type_) is Annotated else type_


def _describe(type_: Any) -> str:
    """What a value of a type is; empty where that takes more words than it helps."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin in (Union, UnionType):
        kept = [each for each in arguments if each is not type(None)]
        return _describe(kept[0]) if len(kept) == 1 else ""
    if origin is Annotated:
        bounds = arguments[1]
        return f"{_describe(arguments[0])} from {bounds.ge} to {bounds.le}"
    if origin is Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if origin in (list, tuple) and (len(arguments) == 1 or ... in arguments):
        return f"a list, each {_describe(arguments[0])}"
    if origin is tuple:
        return f"a list of {len(arguments)}: {', '.join(map(_describe, arguments))}"
    if origin is dict or (isinstance(type_, type) and issubclass(type_, msgspec.Struct)):
        return "a table"
    return _NAMES.get(type_, "")
