"""The search of a screen that shows one page of text."""

from typing import Protocol

from reviewer.text import plural
from reviewer.tui.widgets.input_line import Take
from reviewer.tui.widgets.text_pane import TextPane


class Asking(Protocol):
    """What a search asks of its screen."""

    def ask(self, value: str, placeholder: str, take: Take) -> None:
        """Open the line to type in."""

    def say(self, text: str, style: str = "dim") -> None:
        """Show what happened."""


class TextSearch:
    """What was searched for last in a pane, and the way to the next line that has it."""

    def __init__(self, screen: Asking, pane: TextPane) -> None:
        self._screen = screen
        self._pane = pane
        self._needle = ""

    def ask(self) -> None:
        """Ask for what to search."""
        self._screen.ask("", "search", self._begin)

    def _begin(self, needle: str) -> None:
        self._needle = needle
        self.find(1, here=True)

    def find(self, step: int, *, here: bool = False) -> None:
        """To the next line that has it, or the line before; how many there are is shown."""
        if not self._pane.search(self._needle, step, here=here) and self._needle:
            self._screen.say(f"not found: {self._needle}", "warn")
        elif self._needle:
            lines = self._pane.count_matches(self._needle) or 0
            self._screen.say(f"{self._needle}: in {plural(lines, 'line')} · n N")
