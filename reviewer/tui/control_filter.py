"""The last gate before the terminal."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from reviewer.text import without_unsafe


class ControlFilter(LineFilter):
    """The last gate: no control, bidi or invisible character leaves the program in text."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Drop what a terminal would obey from every piece of text."""
        return [s if s.control else Segment(without_unsafe(s.text), s.style) for s in segments]
