"""The last gate before the terminal."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from reviewer.text import without_unsafe


class ControlFilter(LineFilter):
    """The last gate: no control, bidi or invisible character leaves the program in text."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Drop what a terminal would obey from every piece of text."""
        return [
            segment
            if segment.control or (safe := without_unsafe(segment.text)) == segment.text
            else Segment(safe, segment.style)
            for segment in segments
        ]
