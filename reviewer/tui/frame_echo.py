"""Whether a frame has reached the terminal: it is asked for its cursor's position, and answers in order.

What was written may still be on a slow line. A terminal answers a request (ECMA-48, DSR 6) only after it has
painted all that came before it.
"""

from collections import deque
from collections.abc import Callable

QUERY = "\x1b7\x1b[2;2H\x1b[6n\x1b8"
"""Asks at row 2, where no answer can be taken for a function key; the cursor goes back to where it was."""
FIRST_PATIENCE = 10.0
"""Seconds without any answer after which a terminal is taken for one that gives none."""
PATIENCE = 60.0
"""Seconds after which an answer of a terminal that gives them is taken for lost."""


class FrameEcho:
    """Calls back once the terminal has painted what was written until then, else when patience ends."""

    def __init__(
        self, write: Callable[[str], object], later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        """``later(seconds, call)`` calls after a time."""
        self._write = write
        self._later = later
        self._waiting: deque[Callable[[], None]] = deque()
        self.answers: bool | None = None
        """Whether the terminal answers; ``None`` while that is not known."""

    def after_frame(self, call: Callable[[], None]) -> None:
        """Call when all that is written so far is on the terminal; at once for one that does not answer."""
        if self.answers is False:
            call()
            return
        self._waiting.append(call)
        self._write(QUERY)
        self._later(PATIENCE if self.answers else FIRST_PATIENCE, lambda: self._give_up(call))

    def answered(self) -> None:
        """The terminal has answered the oldest request."""
        self.answers = True
        if self._waiting:
            self._waiting.popleft()()

    def _give_up(self, call: Callable[[], None]) -> None:
        """No answer has come for this request: those before it were lost as well."""
        if call not in self._waiting:
            return
        if self.answers is None:
            self.answers = False
        while self._waiting:
            overdue = self._waiting.popleft()
            overdue()
            if overdue is call:
                return
