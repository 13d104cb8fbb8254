"""A cache that is bounded by the size of what it keeps, since patches may be of any."""

from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class SizedCache(Generic[_K, _V]):
    """The values last put in: at most so many, and of so much size together. For one thread."""

    def __init__(self, most: int, most_size: int) -> None:
        self._most, self._most_size = most, most_size
        self._size = 0
        self._values: dict[_K, tuple[_V, int]] = {}

    def get(self, key: _K) -> _V | None:
        """What is kept under a key, ``None`` for nothing."""
        found = self._values.get(key)
        return None if found is None else found[0]

    def put(self, key: _K, value: _V, size: int) -> None:
        """Keep a value in place of the oldest; one that is larger than all may be is kept alone."""
        self._size += size
        self._values[key] = value, size
        while len(self._values) > 1 and (len(self._values) > self._most or self._size > self._most_size):
            self._size -= self._values.pop(next(iter(self._values)))[1]
