"""What a key means is what was on the screen when it was typed: anything else is dropped and counted."""

from __future__ import annotations

import time
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")


class Meaning(Protocol):
    """A screen that knows whether a key was meant for what it shows."""

    def meant(self) -> bool:
        """Whether the key behind an action was typed on what is seen; one that was not is counted."""


_S = TypeVar("_S", bound=Meaning)


def guarded(action: Callable[Concatenate[_S, _P], None]) -> Callable[Concatenate[_S, _P], None]:
    """An action about what is on the screen: it does nothing where its key was typed before that was seen."""

    @wraps(action)
    def run(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if self.meant():
            action(self, *args, **kwargs)

    run.guarded = True  # type: ignore[attr-defined]
    return run


def is_guarded(owner: object, action: str) -> bool:
    """Whether an action, as bindings write it, is about what is on the screen."""
    return hasattr(getattr(owner, f"action_{action.partition('(')[0]}", None), "guarded")


class Guard:
    """Lets keys through that were typed on what can be seen, long enough after it was painted.

    Times are those of ``time.monotonic``, which key events carry from when they were read.
    """

    def __init__(self, milliseconds: int) -> None:
        self._pause = milliseconds / 1000
        self._since: float | None = None
        self.dropped = 0
        """Keys dropped since the last thing was shown."""

    def hide(self) -> None:
        """What was on the screen is about to change: nothing counts until it is painted."""
        self._since = None

    def show_other(self) -> None:
        """Something else comes up; the count begins anew."""
        self._since, self.dropped = None, 0

    def painted(self) -> bool:
        """It can be seen from now on; false where it could be seen before."""
        first = self._since is None
        if first:
            self._since = time.monotonic()
        return first

    @property
    def seen(self) -> bool:
        """Whether it is on the screen."""
        return self._since is not None

    def lets(self, typed_at: float) -> bool:
        """Whether a key of that time was meant for what is on the screen; one that was not is counted."""
        if self._since is not None and typed_at >= self._since + self._pause:
            return True
        self.dropped += 1
        return False
