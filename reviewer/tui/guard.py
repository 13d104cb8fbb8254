"""What a key means is what was on the screen when it was typed: anything else is dropped and counted."""

from __future__ import annotations

import time


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
