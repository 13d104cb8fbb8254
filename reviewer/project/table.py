"""The table of facts: a row for each attempt with what lists, filters, orders and counts ask of it, in SQLite.

It is a cache like the index: safe to delete at any time, one file for each set of opened sources, begun anew by another
version. What belongs to this session alone (judgements, analyses) lies in temporary tables beside it. Where no file can
be kept, all of it is temporary. One connection serves every thread, under one lock.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from reviewer.index import means_damage, open_database, remove_database, rescue_rows
from reviewer.project.attempt_names import own_hash
from reviewer.project.lost_rows import STAND_IN, RowsLost
from reviewer.project.made_rows import FACTS, MadeRow
from reviewer.project.schema import INDICES, KEPT, OWN
from reviewer.project.sqlite_values import bound, listed, numbers_in, text_of
from reviewer.sources.runs import Looked

_T = TypeVar("_T")

VERSION = 10
"""Of the tables and of what is written into them; another one begins anew."""
WHOLE = "*"
"""Stands for the parent of attempts whose root is always read whole."""

MANY = 5000
"""Attempts above which nothing goes through all of them before the first frame."""
_FEW = 50
"""Attempts in one folder that are looked for one by one, rather than all that are there."""

_RESCUED = ("basis", "reference", "record", "attempt")
"""The tables that go on in memory: without those of folders, all of them are listed again, and what was lost is found."""
_SESSION = ("own", "analysis", "comparison", "scope")
"""The tables that belong to a session."""
RANK_BITS = 25
"""Bits of an attempt's rank below the position of its commit: its number there, and 1 where that may be another by now."""


class AttemptRow(NamedTuple):
    """An attempt's row, as entries are made of it."""

    id: int
    data: bytes
    name: str
    prefix: str
    commit_hash: str | None
    subject: str | None
    problem: str | None
    copy_of: str | None
    outcomes: str | None
    edition: int
    """Another number for other files."""


