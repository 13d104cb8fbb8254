"""A key counts only for what was on the screen when it was typed: any other is dropped and counted."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any


def guarded(action: Callable[..., None]) -> Callable[..., None]:
    """Mark an action of a screen as one about the attempt shown: it runs only where ``key_counts()`` says so."""

    @wraps(action)
    def run(screen: Any, *arguments: Any) -> None:
        if screen.key_counts():
            action(screen, *arguments)

    return run


class Guard:
    """Accepts keys that were typed long enough after what is shown was painted.

    Times are seconds of ``time.monotonic``, which key events carry from when they were read.
    """

    def __init__(self, milliseconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = milliseconds / 1000
        self._clock = clock
        self._frame = 0
        self._written = False
        self._painted_at: float | None = None
        self._typed_at: float | None = None
        self._diff_seen = False
        self.dropped = 0
        """Keys dropped since the attempt was opened."""

    def hide(self) -> None:
        """The screen is about to change: no key counts until it is painted again."""
        self._painted_at = self._typed_at = None
        self._frame += 1
        self._written = False

    def reset(self) -> None:
        """Another attempt is opened: nothing of it is painted, and the count of dropped keys starts anew."""
        self.hide()
        self._diff_seen = False
        self.dropped = 0

    def written(self, *, diff_shown: bool) -> int | None:
        """What is shown was written to the terminal: the frame's number, for :meth:`seen`.

        ``None`` where it had been before, and where the attempt's diff is covered that was not seen yet.
        """
        if self._written or not (diff_shown or self._diff_seen):
            return None
        self._written = True
        return self._frame

    def seen(self, frame: int) -> None:
        """The terminal has painted that frame; nothing where the screen has changed since it was written."""
        if frame == self._frame:
            self._diff_seen = True
            self._painted_at = self._clock()

    def accepts(self, typed_at: float) -> bool:
        """Whether a key typed at that time counts; one that does not is counted as dropped."""
        if self._painted_at is not None and typed_at >= self._painted_at + self._pause:
            return True
        self.dropped += 1
        return False

    def key_typed(self, typed_at: float) -> None:
        """A key comes to the screen; its action, if it has one, runs next."""
        self._typed_at = typed_at

    def counts(self) -> bool:
        """Whether the key counts whose action runs now.

        A key that went to another screen, which it closed or left, did not come here: its time is now.
        """
        typed_at, self._typed_at = self._typed_at, None
        return self.accepts(self._clock() if typed_at is None else typed_at)
