"""The way to the terminal: only what is another style than before is written, which saves half the bytes of a frame."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from textual.drivers.linux_driver import LinuxDriver

_STYLE = re.compile(r"\x1b\[([\d;]*)m")
_MOVES = re.compile(r"(?:\n?\x1b\[\d+;\d+H)*")
"""The cursor moves, and nothing is painted; a line feed before an absolute move does nothing."""
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
"""What ends an attribute; one that is not here ends with all."""
_UNSEEN = frozenset("123")
"""Attributes that a blank does not show: bold, dim, italic."""


class _Style(NamedTuple):
    """How a terminal paints, as parameters of SGR (ECMA-48): colours of text and ground, and attributes."""

    text: str = "39"
    ground: str = "49"
    attributes: frozenset[str] = frozenset()


_PLAIN = _Style()


class ThinDriver(LinuxDriver):
    """Textual's driver, which resets the style after each stretch of text, over a line that need not carry that."""

    def write(self, data: str) -> None:
        """Write as few bytes as paint the same."""
        super().write(thinned(data))


def thinned(data: str) -> str:
    """What paints the same cells in the same styles, from the plain style to the plain style."""
    if "\x1b[0m" not in data:
        return data
    written: list[str] = []
    now = wanted = _PLAIN
    for index, part in enumerate(_STYLE.split(data)):
        if index % 2:
            wanted = _styled(wanted, part)
        elif not part:
            continue
        elif part[0] in "\n\x1b" and _MOVES.fullmatch(part):
            written.append(part.replace("\n", ""))
        else:
            style = _on_blanks(now, wanted) if part.isspace() else wanted
            written += (_change(now, style), part)
            now = style
    return "".join((*written, _change(now, wanted)))


@lru_cache(maxsize=4096)
def _styled(before: _Style, parameters: str) -> _Style:
    """The style after a control sequence."""
    text, ground, attributes = before
    codes = iter(parameters.split(";"))
    for code in codes:
        if code in ("38", "48"):
            kind = next(codes, "")
            code = ";".join((code, kind, *(next(codes, "") for _ in range(3 if kind == "2" else 1))))
        match int(code.partition(";")[0] or 0):
            case 0:
                text, ground, attributes = _PLAIN
            case number if 30 <= number < 40 or 90 <= number < 98:
                text = code
            case number if 40 <= number < 50 or 100 <= number < 108:
                ground = code
            case _:
                ended = {attribute for attribute, off in _OFF.items() if off == code}
                attributes = attributes - ended if ended else attributes | {code}
    return _Style(text, ground, attributes)


@lru_cache(maxsize=4096)
def _on_blanks(now: _Style, wanted: _Style) -> _Style:
    """The style for blanks that is the least change: of most only the ground is seen."""
    return wanted if (now.attributes | wanted.attributes) - _UNSEEN else now._replace(ground=wanted.ground)


@lru_cache(maxsize=4096)
def _change(now: _Style, wanted: _Style) -> str:
    """The shortest control sequence from one style to the other, nothing between equal ones."""
    if now == wanted:
        return ""
    colours = [own for own, plain in zip(wanted[:2], _PLAIN[:2], strict=True) if own != plain]
    anew = ["0", *sorted(wanted.attributes), *colours]
    ended = {_OFF.get(attribute, "0") for attribute in now.attributes - wanted.attributes}
    kept = {attribute for attribute in now.attributes if _OFF.get(attribute) not in ended}
    begun = wanted.attributes - kept
    colours = [own for own, before in zip(wanted[:2], now[:2], strict=True) if own != before]
    changes = [anew] if "0" in ended else [anew, [*sorted(ended), *sorted(begun), *colours]]
    return f"\x1b[{min(map(';'.join, changes), key=len)}m"
