"""The attempts that a list shows: filtered, ordered and grouped by the table of facts, as numbers of lines."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Literal, NamedTuple, get_args

from reviewer.model import BEING_WRITTEN
from reviewer.project.derived import Derived, derive
from reviewer.project.entries import Entries, Entry, EntryStore
from reviewer.project.schema import ORDERS_BY_CHECKS
from reviewer.project.sqlite_values import listed, numbers_in
from reviewer.project.table import MANY

Grouping = Literal["commit", "run", "flat"]

_GROUPS = {"commit": "coalesce(hash, '')", "run": "prefix || run"}
_LONGEST_PATTERN = 1000
_LINE = "{line}"
"""Stands in conditions for the number of a line, which is a row's or a showing's."""


class Condition(NamedTuple):
    """A condition on the columns of the table, never unknown, with its parameters."""

    sql: str
    parameters: tuple[object, ...] = ()

    def negated(self) -> Condition:
        """The condition turned round."""
        return Condition(f"NOT ({self.sql})", self.parameters)


FLAGS = {
    "labelled": "decided IS 1",
    "unlabelled": "decided IS NOT 1 AND malformed IS NULL",
    "marked": "status IS 'success'",
    "malformed": f"coalesce(malformed != '{BEING_WRITTEN}', 0)",
    "empty": "coalesce(patch_bytes, 0) = 0",
    "patch": "coalesce(patch_bytes, 0) != 0",
    "stale": "stale IS 1",
    "skipped": "skipped IS 1",
    "flagged": "flagged IS 1",
    "copy": "copy_of IS NOT NULL",
}
"""Words that stand for a property of an attempt."""

KEYS = {
    "status": "status",
    "agent": "agent",
    "model": "coalesce(found_model, model)",
    "run": "run",
    "item": "item",
    "commit": "reference.hash",
    "subject": "reference.subject",
    "error": "error",
    "judgement": "judgement",
    "verdict": "verdict",
    "malformed": "malformed",
}
"""Facts that ``key:value`` looks in."""

ORDERS = {
    "time": ("attempt.written",),
    "id": ("full",),
    "agent": ("agent",),
    "model": ("coalesce(found_model, model)",),
    "status": ("status",),
    "checks": ("-fails", "-warns"),
    "measured": ("speed_rank", "-speed"),
    "size": ("-patch_bytes",),
    "duration": ("-duration",),
    "verdict": ("verdict",),
}
"""Orders by the name of their column; what has no value comes last.

