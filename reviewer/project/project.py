"""One opened project: sources, checks, verdicts and index behind one object.

Nothing here knows of screens. What is slow (git, checks) comes as plain data from methods that may be
called from a thread; what changes the entries is called from one thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence, Set
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.checks import CHECK_NAMES
from reviewer.config import Workspace
from reviewer.guide import Explained
from reviewer.model import Analysis, Commit, Outcome
from reviewer.project.acts import ActDetails
from reviewer.project.attempts import read_attempts
from reviewer.project.entries import (
    Entry,
    ListTotals,
    find_copies,
    haystack_of,
    in_order,
    make_entries,
    own_hash,
)
from reviewer.project.labels import Labels
from reviewer.project.notes import Notes
from reviewer.project.references import NoCommit, References
from reviewer.project.session import Session, bind_queue
from reviewer.sources.attempt_files import JOURNAL
from reviewer.sources.recognition import read_root
from reviewer.sources.registry import Reading
from reviewer.stats.rows import HumanChange
from reviewer.text import plural
from reviewer.verdicts.pace import Pace, pace

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
        self.entries: list[Entry] = []
        self.labels = Labels(space)
        self.references = references or References(space)
        if analyses is not None:
            self.analyses = analyses
        self._runs = runs
        self.root_problems: list[str] = []
        self._by_id: dict[str, Entry] = {}
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
    def open(cls, space: Workspace) -> Project:
        """Read attempts and labels. Raises :class:`NothingToReview`, and ``ConfigError`` for a rubric."""
        project = cls(space)
        project.read()
        return project

    def read(self) -> None:
        """Read attempts and labels, all of them the queue. Raises :class:`NothingToReview`."""
        self._read()
        if not self.entries:
            raise NothingToReview(self._nothing_found())
        self.set_queue(self.entries)

    # Reading -------------------------------------------------------------------------------

    def _read(self) -> None:
        found = read_attempts(self.space.roots, self.references, self._runs)
        self.root_problems = list(found.problems)
        self.entries = make_entries(list(found.attempts))
        find_copies(self.entries)
        self._by_id = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.attempt.id, entry)
        self.labels.read(self.entries, self._by_id)

    def reload(self) -> None:
        """Read everything again, keeping what was found out about attempts whose files are as they were.

        The queue keeps its order, without attempts that are gone; one of all that was open takes in new ones.
        """
        known = {entry: entry for entry in self.entries}
        self.references.forget_files()
        self._read()
        self._notes = None
        self.forget_measurements()
        for entry in self.entries:
            before = known.get(entry)
            if before is not None and before.attempt == entry.attempt:
                entry.commit, entry.commit_hash = before.commit, before.commit_hash
                entry.subject, entry.haystack = before.subject, before.haystack
                entry.analysis = before.analysis
        self.entries = in_order(self.entries)
        if self.session is not None:
            self.session = bind_queue(self.session.queue, self.session.path, self.labels)
            self.set_queue(self.session.entries)
        else:
            present = {entry: entry for entry in self.entries}
            added = present.keys() - known.keys() if len(self.queue) == len(known) else set()
            kept = [present[entry] for entry in self.queue if entry in present]
            self.set_queue([*kept, *(entry for entry in self.entries if entry in added)])

    def _nothing_found(self) -> str:
        roots = ", ".join(str(root) for root in self.space.roots)
        problems = f" ({'; '.join(self.root_problems)})" if self.root_problems else ""
        return (
            f"no attempt found: looked for folders with a {JOURNAL}, predictions and trajectories at "
            f"{roots or 'nothing'}{problems}. "
            "For example: reviewer path/to/state/runs --repo path/to/repository"
        )

    def notices(self) -> list[str]:
        """Warnings about what was opened: ignored settings, unreadable roots, damage."""
        notices = [*self.space.notices, *self.root_problems]
        if self.labels.damaged:
            notices.append(
                f"{len(self.labels.damaged)} damaged places in verdict files; reviewer doctor lists them"
            )
        notices += self.check_problems
        read: Measurements | None = self.__dict__.get("measurements")
        if read is not None and read.ready and read.problems:
            notices.append(
                f"{plural(len(read.problems), 'fault')} in measurements; reviewer doctor lists them"
            )
        return notices

    @property
    def title(self) -> str:
        """The names of the opened roots, short."""
        return ", ".join(_short_path(root) for root in self.space.roots)

    def find(self, attempt_id: str) -> Entry | None:
        """The entry of an attempt id as files write it, or as the screen shows it."""
        found = self._by_id.get(attempt_id)
        return found or next((entry for entry in self.entries if entry.name == attempt_id), None)

    def totals(self) -> ListTotals:
        """Counts for the header."""
        good = [entry for entry in self.entries if entry.attempt.malformed is None]
        return ListTotals(
            attempts=len(good),
            commits=len({entry.commit_hash for entry in good}),
            runs=len({(entry.attempt.root, entry.attempt.run) for entry in good}),
            malformed=len(self.entries) - len(good),
            marked=sum(entry.attempt.marked for entry in good),
            labelled=sum(entry.decision is not None for entry in good),
        )

    def next_open(self, after: Entry | None, queue: Sequence[Entry] | None = None) -> Entry | None:
        """The next attempt without a judgement after ``after``, in the queue's order, round once; skipped ones last."""
        entries = self.entries if queue is None else queue
        if after is None:
            start = 0
        elif queue is self.queue:
            start = self._positions.get(after, -1) + 1
        else:
            start = next((number for number, entry in enumerate(entries, 1) if entry == after), 0)
        put_off: Entry | None = None
        for entry in (*entries[start:], *entries[:start]):
            if self.is_open(entry):
                if not entry.skipped:
                    return entry
                put_off = put_off or entry
        return put_off

    def is_open(self, entry: Entry) -> bool:
        """Whether the annotator still has to judge an entry: in this session's queue, else at all."""
        if self.session is not None and self.session.number(entry) is not None:
            return self.session.is_open(entry)
        return entry.decision is None and entry.attempt.malformed is None and entry.copy_of is None

    @property
    def notes(self) -> Notes:
        """Notes on commits, runs and sections of the report, read when first asked for."""
        if self._notes is None:
            self._notes = Notes(self.space)
        return self._notes

    # Commits -------------------------------------------------------------------------------

    def load_commits(self) -> dict[str, Commit | NoCommit]:
        """All commits by the hash that journals write, or why one cannot be had; for a thread."""
        found: dict[str, Commit | NoCommit] = {}
        wanted = {e.attempt.commit: e for e in self.entries if e.commit is None and e.attempt.commit}
        for name, entry in wanted.items():
            try:
                found[name] = self.references.commit_of(entry)
            except NoCommit as error:
                found[name] = error
        return found

    def apply_commits(self, commits: Mapping[str, Commit | NoCommit]) -> None:
        """Put commits that were loaded into the entries and order them as the queue goes."""
        for entry in self.entries:
            found = commits.get(entry.attempt.commit or "")
            if isinstance(found, Commit):
                self.apply_commit(entry, found)
            elif found is not None:
                entry.commit_problem = str(found)
                if found.ambiguous:  # what other attempts call the commit does not say which one this is
                    entry.commit_hash = own_hash(entry.attempt)
                    entry.haystack = haystack_of(entry)
        self.entries = in_order(self.entries)

    def resolve_commits(self) -> None:
        """Make sure that commits have been looked up: before that, one may go under several hashes."""
        if any(e.attempt.commit and e.commit is None and e.commit_problem is None for e in self.entries):
            self.apply_commits(self.load_commits())

    def apply_commit(self, entry: Entry, commit: Commit) -> None:
        """Put one commit that was loaded into an entry."""
        entry.commit, entry.commit_hash, entry.subject = commit, commit.hash, commit.subject
        entry.commit_problem = None
        entry.haystack = haystack_of(entry)

    # Checks --------------------------------------------------------------------------------

    @cached_property
    def analyses(self) -> Analyses:
        """The checks of attempts and human patches."""
        # the door to the checks: all of them load with the first one, and not for the first frame
        from reviewer.project.analyses import Analyses

        return Analyses(self.space, self.references, lambda: self.measurements)

    def load_checks(self) -> None:
        """Find the checks of other packages too; slow, so for a thread."""
        self.analyses.load()

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
    ) -> Generator[tuple[Entry, Analysis], None, None]:
        """Analyses of attempts as they come in, those that the index knows first; for a thread.

        An attempt comes again where the comparison of all of them changes its analysis. ``only`` names checks.
        """
        wanted = [e for e in (self.entries if entries is None else entries) if e.analysis is None]
        return self.analyses.run(wanted, self.entries, only)

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
        return self.analyses.control(self.entries, only)

    # The queue -----------------------------------------------------------------------------

    def set_queue(self, entries: Sequence[Entry]) -> None:
        """The attempts to go through, in this order."""
        self.queue = tuple(entries)
        self._positions = {entry: queue_position for queue_position, entry in enumerate(self.queue)}

    def queue_position(self, entry: Entry) -> int | None:
        """An attempt's index in the queue, from 0; ``None`` where it is not in it."""
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

    def pace(self, now: datetime) -> Pace:
        """The pace of this sitting, for the queue that is worked through."""
        remaining = sum(self.is_open(entry) for entry in self.queue)
        return pace(self.labels.acts.all(), self.labels.annotator, remaining, now)

    def close(self) -> None:
        """End workers and git processes."""
        if "analyses" in self.__dict__:
            self.analyses.close()
        self.references.close()


def _short_path(path: Path) -> str:
    return "/".join(path.parts[-3:]) if len(path.parts) > 3 else str(path)
