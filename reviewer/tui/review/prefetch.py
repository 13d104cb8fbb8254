"""What the review screen works out in threads: the attempts read next, and syntax colours behind the text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reviewer.tui.diff.colours import Kinds, syntax

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen
    from textual.timer import Timer

    from reviewer.model import AlignedFile
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.project.references import Review
    from reviewer.tui.diff.content import PreparedLines
    from reviewer.tui.diff.pane import DiffPane

COLOUR_AFTER = 0.8
"""Seconds without a key until syntax colours are worked out: they must not slow down who only passes by."""


class Prefetch:
    """Both patches of the attempt on the screen and of its neighbours in the queue, aligned."""

    def __init__(
        self,
        screen: Screen[None],
        project: Project,
        prepare: Callable[[Review], PreparedLines | None],
        arrived: Callable[[Entry, Review], None],
    ) -> None:
        self._screen = screen
        self._project = project
        self._prepare = prepare
        self._arrived = arrived
        self._reviews: dict[Entry, tuple[Review, PreparedLines | None]] = {}

    def get(self, entry: Entry) -> Review | None:
        """What is there already."""
        found = self._reviews.get(entry)
        return found[0] if found is not None else None

    def prepared(self, entry: Entry) -> PreparedLines | None:
        """The lines of what is there already."""
        found = self._reviews.get(entry)
        return found[1] if found is not None else None

    def fetch(self, entry: Entry) -> None:
        """Read and align an attempt in a thread; ``arrived`` is called with it."""
        self._screen.run_worker(partial(self._load, entry), thread=True, group="load", exit_on_error=False)

    def _load(self, entry: Entry) -> None:
        review = self._project.references.review(entry)
        self._screen.app.call_from_thread(self._loaded, entry, review, self._prepare(review))

    def _loaded(self, entry: Entry, review: Review, prepared: PreparedLines | None) -> None:
        self._reviews[entry] = review, prepared
        self._arrived(entry, review)

    def fetch_around(self, entry: Entry) -> None:
        """Fetch what may be asked for next, and forget the rest."""
        near = self._neighbours(entry)
        for other in near:
            if other not in self._reviews:
                self.fetch(other)
        keep = {entry, *near}
        self._reviews = {key: review for key, review in self._reviews.items() if key in keep}

    def _neighbours(self, entry: Entry) -> list[Entry]:
        queue = self._project.queue
        place = self._project.queue_position(entry)
        near = [self._project.next_open(entry, queue)]
        if place is not None:
            near += [
                queue[place + 1] if place + 1 < len(queue) else None,
                queue[place - 1] if place else None,
            ]
        return [other for other in near if other is not None and other != entry]


class Colouring:
    """Syntax colours follow the text once no key has come for a while, a file at a time."""

    def __init__(self, screen: Screen[None], diff: DiffPane) -> None:
        self._screen = screen
        self._diff = diff
        self._working = False
        self._timer: Timer | None = None

    def stop(self) -> None:
        """Another attempt is being opened: what was planned is not wanted any more."""
        if self._timer is not None:
            self._timer.stop()

    def soon(self) -> None:
        """Start when nothing more is pressed."""
        self.stop()
        self._timer = self._screen.set_timer(COLOUR_AFTER, self._begin)

    def _begin(self) -> None:
        wanted = self._diff.colourless()
        if wanted is not None and self._diff.display and not self._working:
            self._working = True
            work = partial(self._work, self._diff.model.files[wanted[0]], *wanted)
            self._screen.run_worker(work, thread=True, group="colours", exit_on_error=False)

    def _work(self, aligned: AlignedFile, file: int, stretch: int) -> None:
        self._screen.app.call_from_thread(self._arrived, aligned, file, stretch, syntax(aligned, stretch))

    def _arrived(self, aligned: AlignedFile, file: int, stretch: int, kinds: Kinds) -> None:
        self._working = False
        files = self._diff.model.files
        if file < len(files) and files[file] is aligned:
            self._diff.set_colours(file, stretch, kinds)
        self.soon()
