"""Figures of parts: each run, each commit, and any other way to divide attempts, with its parts in order."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec

from reviewer.cells import utc_time
from reviewer.model import began
from reviewer.stats.defects import issues
from reviewer.stats.errors import Count, Series, by_frequency, kind_of, series
from reviewer.stats.rates import Rate, is_marked, is_true, rate_of, true_given_marked
from reviewer.stats.rows import HumanChange, StatRow, group_by, well_formed, without_copies
from reviewer.text import plural

_Number = TypeVar("_Number", int, float)

FAILED = ("false_positive", "failure")
"""Verdicts that make what an attempt used up a waste."""


class AttemptCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of attempts, copies among them; ``malformed`` ones are counted there and nowhere else.

    ``labelled`` counts attempts that people judged, ``true_success`` those that gold calls one.
    """

    attempts: int
    malformed: int
    copies: int
    patch_files: int
    non_empty_patches: int
    acted: int
    marked_success: int
    labelled: int
    true_success: int


class GroupFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the attempts with its rates per attempt; copies are left out of the rates."""

    name: str
    counts: AttemptCounts
    marked: Rate
    true: Rate
    true_given_marked: Rate


class RunFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One run. ``size`` is its class by the number of its items.

    ``other_state`` counts patches made on other versions of the files than the base's.

    ``began`` and ``ended`` are seconds since the epoch, ``seconds`` is the sum of durations, ``cost``
    in US dollars; sums are over the attempts of which the figure is known, ``None`` where it is of
    none. ``wasted_tokens`` and ``wasted_cost`` belong to the ``wasted`` attempts: not marked a success,
    or called a false positive or a failure by gold. ``happened`` describes the run in order, one line each.
    """

    name: str
    counts: AttemptCounts
    size: str
    agents: tuple[str, ...]
    models: tuple[str, ...]
    began: float | None
    ended: float | None
    seconds: float | None
    steps: int | None
    tokens: int | None
    cost: float | None
    api_incidents: int | None
    other_state: int
    wasted: int
    wasted_tokens: int | None
    wasted_cost: float | None
    marked: Rate
    true_given_marked: Rate
    series: tuple[Series, ...]
    happened: tuple[str, ...]


class CommitFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One commit. ``same_files``, ``parses`` and ``meaningful`` count non-empty patches that are known to be so.

    ``meaningful`` patches are neither a template nor somebody else's. ``key_issues`` has the defects of
    its non-empty patches, the commonest first. ``marked_varies`` says that attempts that acted were
    marked both ways, ``true_varies`` that gold calls some true and some not (``None`` with fewer than
    two labels). ``change`` is the human side.
    """

    name: str
    counts: AttemptCounts
    change: HumanChange
    same_files: int
    parses: int
    meaningful: int
    key_issues: tuple[Count, ...]
    marked_varies: bool
    true_varies: bool | None


def count(rows: Sequence[StatRow]) -> AttemptCounts:
    """Count ``rows``, malformed ones and copies among them."""
    attempts = [row for row in rows if not row.malformed]
    return AttemptCounts(
        attempts=len(attempts),
        malformed=len(rows) - len(attempts),
        copies=sum(row.copy_of is not None for row in attempts),
        patch_files=_count("patch_exists", attempts),
        non_empty_patches=_count("non_empty", attempts),
        acted=_count("acted", attempts),
        marked_success=_count("marked", attempts),
        labelled=_count("labelled", attempts),
        true_success=sum(row.true is True for row in attempts if row.gold is not None),
    )


def _count(field: str, rows: Iterable[StatRow]) -> int:
    return sum(map(attrgetter(field), rows))


def breakdown(
    rows: Iterable[StatRow], key: Callable[[StatRow], str | None], *, resample: bool = True
) -> tuple[GroupFigures, ...]:
    """The figures of the parts that ``key`` divides rows into, by name; ``–`` is what it does not know."""
    groups = group_by(rows, lambda row: key(row) or UNKNOWN)
    ranks = {name: rank for rank, name in enumerate(_ORDERED)}  # classes in their own order, then all others
    ordered = sorted(groups, key=lambda name: (ranks.get(name, len(ranks)), name))
    return tuple(_group(name, groups[name], resample) for name in ordered)


def _group(name: str, rows: Sequence[StatRow], resample: bool) -> GroupFigures:
    counted = without_copies(well_formed(rows))
    return GroupFigures(
        name=name,
        counts=count(rows),
        marked=rate_of(counted, is_marked, resample=resample),
        true=rate_of(counted, is_true, resample=resample),
        true_given_marked=true_given_marked(counted, resample=resample),
    )


# Runs ------------------------------------------------------------------------------------------


def runs(rows: Iterable[StatRow], *, resample: bool = True) -> tuple[RunFigures, ...]:
    """Every run by name."""
    groups = group_by(rows, lambda row: row.run)
    return tuple(_run(name, groups[name], resample) for name in sorted(groups))


def _run(name: str, rows: Sequence[StatRow], resample: bool) -> RunFigures:
    attempts = well_formed(rows)
    counted = without_copies(attempts)
    starts = (began(row.written, row.duration) for row in attempts)
    wasted = [row for row in counted if not row.marked or (row.gold and row.gold.verdict in FAILED)]
    counts, failures = count(rows), series(attempts)
    return RunFigures(
        name=name,
        counts=counts,
        size=_class_of(len(rows), _RUN_SIZES),
        agents=_names(row.agent for row in attempts),
        models=_names(row.model for row in attempts),
        began=min(_known(starts), default=None),
        ended=max(_known(row.written for row in attempts), default=None),
        seconds=_sum(row.duration for row in attempts),
        steps=_sum(row.steps for row in attempts),
        tokens=_sum(row.tokens for row in attempts),
        cost=_sum(row.cost for row in attempts),
        api_incidents=_sum(row.api_incidents for row in attempts),
        other_state=sum(row.other_state is True for row in counted),
        wasted=len(wasted),
        wasted_tokens=_sum(row.tokens for row in wasted),
        wasted_cost=_sum(row.cost for row in wasted),
        marked=rate_of(counted, is_marked, resample=resample),
        true_given_marked=true_given_marked(counted, resample=resample),
        series=failures,
        happened=_history(attempts, counts, failures),
    )


def _names(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


def _known(values: Iterable[_Number | None]) -> list[_Number]:
    return [value for value in values if value is not None]


def _sum(values: Iterable[_Number | None]) -> _Number | None:
    known = _known(values)
    return sum(known) if known else None


def _history(
    attempts: Sequence[StatRow], counts: AttemptCounts, failures: Iterable[Series]
) -> tuple[str, ...]:
    """What is known of a run, one line each: failures, series of them, incidents, patches, marks, labels."""
    commits = len({row.commit for row in attempts})
    lines = [f"{plural(len(attempts), 'attempt')} at {plural(commits, 'commit')}"]
    if counts.malformed:
        lines.append(f"{counts.malformed} malformed")
    for failure in failures:
        code = UNKNOWN if failure.returncode is None else failure.returncode
        cause = f": {failure.cause}" if failure.cause else ", no cause found"
        lines.append(f"{failure.n} died alike within {failure.slowest:.1f} s, return code {code}{cause}")
    in_series = {attempt for failure in failures for attempt in failure.attempts}
    others = (row for row in attempts if not row.marked and row.attempt not in in_series)
    causes = by_frequency(kind_of(row.cause) for row in others if row.cause)
    lines += [f"{cause.n} ended with: {cause.name}" for cause in causes[:3]]
    if incidents := sum(bool(row.api_incidents) for row in attempts):
        lines.append(f"{incidents} met API incidents on the way")
    lines.append(f"{counts.non_empty_patches} left a patch, {counts.marked_success} were marked success")
    if elsewhere := sum(row.other_state is True for row in attempts):
        lines.append(f"{elsewhere} left a patch that was made on other versions of the files than the base's")
    if artefacts := sum(row.only_artefacts for row in attempts):
        lines.append(f"{artefacts} left nothing in the patch but artefacts of the harness")
    if golden := sum(row.gold is not None for row in attempts):
        lines.append(f"of {golden} with a gold label, {counts.true_success} are true successes")
    return tuple(lines)


# Commits ---------------------------------------------------------------------------------------


def commits(rows: Iterable[StatRow], changes: Mapping[str, HumanChange]) -> tuple[CommitFigures, ...]:
    """Every commit by hash; attempts whose commit is unknown are in none."""
    groups = group_by(rows, lambda row: row.commit)
    return tuple(
        _commit(groups[name], changes.get(name) or HumanChange(commit=name)) for name in sorted(groups)
    )


def _commit(rows: Sequence[StatRow], change: HumanChange) -> CommitFigures:
    counted = without_copies(well_formed(rows))
    patches = [row for row in counted if row.non_empty]
    golden = [row.true for row in counted if row.gold is not None]
    return CommitFigures(
        name=change.commit,
        counts=count(rows),
        change=change,
        same_files=sum(row.source_relation == "same" for row in patches),
        parses=sum(row.outcomes.get("syntax") in ("pass", "warn") for row in patches),
        meaningful=sum(map(_is_meaningful, patches)),
        key_issues=by_frequency(issue for row in patches for issue in issues(row)),
        marked_varies=len({row.marked for row in counted if row.acted}) > 1,
        true_varies=len(set(golden)) > 1 if len(golden) > 1 else None,
    )


def _is_meaningful(row: StatRow) -> bool:
    return all(row.outcomes.get(name) not in (None, "fail", "unknown") for name in ("template", "provenance"))


UNKNOWN = "–"
"""The part of the attempts whose part is not known."""

_RUN_SIZES = ((2, "single"), (10, "2–9"), (50, "10–49"), (math.inf, "50+"))
_LEAKS = ((0.25, "under 25 %"), (0.5, "25–50 %"), (0.75, "50–75 %"), (math.inf, "75 % and more"))
"""Classes with the number that each stays below."""
_NO_LEAK = "nothing"
_ORDERED = (*(name for _, name in _RUN_SIZES), _NO_LEAK, *(name for _, name in _LEAKS))

PATCH_CLASSES = ("no patch file", "empty", "under 1 kB", "1–10 kB", "over 10 kB")


def divisions(
    rows: Sequence[StatRow], changes: Mapping[str, HumanChange]
) -> dict[str, Callable[[StatRow], str | None]]:
    """The ways to divide ``rows``, by name: each gives a row's part, ``None`` where it is not known."""
    items = Counter(row.run for row in rows)
    gaps = sorted({gap for row in rows for gap in row.prompt_gaps or ()})
    found: dict[str, Callable[[StatRow], str | None]] = {
        "agent": lambda row: row.agent,
        "model": lambda row: row.model,
        "day": day_of,
        "status": lambda row: row.status,
        "run size": lambda row: _class_of(items[row.run], _RUN_SIZES),
        "complexity": lambda row: change.complexity if (change := changes.get(row.commit or "")) else None,
    }
    if any(row.hints is not None for row in rows):
        found["hints"] = lambda row: None if row.hints is None else "given" if row.hints else "none"
    if any(row.leak_share is not None for row in rows):
        found["prompt gives away"] = leak_class
    for gap in gaps:
        found[f"prompt: {gap}"] = lambda row, gap=gap: (  # type: ignore[misc]
            None if row.prompt_gaps is None else "yes" if gap in row.prompt_gaps else "no"
        )
    return found


def day_of(row: StatRow) -> str | None:
    """The UTC day on which the attempt's journal was written, as ``YYYY-MM-DD``."""
    written = utc_time(row.written)
    return written.date().isoformat() if written else None


def leak_class(row: StatRow) -> str | None:
    """How much of the human diff the prompt gives away, in five classes."""
    if row.leak_share is None:
        return None
    return _class_of(row.leak_share, _LEAKS) if row.leak_share else _NO_LEAK


def patch_class(row: StatRow) -> str:
    """The class of a patch by its size, one of :data:`PATCH_CLASSES`."""
    missing, empty, small, medium, large = PATCH_CLASSES
    if not row.patch_exists:
        return missing
    if not row.non_empty:
        return empty
    size = row.patch_bytes or 0
    return small if size < 1000 else medium if size <= 10_000 else large


def _class_of(value: float, classes: Sequence[tuple[float, str]]) -> str:
    return next(name for limit, name in classes if value < limit)
