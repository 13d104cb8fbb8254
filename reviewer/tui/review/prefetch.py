"""The attempts that the review screen reads in workers before they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.widget import Widget

from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.references import Review
from reviewer.tui.diff.files import DrawnFiles


class Prefetch:
    """Both patches of the attempt on the screen and of its neighbours in the queue, aligned."""

    @dataclass
    class Arrived(Message):
        """An attempt was read and aligned: with the human commit, or ``against`` another attempt."""

        entry: Entry
        against: Entry | None
        review: Review
        drawn: DrawnFiles | None
        """The files as the diff opens them, prepared."""

    def __init__(self, owner: Widget, project: Project, prepare: Callable[[Review], DrawnFiles]) -> None:
        """``prepare`` is called in a worker; ``owner`` runs the workers and receives their messages."""
        self._owner = owner
        self._project = project
        self._prepare = prepare
        self.arrived: dict[Entry, Prefetch.Arrived] = {}
        """What was read, until another attempt is shown that is not beside it."""

    def fetch(self, entry: Entry, against: Entry | None = None) -> None:
        """Read and align an attempt in a worker."""
        work = partial(self._load, entry, against)
        self._owner.run_worker(work, thread=True, group="load", exit_on_error=False)

    def _load(self, entry: Entry, against: Entry | None) -> None:
        review = self._project.references.review(entry, against)
        drawn = self._prepare(review) if against is None else None
        self._owner.post_message(self.Arrived(entry, against, review, drawn))

    def fetch_around(self, entry: Entry) -> None:
        """Fetch what may be asked for next, and forget the rest."""
        queue, position = self._project.queue, self._project.queue_position(entry)
        near = [entry, self._project.next_open(entry, queue)]
        if position is not None:
            near += [*queue[position + 1 : position + 2], *queue[max(position - 1, 0) : position]]
        for other in near:
            if other is not None and other not in self.arrived:
                self.fetch(other)
        self.arrived = {other: arrived for other, arrived in self.arrived.items() if other in near}
