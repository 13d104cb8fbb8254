"""Properties of an attempt that are found out once, even where they cannot be."""

from collections.abc import Callable
from copy import copy
from typing import Any, Generic, TypeVar

from reviewer.checks.results import Unanswerable
from reviewer.sources.git.process import GitError

_T = TypeVar("_T")


class Settled(Generic[_T]):
    """A property that is computed when first asked for; where it cannot be known, the same error comes each time."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Any, owner: type) -> _T:
        """The value, which then stands in the instance itself. Raises ``Unanswerable`` and ``GitError``."""
        name = self._compute.__name__
        errors = instance.__dict__.setdefault("settled errors", {})
        if name in errors:
            raise copy(errors[name])
        try:
            value = instance.__dict__[name] = self._compute(instance)
        except (Unanswerable, GitError) as error:
            # one that was raised holds what led to it, which would hold this in turn
            errors[name] = copy(error).with_traceback(None)
            raise
        return value
