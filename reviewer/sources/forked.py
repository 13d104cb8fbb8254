"""Goes through iterators in processes of their own, so that what is made of their items is made meanwhile."""

import gc
import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, Queue
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")
_V = TypeVar("_V", bound=Hashable)

MANY = 5000
"""Values from which a process of its own gains more than its start takes."""

_TOGETHER = 100
"""Items that are handed over at once."""
_AHEAD = 100
"""How often that is done before what comes of it is asked for: some 20 MB of attempts."""


class ChildLost(Exception):
    """The process ended before the last item."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Whether a process of its own is safe (no thread of this one holds a lock) and gains anything.

    It is not on macOS, whose libraries have threads of their own; there is no ``sched_getaffinity`` there.
    """
    return threading.active_count() == 1 and hasattr(os, "sched_getaffinity") and processors() > 1


class Ahead(Generic[_V, _T]):
    """What a function gives for values; of many, which are asked for in their order, a process of its own works it out meanwhile."""

    def __init__(self, function: Callable[[_V], _T], values: Sequence[_V]) -> None:
        self._function = function
        self._found: dict[_V, _T] = {}
        self._results: Generator[tuple[_V, _T], None, None] | None = None
        if len(values) > MANY and can_fork():
            with suppress(OSError):
                self._results = forked((value, function(value)) for value in values)

    def of(self, value: _V) -> _T:
        """What the function gives for one value."""
        while value not in self._found and self._results is not None:
            try:
                self._found |= [next(self._results)]
            except (StopIteration, ChildLost, OSError):
                self._results = None
        return self._found.pop(value) if value in self._found else self._function(value)

    def close(self) -> None:
        """End the process."""
        if self._results is not None:
            self._results.close()


def forked(*parts: Iterable[_T]) -> Generator[_T, None, None]:
    """The items of all parts as they come, those of one in their order. Raises ``OSError``; the iterator :class:`ChildLost`.

    Each part is gone through in a process of its own, which begins now and ends with this iterator; it may use nothing
    that a process cannot inherit, as a database.
    """
    results = _forked(parts)
    next(results)  # nothing yet: what has not begun is not ended either
    return results


def _forked(parts: Sequence[Iterable[Any]]) -> Generator[Any, None, None]:
    children, pipes = list[int](), list[int]()
    waiting: Queue[list[Any] | None] = Queue(_AHEAD)
    readers: list[threading.Thread] = []
    try:
        for part in parts:
            reading, writing = os.pipe()
            pipes.append(reading)
            child = os.fork()
            if child == 0:
                for pipe in pipes:  # else one would wait for ever where this process is killed
                    os.close(pipe)
                _hand_over(part, writing)
            children.append(child)
            os.close(writing)
        for reading in pipes:  # only now: no process is forked beside a thread
            readers.append(threading.Thread(target=_take_over, args=(reading, waiting), daemon=True))
            readers[-1].start()
        left = len(parts)
        yield None
        while left:
            if (together := waiting.get()) is None:
                raise ChildLost
            yield from together
            left -= not together
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        while any(reader.is_alive() for reader in readers):
            with suppress(Empty):
                waiting.get(timeout=0.01)


def _take_over(reading: int, waiting: Queue[list[_T] | None]) -> None:
    """Take what the child hands over, so that it goes on while that is shown; ``None`` where it ends early."""
    with os.fdopen(reading, "rb") as pipe:
        try:
            while together := pickle.load(pipe):
                waiting.put(together)
            waiting.put([])
        except (EOFError, pickle.UnpicklingError):
            waiting.put(None)


def _hand_over(items: Iterable[object], writing: int) -> None:
    """Write the items and end this process, whatever happens: nothing else of the program goes on in it."""
    try:
        os.setsid()  # ctrl+c in the terminal is the parent's to answer
        gc.disable()
        together: list[object] = []
        with os.fdopen(writing, "wb") as pipe:
            for item in items:
                together.append(item)
                if len(together) == _TOGETHER:
                    pickle.dump(together, pipe)
                    together.clear()
            if together:
                pickle.dump(together, pipe)
            pickle.dump([], pipe)
    finally:
        os._exit(0)
