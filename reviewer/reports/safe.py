"""Text from data as reports and exports write it: controls visible, keys and tokens masked."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from reviewer.text import mask_secrets, one_line, visible

_NEVER_IN_SECRETS_ONLY = 12
"""No key or token that :func:`mask_secrets` knows is shorter: shorter texts need no search."""


_SHORT = 100
"""Characters up to which a text is remembered: names come again in nearly every row."""


def safe(text: str) -> str:
    """Text of several lines: line feeds stay, everything else that a reader would obey is visible."""
    return _safe_name(text) if len(text) <= _SHORT else mask_secrets(visible(text))


@lru_cache(10_000)
def _safe_name(text: str) -> str:
    return mask_secrets(visible(text))


def safe_line(text: str) -> str:
    """Text on one line: line feeds become visible too."""
    shown = one_line(text)
    return shown if len(shown) <= _NEVER_IN_SECRETS_ONLY else mask_secrets(shown)


def safe_data(data: Any, make_safe: Callable[[str], str]) -> Any:
    """Plain data (texts, numbers, lists, objects) with ``make_safe`` done to every text in it, names too."""
    if isinstance(data, str):
        return make_safe(data)
    if isinstance(data, dict):
        return {make_safe(str(name)): safe_data(value, make_safe) for name, value in data.items()}
    return [safe_data(value, make_safe) for value in data] if isinstance(data, list | tuple) else data
