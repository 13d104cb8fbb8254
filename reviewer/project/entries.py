"""Attempts as the program knows them so far, in the order of the queue: made of rows when they are asked for."""

from __future__ import annotations

import re
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar, overload
from weakref import WeakValueDictionary

from reviewer.check_values import CheckValue
from reviewer.checks.results import unknown
from reviewer.checks.suggestion import suggest
from reviewer.model import Analysis, Attempt, CheckResult, Commit, Decision, LogFacts, Suggestion, from_json
from reviewer.project.derived import Derived, derive
from reviewer.project.kept_analyses import KeptAnalyses, KeptAnalysis, outcomes_of
from reviewer.project.sqlite_values import listed
from reviewer.project.table import AttemptRow, AttemptTable
from reviewer.verdicts.state import OwnState

_T = TypeVar("_T")
_V = TypeVar("_V", bound=CheckValue)

_TOGETHER = 500
"""Entries that are made at once where all are gone through."""
_GROUP = 2000
"""Entries whose files are looked at together when they are checked."""
_HELD = 1000
"""Entries that stay made after they were asked for one by one: more than any screen shows."""
_SHOWING = 1 << 40
"""The number of a showing begins here, above all rows."""
_UNTOUCHED = OwnState()


class Entry:
    """One attempt with everything known about it so far; what changes is asked of the store.

    Two entries are equal where their :attr:`key` is: a reload replaces an entry by an equal one.
    """

    __slots__ = (
        "__weakref__", "_store", "attempt", "commit_hash", "commit_problem", "copy_of", "edition", "key",
        "line", "name", "outcomes", "run_name", "showing", "subject",
    )  # fmt: skip

    def __init__(self, store: EntryStore, row: AttemptRow) -> None:
        self._store = store
        self.line = row.id
        """Its number in lists: the row's, or a showing's own."""
        self.attempt = from_json(row.data, Attempt)
        self.edition = row.edition
        """Another number for other files."""
        self.showing: tuple[str, int] | None = None
        """Queue and number where this is a second showing, or one with a known answer: judged on its own."""
        self.key: tuple[str, str, str, tuple[str, int] | None]
        """Identifies the entry by root, run, item and showing; nothing that changes later is part of it."""
        self.key = (self.attempt.root, self.attempt.run, self.attempt.item, None)
        self.take(row)

    def take(self, row: AttemptRow) -> None:
        """Take over what a row says besides the attempt itself."""
        self.name = row.name
        """The id as the screen shows it: short, with the root's name where two roots hold the same run."""
        self.run_name = row.prefix + self.attempt.run
        self.commit_hash = row.commit_hash
        self.commit_problem = row.problem
        self.subject = row.subject
        self.copy_of = row.copy_of
        self.outcomes = row.outcomes
        """The first letters of what checks answered last, perhaps in an earlier session, in their order."""

    @property
    def id(self) -> str:
        """Its attempt's id in this session: with the root's name where two roots hold the same run."""
        return self.run_name[: len(self.run_name) - len(self.attempt.run)] + self.attempt.id

    def as_showing(self, queue: str, number: int, line: int) -> Entry:
        """The attempt once more, under a number of a queue."""
        (row,) = self._store.table.rows([self.row])
        showing = Entry(self._store, row)
        showing.line, showing.showing = line, (queue, number)
        showing.key = (*self.key[:3], showing.showing)
        return showing

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Entry) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def row(self) -> int:
        """The row of its attempt."""
        return self.line % _SHOWING

    @property
    def own(self) -> OwnState:
        """What the annotator's own acts on it come to."""
        return self._store.states.get(self.line, _UNTOUCHED)

    @property
    def decision(self) -> Decision | None:
        """The annotator's own judgement in force."""
        return self.own.decision

    @property
    def stale(self) -> bool:
        """Whether that judgement was made on another patch than is there now."""
        return self.own.stale

    @property
    def old_rubric(self) -> bool:
        """Whether that judgement was made under another rubric than the one in use."""
        return self.own.old_rubric

    @property
    def skipped(self) -> bool:
        """Whether the annotator has put it off and not judged it since."""
        return self.own.skipped

    @property
    def flagged(self) -> bool:
        """Whether the annotator's flag for discussion stands."""
        return self.own.flagged

    @property
    def commit(self) -> Commit | None:
        """The human commit, ``None`` before it was looked up and where it cannot be had."""
        return self._store.commits.get(self.attempt.commit or "")

    @property
    def analysis(self) -> Analysis | None:
        """What checks have found out in this session."""
        return self._store.analyses.whole(self.row) or self._store.unchecked_analysis(self.attempt)

    @analysis.setter
    def analysis(self, analysis: Analysis | None) -> None:
        if analysis is None:
            self._store.analyses.forget(self.row)
            self.outcomes = None
        else:
            self._store.keep_analyses([(self, analysis, None)])

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The answers of the checks, none before they have run."""
        return analysis.checks if (analysis := self.analysis) else ()

    def check(self, name: str) -> CheckResult | None:
        """The answer of one check, ``None`` where it was not run."""
        return analysis.check(name) if (analysis := self.analysis) else None

    def value(self, type_: type[_V]) -> _V | None:
        """What the check with this type of value found, ``None`` where it was not run or could not look."""
        return analysis.value(type_) if (analysis := self.analysis) else None

    @property
    def facts(self) -> LogFacts:
        """What logs and patch say; nothing before they have been read."""
        return analysis.facts if (analysis := self.analysis) else LogFacts()

    @property
    def model(self) -> str | None:
        """The model that the logs name, else the journal's."""
        return self.facts.model or self.attempt.model

    @property
    def suggestion(self) -> Suggestion | None:
        """The judgement that the checks suggest, ``None`` where they do not or are not there yet."""
        return suggest(analysis) if (analysis := self.analysis) else None

    @property
    def mark(self) -> str:
        """A word about an attempt that is not judged."""
        return f"copy of {self.copy_of}" if self.copy_of else ""


