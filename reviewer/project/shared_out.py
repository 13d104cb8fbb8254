"""Goes through many attempts in two processes, each of which works out something of a part of them."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TypeVar

from reviewer.project.entries import Entry, EntryStore
from reviewer.project.kept_analyses import Stored
from reviewer.sources.forked import MANY, ChildLost, can_fork, forked

_T = TypeVar("_T")
_Make = Callable[[Sequence[Entry]], Iterable[_T]]

TOGETHER = 10_000
"""Attempts that they share at a time, with what was found out about them as it lies in the table: some 40 MB."""
_OWN = 0.45
"""What this process has of them: it hands over and takes in besides."""


def shared_out(store: EntryStore, entries: Sequence[Entry], make: _Make[_T]) -> Generator[_T, None, None]:
    """What is made of attempts, in their order; of many, a process of its own makes it of every second part, the larger.

    ``make`` gives the same whenever it is called, and may ask what was found out about the attempts that it is given,
    but nothing else of the table.
    """
    if len(entries) <= MANY or not can_fork():
        yield from make(entries)
        return
    step = min(TOGETHER, len(entries))
    part = int(step * _OWN)
    for start in range(0, len(entries), step):
        own, others = entries[start : start + part], entries[start + part : start + step]
        stored = store.analyses.stored([entry.row for entry in others])
        try:
            results = forked(_elsewhere(store, stored, others, make))
        except OSError:  # there may be no more processes
            yield from make([*own, *others])
            continue
        with closing(results):
            yield from make(own)
            done = 0
            try:
                for result in results:
                    yield result
                    done += 1
            except ChildLost:
                yield from islice(make(others), done, None)


def _elsewhere(store: EntryStore, stored: Stored, entries: Sequence[Entry], make: _Make[_T]) -> Iterator[_T]:
    """The same in the process of its own, which cannot ask the table."""
    store.analyses.lend(stored)
    yield from make(entries)