``checks``: what fails first, then warnings. ``measured``: the fastest first, then patches that failed, then what failed
otherwise.
"""

_OWN = "verdict"
"""The order by what the annotator decides, which is never remembered."""
OWN_ORDERS: dict[Grouping, str] = {
    "commit": "commit, time",
    "run": "newest run first",
    "flat": "commit, time",
}
"""How attempts are ordered where nothing else is asked for, in words."""


def has_flag(name: str) -> Condition:
    """Whether an attempt has a property."""
    return Condition(FLAGS[name])


def has_value(key: str, value: str | None) -> Condition:
    """Whether a fact has a text in it, any case; with ``None`` whether it is not known."""
    column = KEYS[key]
    found = _holds(column, value) if value is not None else Condition(f"{column} IS NULL")
    if not column.startswith("reference."):
        return found
    found = _at_commits(found)
    return found if value is not None else Condition(f"reference IS NULL OR {found.sql}")


def has_word(word: str) -> Condition:
    """Whether ids, commit or subject have a text in them, any case."""
    return _any(_holds("full", word), _holds("name", word), _of_commit(word))


def _of_commit(word: str) -> Condition:
    return _at_commits(_any(_holds("reference.hash", word), _holds("reference.subject", word)))


def _at_commits(condition: Condition) -> Condition:
    """Whether a condition holds for the commit: asked of each commit once, and not for each of its attempts."""
    found = f"reference IN (SELECT id FROM reference WHERE {condition.sql})"
    return Condition(f"coalesce({found}, 0)", condition.parameters)


def _any(*conditions: Condition) -> Condition:
    parameters = (parameter for condition in conditions for parameter in condition.parameters)
    return Condition(" OR ".join(condition.sql for condition in conditions), tuple(parameters))


def _holds(text: str, part: str) -> Condition:
    """Whether a text has another one in it, any case."""
    if part.isascii() and len(part) < _LONGEST_PATTERN:  # for which SQLite needs no function of ours
        pattern = re.sub(r"([%_\\])", r"\\\1", part)
        return Condition(f"coalesce({text} LIKE ? ESCAPE '\\', 0)", (f"%{pattern}%",))
    return Condition(f"coalesce(instr(lowered({text}), ?), 0) > 0", (part.lower(),))


def has_outcome(check: str, outcomes: Iterable[str]) -> Condition:
    """Whether a check last answered one of these."""
    wanted = [f" {check}={outcome} " for outcome in outcomes]
    terms = " OR ".join(["instr(' ' || coalesce(outcomes, '') || ' ', ?) > 0"] * len(wanted))
    return Condition(f"({terms})", tuple(wanted))


def is_shown_as(word: str) -> Condition:
    """Whether the name that :func:`name_lines` gives, commit or subject have a text in them, any case."""
    shown = Condition(f"instr(lowered(shown_name({_LINE})), ?) > 0", (word.lower(),))
    return _any(shown, _of_commit(word))


def is_among(entries: Iterable[Entry]) -> Condition:
    """Whether an attempt is one of these."""
    lines = listed(entry.line for entry in entries)
    return Condition(f"{_LINE} IN (SELECT value FROM json_each(?))", (lines,))


_COUNTED = (
    f", length(name) AS long, {FLAGS['malformed']} AS bad, malformed IS '{BEING_WRITTEN}' AS writing",
    ", max(long), sum(bad), sum(writing)",
)
"""What is asked of each attempt for the counts of an arrangement, and of all of them."""


class Arrangement(NamedTuple):
    """The numbers of lines in their order, group by group; ``starts`` says where each of ``groups`` begins."""

    lines: array[int]
    groups: list[str]
    starts: array[int]
    longest_name: int = 0
    """Characters of the longest name."""
    malformed: int = 0
    """How many of the attempts are malformed."""
    being_written: int = 0

    def in_words(self) -> str:
        """How many attempts are shown, with those that are malformed or being written apart."""
        good = len(self.lines) - self.malformed - self.being_written
        apart = ((self.malformed, "malformed"), (self.being_written, BEING_WRITTEN))
        return " · ".join((f"{good} shown", *(f"{n} {what}" for n, what in apart if n)))

    def members(self, group: int) -> array[int]:
        """The lines of a group, by its index."""
        end = self.starts[group + 1] if group + 1 < len(self.starts) else len(self.lines)
        return self.lines[self.starts[group] : end]

    def group_of(self, line: int) -> int | None:
        """The index of the group that a line is in, ``None`` where it is in none."""
        if not self.groups or line not in self.lines:
            return None
        return bisect_right(self.starts, self.lines.index(line)) - 1


def at_commit(store: EntryStore, commit_hash: str | None) -> Entries:
    """The attempts at a commit, or those of which it is not known."""
    return store.select("hash IS ?", commit_hash)


def of_run(store: EntryStore, run_name: str) -> Entries:
    """The attempts of a run, by its name on the screen."""
    return store.select("prefix || run = ?", run_name)


def arrange(
    store: EntryStore,
    conditions: Sequence[Condition] = (),
    *,
    among: Sequence[Entry] | None = None,
    order: str | None = None,
    reverse: bool = False,
    grouping: Grouping = "flat",
) -> Arrangement:
    """The attempts for which all conditions hold; ``among`` are those of a queue, in its order, all where ``None``.

    Groups stand in the order of their first attempts, runs the newest first where no order is asked for; malformed
    attempts come last whatever the order, but for a queue's own.
    """
    asked = bool(conditions or among is not None or order is not None)

    def work_out() -> Arrangement:
        flat = (
            _flat(store, conditions, among, order, reverse) if asked or grouping == "flat" else arrange(store)
        )
        newest_first = grouping == "run" and order is None and among is None
        return flat if grouping == "flat" else _grouped(store, flat, grouping, newest_first=newest_first)

    if asked:
        return work_out()
    return _from_derived(derive(store.table, store.newest, f"by {grouping}", lambda: _as_derived(work_out())))


def arrange_ahead(store: EntryStore, *, checking: bool) -> Iterator[Arrangement]:
    """Have the groupings and orders of a large project remembered before they are asked for, one at each step.

    Not those by what checks find while these go on, which would forget them.
    """
    if store.newest > MANY:
        passed = (*ORDERS_BY_CHECKS, _OWN) if checking else (_OWN,)
        yield from (arrange(store, grouping=grouping) for grouping in get_args(Grouping))
        yield from (arrange(store, order=order) for order in ORDERS if order not in passed)


def _as_derived(shown: Arrangement) -> Derived:
    counts = (shown.longest_name, shown.malformed, shown.being_written)
    return Derived(array("q", counts) + shown.starts + shown.lines, shown.groups)


def _from_derived(found: Derived) -> Arrangement:
    numbers, groups = found
    longest, malformed, writing = numbers[:3]
    begin = 3 + len(groups)
    return Arrangement(numbers[begin:], groups, numbers[3:begin], longest, malformed, writing)


def _flat(
    store: EntryStore,
    conditions: Sequence[Condition],
    among: Sequence[Entry] | None,
    order: str | None,
    reverse: bool,
) -> Arrangement:
    source, line, own_order = "attempt", "attempt.id", "rank"
    if among is not None:
        source, line, own_order = (
            "scope JOIN attempt ON attempt.id = scope.id",
            "scope.line",
            "scope.position",
        )
        _set_scope(store, among)
    direction = "DESC NULLS FIRST" if reverse else "NULLS LAST"
    ordered = [FLAGS["malformed"]] if among is None else []
    ordered += [f"{column} {direction}" for column in ORDERS[order]] if order is not None else []
    where = " AND ".join(f"({condition.sql.replace(_LINE, line)})" for condition in conditions) or "1"
    query = (
        f"SELECT {line} AS number{{}} FROM {source} LEFT JOIN own ON own.line = {line} "
        f"WHERE {where} AND attempt.id <= {store.newest} ORDER BY {', '.join([*ordered, own_order])}"
    )
    if order is not None and not conditions and among is None:  # the counts are known, and perhaps the order
        name = f"order {order}"

        def ask() -> Derived:
            return Derived(store.table.numbers(query.format("")))

        if order == _OWN and not reverse:
            return _by_verdict(store, arrange(store))
        found = ask() if reverse else derive(store.table, store.newest, name, ask)
        return arrange(store)._replace(lines=found.numbers)
    # Numbers one behind the other instead of a row for each line, as AttemptTable.numbers does.
    inner, outer = _COUNTED
    ((numbers, *counts),) = store.table.all(
        f"SELECT group_concat(number){outer} FROM ({query.format(inner)})",
        *(parameter for condition in conditions for parameter in condition.parameters),
    )
    return Arrangement(numbers_in(numbers), [], array("q"), *(count or 0 for count in counts))


def _by_verdict(store: EntryStore, own: Arrangement) -> Arrangement:
    """What has a verdict comes first, of good and of malformed attempts: the few that have one are asked for, the others stay as they are."""
    query = (
        "SELECT attempt.id AS number FROM own JOIN attempt ON attempt.id = own.line WHERE verdict IS NOT NULL "
        f"AND attempt.id <= ? AND {FLAGS['malformed']} = ? ORDER BY verdict, rank"
    )
    lines, good = array("q"), len(own.lines) - own.malformed
    for malformed, part in enumerate((own.lines[:good], own.lines[good:])):
        judged = store.table.numbers(query, store.newest, malformed)
        known = {*judged}
        lines += judged + array("q", [line for line in part if line not in known])
    return own._replace(lines=lines)


def _grouped(store: EntryStore, flat: Arrangement, grouping: Grouping, *, newest_first: bool) -> Arrangement:
    """The same lines group by group."""
    group_of, names = derive(
        store.table, store.newest, f"groups by {grouping}", lambda: _groups(store, grouping)
    )
    members: defaultdict[int, list[int]] = defaultdict(list)
    for line in flat.lines:
        members[group_of[line % store.SHOWING]].append(line)
    groups = list(members)
    if newest_first:
        times = derive(store.table, store.newest, "times", lambda: _times(store)).numbers
        groups.sort(key=lambda group: -max(map(times.__getitem__, members[group])))
    starts = accumulate((len(members[group]) for group in groups[:-1]), initial=0) if groups else ()
    lines = array("q", chain.from_iterable(members[group] for group in groups))
    return flat._replace(lines=lines, groups=[names[group] for group in groups], starts=array("q", starts))


def _groups(store: EntryStore, grouping: Grouping) -> Derived:
    """The number of each row's group, by row, and the groups' keys."""
    known: dict[str, int] = {}
    numbers = array("q", bytes(8 * (store.newest + 1)))
    query = f"SELECT attempt.id, {_GROUPS[grouping]} AS own_key FROM attempt LEFT JOIN reference ON reference.id = reference"
    ((rows, keys),) = store.table.all(
        f"SELECT group_concat(id), json_group_array(own_key) FROM ({query} WHERE attempt.id <= ?)",
        store.newest,
    )
    for row, key in zip(numbers_in(rows), json.loads(keys), strict=True):
        numbers[row] = known.setdefault(key, len(known))
    return Derived(numbers, list(known))


def _times(store: EntryStore) -> Derived:
    """When each row's attempt was written, by row, in microseconds."""
    numbers = array("q", bytes(8 * (store.newest + 1)))
    written = "SELECT {} AS number FROM attempt WHERE written IS NOT NULL AND id <= ? ORDER BY id"
    rows = store.table.numbers(written.format("id"), store.newest)
    times = store.table.numbers(written.format("CAST(written * 1e6 AS INTEGER)"), store.newest)
    for row, time in zip(rows, times, strict=True):
        numbers[row] = time
    return Derived(numbers)


