"""The last gate before the terminal."""

import unicodedata

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from reviewer.text import ASCII_FOR, mark_all_but_ascii, without_unsafe
from reviewer.tui.signs import ASCII, UNICODE


class ControlFilter(LineFilter):
    """The last gate: no control, bidi or invisible character leaves the program in text, with ``ascii_only`` nothing but ASCII."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        """With ``ascii_only`` marks stand for all else that comes from elsewhere, and ASCII for what the screens are drawn with."""
        super().__init__()
        mark_all_but_ascii(ascii_only)
        self._ascii_only = ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Drop what a terminal would obey from every piece of text."""
        text = "".join([segment.text for segment in segments])
        if self._safe(text) == text:  # as nearly always: asked once a line
            return segments
        return [s if s.control else Segment(self._safe(s.text), s.style) for s in segments]

    def _safe(self, text: str) -> str:
        safe = without_unsafe(text)
        return safe.translate(_STAND_INS) if self._ascii_only and not safe.isascii() else safe


class _StandIns(dict[int, str]):
    """ASCII for each character that the screens are drawn with, as wide as it; what is not known is a question mark."""

    def __missing__(self, code: int) -> str:
        if code < 0x80:
            return chr(code)
        character = chr(code)
        name = unicodedata.name(character, "")
        if name.startswith("BOX DRAWINGS"):
            sides = "HORIZONTAL" in name or "LEFT" in name or "RIGHT" in name, "VERTICAL" in name
            sign = {(True, False): "-", (False, True): "|"}.get(sides, "+")
        else:
            sign = "#" if "BLOCK" in name or "SHADE" in name else "?"
        self[code] = sign * max(get_character_cell_size(character), 1)
        return self[code]


_STAND_INS = _StandIns(
    str.maketrans(
        {sign: ASCII[name] for name, sign in UNICODE.items() if len(ASCII[name]) == len(sign) == 1}
        | ASCII_FOR
        | {"→": ">", "←": "<", "↑": "^", "↓": "v", "▸": ">", "▹": ">", "▌": ">", "•": "*", "🔎": "/ "}
        | {"’": "'", "≥": ">", "≤": "<", "░": ":", "▒": ":", "▓": "#"}
    )
)  # fmt: skip
