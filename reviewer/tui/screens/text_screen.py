"""A screen of one page of text: its headings, and the search in it."""

from reviewer.text import plural
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.text_pane import TextPane


class TextScreen(ReviewerScreen):
    """Shows ``text``; a subclass has the keys for the actions here."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.text = TextPane(self.palette, id="text")
        self.body = (self.text, self.line)
        self._needle = ""

    def action_heading(self, step: int) -> None:
        """To the next heading."""
        self.text.next_section(step)

    def action_search(self) -> None:
        """Search in the page."""
        self.ask("", "search", self._search)

    def _search(self, needle: str) -> None:
        self._needle = needle
        self.action_find(1, here=True)

    def action_find(self, step: int, *, here: bool = False) -> None:
        """To the next line that the search finds, or the line before; how many there are is shown."""
        if not self.text.search(self._needle, step, here=here) and self._needle:
            self.say(f"not found: {self._needle}", "warn")
        elif self._needle:
            lines = self.text.count_matches(self._needle) or 0
            self.say(f"{self._needle}: in {plural(lines, 'line')} · n N")
