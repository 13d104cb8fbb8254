"""Takes what is wanted out of JSON of any form: a value of another type than the wanted one is none."""

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

_HASH = re.compile(r"[0-9a-f]{7,64}")


def inner(value: Any, *names: str) -> Any:
    """A member of nested objects, ``None`` where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, in order; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """A text that is not empty, else ``None``."""
    return value if isinstance(value, str) and value else None


def commit_of(value: Any) -> str | None:
    """A commit's hash, perhaps shortened; ``None`` for a name, and for the hash of zeros by which git says: none."""
    return value if isinstance(value, str) and _HASH.fullmatch(value) and value.strip("0") else None


def count_of(value: Any) -> int | None:
    """A whole number that is not negative, else ``None``; ``3.0`` is one, ``True`` is none."""
    if isinstance(value, float) and value.is_integer() and value < 1 << 53:
        value = int(value)
    return value if type(value) is int and 0 <= value < 1 << 63 else None


def amount_of(value: Any) -> float | None:
    """A finite number, else ``None``."""
    return (
        float(value) if type(value) in (int, float) and abs(value) < 1e300 and math.isfinite(value) else None
    )


def to_number(value: object) -> float | None:
    """A finite number, also of a text that is one; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def total(numbers: Iterable[int | None]) -> int | None:
    """The sum of the known numbers; ``None`` where none is known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def tokens_of(usage: Any) -> tuple[int | None, int | None]:
    """Tokens read and written by a model's usage, under the names of any service; those of a cache are read too."""
    read = next(
        _counts(usage, "input_tokens", "prompt_tokens", "total_prompt_tokens", "n_input_tokens"), None
    )
    cached = _counts(usage, "cache_creation_input_tokens", "cache_read_input_tokens")
    written = _counts(
        usage, "output_tokens", "completion_tokens", "total_completion_tokens", "n_output_tokens"
    )
    return total([read, *cached]), next(written, None)


def _counts(usage: Any, *names: str) -> Iterator[int]:
    """The known ones of a usage's numbers."""
    return (found for name in names if (found := count_of(inner(usage, name))) is not None)


def plain(value: Any) -> str:
    """Any JSON value as text: strings as they are, lists of text blocks joined, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) and "text" in part for part in value):
        return "\n".join(plain(part["text"]) for part in value)
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, UnicodeEncodeError, RecursionError, msgspec.EncodeError):
        return str(value)


def read_arguments(given: Any) -> tuple[tuple[str, str], ...]:
    """A call's arguments as texts by name, those that are empty left out."""
    return tuple(_arguments(given))


def _arguments(given: Any) -> Iterator[tuple[str, str]]:
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):  # the second: half a character
            pass
    if isinstance(given, dict):
        yield from ((str(name), plain(value)) for name, value in given.items() if value not in (None, ""))
    elif given:
        yield "", plain(given)
