"""Why attempts failed: the journal's words, the causes that were found, and failures that come in series."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from reviewer.stats.rates import Rate, is_marked, rate_of
from reviewer.stats.rows import StatRow, group_by
from reviewer.text import shorten

FAST = 5.0
"""Seconds within which an attempt cannot have done anything."""
SERIES = 3
"""So many attempts of a run that fail alike are one failure of the harness, not that many of the agent."""
_LONGEST = 100
_COUNTED = (
    "attempt", "byte", "char", "column", "index", "index is", "item", "len is", "length", "line", "message",
    "offset", "pid", "port", "position", "process", "row", "step", "try", "turn",
)  # fmt: skip
"""Words whose number differs between attempts that died of one cause; the code of an HTTP error does not."""
_VARIABLE = re.compile(
    rf"""(?ix)
    \b[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}\b              # ids: UUIDs,
    | \b(?:call|msg|req|toolu|chatcmpl|resp|rs|fc|item|run|thread|session|org|evt|batch|gen)[_-](?=\w*\d)\w{{4,}}
    | \b0x[0-9a-f]+\b | \b[0-9a-f]{{12,}}\b | \btmp[a-z0-9_]{{8}}\b   # addresses, hashes, temporary names,
    | \b(?=\w*\d[a-z])(?=\w*[a-z]\d)[a-z0-9]{{16,}}\b                  # and other words of letters and digits
    | [\w.~-]*/[\w./-]+/ | \b[a-z]:\\[\w.\\-]+\\                             # paths up to the last name
    | (?<=\.[a-z]):\d+(?::\d+)? | (?<=\.[a-z][a-z]):\d+(?::\d+)?      # file.py:12:3
    | (?<=\.[a-z]{{3}}):\d+(?::\d+)? | (?<=\.[a-z]{{4}}):\d+(?::\d+)?
    | (?<=[a-z_\])])\.\d+(?=[^\w]|$) | (?<=[\w\]])\[\d+\] | (?<=\ )\[\d+\]  # messages.27, input[3], range [3]
    | \b\d{{1,2}}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[ap]m)?\b | \b\d{{1,2}}\s?[ap]m\b    # times and durations
    | \b\d+(?:\.\d+)?\ ?(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\b
    | \b\d{{1,3}}(?:,\d{{3}})+\b | \d{{4,}} | \b\d+(?=\s+(?:Killed|Segmentation|Aborted|Terminated)\b)
    | {"|".join(f"(?<={word.replace(' ', chr(92) + ' ')}[ =:])" + chr(92) + "d+" for word in _COUNTED)}
    """
)


_CROPPED = re.compile(r"[…)]*…[…)]*$")
"""The end of a cause that its log cropped, behind what differs or within it."""


class Count(msgspec.Struct, frozen=True):
    """How many attempts have something in common."""

    name: str
    n: int


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts of one run that failed within :data:`FAST` seconds with one return code and no message.

    ``fastest`` and ``slowest`` are in seconds; ``cause`` is what was found most often, for ``cause_n``
    of the ``n`` attempts, ``None`` where nothing was found.
    """

    run: str
    n: int
    returncode: int | None
    fastest: float
    slowest: float
    cause: str | None
    cause_n: int
    attempts: tuple[str, ...]


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """The attempts that were not marked a success. ``without_message`` is the journal's silence.

    ``types`` are the journal's own words, ``causes`` what was found in journal, logs and trajectory,
    cut to what such causes have in common; ``no_cause`` counts attempts of which nothing is known.
    ``no_step`` counts those known to have ended before their first step. ``classes`` sort all attempts by
    status, patch and journal error.
    """

    n: int
    statuses: tuple[Count, ...]
    without_message: Rate
    types: tuple[Count, ...]
    causes: tuple[Count, ...]
    no_cause: int
    no_step: int
    classes: tuple[Count, ...]
    series: tuple[Series, ...]


def errors(rows: Sequence[StatRow], *, resample: bool = True) -> Errors:
    """Over ``rows`` (malformed ones and copies left out)."""
    unmarked = [row for row in rows if not row.marked]
    causes = [kind_of(row.cause) for row in unmarked if row.cause]
    return Errors(
        n=len(unmarked),
        statuses=by_frequency(row.status or "no status" for row in rows),
        without_message=without_message(rows, resample=resample),
        types=by_frequency(row.error_type or "no type" for row in unmarked if row.error),
        causes=by_frequency(causes),
        no_cause=len(unmarked) - len(causes),
        no_step=sum(row.steps == 0 for row in unmarked),
        classes=by_frequency(map(class_of, rows)),
        series=series(rows),
    )


def without_message(rows: Iterable[StatRow], *, resample: bool = True) -> Rate:
    """How many of the attempts that were not marked a success have no message in the journal."""
    return rate_of(
        [row for row in rows if is_marked(row) is False], lambda row: not row.error, resample=resample
    )


def kind_of(cause: str) -> str:
    """The first line of a cause without what differs between attempts: paths, ids, indices, times, line and long numbers."""
    line = next((line.strip() for line in cause.split("\n") if line.strip()), "")
    return shorten(_CROPPED.sub("…", _VARIABLE.sub("…", line)), _LONGEST)


def class_of(row: StatRow) -> str:
    """An attempt's outcome in a few words: status, whether there is a patch and of what kind, the journal's error type."""
    patch = "with a patch" if row.non_empty else "without a patch"
    if row.only_artefacts:
        patch = "with a patch of artefacts only"
    elif row.nets_to_nothing:
        patch = "with a patch that takes itself back"
    elif row.other_state:
        patch = "with a patch made on another state of the files"
    if row.marked:
        return f"success {patch}"
    if row.error_type or row.error:
        return f"{row.status or 'no status'}: {row.error_type or 'a message without a type'}"
    return f"{row.status or 'no status'} without a message, {patch}"


def series(rows: Iterable[StatRow]) -> tuple[Series, ...]:
    """The failures that come in series, the largest first."""
    silent = (row for row in rows if not row.marked and not row.error)
    fast = (row for row in silent if row.duration is not None and row.duration < FAST)
    groups = group_by(fast, lambda row: (row.run, row.returncode))
    found = [_series(group) for group in groups.values() if len(group) >= SERIES]
    return tuple(sorted(found, key=lambda series: (-series.n, series.run, series.returncode or 0)))


def _series(group: Sequence[StatRow]) -> Series:
    durations = [row.duration for row in group if row.duration is not None]
    causes = by_frequency(kind_of(row.cause) for row in group if row.cause)
    return Series(
        run=group[0].run,
        n=len(group),
        returncode=group[0].returncode,
        fastest=min(durations),
        slowest=max(durations),
        cause=causes[0].name if causes else None,
        cause_n=causes[0].n if causes else 0,
        attempts=tuple(sorted(row.attempt for row in group)),
    )


def by_frequency(names: Iterable[str]) -> tuple[Count, ...]:
    """How often each name occurs, the commonest first, names that are as common in alphabetical order."""
    counted = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name, n) for name, n in counted)
