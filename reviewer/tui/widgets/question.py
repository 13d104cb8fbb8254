"""A question that single keys answer."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from textual import events

READING_TIME = 0.3
"""Seconds after which a question counts as read."""


class _Asked(NamedTuple):
    text: str
    answers: Mapping[str, Callable[[], object]]
    careful: frozenset[str]
    at: float


class Question:
    """At most one question at a time; the message line shows its text.

    ``changed`` is called when a question comes or goes; ``reading_time`` is in seconds.
    """

    def __init__(self, changed: Callable[[], None], reading_time: float = READING_TIME) -> None:
        self._changed = changed
        self.reading_time = reading_time
        self._asked: _Asked | None = None

    @property
    def waiting(self) -> bool:
        """Whether a question waits for its answer."""
        return self._asked is not None

    @property
    def text(self) -> str:
        """The question, empty where none waits."""
        return "" if self._asked is None else self._asked.text

    def ask(
        self, text: str, answers: Mapping[str, Callable[[], object]], careful: frozenset[str] = frozenset()
    ) -> None:
        """Ask. The keys of ``answers`` answer; any other key closes the question and acts as always.

        ``careful`` are the answers that lose something: they are taken only once the question could be
        read. Keys with priority (those that open an input) cannot answer: they never come this far.
        """
        self._asked = _Asked(text, answers, careful, time.monotonic())
        self._changed()

    def close(self) -> None:
        """Take the question away, unanswered."""
        if self._asked is not None:
            self._asked = None
            self._changed()

    def answered(self, event: events.Key) -> bool:
        """Let a key answer; false where no question waits or the key means something else."""
        asked = self._asked
        if asked is None:
            return False
        answer = asked.answers.get(event.key)
        if answer is None:
            self.close()
            return False
        event.stop()
        event.prevent_default()
        if event.key in asked.careful and event.time < asked.at + self.reading_time:
            return True  # typed before the question was there: it stays, and nothing is lost
        self.close()
        answer()
        return True
