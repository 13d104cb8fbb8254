"""One opened project: sources, checks, verdicts and index behind one object.

Nothing here knows of screens. What is slow (git, checks) comes as plain data from methods that may be
called from a thread; what changes the entries is called from one thread only.
"""

from __future__ import annotations

import math
import os
import threading
import time
from array import array
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence, Set
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.checks import CHECK_NAMES
from reviewer.config import Workspace
from reviewer.guide import Explained
from reviewer.model import Analysis, Commit, Outcome
from reviewer.project.acts import ActDetails
from reviewer.project.attempts import YOUNG, AttemptReader, nothing_found, open_table
from reviewer.project.entries import Entries, Entry, EntryStore
from reviewer.project.labels import Labels
from reviewer.project.lost_rows import RowsLost
from reviewer.project.notes import Notes
from reviewer.project.references import NoCommit, References
from reviewer.project.relations import arrange, find_changes_elsewhere, put_commits
from reviewer.project.session import Session, bind_queue
from reviewer.project.table import RowChanges
from reviewer.project.totals import ListTotals, count_ahead, count_attempts, totals_of
from reviewer.sources.recognition import read_root
from reviewer.sources.registry import Reading
from reviewer.stats.rows import HumanChange
from reviewer.text import plural

if TYPE_CHECKING:
    from reviewer.project.analyses import Analyses
    from reviewer.project.measurements import Measurements


class NothingToReview(Explained):
    """No attempt was found; the message names what was looked for and where, and gives an example."""

    page = "data"


