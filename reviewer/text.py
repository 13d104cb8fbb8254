"""Makes untrusted text safe to show: what a terminal would obey becomes a visible mark.

Commit subjects, patches, logs and notes come from agents and strangers. Everything that is shown,
on a screen or on standard output, passes :func:`visible` or :func:`one_line` where it enters.
"""

from __future__ import annotations

import re
from functools import cache

TAB_WIDTH = 4

_BIDI_AND_ZERO_WIDTH = (
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, *range(0x200B, 0x2010),
    *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC),
)  # fmt: skip


def _marks() -> dict[int, str]:
    table = {code: chr(0x2400 + code) for code in range(32)}
    del table[0x0A], table[0x09]
    table[0x7F] = "\u2421"
    table |= {code: f"<{code:02X}>" for code in range(0x80, 0xA0)}
    table |= {code: f"<U+{code:04X}>" for code in _BIDI_AND_ZERO_WIDTH}
    table |= {code: f"<U+{code:04X}>" for code in range(0xE0000, 0xE0080)}
    return table


_MARKS = _marks()
_SURROGATE = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """Return ``text`` with every control, bidi and zero-width character as a visible mark.

    Line feeds stay, tabs become spaces up to the next column of :data:`TAB_WIDTH`. Bytes that were
    not UTF-8 (lone surrogates from ``surrogateescape``) show as ``<E9>``.
    """
    if text.isascii() and text.isprintable():
        return text
    if "\t" in text:
        text = text.expandtabs(TAB_WIDTH)
    if text.isprintable():
        return text
    text = text.translate(_MARKS)
    return _SURROGATE.sub(_surrogate_mark, text)


def one_line(text: str) -> str:
    """Like :func:`visible`, on a single line: line feeds become visible too."""
    if text.isprintable():  # most texts: nothing in them is to be made visible
        return text
    return visible(text.replace("\n", "\u240a"))


def _surrogate_mark(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"<{code - 0xDC00:02X}>" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


def decode(data: bytes) -> str:
    """Bytes as text without loss: UTF-8, other bytes kept as lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that :func:`decode` came from."""
    return text.encode("utf-8", "surrogateescape")


_SECRETS = r"""
    (?=(?i:[abghpsx]))(?:  # what they begin with: nearly all places are done with there
      \b(?P<keep>sk-(?:ant-|proj-|or-)?|github_pat_|xox[abprs]-|AKIA|ASIA|AIza|glpat-)[A-Za-z0-9_\-*]{12,}
    | \b(?P<plain>ghp_|gho_|ghs_|hf_)[A-Za-z0-9*]{16,}(?!\w)  # names in code go on with _: hf_weights_files
    | (?P<name>(?i:bearer\s+|(?:api[_-]?key|access[_-]?token|auth[_-]?token|secret(?:[_-]?key)?|password)
        ["']?\s*[=:]\s*["']?))
        [A-Za-z0-9_\-./+=]{12,}
    )
    """


@cache
def _secrets() -> re.Pattern[str]:
    """Made when first needed: compiling it takes longer than loading all the rest of this module."""
    return re.compile(_SECRETS, re.VERBOSE)


def mask_secrets(text: str) -> str:
    """Replace what looks like a key or token by its prefix and ``…``, for logs and exports."""
    return _secrets().sub(lambda m: f"{m['keep'] or m['plain'] or m['name']}…", text)


def shorten(text: str, width: int) -> str:
    """Cut ``text`` to ``width`` characters, the cut marked by ``…``."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