class Entries(Sequence[Entry]):
    """Entries in an order, made when they are asked for; going through all of them holds few at once."""

    def __init__(self, store: EntryStore, lines: array[int]) -> None:
        self._store = store
        self.lines = lines
        """The number of each entry."""

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return self._store.get_all(self.lines[index])
        return self._store.get(self.lines[index])

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, len(self.lines), _TOGETHER):
            yield from self._store.get_all(self.lines[start : start + _TOGETHER])

    def __contains__(self, entry: object) -> bool:
        return isinstance(entry, Entry) and self.position(entry) is not None

    def picked(self, indices: Iterable[int]) -> Entries:
        """Those at some indices."""
        return Entries(self._store, array("q", (self.lines[index] for index in indices)))

    def folders(self) -> Iterator[str]:
        """The folders, or addresses, of their attempts in their order; makes no entry."""
        query = "SELECT folder FROM json_each(?) AS asked CROSS JOIN record ON record.id = asked.value ORDER BY asked.key"
        for start in range(0, len(self.lines), _GROUP):
            rows = listed(line % _SHOWING for line in self.lines[start : start + _GROUP])
            yield from (folder for (folder,) in self._store.table.all(query, rows))

    def in_groups(self, size: int = _GROUP) -> Iterator[list[Entry]]:
        """All of them, so many at once."""
        for start in range(0, len(self.lines), size):
            yield self._store.get_all(self.lines[start : start + size])

    def position(self, entry: Entry) -> int | None:
        """An entry's index, ``None`` where it is not among them."""
        try:
            return self.lines.index(entry.line)
        except ValueError:
            return None

    def open_from(self, start: int) -> Iterator[Entry]:
        """The entries without a judgement from an index on, round once; malformed ones and copies left out."""
        countable, states = self._store.countable, self._store.states
        for index in chain(range(start, len(self.lines)), range(start)):
            line = self.lines[index]
            if countable[line] and ((state := states.get(line)) is None or state.decision is None):
                yield self._store.get(line)

    def count_open(self) -> int:
        """How many have no judgement; malformed ones and copies left out."""
        countable = self._store.countable
        judged = {line for line, state in self._store.states.items() if state.decision}
        among = judged.intersection(self.lines)
        return sum(map(countable.__getitem__, self.lines)) - sum(map(countable.__getitem__, among))