class Project:
    """Everything about the opened runs. :meth:`open` reads what the first frame needs, no more.

    ``runs`` finds the attempts below a root, ``references`` the human commits, ``analyses`` the answers of
    the checks; what is not given comes from the files, repositories and workers of ``space``.
    """

    def __init__(
        self,
        space: Workspace,
        *,
        runs: Callable[[Path], Reading] = read_root,
        references: References | None = None,
        analyses: Analyses | None = None,
    ) -> None:
        self.space = space
        self.table = open_table(space)
        self.store = EntryStore(self.table)
        self.entries = self.store.entries(())
        """Every attempt, in the queue's order."""
        self.labels = Labels(space, self.store)
        self.references = references or References(space)
        if analyses is not None:
            self.analyses = analyses
        self._reader = AttemptReader(self.table, self.references, runs)
        self.root_problems: list[str] = []
        self._looked_up: set[str] = set()
        """The commits that were looked up, as attempts write them, found or not."""
        self._pending: Iterator[None] | None = None
        self._difference = RowChanges()
        self._reading = threading.RLock()
        """Held by the thread that reads: what two find at once would have two rows."""
        self._mended = False
        """Whether rows that were lost have been read again."""
        self.is_catching_up = True
        """Whether not all that was there at the start has been taken in."""
        self._counts: array[int] | None = None
        self._notes: Notes | None = None
        self.human_changes: dict[str, HumanChange] = {}
        """The human side of the commits, as far as statistics have read it."""
        self.control_answers: dict[str, dict[Outcome, int]] = {}
        """Counts of each check's answers on human patches, as far as statistics have asked."""
        self.session: Session | None = None
        """The queue that is worked through; ``None`` while all that is open is."""
        self.blind = False
        """Whether what could sway the annotator is hidden until they have judged."""
        self.set_queue(())

    @classmethod
    def open(cls, space: Workspace, *, seconds: float | None = None) -> Project:
        """Read attempts and labels. Raises :class:`NothingToReview`, and ``ConfigError`` for a rubric.

        With ``seconds`` no longer than that where some attempts are known by then: :meth:`read_on` reads the rest, and
        commits go by what an earlier session found.
        """
        project = cls(space)
        try:
            project.read(seconds)
        except RowsLost:  # what there is by now lies in memory
            project.table.lost = False
            project.read(seconds)
        return project

    def read(self, seconds: float | None = None) -> None:
        """Read attempts and labels, all of them the queue. Raises :class:`NothingToReview`."""
        if seconds is None:
            self.table.forget_commits()
        self._pending = self._read(0.0 if seconds is None else YOUNG)
        if seconds is None or not self.table.has_many():  # else they are shown as they were known
            deadline = math.inf if seconds is None else time.monotonic() + seconds
            while self.read_on() and (time.monotonic() < deadline or not len(self.table)):
                pass
        self._take_over()
        if not self.entries:
            raise NothingToReview(nothing_found(self.space.roots, self.root_problems))
        self.set_queue(self.entries)

    # Reading -------------------------------------------------------------------------------

    def _read(self, patience: float) -> Iterator[None]:
        self.root_problems = [*(yield from self._reader.refresh(self._difference, patience=patience))]

    def read_on(self) -> bool:
        """Read some more of what has changed; whether there is more. For a thread: nothing is other on the screen yet."""
        with self._reading:
            if self._pending is not None and next(self._pending, "end"):
                self._pending = None
            return self._pending is not None

    def read_again(self, *, anew: bool = False) -> None:
        """Look at every attempt again, and with ``anew`` at all else that was read; for a thread, as :meth:`read_on`."""
        with self._reading:
            if anew:
                self.references.forget_files()
            lost = self.table.lost
            self._pending = self._read(0.0 if anew else YOUNG)
            while self.read_on():
                pass
            self._mended = lost
            self._look_elsewhere()

    def make_ready(self) -> None:
        """Work out what the screens ask of all attempts, so that :meth:`take_in` takes no time; for a thread, as :meth:`read_on`."""
        with self._reading:
            self._arrange()
            count_ahead(self.table)

    def follow(self, watched: Collection[int]) -> None:
        """Look for what was written lately, and at the ``watched`` rows; for a thread, as :meth:`read_on`."""
        with self._reading:
            for _ in self._reader.follow(self._difference, watched, patience=YOUNG):
                pass
            self._look_elsewhere()

    @property
    def is_reading(self) -> bool:
        """Whether :meth:`read_on` has more to read."""
        return self._pending is not None

    @property
    def has_changed(self) -> bool:
        """Whether something was read that :meth:`take_in` has not taken in."""
        return self._mended or bool(
            self._difference if not self.is_reading else self._difference.added or self._difference.changed
        )

    def _take_over(self) -> RowChanges:
        """What has been read so far is what is open; the difference that it makes."""
        # what is not found again may only not have been looked for yet
        difference = self._difference.take(whole=self._pending is None)
        if self._mended:
            self.table.lost = self._mended = False
        self.is_catching_up = self.is_catching_up and self._pending is not None
        self.table.purge(difference.gone)
        self._arrange()
        self.store.take_in({*difference.changed, *difference.gone})
        self.entries = self.store.all()
        self._counts = None
        self.labels.read()
        return difference

    def _look_elsewhere(self) -> None:
        """Find what other programs have changed: attempts that they read first, and what was judged in them."""
        find_changes_elsewhere(self.table, self.entries.lines, self._difference)
        self._difference.labels = self.labels.are_others()
        self._arrange()

    def _arrange(self) -> None:
        if not self.table.arranged:
            arrange(self.table, [os.path.abspath(root) for root in self.space.roots])  # noqa: PTH100

    def reload(self) -> None:
        """Read everything again, keeping what was found out about attempts whose files are as they were.

        The queue keeps its order, without attempts that are gone; one of all that was open takes in new ones.
        """
        with self._reading:
            if not self.is_reading:  # else it goes on where it is
                self.read_again(anew=True)
            self.take_in()

    def take_in(self) -> RowChanges:
        """What has been read is what is open from now on; the queue takes in what is new where it was of all."""
        before = self.entries.lines
        difference = self._take_over()
        self._notes = None
        self.forget_measurements()
        if self.session is not None:
            self.session = bind_queue(self.session.queue, self.session.path, self.labels)
            self.set_queue(self.session.entries)
        elif self.entries.lines != before or difference.changed:
            present = {*self.entries.lines}
            queue = self.queue.lines if isinstance(self.queue, Entries) else [e.line for e in self.queue]
            kept = array("q", (line for line in queue if line in present))
            if self._goes_through_all:  # whatever looking up commits has made of the list since it was set
                known = {*kept}
                kept.extend(line for line in self.entries.lines if line not in known)
            self.set_queue(Entries(self.store, kept))
        return difference

    def notices(self) -> list[str]:
        """Warnings about what was opened: ignored settings, unreadable roots, damage."""
        notices = [*self.space.notices, *self.root_problems, *filter(None, [self.table.problem])]
        if self.labels.damaged:
            notices.append(
                f"{len(self.labels.damaged)} damaged places in verdict files; reviewer doctor lists them"
            )
        if elsewhere := self.labels.acts.count_elsewhere():
            notices.append(
                f"{plural(elsewhere, 'act')} on attempts of the same names elsewhere, not taken for these; reviewer doctor lists them"
            )
        notices += self.check_problems
        read: Measurements | None = self.__dict__.get("measurements")
        if read is not None and read.ready and read.problems:
            notices.append(
                f"{plural(len(read.problems), 'fault')} in measurements; reviewer doctor lists them"
            )
        return notices

    def find(self, attempt_id: str) -> Entry | None:
        """The entry of an attempt id as files write it, or as the screen shows it."""
        return self.store.first(attempt_id) or next(iter(self.store.select("name = ?", attempt_id)), None)

    def fresh(self, entry: Entry) -> Entry | None:
        """An entry as it has been read since, ``None`` where its attempt is gone."""
        queued = self.session.entries if self.session is not None else ()
        return next((e for e in queued if e == entry), None) or next(
            iter(self.store.get_all([entry.row])), None
        )

    def totals(self) -> ListTotals:
        """Counts for the header."""
        if self._counts is None:
            self._counts = count_attempts(self.store)
        return totals_of(self.store, self._counts)

    def next_open(self, after: Entry | None, queue: Sequence[Entry] | None = None) -> Entry | None:
        """The next attempt without a judgement after ``after``, in the queue's order, round once; skipped ones last."""
        entries = self.entries if queue is None else queue
        position = None if after is None else self._position(after, entries)
        start = 0 if position is None else position + 1
        put_off: Entry | None = None
        if isinstance(entries, Entries) and self.session is None:
            still_open = entries.open_from(start)
        else:
            still_open = filter(self.is_open, (*entries[start:], *entries[:start]))
        for entry in still_open:
            if not entry.skipped:
                return entry
            put_off = put_off or entry
        return put_off

    def count_open(self) -> int:
        """How many attempts of the queue the annotator still has to judge."""
        if isinstance(self.queue, Entries) and self.session is None:
            return self.queue.count_open()
        return sum(map(self.is_open, self.queue))

    def is_open(self, entry: Entry) -> bool:
        """Whether the annotator still has to judge an entry: in this session's queue, else at all."""
        if self.session is not None and self.session.number(entry) is not None:
            return self.session.is_open(entry)
        return entry.decision is None and entry.attempt.malformed is None and entry.copy_of is None

    @property
    def notes(self) -> Notes:
        """Notes on commits, runs and sections of the report, read when first asked for."""
        if self._notes is None:
            self._notes = Notes(self.space, self.table)
        return self._notes

    # Commits -------------------------------------------------------------------------------

    def load_commits(self) -> dict[str, Commit | NoCommit]:
        """All commits by the hash that journals write, or why one cannot be had; for a thread."""
        found: dict[str, Commit | NoCommit] = {}
        for written, line in self.table.all(
            "SELECT reference.spelling, min(attempt.id) FROM attempt JOIN reference ON reference.id = attempt.reference "
            "GROUP BY reference.id"
        ):
            if written not in self.store.commits:
                try:
                    found[written] = self.references.commit_of(self.store.get(line))
                except NoCommit as error:
                    found[written] = error
        return found

    def apply_commits(self, commits: Mapping[str, Commit | NoCommit]) -> None:
        """Take in commits that were looked up: the attempts are in the order that the queue goes by them."""
        self.store.commits |= {name: found for name, found in commits.items() if isinstance(found, Commit)}
        put_commits(self.table, commits)
        self._looked_up |= commits.keys()
        self.store.renew()
        self.entries = self.store.all()
        self._counts = None

    def apply_commit(self, entry: Entry, commit: Commit) -> None:
        """Take in one commit that was looked up for an entry; the order stays as it is."""
        written = entry.attempt.commit or ""
        self.store.commits[written] = commit
        self.table.put_commit(written, commit.hash, commit.subject, None)
        self.store.renew()

    def resolve_commits(self) -> None:
        """Make sure that commits have been looked up: before that, one may go under several hashes."""
        if self.table.value("SELECT count(*) FROM reference") > len(self._looked_up):
            self.apply_commits(self.load_commits())

    # Checks --------------------------------------------------------------------------------

    @cached_property
    def analyses(self) -> Analyses:
        """The checks of attempts and human patches."""
        # the door to the checks: all of them load with the first one, and not for the first frame
        from reviewer.project.analyses import Analyses

        return Analyses(self.space, self.references, lambda: self.measurements)

    @property
    def check_names(self) -> tuple[str, ...]:
        """The checks in the order they are shown; those of other packages are known once checks have been loaded."""
        return self.analyses.check_names if "analyses" in self.__dict__ else CHECK_NAMES

    @property
    def check_problems(self) -> tuple[str, ...]:
        """What is wrong with checks of other packages, as far as they have been loaded."""
        return self.analyses.check_problems if "analyses" in self.__dict__ else ()

    def analyse(
        self, entries: Sequence[Entry] | None = None, only: Set[str] | None = None
    ) -> Iterator[Entry]:
        """Analyse attempts that are not analysed yet, and give each once it is; for a thread.

        An attempt comes again where the comparison of all of them changes its analysis. ``only`` names checks; none
        are asked where it is empty, but for the facts.
        """
        unchecked = self.store.unchecked(entries, whole=only is None)
        return self.analyses.run(unchecked.in_groups(), self.store, only, list(unchecked.folders()))

    def count_unchecked(self) -> int:
        """How many attempts have not been checked in this session."""
        checked: int = self.table.value("SELECT count(*) FROM analysis WHERE whole")
        return len(self.entries) - checked

    @cached_property
    def measurements(self) -> Measurements:
        """What was measured of the attempts, read when it is first asked of."""
        # the door to the readers of measurements: nothing of them loads for the first frame
        from reviewer.project.measurements import Measurements

        return Measurements(self.space, lambda: self.entries)

    @property
    def measurements_given(self) -> bool:
        """Whether measurements are named, or were found once they have been read; reads nothing itself."""
        read: Measurements | None = self.__dict__.get("measurements")
        return bool(self.space.measurements) or (read is not None and read.ready and read.given)

    @property
    def measurements_hidden(self) -> bool:
        """Whether what was measured is hidden: while judging blind, unless the queue shows it."""
        return self.blind and (self.session is None or self.session.queue.measured == "hidden")

    def forget_measurements(self) -> None:
        """Let measurements be read again when they are next asked for."""
        self.__dict__.pop("measurements", None)

    def control(self, only: Set[str] | None = None) -> Generator[tuple[str, Analysis], None, None]:
        """Checks of the human patches, by the commit's hash, as they come in; for a thread."""
        return self.analyses.control(self.store.commits.values(), only)

    # The queue -----------------------------------------------------------------------------

    def set_queue(self, entries: Sequence[Entry]) -> None:
        """The attempts to go through, in this order."""
        self.queue = entries if isinstance(entries, Entries) else tuple(entries)
        self._goes_through_all = len(entries) >= len(self.entries)  # more where some are gone by now
        self._positions: dict[Entry, int] | None = None

    def _position(self, entry: Entry, entries: Sequence[Entry]) -> int | None:
        if isinstance(entries, Entries):
            return entries.position(entry)
        return next((number for number, other in enumerate(entries) if other == entry), None)

    def queue_position(self, entry: Entry) -> int | None:
        """An attempt's index in the queue, from 0; ``None`` where it is not in it."""
        if isinstance(self.queue, Entries):
            return self.queue.position(entry)
        if self._positions is None:
            self._positions = {other: position for position, other in enumerate(self.queue)}
        return self._positions.get(entry)

    def start_session(self, session: Session, *, blind: bool | None = None) -> Session:
        """Work through a queue; ``blind`` overrides what it says."""
        self.session = session
        self.blind = session.queue.blind if blind is None else blind
        self.set_queue(session.entries)
        return session

    def end_session(self) -> None:
        """Back to all that is open, nothing hidden."""
        self.session, self.blind = None, False
        self.set_queue(self.entries)

    def session_details(self, entry: Entry) -> ActDetails:
        """Under which number and how an attempt is shown; to be handed to every act."""
        details: ActDetails = {"blind": self.blind}
        if self.session is not None and (number := self.session.number(entry)) is not None:
            details |= {"queue": self.session.queue.name, "number": number}
        return details

    def close(self) -> None:
        """End workers and git processes."""
        if "analyses" in self.__dict__:
            self.analyses.close()
        self.references.close()
