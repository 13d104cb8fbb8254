"""Counts of all that is open."""

from __future__ import annotations

from array import array

import msgspec

from reviewer.model import BEING_WRITTEN
from reviewer.project.derived import Derived, derive
from reviewer.project.entries import EntryStore
from reviewer.project.table import MANY, AttemptTable


class ListTotals(msgspec.Struct, frozen=True):
    """Counts for the header of the list; ``attempts`` leaves malformed ones out."""

    attempts: int
    commits: int
    runs: int
    malformed: int
    marked: int
    labelled: int
    missing: frozenset[str] = frozenset()
    """The facts of :data:`FACTS` that no attempt has."""


FACTS = ("written", "agent", "took")
"""Facts that every attempt of a source may lack."""


def count_attempts(store: EntryStore) -> array[int]:
    """The counts that no act of the annotator changes."""
    return derive(store.table, store.newest, "totals and facts", lambda: _count(store)).numbers


def count_ahead(table: AttemptTable) -> None:
    """Have what the screens ask of all attempts of a large project remembered before these are open."""
    coming = EntryStore(table)
    coming.take_in(())
    if coming.newest > MANY:
        count_attempts(coming)
        coming.all().count_open()


def totals_of(store: EntryStore, counts: array[int]) -> ListTotals:
    """All counts: those of :func:`count_attempts`, and how many attempts the annotator has judged."""
    attempts, commits, runs, malformed, marked, *known = counts
    labelled = store.table.value(
        "SELECT count(*) FROM own JOIN attempt ON attempt.id = line WHERE decided AND malformed IS NULL"
    )
    missing = frozenset(fact for fact, count in zip(FACTS, known, strict=True) if not count)
    return ListTotals(attempts, commits, runs, malformed, marked, labelled, missing)


def _count(store: EntryStore) -> Derived:
    good, commits, marked, *known = store.table.all(
        "SELECT count(*), count(DISTINCT hash) + (count(*) > count(hash)), sum(status IS 'success'), "
        "count(written), count(agent), count(duration) "
        "FROM attempt LEFT JOIN reference ON reference.id = attempt.reference WHERE malformed IS NULL"
    )[0]
    runs = "SELECT count(*) FROM (SELECT DISTINCT root, run FROM attempt WHERE malformed IS NULL)"
    bad = store.table.value("SELECT count(*) FROM attempt WHERE malformed != ?", BEING_WRITTEN)
    return Derived(array("q", (good, commits, store.table.value(runs), bad, marked or 0, *known)))
