"""What checks have found out about the attempts of a table: in this session, and last of all.

What the checks of an attempt answered is kept under a key of all that it depends on; what the comparison of all attempts
adds is kept apart, under a digest of all these keys. A session has copies of its own in temporary tables, so that another
program on the same file changes nothing under its hands.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from reviewer.check_values import MeasuredValue
from reviewer.checks.results import with_results
from reviewer.model import Analysis, CheckResult, from_json, to_json
from reviewer.project.sqlite_values import listed
from reviewer.project.table import AttemptTable

HELD = 1000
"""Analyses that stay read: more than any screen shows."""
_LISTED = "outcomes, fails, warns, found_model, speed_rank, speed"
"""The columns of an attempt's row that checks fill, as far as the list needs them; they outlive the session."""
_MARKS = "?, ?, ?, ?, ?, ?"


class KeptAnalysis(NamedTuple):
    """An analysis on its way into the table; without ``key`` it is of this session alone."""

    row: int
    edition: int
    """Of the attempt's files that were checked: nothing is kept where they are others by now."""
    analysis: Analysis
    key: str | None = None
    whole: bool = True
    """Whether all checks were asked: lists show nothing of others."""


Stored = dict[int, tuple[bytes, bytes | None]]
"""What was found out about attempts, by row, and what comparing all of them adds, as the table has it."""


class _Held(NamedTuple):
    """What was found out about an attempt by itself, and with what comparing all attempts adds."""

    own: Analysis
    whole: Analysis


