"""A search through the lines of the diff."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable


class LineSearch:
    """What is searched for and which lines hold it; ``read_texts`` gives every line's text in lower case."""

    def __init__(self, read_texts: Callable[[], list[str]]) -> None:
        self.needle = ""
        """What is searched for, in lower case; empty while nothing is."""
        self.matches: list[int] = []
        """Indexes of the lines that hold it, ascending."""
        self._read_texts = read_texts
        self._texts: list[str] | None = None

    def prepare(self) -> list[str]:
        """Every line's text as it is compared; made once, while the annotator types what to search for."""
        if self._texts is None:
            self._texts = self._read_texts()
        return self._texts

    def set_needle(self, needle: str) -> None:
        """Search for a text, any case; nothing is searched for where it is empty."""
        self.needle = needle.lower()
        self._match()

    def refresh(self) -> None:
        """The lines are others now."""
        self._texts = None
        self._match()

    def _match(self) -> None:
        needle = self.needle
        self.matches = [i for i, text in enumerate(self.prepare()) if needle in text] if needle else []

    def next_match(self, index: int, step: int, *, here: bool = False) -> int | None:
        """The next matching line after or before one, round at the ends; ``here`` takes that line itself too."""
        if not self.matches:
            return None
        if step < 0:
            return self.matches[bisect_left(self.matches, index) - 1]
        following = (bisect_left if here else bisect_right)(self.matches, index)
        return self.matches[following % len(self.matches)]

    def describe(self, index: int) -> str:
        """Which of the matches a line is: ``3 of 12``; empty where nothing is found."""
        if not self.matches:
            return ""
        return f"{bisect_right(self.matches, index) or len(self.matches)} of {len(self.matches)}"