class LineCounts(NamedTuple):
    """Counts of some lines; malformed attempts are in the last one only."""

    good: int
    marked: int
    labelled: int
    malformed: int


def count_lines(store: EntryStore, lines: Sequence[int]) -> LineCounts:
    """How many attempts these lines are, how many the pipeline marked a success, how many the annotator has judged."""
    good, marked, labelled, malformed = store.table.all(
        "SELECT sum(malformed IS NULL), sum(status IS 'success' AND malformed IS NULL), "
        f"sum(decided IS 1 AND malformed IS NULL), sum({FLAGS['malformed']}) FROM json_each(?) AS shown "
        f"JOIN attempt ON attempt.id = shown.value % {store.SHOWING} LEFT JOIN own ON own.line = shown.value",
        listed(lines),
    )[0]
    return LineCounts(good or 0, marked or 0, labelled or 0, malformed or 0)


def _set_scope(store: EntryStore, entries: Sequence[Entry]) -> None:
    """The attempts that are asked about from now on."""
    lines = listed(entry.line for entry in entries)

    def fill() -> None:
        store.table.run("DELETE FROM scope")
        store.table.run(
            f"INSERT INTO scope SELECT key, value, value % {store.SHOWING} FROM json_each(?)", lines
        )

    store.table.write(fill)
