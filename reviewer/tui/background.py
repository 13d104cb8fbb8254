"""What goes on behind the screens: commits, measurements and checks come in, and what changes on disk."""

from __future__ import annotations

import gc
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from reviewer.model import Commit
from reviewer.project.entries import Entry
from reviewer.project.listing import arrange_ahead
from reviewer.project.project import Project
from reviewer.project.references import NoCommit
from reviewer.project.table import RowChanges
from reviewer.tui.checking import Checking
from reviewer.tui.following import Follower

_T = TypeVar("_T")

KEY_LASTS = 0.15
"""Seconds after a key for which what goes on behind the screens leaves the processor to its answer."""
LONGEST_WAIT = 1.0
"""Seconds after which it goes on between keys that never end."""
TURN = 0.001
"""Seconds that a thread goes on while another waits, a fifth of what Python gives: a key's answer waits several times."""
RESULTS_AT_ONCE = 50
"""Results of checks that are taken in before the next key is looked at."""


class Host(Protocol):
    """The application as what goes on behind its screens knows it."""

    def run_worker(self, work: Any, *, thread: bool, exit_on_error: bool) -> Any:
        """Call in a thread."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> Any:
        """Call between two keys; from any thread."""

    def shown_rows(self) -> list[int]:
        """The rows of the attempts that are on the screen."""

    def take_result(self, entry: Entry) -> None:
        """An attempt has been checked."""

    def commits_loaded(self) -> None:
        """Commits are known now."""

    def columns_loaded(self) -> None:
        """Measurements and checks of other packages are known now."""

    def attempts_read(self, changes: RowChanges) -> None:
        """Attempts are new, or other than before."""

    def say_notices(self) -> None:
        """Say what is to be known of what was opened."""

    def say(self, what: str) -> None:
        """Show what happened."""


class Background:
    """Workers of the application: each reads or waits, and has what it found taken in between two keys."""

    def __init__(self, app: Host, project: Project, checking: Checking, *, follow: bool) -> None:
        self._app, self._project, self._checking = app, project, checking
        self._follower = Follower(
            project,
            app.shown_rows,
            lambda asked: app.call_later(self._take_attempts, asked),
            self._wait_for_keys,
            follow=follow,
        )
        self._reader: Any = None
        project.table.stands_in = True
        checking.when_paused = partial(self._arrange_ahead, checking=False)
        self._key_at = 0.0
        self._results: deque[Entry] = deque()
        self._taking = self._check_again = self._frozen = False

    def read(self) -> None:
        """Read what is left to read, then follow what changes."""
        sys.setswitchinterval(TURN)
        self._reader = self._app.run_worker(self._follower.run, thread=True, exit_on_error=False)

    def read_again(self) -> None:
        """Read everything again, and say so once it is taken in."""
        self._follower.read_again()
        if self._reader.is_finished:
            self.read()

    def check(self) -> None:
        """Look commits up, then check every attempt that is not checked; once more where that goes on already.

        Nothing is checked before all attempts are read: what is found by comparing them would be found twice.
        """
        if self._project.is_catching_up:
            return
        if self._checking.running:
            self._check_again = True
            return
        self._checking.running = True
        self._app.run_worker(self._load_commits, thread=True, exit_on_error=False)

    def end(self) -> None:
        """Read no more."""
        self._follower.end()
        self._checking.end()

    def key_pressed(self) -> None:
        """A key is to be answered: it goes first."""
        self._key_at = time.monotonic()

    def _wait_for_keys(self) -> None:
        """Wait, in a worker, until the last key has been answered."""
        longest = time.monotonic() + LONGEST_WAIT
        while (now := time.monotonic()) < min(self._key_at + KEY_LASTS, longest) and not self._follower.ended:
            time.sleep(min(self._key_at + KEY_LASTS - now, KEY_LASTS))

    def _between_keys(self, items: Iterable[_T]) -> Iterator[_T]:
        """The items, each but the first asked for once the last key has been answered: that takes a tenth of a second."""
        for item in items:
            yield item
            self._wait_for_keys()

    # In workers --------------------------------------------------------------------------------

    def _load_commits(self) -> None:
        self._app.call_later(self._take_commits, self._project.load_commits())

    def _check(self) -> None:
        # the doors to the checks, and to the screen that is opened next
        import reviewer.tui.review.review  # noqa: F401
        from reviewer.project.human_changes import load_controls

        with suppress(RuntimeError):  # the program is being left
            try:
                self._project.measurements.load()
                self._project.analyses.load()
                if not self._frozen:  # once: what is garbage by a later pass would stay for ever
                    self._frozen = True
                    gc.freeze()  # what was loaded stays: to search it every few seconds takes longer than a key
                self._app.call_later(self._app.columns_loaded)
                self._arrange_ahead(checking=True)
                groups = self._between_keys(self._checking.groups())
                for result in self._project.analyses.run(groups, self._project.store):
                    self._checking.wait()
                    self._wait_for_room()
                    self._wait_for_keys()
                    self._results.append(result)
                    if not self._taking:
                        self._taking = True
                        self._app.call_later(self._take_results)
                load_controls(self._project)
                self._arrange_ahead(checking=False)
            finally:
                self._app.call_later(self._end_checking)

    def _arrange_ahead(self, *, checking: bool) -> None:
        for _ in self._between_keys(arrange_ahead(self._project.store, checking=checking)):
            pass

    def _wait_for_room(self) -> None:
        """Wait while more results lie here than are taken in at once, unless the program is being left."""
        while len(self._results) > 4 * RESULTS_AT_ONCE and not self._follower.ended:
            time.sleep(0.005)

    # Between two keys --------------------------------------------------------------------------

    def _take_attempts(self, asked: bool) -> None:
        is_news = not (self._project.is_catching_up or asked)
        changes = self._project.take_in()
        self._app.attempts_read(changes if is_news else RowChanges())
        self._follower.go_on()
        self.check()
        if asked:
            self._app.say_notices()
            self._app.say("read again")

    def _take_commits(self, commits: dict[str, Commit | NoCommit]) -> None:
        self._project.apply_commits(commits)
        self._app.commits_loaded()
        # only now: what is checked depends on the commits
        self._app.run_worker(self._check, thread=True, exit_on_error=False)

    def _take_results(self) -> None:
        self._taking = False
        results = min(len(self._results), RESULTS_AT_ONCE)
        for _ in range(results):
            self._app.take_result(self._results.popleft())
        self._checking.count(results)
        if self._results:
            self._taking = True
            self._app.call_later(self._take_results)

    def _end_checking(self) -> None:
        self._checking.finish()
        if self._check_again:
            self._check_again = False
            self.check()
