"""What the review screen works out in workers: the attempts read next, and syntax colours behind the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from reviewer.model import AlignedFile
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.references import Review
from reviewer.tui.diff.colours import Kinds, syntax
from reviewer.tui.diff.content import PreparedLines
from reviewer.tui.diff.pane import DiffPane

COLOUR_AFTER = 0.8
"""Seconds without a key until syntax colours are worked out: they must not slow down who only passes by."""


class Prefetch:
    """Both patches of the attempt on the screen and of its neighbours in the queue, aligned."""

    @dataclass
    class Arrived(Message):
        """An attempt was read and aligned: with the human commit, or ``against`` another attempt."""

        entry: Entry
        against: Entry | None
        review: Review
        prepared: PreparedLines | None
        """The lines that the diff opens the patches with."""

    def __init__(
        self, owner: Widget, project: Project, prepare: Callable[[Review], PreparedLines | None]
    ) -> None:
        """``prepare`` is called in a worker; ``owner`` runs the workers and receives their messages."""
        self._owner = owner
        self._project = project
        self._prepare = prepare
        self._arrived: dict[Entry, Prefetch.Arrived] = {}

    def get(self, entry: Entry) -> Arrived | None:
        """What was read of an attempt; ``None`` where it was not read yet."""
        return self._arrived.get(entry)

    def fetch(self, entry: Entry, against: Entry | None = None) -> None:
        """Read and align an attempt in a worker."""
        work = partial(self._load, entry, against)
        self._owner.run_worker(work, thread=True, group="load", exit_on_error=False)

    def _load(self, entry: Entry, against: Entry | None) -> None:
        review = self._project.references.review(entry, against)
        prepared = self._prepare(review) if against is None else None
        self._owner.post_message(self.Arrived(entry, against, review, prepared))

    def keep(self, arrived: Arrived) -> None:
        """Keep what was read until another attempt is shown that is not beside it."""
        if arrived.against is None:
            self._arrived[arrived.entry] = arrived

    def fetch_around(self, entry: Entry) -> None:
        """Fetch what may be asked for next, and forget the rest."""
        near = self._neighbours(entry)
        for other in near:
            if other not in self._arrived:
                self.fetch(other)
        keep = {entry, *near}
        self._arrived = {other: arrived for other, arrived in self._arrived.items() if other in keep}

    def _neighbours(self, entry: Entry) -> list[Entry]:
        queue = self._project.queue
        position = self._project.queue_position(entry)
        near = [self._project.next_open(entry, queue)]
        if position is not None:
            near += [*queue[position + 1 : position + 2], *queue[max(position - 1, 0) : position]]
        return [other for other in near if other is not None and other != entry]


class Colouring:
    """Syntax colours follow the text once no key has come for a while, a stretch of a file at a time."""

    @dataclass
    class Coloured(Message):
        """The syntax colours of a stretch of a file are worked out."""

        aligned: AlignedFile
        file: int
        stretch: int
        kinds: Kinds

    def __init__(self, owner: Widget, diff: DiffPane) -> None:
        """``owner`` runs the workers and receives their messages."""
        self._owner = owner
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
        self._timer = self._owner.set_timer(COLOUR_AFTER, self._begin)

    def _begin(self) -> None:
        wanted = self._diff.colourless()
        if wanted is not None and self._diff.display and not self._working:
            self._working = True
            work = partial(self._work, self._diff.model.files[wanted[0]], *wanted)
            self._owner.run_worker(work, thread=True, group="colours", exit_on_error=False)

    def _work(self, aligned: AlignedFile, file: int, stretch: int) -> None:
        self._owner.post_message(self.Coloured(aligned, file, stretch, syntax(aligned, stretch)))

    def take(self, coloured: Coloured) -> None:
        """Colour a stretch, where its file is still shown, and go on with the next one."""
        self._working = False
        files = self._diff.model.files
        if coloured.file < len(files) and files[coloured.file] is coloured.aligned:
            self._diff.set_colours(coloured.file, coloured.stretch, coloured.kinds)
        self.soon()
