"""A queue on the attempts that are open, as the annotator works through it."""

from pathlib import Path

import msgspec

from reviewer.model import Decision
from reviewer.project.attempt_keys import attempt_key
from reviewer.project.entries import Entry
from reviewer.project.labels import Labels
from reviewer.project.queue_spec import REVISITING
from reviewer.verdicts import queues
from reviewer.verdicts.queues import Queue, answers
from reviewer.verdicts.state import AttemptKey, bind


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The queue that is worked through, as this annotator has it.

    ``entries`` are in the queue's order; a repeat is an entry of its own, which knows its
    :attr:`~reviewer.project.entries.Entry.showing`. ``missing`` are ids whose attempt is not open.
    """

    queue: Queue
    entries: tuple[Entry, ...]
    numbers: dict[Entry, int]
    """The number that stands for each attempt while it is blind, from 1."""
    missing: tuple[str, ...] = ()
    path: Path | None = None
    """The file, ``None`` for a queue that is kept nowhere."""

    def number(self, entry: Entry) -> int | None:
        """The entry's number in the whole queue, from 1; ``None`` where it is not in it."""
        return self.numbers.get(entry)

    def is_open(self, entry: Entry) -> bool:
        """Whether this annotator still has to judge an entry in this queue."""
        decision = entry.decision
        if decision is None:
            return True
        if self.queue.kind == "adjudication":
            return decision.action != "adjudicate"
        revisited = self.queue.kind in REVISITING and entry.showing is None
        return revisited and (decision.at is None or decision.at < self.queue.created)


def bind_queue(queue: Queue, path: Path | None, labels: Labels) -> Session:
    """A queue on the attempts that are open, for the annotator of ``labels``.

    Attempts of a queue file are found by id, else by what was in their files then (``path`` is the file).
    """
    numbered = list(queue.numbered(labels.annotator))
    if path is not None:
        keys = [attempt_key(entry) for entry in labels.store.select()]
    else:  # just worked out: nothing can have moved, and no file need be read
        keys = [AttemptKey(item.attempt) for _, item in numbered if labels.store.has(item.attempt)]
    wanted = [
        Decision(
            attempt=item.attempt,
            commit=item.commit,
            patch_sha256=item.patch_sha256 if path is not None else None,
            journal_sha256=item.journal_sha256,
        )
        for _, item in numbered
    ]
    entries: list[Entry] = []
    numbers: dict[Entry, int] = {}
    missing = []
    for (number, item), binding in zip(numbered, bind(wanted, keys), strict=True):
        if binding.key is None:
            missing.append(item.attempt)
            continue
        entry = labels.store.first(binding.key.attempt)
        assert entry is not None
        if item.judged_apart:
            entry = labels.acts.add_showing(entry, queue.name, number)
        entries.append(entry)
        numbers[entry] = number
    return Session(queue=queue, entries=tuple(entries), numbers=numbers, missing=tuple(missing), path=path)


def progress(queue: Queue, labels: Labels) -> tuple[int, int]:
    """The number of a queue's items that are this annotator's, and of those they have judged."""
    answered = answers(queue, labels.acts.all())
    items = judged = 0
    for number, item in queue.numbered(labels.annotator):
        items += 1
        entry = labels.store.first(item.attempt)
        elsewhere = entry is not None and entry.decision is not None and not item.judged_apart
        judged += elsewhere or labels.annotator in answered.get(number, {})
    return items, judged


def unfinished(folder: Path, labels: Labels) -> list[tuple[Queue, int, int]]:
    """The stored queues that this annotator began and that have something open here, newest first, with their :func:`progress`."""
    found = []
    for queue in queues.stored(folder)[0]:
        items, judged = progress(queue, labels)
        begun = any(labels.annotator in who for who in answers(queue, labels.acts.all()).values())
        here = any(labels.store.has(item.attempt) for _, item in queue.numbered(labels.annotator))
        if begun and here and judged < items:
            found.append((queue, items, judged))
    return sorted(found, key=lambda each: each[0].created, reverse=True)