class KeptAnalyses:
    """Analyses of a table's attempts by row; a method may be called from any thread."""

    def __init__(self, table: AttemptTable) -> None:
        self._table = table
        self._read: Mapping[int, _Held | None] = {}
        """Those that were asked for last, the newest at the end; as the table's, under its lock, and never changed in place."""
        self._lent: Stored | None = None

    def whole(self, row: int) -> Analysis | None:
        """What was found out about an attempt in this session, with what comparing all attempts adds."""
        held = self._read  # another thread may put another in its place
        found = held[row] if row in held else self.read([row])[row]
        return found and found.whole

    def own(self, rows: Sequence[int]) -> dict[int, Analysis]:
        """What was found out about several attempts in this session, without what comparing all attempts adds."""
        held = {row: found.own for row in rows if (found := self._read.get(row))}
        read = self._get_all([row for row in rows if row not in held])
        return held | {row: own for row, (own, _) in read.items()}

    def read(self, rows: Sequence[int]) -> Mapping[int, _Held | None]:
        """What was found out about several attempts, at most :data:`HELD`, which are asked for next."""
        held = self._read
        if all(row in held for row in rows):
            return held
        with self._table.lock:
            found = self._get_all([row for row in rows if row not in self._read])
            fresh = {row: _Held(own, with_results(own, more)) for row, (own, more) in found.items()}
            read = {row: fresh[row] if row in fresh else self._read.get(row) for row in rows}
            self._hold(read)
        return read

    def _hold(self, found: Mapping[int, _Held | None]) -> None:
        held = {row: analysis for row, analysis in self._read.items() if row not in found} | {**found}
        self._read = dict(islice(held.items(), max(len(held) - HELD, 0), None))

    def read_again(self, rows: Iterable[int]) -> None:
        """What was found out about these is other by now."""
        others = {*rows}
        with self._table.lock:
            self._read = {row: analysis for row, analysis in self._read.items() if row not in others}

    def get(self, row: int) -> tuple[Analysis, tuple[CheckResult, ...]] | None:
        """What was found out about an attempt in this session, and what comparing all attempts adds to it."""
        found = self._table.all(
            "SELECT analysis.value, comparison.value FROM analysis LEFT JOIN comparison USING (id) WHERE id = ?",
            row,
        )
        return _read(*found[0]) if found else None

    def _get_all(self, rows: Sequence[int]) -> dict[int, tuple[Analysis, tuple[CheckResult, ...]]]:
        """The same of several attempts."""
        found = self.stored(rows)
        return {row: kept for row in found if (kept := _read(*found[row])) is not None}

    def stored(self, rows: Sequence[int]) -> Stored:
        """The same as it lies in the table."""
        if self._lent is not None:
            return {row: self._lent[row] for row in rows if row in self._lent}
        found = self._table.all(
            "SELECT id, analysis.value, comparison.value FROM analysis LEFT JOIN comparison USING (id) "
            "WHERE id IN (SELECT value FROM json_each(?))",
            listed(rows),
        )
        return {row: (value, more) for row, value, more in found}

    def lend(self, stored: Stored) -> None:
        """From now on know these alone: in a process that cannot ask the table."""
        self._lent = stored

    def key(self, row: int) -> tuple[str | None, bool]:
        """The key under which the analysis of an attempt is kept, and whether it is of all checks."""
        ((key, whole),) = self._table.all("SELECT key, whole FROM analysis WHERE id = ?", row)
        return key, bool(whole)

    def forget(self, row: int) -> None:
        """Nothing is known of an attempt."""
        with self._table.lock:
            self._table.run("DELETE FROM analysis WHERE id = ?", row)
            self._table.run("DELETE FROM comparison WHERE id = ?", row)
            self._table.run(f"UPDATE attempt SET ({_LISTED}) = ({_MARKS}) WHERE id = ?", *[None] * 6, row)
            self.read_again([row])

    def put(self, found: Sequence[KeptAnalysis]) -> None:
        """Keep analyses, and what lists show of them, in one transaction."""
        with self._table.lock:
            self._table.write(partial(self._put, found))
            self._hold({each.row: _Held(each.analysis, each.analysis) for each in found})

    def _put(self, found: Sequence[KeptAnalysis]) -> None:
        for each in found:
            value = zlib.compress(to_json(each.analysis), 1)
            now = "FROM record WHERE id = ? AND edition = ?"
            values = each.key, value, each.row, each.edition
            self._table.run(f"INSERT OR REPLACE INTO analysis SELECT id, ?, ?, {each.whole:d} {now}", *values)
            self._table.run("DELETE FROM comparison WHERE id = ?", each.row)
            if each.key is not None:
                self._table.run(f"INSERT OR REPLACE INTO checked SELECT id, ?, ? {now}", *values)
            self._show(each.row, each.analysis)

    def _show(self, row: int, analysis: Analysis) -> None:
        """Fill the columns of the list, of an attempt that all checks were asked about."""
        value = analysis.value(MeasuredValue)
        rank, speed = None, None
        if value is not None and value.ratio is not None:
            rank, speed = 0, value.ratio
        elif value is not None and value.blame is not None:
            rank, speed = (1 if value.blame == "patch" else 2), 0.0
        outcomes = [result.outcome for result in analysis.checks]
        values = (
            outcomes_of(analysis), outcomes.count("fail"), outcomes.count("warn"), analysis.facts.model, rank, speed,
        )  # fmt: skip
        self._table.run(
            f"UPDATE attempt SET ({_LISTED}) = ({_MARKS}) WHERE id = ? AND ({_LISTED}) IS NOT ({_MARKS}) "
            "AND EXISTS (SELECT 1 FROM analysis WHERE id = ? AND whole)",
            *values, row, *values, row,
        )  # fmt: skip

    def recall(self, keys: Mapping[int, tuple[str, int]]) -> set[int]:
        """Take over what was found out last, by row, where key and edition are these; the rows for which that is so."""
        known = self._table.all(
            "SELECT checked.id, record.edition FROM json_each(?) AS asked JOIN checked ON checked.id = asked.key "
            "AND checked.key = asked.value JOIN record ON record.id = checked.id",
            json.dumps({row: key for row, (key, _) in keys.items()}),
        )
        rows = {row for row, edition in known if keys[row][1] == edition}
        found = "id IN (SELECT value FROM json_each(?))"
        with self._table.lock:
            self._table.run(f"DELETE FROM comparison WHERE {found}", listed(rows))
            self._table.run(
                f"INSERT OR REPLACE INTO analysis SELECT id, key, value, 1 FROM checked WHERE {found}",
                listed(rows),
            )
            self.read_again(rows)
        return rows

    # The comparison of all attempts ------------------------------------------------------------

    def digest(self, basis: str) -> str | None:
        """Stands for all analyses of the table, and for the ``basis`` of their comparison; ``None`` where some have no key."""
        whole = hashlib.sha256(basis.encode())
        for row, edition, key in self._table.all(
            "SELECT attempt.id, edition, key FROM attempt JOIN record ON record.id = attempt.id "
            "LEFT JOIN analysis ON analysis.id = attempt.id ORDER BY attempt.id"
        ):
            if key is None:
                return None
            whole.update(f"{row} {edition} {key}\n".encode())
        return whole.hexdigest()[:32]

    def recall_comparison(self, digest: str) -> bool:
        """Take over the last comparison of all attempts, where it was of these analyses."""
        attempts = self._table.value("SELECT count(*) FROM attempt WHERE malformed IS NULL")
        if self._table.value("SELECT count(*) FROM compared WHERE digest = ?", digest) != attempts:
            return False
        taken = "INSERT OR REPLACE INTO comparison SELECT id, value FROM compared WHERE digest = ?"
        with self._table.lock:
            self._table.run(taken, digest)
            self._read = {}
        return True

    def put_comparison(self, found: Mapping[int, tuple[CheckResult, ...]], digest: str | None) -> None:
        """Keep what a comparison adds to rows, in one transaction; without ``digest`` for this session alone."""
        own = self.own(list(found))
        whole = {row: with_results(analysis, found[row]) for row, analysis in own.items()}
        with self._table.lock:
            self._table.write(partial(self._put_comparison, found, whole, digest))
            self._hold({row: _Held(own[row], whole[row]) for row in whole if row in self._read})

    def _put_comparison(
        self, found: Mapping[int, tuple[CheckResult, ...]], whole: Mapping[int, Analysis], digest: str | None
    ) -> None:
        values = [(row, to_json(found[row])) for row in whole]
        self._table.run_all("INSERT OR REPLACE INTO comparison VALUES (?, ?)", values)
        if digest is not None:
            kept = [(row, digest, value) for row, value in values]
            self._table.run_all("INSERT OR REPLACE INTO compared VALUES (?, ?, ?)", kept)
        for row, analysis in whole.items():
            self._show(row, analysis)


def outcomes_of(analysis: Analysis) -> str:
    """What each check answered, as the list keeps it."""
    return " ".join(f"{result.name}={result.outcome}" for result in analysis.checks)


def _read(value: bytes, more: bytes | None) -> tuple[Analysis, tuple[CheckResult, ...]] | None:
    """What was kept; ``None`` where damage, which SQLite does not always notice, has made something else of it."""
    try:
        results: tuple[CheckResult, ...] = () if more is None else from_json(more, tuple[CheckResult, ...])
        return from_json(zlib.decompress(value), Analysis), results
    except (ValueError, zlib.error):
        return None
