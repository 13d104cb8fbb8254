"""Following the runs on disk while the program shows them: what is read in the background, and when."""

import threading
import time
from collections.abc import Callable, Collection

from reviewer.project.project import Project

OFTEN = 1.0
"""Seconds between two looks at what is being written."""
SHARE = 50
"""A look is followed by this many times its length without one: two hundredths of a processor at most."""
STEP = 1.0
"""Seconds after which what has been read of a large project is shown, though there is more to read."""
LONGEST_STEP = 30.0
"""Unless to show it takes long."""


class Follower:
    """Reads what is left to read, then what changes; :meth:`run` is for a thread, all else for the screens.

    ``changed`` is called in the thread when there is something to take in, and whether it was asked for; ``watched`` gives
    the rows that are on the screen, ``wait`` returns when more may be read. The next look waits until :meth:`go_on`.
    """

    def __init__(
        self,
        project: Project,
        watched: Callable[[], Collection[int]],
        changed: Callable[[bool], object],
        wait: Callable[[], object],
        *,
        follow: bool,
    ) -> None:
        self._project, self._watched, self._changed, self._follow = project, watched, changed, follow
        self._wait = wait
        self._taken_in = threading.Event()
        self._ended = threading.Event()
        self._asked = threading.Event()

    def run(self) -> None:
        """Read until :meth:`end`; where nothing is followed, until all is read that was asked for."""
        due = time.monotonic() + STEP
        is_left = self._project.is_reading
        while not self._ended.is_set() and self._project.read_on():
            self._wait()
            if time.monotonic() > due:
                # what is shown grows, and with it how long that takes: a twentieth of the time, a fifth at most
                cost = self._show()
                due = time.monotonic() + max(STEP, min(20 * cost, LONGEST_STEP), 4 * cost)
        self._show(always=is_left)
        whole_at, whole_cost, cost = time.monotonic(), time.thread_time(), 0.0
        while self._asked.wait(max(OFTEN, SHARE * cost) if self._follow else 0.0) or self._follow:
            if self._ended.is_set():
                return
            asked = self._asked.is_set()
            self._asked.clear()
            self._wait()
            began = time.thread_time()
            is_due = time.monotonic() > whole_at + max(OFTEN, SHARE * whole_cost)
            if asked or is_due or self._project.table.lost:
                self._project.read_again(anew=asked)
                whole_at, whole_cost = time.monotonic(), time.thread_time() - began
            else:
                self._project.follow(self._watched())
                cost = time.thread_time() - began
            self._show(always=asked, asked=asked)

    def _show(self, *, always: bool = False, asked: bool = False) -> float:
        """Have what was read taken in, and wait until it is: it is shown before more is read. The seconds that took."""
        began = time.monotonic()
        if (always or self._project.has_changed) and not self._ended.is_set():
            self._project.make_ready()
            self._taken_in.clear()
            self._changed(asked)
            while not self._taken_in.wait(0.2) and not self._ended.is_set():
                pass
        return time.monotonic() - began

    def read_again(self) -> None:
        """Read everything next, and have it taken in whether something is other or not."""
        self._asked.set()

    @property
    def ended(self) -> bool:
        """Whether nothing is to be read any more."""
        return self._ended.is_set()

    def go_on(self) -> None:
        """What was read has been taken in."""
        self._taken_in.set()

    def end(self) -> None:
        """Read no more."""
        self._ended.set()
        self._asked.set()