class RowChanges(msgspec.Struct):
    """What a refresh has changed."""

    added: int = 0
    changed: set[int] = msgspec.field(default_factory=set)
    """Rows of attempts of which a file is another."""
    gone: set[int] = msgspec.field(default_factory=set)
    labels: bool = False
    """Whether verdict files hold what other programs wrote."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone or self.labels)

    def take(self, *, whole: bool) -> RowChanges:
        """What has changed so far, and is no news from now on; what is gone is kept until the ``whole`` was read."""
        taken = RowChanges(self.added, self.changed, self.gone if whole else set())
        self.added, self.changed, self.labels = 0, set(), False
        self.gone = set() if whole else self.gone
        return taken


class AttemptTable:
    """Every attempt of the opened roots; a method may be called from any thread."""

    def __init__(self, file: Path | None, basis: str) -> None:
        """``file`` is ``None`` where nothing is to be kept; ``basis`` stands for all else that rows depend on."""
        self.lock = threading.RLock()
        """What is taken while something must be read and written, or remembered of it, as one."""
        self._file = file
        self._opened: sqlite3.Connection | None = None
        self._references: dict[str, int] = {}
        self._functions: dict[str, Callable[[Any], str | int | None]] = {
            "lowered": lambda text: text and text.lower()
        }
        self.lost = False
        """Whether rows were lost with a damaged file, until all attempts have been read again."""
        self.problem = ""
        """Why the file was left; empty where it is in use, or where there never was one."""
        self.stands_in = True
        """Whether something stands for lost rows until then, as on a screen; else every method raises :class:`RowsLost`."""
        self._last: int = self.value("SELECT max(id) FROM record") or 0
        """The number of the newest row: none is given twice."""
        found = dict(self.all("SELECT value, arranged FROM basis"))
        self.arranged_at: int = found.get(basis, 0)
        """When what rows say of each other was brought up to date last, as far as is known here, in nanoseconds."""
        self.arranged = self.arranged_at > 0
        """Whether it is up to date."""
        if {*found} != {basis}:  # rows were made from something else
            self.run("DELETE FROM basis")
            self.run("INSERT INTO basis VALUES (?, 0)", basis)
            self.run("UPDATE record SET stamp = ''")
            self.run("DELETE FROM folder")
        self.lost = self.stands_in = False  # nobody has asked for a row yet

    @property
    def _database(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> sqlite3.Connection:
        # one file open for each table instead of the three of a write-ahead log
        database = open_database(
            self._file, _prepare, journal="DELETE", check_same_thread=False, isolation_level=None
        )
        database.text_factory = text_of
        database.executescript(OWN)
        for name, function in self._functions.items():
            database.create_function(name, 1, function)
        return database

    # Asking ------------------------------------------------------------------------------------

    def all(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        values = tuple(map(bound, parameters))
        return self._safely(lambda: self._database.execute(query, values).fetchall())

    def numbers(self, query: str, *parameters: object) -> array[int]:
        """The numbers that a query selects as ``number``, in its order: in one row, as threads take turns at each row."""
        # SQLite keeps the order of a query within one that concatenates
        return numbers_in(self.value(f"SELECT group_concat(number) FROM ({query})", *parameters))

    def run(self, statement: str, *parameters: object) -> None:
        """Run a statement that writes."""
        values = tuple(map(bound, parameters))
        self._safely(lambda: self._database.execute(statement, values))

    def run_all(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement that writes, with the values of each row."""
        self._safely(lambda: self._database.executemany(statement, rows))

    def write(self, work: Callable[[], object]) -> None:
        """Do something in one transaction, or in the one that goes on; all of it once more where the file is lost."""
        self._safely(lambda: self._transact(work))

    def _transact(self, work: Callable[[], object]) -> None:
        database = self._database
        if database.in_transaction:
            work()
            return
        database.execute("BEGIN IMMEDIATE")
        try:
            work()
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    def _safely(self, work: Callable[[], _T]) -> _T:
        """What ``work`` returns; where the file is full, damaged or gone, from a copy in memory."""
        with self.lock:
            self._raise_lost()
            within = self._database.in_transaction
            try:
                return work()
            except (
                sqlite3.DatabaseError,
                UnicodeDecodeError,
            ) as error:  # not all damage is noticed by SQLite
                if within or (file := self._file) is None:
                    raise
                self._leave_file(file, str(error), damaged=means_damage(error))
                self._raise_lost()
                return work()

    def _raise_lost(self) -> None:
        if self.lost and not self.stands_in:
            raise RowsLost

    def _leave_file(self, file: Path, reason: str, *, damaged: bool) -> None:
        """Go on in memory, with what can be read of the file; what cannot is read anew by and by."""
        before, self._file, self._opened = self._database, None, None
        self.lost = not rescue_rows(before, self._database, (*_RESCUED, *_SESSION)) or self.lost
        self._database.execute("DELETE FROM attempt WHERE reference NOT IN (SELECT id FROM reference)")
        for table, other in (("attempt", "record"), ("record", "attempt")):
            self._database.execute(f"DELETE FROM {table} WHERE id NOT IN (SELECT id FROM {other})")
        before.close()
        self.problem = f"cache {file}: {reason}; it is not used any more in this session"
        if damaged:
            remove_database(file)

    def lose(self, row: AttemptRow) -> AttemptRow:
        """What stands for a row that says nothing that was ever written there: all of the file is doubtful."""
        with self.lock:
            if self._file is not None:
                self._leave_file(self._file, "a row cannot be read", damaged=True)
            self.purge([row.id])
            self.lost = True
            self._raise_lost()
            return _stand_in(row.id)

    def value(self, query: str, *parameters: object) -> Any:
        """The one value of a query, ``None`` where it has no row."""
        found = self.all(query, *parameters)
        return found[0][0] if found else None

    def define(self, name: str, function: Callable[[Any], str | int | None]) -> None:
        """Let queries call a function of one argument."""
        with self.lock:
            self._functions[name] = function
            self._database.create_function(name, 1, function)

    def close(self) -> None:
        """Close the file until something is asked again; what belonged to the session is forgotten."""
        with self.lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def rows(self, ids: Sequence[int]) -> list[AttemptRow]:
        """The rows of these ids that are there, in any order, and what stands for lost ones."""
        found = [
            AttemptRow(*found)
            for found in self.all(
                "SELECT attempt.id, data, name, prefix, hash, subject, problem, copy_of, outcomes, edition FROM attempt "
                "JOIN record ON record.id = attempt.id LEFT JOIN reference ON reference.id = attempt.reference "
                "WHERE attempt.id IN (SELECT value FROM json_each(?))",
                listed(ids),
            )
        ]
        return [*found, *map(_stand_in, {*ids} - {row.id for row in found})] if self.lost else found

    def has_many(self) -> bool:
        """Whether there are more than :data:`MANY` attempts; counts no further."""
        return bool(self.all("SELECT 1 FROM attempt LIMIT 1 OFFSET ?", MANY))

    def ids(self) -> list[str]:
        """The ids of all attempts."""
        return [name for (name,) in self.all("SELECT DISTINCT full FROM attempt")]

    def __len__(self) -> int:
        count: int = self.value("SELECT count(*) FROM attempt")
        return count

    # Writing -----------------------------------------------------------------------------------

    def put(self, root: int, found: Sequence[MadeRow], difference: RowChanges) -> None:
        """Rows for attempts: new ones, or another content of those that there are."""
        newest = self.value("SELECT max(id) FROM record") or 0
        others = (
            newest > self._last
        )  # rows that were not here when these attempts were looked for, as by another program
        known: list[tuple[int | None, MadeRow]] = []
        for parent, own in _by_parent(found):
            seen = [row for row in own if others or not row.new]
            before = self._before(root, parent, seen, difference) if seen else {}
            for row in own:
                id_, data, stamp = before.get(row.folder) or (None, b"", "")
                if id_ is not None:
                    difference.gone.discard(id_)
                    if row.data == data and (stamp == row.stamp or not (stamp and row.stamp)):
                        if stamp != row.stamp:
                            statement = "UPDATE record SET stamp = ?, patch_sha256 = NULL WHERE id = ?"
                            self.run(statement, row.stamp, id_)
                        continue
                known.append((id_, row))
        if not known:
            return
        self.mark_arranged(False)
        self._last = max(self._last, newest)
        attempts, records, edition = [], [], time.time_ns()
        for id_, row in known:
            if id_ is None:
                self._last = id_ = self._last + 1
                difference.added += 1
                rank = None
            else:
                difference.changed.add(id_)
                self.run("DELETE FROM analysis WHERE id = ?", id_)
                rank = self.value("SELECT rank | 1 FROM attempt WHERE id = ?", id_)
            attempts.append((id_, root, rank, self._reference(row.commit), *row.facts))
            records.append((id_, root, bound(row.parent), bound(row.folder), row.stamp, edition, row.data))
        marks = ", ".join("?" * len(attempts[0]))
        columns = f"id, root, rank, reference, {FACTS}"
        self.run_all(f"REPLACE INTO attempt ({columns}) VALUES ({marks})", attempts)
        self.run_all("REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", records)

    def _before(
        self, root: int, parent: str, found: Sequence[MadeRow], difference: RowChanges
    ) -> dict[str, tuple[int, bytes, str]]:
        """The rows that there are of some attempts in one folder, by their own folders."""
        query = "SELECT folder, id, data, stamp FROM record WHERE root = ? AND parent = ?"
        if len(found) < _FEW:
            folders = listed(row.folder for row in found)
            rows = self.all(f"{query} AND folder IN (SELECT value FROM json_each(?))", root, parent, folders)
        else:
            rows = self.all(query, root, parent)
        before = {folder: (id_, data, stamp) for folder, id_, data, stamp in rows}
        if parent == WHOLE:  # a record that stands elsewhere in its file now is known by its name
            for made in found:
                if made.folder not in before:
                    same = self.all(
                        "SELECT record.id, data, stamp FROM attempt JOIN record ON record.id = attempt.id "
                        "WHERE attempt.root = ? AND full = ?", root, made.facts[0],
                    )  # fmt: skip
                    taken = {id_ for id_, _, _ in before.values()}
                    moved = [row for row in same if row[0] in difference.gone - taken]
                    before |= {made.folder: moved[0]} if moved else {}
        return before

    def look(self, root: int, found: Iterable[Looked]) -> None:
        """Folders that are no attempts were listed."""
        rows = [(root, bound(folder), bound(parent), stamp) for folder, parent, stamp in found]
        with self.lock:
            self._database.executemany(
                "REPLACE INTO folder (root, path, parent, stamp) VALUES (?, ?, ?, ?)", rows
            )

    def remove(self, root: int, folder: str, difference: RowChanges, *, below: bool) -> None:
        """An attempt is gone, and those below its folder; rows stay until :meth:`purge`, for what shows them."""
        where, parameters = "folder = ?", [folder]
        if below:
            where, parameters = (
                "(folder = ? OR folder >= ? AND folder < ?)",
                [folder, f"{folder}/", f"{folder}0"],
            )
            path = where.replace("folder", "path")
            self.run(f"DELETE FROM folder WHERE root = ? AND {path}", root, *parameters)
        found = self.all(f"SELECT id FROM record WHERE root = ? AND {where}", root, *parameters)
        difference.gone.update(id_ for (id_,) in found)

    def doubt(self, root: int, difference: RowChanges, *, scanned: bool) -> None:
        """All attempts of a root are gone unless they are put again; ``scanned`` says whether those of scans are too."""
        also = "" if scanned else f" AND parent = '{WHOLE}'"
        found = self.all(f"SELECT id FROM record WHERE root = ?{also}", root)
        difference.gone.update(id_ for (id_,) in found)
        if scanned:
            self.run("DELETE FROM folder WHERE root = ?", root)

    def purge(self, gone: Iterable[int]) -> None:
        """Forget attempts that are gone."""
        there = "SELECT id AS number FROM record WHERE id IN (SELECT value FROM json_each(?))"
        if rows := self.numbers(there, listed(gone)):
            self.mark_arranged(False)
            for table in ("attempt", "record", "analysis", "comparison", "checked", "compared"):
                self.run_all(f"DELETE FROM {table} WHERE id = ?", [(row,) for row in rows])

    def _reference(self, written: str | None) -> int | None:
        """The row of a commit as attempts write it."""
        if not written:
            return None
        if written not in self._references:
            own = own_hash(written)
            self.run(
                "INSERT OR IGNORE INTO reference (spelling, own, hash) VALUES (?, ?, ?)", written, own, own
            )
            self._references[written] = self.value("SELECT id FROM reference WHERE spelling = ?", written)
        return self._references[written]

    def holds(self, root: int) -> bool:
        """Whether an earlier scan of a root has found anything."""
        query = "SELECT EXISTS (SELECT 1 FROM record WHERE root = ?) OR EXISTS (SELECT 1 FROM folder WHERE root = ?)"
        return bool(self.value(query, root, root))

    def make_indices(self) -> None:
        """All has been read: make what finds rows fast, where it is not there yet."""
        self._safely(lambda: self._database.executescript(INDICES))

    def mark_arranged(self, arranged: bool) -> None:
        """Rows are others: remember whether what they say of each other is up to date (:mod:`reviewer.project.relations`)."""
        self.arranged_at = time.time_ns() if arranged else self.arranged_at
        self.run("UPDATE basis SET arranged = ?", self.arranged_at * arranged)
        self.run("DELETE FROM derived")
        self.arranged = arranged

    def forget_references(self) -> None:
        """Rows of commits may have gone."""
        self._references.clear()

    # Commits -----------------------------------------------------------------------------------

    def forget_commits(self) -> None:
        """Commits are as the attempts write them, until they have been looked up."""
        self.run("UPDATE reference SET hash = own, subject = NULL, problem = NULL")

    def put_commit(self, written: str, hash_: str | None, subject: str | None, problem: str | None) -> None:
        """What was found out about a commit; without ``hash_`` it keeps the one it has."""
        self.run(
            "UPDATE reference SET hash = coalesce(?, hash), subject = ?, problem = ? WHERE spelling = ? AND "
            "(hash, subject, problem) IS NOT (coalesce(?, hash), ?, ?)",
            hash_, subject, problem, written, hash_, subject, problem,
        )  # fmt: skip


def _stand_in(row: int) -> AttemptRow:
    return AttemptRow(row, STAND_IN, "…", "", None, None, None, None, None, 0)


def _by_parent(found: Sequence[MadeRow]) -> Iterator[tuple[str, list[MadeRow]]]:
    return ((parent, list(own)) for parent, own in groupby(found, lambda row: row.parent))


def _prepare(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError("of another version")
    if version == 0:
        database.executescript(KEPT)
        database.execute(f"PRAGMA user_version = {VERSION}")
