"""Puts the sides of one measurement together where each stands in a file, or in rows, of its own."""

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from reviewer.measurement import Measurement, MetricValues, SideResult
from reviewer.model import Side
from reviewer.sources.measurements import rows, side_files
from reviewer.sources.measurements.metrics import in_unit

SINGLE_SIDED = frozenset({side_files.FORM, rows.FORM})
"""The forms that write each side by itself."""
_DIGITS = 8
"""Digits of a commit that names of files have."""
_SIDES: tuple[Side, ...] = ("base", "human", "agent")
_SIDE_WORD = re.compile(r"baseline|base|human|agent")

CommitOf = Callable[[Measurement], str | None]
"""The commit of a measurement, also where only its attempt is named."""


def assembled(measurements: Sequence[Measurement], commit_of: CommitOf) -> list[Measurement]:
    """All measurements, with those of single sides joined to what was measured with them.

    Files of sides belong together where commit and folder are the same but for the word of a side
    (``separate_agent`` and ``separate_baseline``). Of our own form, base and human rows without an attempt belong to
    every attempt at their commit that was not measured with a base or human of its own.
    """
    of_form: defaultdict[str, list[Measurement]] = defaultdict(list)
    for measurement in measurements:
        of_form[measurement.form].append(measurement)
    files, own = of_form.pop(side_files.FORM, []), of_form.pop(rows.FORM, [])
    return [*chain.from_iterable(of_form.values()), *_of_files(files), *_of_rows(own, commit_of)]


def _of_files(measurements: Iterable[Measurement]) -> Iterator[Measurement]:
    groups: defaultdict[tuple[str, str], list[Measurement]] = defaultdict(list)
    for measurement in measurements:
        if not measurement.sides:
            yield measurement
            continue
        above, folder = os.path.split(os.path.dirname(measurement.file))  # noqa: PTH120
        name = os.path.join(above, _SIDE_WORD.sub("", folder))  # noqa: PTH118
        groups[name, (measurement.commit or "")[:_DIGITS]].append(measurement)
    for group in groups.values():
        while group:
            first: dict[Side, Measurement] = {}
            for measurement in group:
                first.setdefault(measurement.sides[0].side, measurement)
            yield _together([first[side] for side in _SIDES if side in first])
            # what is there a second time stays a measurement of its own
            group = [measurement for measurement in group if measurement not in first.values()]


def _together(parts: Sequence[Measurement]) -> Measurement:
    """One measurement of several sides; what only one can say is the agent's, else the last side's."""
    main = parts[-1]
    if len(parts) == 1:
        return main
    sides = tuple(side for part in parts for side in part.sides)
    commits = [part.commit for part in parts if part.commit]
    return msgspec.structs.replace(
        main,
        commit=max(commits, key=len, default=None),
        base=next((part.base for part in reversed(parts) if part.base), None),
        sides=sides,
        problems=tuple(problem for part in parts for problem in (*part.problems, *_same_file(parts, part))),
    )


def _same_file(parts: Sequence[Measurement], part: Measurement) -> Iterator[str]:
    """That a side's file is another side's too: by another name, or a copy."""
    own = part.sides[0]
    for other in parts[: parts.index(part)]:
        result = other.sides[0]
        with contextlib.suppress(OSError):
            if os.path.samefile(other.file, part.file):  # noqa: PTH121
                yield f"{result.side} and {own.side} are the same file"
            elif own.series and (result.series, result.tail) == (own.series, own.tail):
                yield f"{result.side} and {own.side} have the same values and the same output"


def _of_rows(measurements: Iterable[Measurement], commit_of: CommitOf) -> Iterator[Measurement]:
    shared: defaultdict[tuple[str | None, Side], list[Measurement]] = defaultdict(list)
    of_attempts: list[Measurement] = []
    of_commits: dict[int, Measurement] = {}
    for measurement in measurements:
        if rows.names_attempt(measurement):
            of_attempts.append(measurement)
            continue
        of_commits[id(measurement)] = measurement
        for result in measurement.sides:
            shared[commit_of(measurement), result.side].append(measurement)
    for measurement in of_attempts:
        sides = list(measurement.sides)
        present = {result.side for result in sides}
        for side in _SIDES[:2]:
            others = shared.get((commit_of(measurement), side)) if side not in present else None
            if others:
                other = _best(others, side, measurement)
                of_commits.pop(id(other), None)
                sides += _sides_of(other, side, measurement.file)
        yield _in_order(measurement, sides)
    yield from of_commits.values()


def _best(having: Sequence[Measurement], side: Side, measurement: Measurement) -> Measurement:
    """Which of those that have a side was made in the same way as an attempt's measurement, else the first."""
    if len(having) == 1:
        return having[0]
    way = measurement.sides[0].way
    return next((other for other in having if other.sides[0].way == way), having[0])


def _sides_of(measurement: Measurement, side: Side, file: str) -> Iterator[SideResult]:
    """A side of a measurement; where it stands in another file than ``file`` it says so."""
    if (result := measurement.side(side)) is not None:
        other = measurement.file != file
        yield msgspec.structs.replace(result, file=measurement.file) if other else result


def _in_order(measurement: Measurement, sides: list[SideResult]) -> Measurement:
    """A measurement with these sides, times of one metric in one unit."""
    sides.sort(key=lambda result: _SIDES.index(result.side))
    units: dict[str, str | None] = {}
    for position, result in enumerate(sides):
        for series in result.series:
            if units.setdefault(series.metric, series.unit) != series.unit:
                sides[position] = _in_units(result, units)
                break
    return msgspec.structs.replace(measurement, sides=tuple(sides))


def _in_units(result: SideResult, units: dict[str, str | None]) -> SideResult:
    """A side with its times in these units, by metric, as far as they are units of time."""
    series = tuple(_converted(item, units.get(item.metric, item.unit)) for item in result.series)
    return msgspec.structs.replace(result, series=series)


def _converted(series: MetricValues, unit: str | None) -> MetricValues:
    values = [in_unit(value, series.unit, unit) for value in series.values]
    if None in values:
        return series
    return MetricValues(
        series.metric, tuple(value for value in values if value is not None), unit, series.better
    )
