"""What is checked next in the background, how far that is, and whether it pauses."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, islice

from reviewer.project.entries import Entry
from reviewer.project.project import Project

MANY = 2000
"""Attempts above which the next are chosen by and by, and progress is shown."""
_GROUP = 25
"""Attempts that are chosen together: a key, and what comes on the screen then, waits for no more than these."""
_AHEAD = 20
"""Attempts of the queue that are checked before their turn comes."""
_SHOWN = 1.0
"""Seconds between two figures of progress."""


class Checking:
    """The order of checks in a large project: what is looked at, what the queue shows next, then the newest."""

    def __init__(
        self, project: Project, shown: Callable[[], Collection[int]], changed: Callable[[], object]
    ) -> None:
        """``shown`` gives the rows that are on the screen, from any thread; ``changed`` is called when :attr:`words` are others."""
        self._project, self._shown, self._changed = project, shown, changed
        self.running = False
        """Whether attempts are still being checked."""
        self.paused = False
        self.when_paused: Callable[[], object] = lambda: None
        """Called once checks pause, in the thread that checks."""
        self._ended = False
        self._done = self._total = 0
        self._last_shown = 0.0

    @property
    def words(self) -> str:
        """How far checks are that pause, or are of a large project; empty where there is nothing to say."""
        if self.running and self._total and (self.paused or self._is_large):
            return f"{'paused at' if self.paused else 'checked'} {self._done:,} of {self._total:,}"
        return "checks paused" if self.paused else ""

    def pause(self) -> str:
        """Check no more for now, or go on; a sentence about it."""
        self.paused = not self.paused
        self._changed()
        if self.paused and self.running:
            return "checks pause once what the workers have in hand is done; the same key goes on"
        new = "wait for the same key" if self.paused else "will be, too"
        return "checks go on" if self.running else f"everything is checked; new attempts {new}"

    def count(self, results: int) -> None:
        """So many more attempts are checked."""
        self._done = min(self._done + results, self._total)
        if self._is_large and time.monotonic() > self._last_shown + _SHOWN:
            self._last_shown = time.monotonic()
            self._changed()

    def finish(self) -> None:
        """Everything is checked, or nothing will be any more."""
        self.running = False
        if self._is_large:
            self._changed()

    def end(self) -> None:
        """The program is being left."""
        self._ended = True

    def wait(self) -> None:
        """Wait while checks pause; for the thread that checks."""
        if self.paused:
            self.when_paused()
        while self.paused and not self._ended:
            time.sleep(0.02)

    @property
    def _is_large(self) -> bool:
        return self._total > MANY

    def groups(self) -> Iterator[list[Entry]]:
        """Everything that is not checked, the next few at a time; for the thread that checks."""
        unchecked = self._project.store.unchecked()
        self._total = len(self._project.entries)
        self._done = self._total - len(unchecked)
        if len(unchecked) <= MANY:
            yield from unchecked.in_groups()
            return
        left = {*unchecked.lines}
        newest = iter(self._project.store.select(order="written DESC NULLS LAST, attempt.id DESC").lines)
        while left and not self._ended:
            self.wait()
            rows = [*islice(self._choose(left, newest), _GROUP)]
            left.difference_update(rows)
            yield self._project.store.get_all(rows)

    def _choose(self, left: Collection[int], newest: Iterable[int]) -> Iterator[int]:
        """The rows of those that are ``left``, the most urgent first, each once."""
        given: set[int] = set()
        shown = self._shown()
        for row in chain(shown, self._following(shown), newest):
            if row in left and row not in given:
                given.add(row)
                yield row

    def _following(self, shown: Collection[int]) -> Iterator[int]:
        """The rows that come after the last one on the screen in the queue."""
        queue = self._project.queue
        entry = next(iter(self._project.store.get_all([*shown][-1:])), None)
        position = self._project.queue_position(entry) if entry is not None else None
        if position is not None:
            ahead = queue[position + 1 : position + 1 + _AHEAD]
            yield from (other.row for other in ahead)