class EntryStore:
    """Makes entries of rows, one of each while it is in use, and holds what they share."""

    SHOWING = _SHOWING

    def __init__(self, table: AttemptTable) -> None:
        self.table = table
        self.commits: dict[str, Commit] = {}
        """The commits that were looked up, by how attempts write them."""
        self.states: dict[int, OwnState] = {}
        """What the annotator's own acts come to, by the number of the attempt or showing."""
        self._made: WeakValueDictionary[int, Entry] = WeakValueDictionary()
        self._held: deque[Entry] = deque(maxlen=_HELD)
        self._showings: dict[int, Entry] = {}
        self._countable: bytearray | None = None
        self.analyses = KeptAnalyses(table)
        self.stopped: tuple[str, Sequence[str]] | None = None
        """Why no more is checked in this session, with the names of the checks; what was not checked is unknown then."""
        self.newest = 0
        """The newest row that is open: what is read after it is taken in later."""

    def get(self, line: int) -> Entry:
        """The entry of a number. Raises ``KeyError`` where it is gone."""
        entry = self._showings.get(line) or self._made.get(line)
        if entry is None:
            (entry,) = self.get_all([line]) or (None,)
            if entry is None:
                raise KeyError(line)
            self._held.append(entry)
        return entry

    def get_all(self, lines: Sequence[int]) -> list[Entry]:
        """The entries of these numbers in their order, without those that are gone."""
        found = {line: entry for line in lines if (entry := self._showings.get(line) or self._made.get(line))}
        missing = [line for line in lines if line not in found]
        for row in self.table.rows(missing) if missing else ():
            found[row.id] = self._made.setdefault(row.id, self._make(row))
            if self.newest <= _HELD:  # a project of few attempts holds all of them
                self._held.append(found[row.id])
        return [found[line] for line in lines if line in found]

    def _make(self, row: AttemptRow) -> Entry:
        try:
            return Entry(self, row)
        except ValueError:
            return Entry(self, self.table.lose(row))

    def select(self, where: str = "1", *parameters: object, order: str = "rank") -> Entries:
        """The attempts for which a condition on the table's columns holds, in the queue's order or another."""
        query = (
            "SELECT attempt.id AS number FROM attempt LEFT JOIN reference ON reference.id = attempt.reference "
            f"LEFT JOIN own ON own.line = attempt.id WHERE ({where}) AND attempt.id <= ? ORDER BY {order}"
        )
        return Entries(self, self.table.numbers(query, *parameters, self.newest))

    def all(self) -> Entries:
        """Every open attempt, in the queue's order."""
        lines = derive(self.table, self.newest, "all", lambda: Derived(self.select().lines)).numbers
        return Entries(self, lines)

    def unchecked(self, among: Sequence[Entry] | None = None, *, whole: bool = True) -> Entries:
        """The attempts that have not been checked in this session, ``whole``: by all checks; in the order of ``among``, else the queue's."""
        found = self.select("attempt.id NOT IN (SELECT id FROM analysis WHERE whole >= ?)", whole)
        if among is None:
            return found
        unchecked = {*found.lines}
        rows = among.lines if isinstance(among, Entries) else [entry.row for entry in among]
        return self.entries(row for row in dict.fromkeys(rows) if row in unchecked)

    def entries(self, lines: Iterable[int]) -> Entries:
        """The entries of these numbers."""
        return Entries(self, array("q", lines))

    def first(self, attempt: str) -> Entry | None:
        """The first entry of an attempt's id, as files write it or as it is in this session, in the queue's order."""
        named = self.select("full = ?", attempt)
        if not named and ":" in attempt:
            ends = [attempt[colon.end() :] for colon in re.finditer(":", attempt)]
            known = "full IN (SELECT value FROM json_each(?)) AND prefix || full = ?"
            named = self.select(known, listed(ends), attempt)
        return next(iter(named), None)

    def has(self, attempt: str) -> bool:
        """Whether an attempt of that id is open, as files write it or as it is in this session."""
        named = self.table.all("SELECT 1 FROM attempt WHERE full = ? LIMIT 1", attempt)
        return bool(named) or (":" in attempt and self.first(attempt) is not None)

    def about(self, attempts: Iterable[str], commits: Iterable[str]) -> Entries:
        """The attempts that have one of these ids, or a commit that begins with these seven digits as they write it."""
        return self.select(
            "full IN (SELECT value FROM json_each(?1)) OR prefix != '' AND prefix || full IN (SELECT value FROM json_each(?1)) OR "
            "coalesce(substr(reference.spelling, 1, 7), '') IN (SELECT value FROM json_each(?2))",
            listed(attempts), listed(commits),
        )  # fmt: skip

    def add_showing(self, entry: Entry, queue: str, number: int) -> Entry:
        """An attempt once more, under a number of a queue."""
        line = _SHOWING * (len(self._showings) + 1) + entry.row
        showing = self._showings[line] = entry.as_showing(queue, number, line)
        return showing

    def settle(self, entry: Entry, state: OwnState) -> None:
        """Take in what the annotator's own acts on an attempt come to."""
        if state == _UNTOUCHED:
            if self.states.pop(entry.line, None) is not None:
                self.table.run("DELETE FROM own WHERE line = ?", entry.line)
            return
        self.states[entry.line] = state
        decision = state.decision
        self.table.run(
            "INSERT OR REPLACE INTO own VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            entry.line, decision is not None, decision and decision.judgement, decision and decision.verdict,
            state.stale, state.old_rubric, state.skipped, state.flagged,
        )  # fmt: skip

    @property
    def countable(self) -> bytearray:
        """By row, 1 for an attempt that is to be judged, 0 for malformed ones and copies."""
        if self._countable is None:
            self._countable = bytearray(b"\1") * (self.newest + 1)
            query = "SELECT id AS number FROM attempt WHERE (malformed IS NOT NULL OR copy_of IS NOT NULL) AND id <= ?"
            others = lambda: Derived(self.table.numbers(query, self.newest))  # noqa: E731
            for id_ in derive(self.table, self.newest, "not countable", others).numbers:
                self._countable[id_] = 0
        return self._countable

    def forget_states(self) -> None:
        """Nothing is judged, and nothing is shown twice."""
        self.states.clear()
        self._showings.clear()
        self.table.run("DELETE FROM own")

    def take_in(self, changed: Iterable[int]) -> None:
        """All rows that there are by now are open; entries of ``changed`` ones are made anew when asked for."""
        self.newest = self.table.value("SELECT max(id) FROM attempt") or 0
        self._countable = None
        for line in changed:
            self._made.pop(line, None)
        self.analyses.read_again(changed)
        self.renew()

    def renew(self, rows: Iterable[int] | None = None) -> list[Entry]:
        """The entries in use, of these rows or of all, which take over what the rows say now."""
        asked = [*self._made] if rows is None else rows
        used = {row: entry for row in asked if (entry := self._made.get(row))}
        for row in self.table.rows([*used]):
            used[row.id].take(row)
        return [*used.values()]

    # What checks say ---------------------------------------------------------------------------

    def keep_analyses(
        self, found: Sequence[tuple[Entry, Analysis, str | None]], *, whole: bool = True
    ) -> None:
        """Keep what was found out about attempts, each under a key where it is to be known in later sessions.

        What is not ``whole``, since some checks were not asked, no list shows.
        """
        self.analyses.put(
            [KeptAnalysis(entry.row, entry.edition, analysis, key, whole) for entry, analysis, key in found]
        )
        for entry, analysis, _ in found if whole else ():
            entry.outcomes = outcomes_of(analysis)

    def keep_comparison(
        self, found: Mapping[int, tuple[CheckResult, ...]], digest: str | None
    ) -> list[Entry]:
        """Keep what comparing all attempts adds to rows; the entries of them that are in use."""
        self.analyses.put_comparison(found, digest)
        return self.renew(found)

    def unchecked_analysis(self, attempt: Attempt) -> Analysis | None:
        """What stands for the analysis of an attempt that was not checked."""
        return None if self.stopped is None else unknown(attempt.id, *self.stopped)

    def first_at_commits(self) -> list[Entry]:
        """The first attempt at each commit, in the queue's order."""
        first: dict[str, int] = {}
        for commit, line in self.table.all(
            "SELECT hash, attempt.id FROM attempt JOIN reference ON reference.id = attempt.reference "
            "WHERE hash IS NOT NULL AND attempt.id <= ? ORDER BY rank",
            self.newest,
        ):
            first.setdefault(commit, line)
        return self.get_all([*first.values()])

    def in_use(self) -> list[Entry]:
        """The entries that somebody holds."""
        return [*self._made.values()]


def with_analyses(
    items: Sequence[_T], entry_of: Callable[[Any], Entry] = lambda entry: entry
) -> Iterator[_T]:
    """Entries, or what is about one each, what was found out read for some at once."""
    for start in range(0, len(items), _TOGETHER):
        if group := items[start : start + _TOGETHER]:
            entry_of(group[0])._store.analyses.read([entry_of(item).row for item in group])
            yield from group
