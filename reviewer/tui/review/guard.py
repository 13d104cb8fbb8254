"""A key counts only for what was on the screen when it was typed: any other is dropped and counted."""

from __future__ import annotations

import time
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")


class GuardedScreen(Protocol):
    """A screen that can decide whether the key behind an action counts."""

    def key_counts(self) -> bool:
        """Whether the key was typed on what is shown; a key that was not is counted as dropped."""


_S = TypeVar("_S", bound=GuardedScreen)


def guarded(action: Callable[Concatenate[_S, _P], None]) -> Callable[Concatenate[_S, _P], None]:
    """Mark an action as one about the attempt shown: it runs only where its key counts."""

    @wraps(action)
    def run(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if self.key_counts():
            action(self, *args, **kwargs)

    run.guarded = True  # type: ignore[attr-defined]
    return run


def is_guarded(owner: object, action: str) -> bool:
    """Whether an action, written as in a binding (``judge('1')``), is a guarded one."""
    return hasattr(getattr(owner, f"action_{action.partition('(')[0]}", None), "guarded")


class Guard:
    """Accepts keys that were typed long enough after what is shown was painted.

    Times are seconds of ``time.monotonic``, which key events carry from when they were read.
    """

    def __init__(self, milliseconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = milliseconds / 1000
        self._clock = clock
        self._painted_at: float | None = None
        self._admitted = False
        self.dropped = 0
        """Keys dropped since the attempt was opened."""

    def hide(self) -> None:
        """The screen is about to change: no key counts until it is painted again."""
        self._painted_at = None

    def reset(self) -> None:
        """Another attempt is opened: nothing of it is painted, and the count of dropped keys starts anew."""
        self._painted_at, self.dropped = None, 0

    def painted(self) -> bool:
        """What is shown has been painted; false where it had been before."""
        first = self._painted_at is None
        if first:
            self._painted_at = self._clock()
        return first

    def accepts(self, typed_at: float) -> bool:
        """Whether a key typed at that time counts; one that does not is counted as dropped."""
        if self._painted_at is not None and typed_at >= self._painted_at + self._pause:
            return True
        self.dropped += 1
        return False

    def admit(self, typed_at: float) -> bool:
        """Accept a key before its action runs, or drop it."""
        self._admitted = self.accepts(typed_at)
        return self._admitted

    def counts(self) -> bool:
        """Whether the key counts whose action runs now.

        A key that went to another screen, which it closed or left, was not admitted before: its time is now.
        """
        admitted, self._admitted = self._admitted, False
        return admitted or self.accepts(self._clock())
