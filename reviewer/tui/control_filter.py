"""The last gate before the terminal."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from reviewer.text import without_unsafe


class ControlFilter(LineFilter):
    """The last gate: no control, bidi or invisible character leaves the program in text."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Drop what a terminal would obey from every piece of text."""
        texts = (s.text if s.control else without_unsafe(s.text) for s in segments)
        pairs = zip(segments, texts, strict=True)
        return [s if s.text == text else Segment(text, s.style) for s, text in pairs]
