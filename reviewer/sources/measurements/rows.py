"""Reads the program's own form of measurements: JSON lines or CSV, one row a value.

Rows of the same attempt (or side), commit, session, command, model, machine and device are one measurement; several
values of one metric are repeats. The page ``measuring`` of the guide says what each field is.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, get_args

import msgspec

from reviewer.measurement import Better, Measurement, MetricValues, SideResult, UnreadMeasurement
from reviewer.model import Side
from reviewer.sources.json_values import to_number
from reviewer.sources.measurements.metrics import better_of, in_unit
from reviewer.text import decode, restored

FORM = "rows"
SCHEMA = 1
_LONGEST_CELL = 1 << 30
_SIDES: tuple[Side, ...] = get_args(Side)
_BETTER: tuple[Better, ...] = get_args(Better)
_SUCCESS = frozenset({"", "ok", "success", "passed"})
_MOST_PROBLEMS = 1000
"""Rows that are named one by one; of more the number is named."""


class MeasuredRow(msgspec.Struct, frozen=True, gc=False):
    """A row as it is written; of CSV every value is a text."""

    commit: str | None = None
    attempt: str | None = None
    run: str | None = None
    item: str | None = None
    agent: str | None = None
    patch_sha256: str | None = None
    side: str | None = None
    session: str | None = None
    metric: str | None = None
    unit: str | None = None
    better: str | None = None
    value: float | str | None = None
    values: list[float | str] | str | None = None
    command: str | None = None
    model: str | None = None
    machine: str | None = None
    device: str | None = None
    on_path: bool | str | None = None
    runs: int | str | None = None
    equality: str | None = None
    status: str | None = None
    error: str | None = None
    base: str | None = None
    time: str | None = None
    schema: int | str | None = None


FIELDS = MeasuredRow.__struct_fields__
_VALUES = frozenset({"value", "values", "error", "status"})
_MEASURED = frozenset({"metric", "side", "command", "machine"})
_SUBJECTS = frozenset({"commit", "attempt", "item", "patch_sha256"})


class BadMeasuredRow(Exception):
    """A row cannot be used; the message says why."""


def recognises(names: Iterable[str]) -> bool:
    """Whether the fields of a row are those of the own form: whose, what was measured, and how it came out."""
    names = set(names)
    return bool(_SUBJECTS & names and _MEASURED & names and _VALUES & names)


def names_attempt(measurement: Measurement) -> bool:
    """Whether a measurement is of an attempt, and not of a side that all attempts of a commit share."""
    return any((measurement.attempt, measurement.item, measurement.agent, measurement.patch_sha256))


# Rows of a file --------------------------------------------------------------------------------

_Rows = Iterator[tuple[int, MeasuredRow | BadMeasuredRow]]


def json_rows(file: BinaryIO) -> _Rows:
    """Each line that is not blank, with its number."""
    decoder = msgspec.json.Decoder(MeasuredRow)
    for number, line in enumerate(file, 1):
        if line.isspace():
            continue
        try:
            yield number, decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield number, _leniently(line, error)


def _leniently(line: bytes, error: Exception) -> MeasuredRow | BadMeasuredRow:
    """A row with ``NaN``, or with a field of another form, or why it is none."""
    try:
        members = json.loads(decode(line), parse_constant=str)
    except (ValueError, RecursionError):
        return BadMeasuredRow(f"not JSON: {error}; left out")
    if not isinstance(members, dict):
        return BadMeasuredRow("not an object; left out")
    try:
        return msgspec.convert(members, MeasuredRow)
    except msgspec.ValidationError as wrong:
        return BadMeasuredRow(f"{wrong}; left out")


def csv_rows(file: BinaryIO, delimiter: str = ",") -> _Rows:
    """Each row below the header, with the number of the line that it ends on."""
    csv.field_size_limit(_LONGEST_CELL)  # an error may hold a whole log
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header = [name.strip().lower() for name in next(reader, [])]
    columns = [(name, header.index(name)) for name in FIELDS if name in header]
    try:
        for cells in reader:
            if len(cells) != len(header):
                if cells:
                    yield (
                        reader.line_num,
                        BadMeasuredRow(f"{len(cells)} cells under {len(header)} names; left out"),
                    )
                continue
            # The values are texts, each of a form that every field may have.
            row: dict[str, Any] = {name: restored(cells[index]) or None for name, index in columns}
            yield reader.line_num, MeasuredRow(**row)
    except csv.Error as error:
        yield reader.line_num, BadMeasuredRow(f"{error}; nothing from here on is read")
    finally:
        text.detach()


# Measurements of rows --------------------------------------------------------------------------


class _UsableRow(msgspec.Struct, frozen=True, gc=False):
    """A row that can be used: its line, its side, and its values, none where it only says why there are none."""

    line: int
    row: MeasuredRow
    side: Side
    values: tuple[float, ...]


class _Unread:
    """The rows of a file that cannot be used, the first of them one by one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.named: list[UnreadMeasurement] = []
        self.more = 0

    def add(self, line: int, reason: str) -> None:
        """Name a row."""
        if len(self.named) < _MOST_PROBLEMS:
            self.named.append(UnreadMeasurement(self.path, reason, line))
        else:
            self.more += 1

    def all(self) -> tuple[UnreadMeasurement, ...]:
        """What was named, and how many more there are."""
        rest = (
            [UnreadMeasurement(self.path, f"and {self.more} more that cannot be used")] if self.more else []
        )
        return (*self.named, *rest)


def read_rows(path: str, rows: _Rows) -> tuple[tuple[Measurement, ...], tuple[UnreadMeasurement, ...]]:
    """The measurements of a file's rows, and the rows that could not be read."""
    groups: dict[tuple[str | None, ...], list[_UsableRow]] = {}
    unread = _Unread(path)
    unitless: dict[str, int] = {}
    for line, row in rows:
        try:
            if isinstance(row, BadMeasuredRow):
                raise row
            side, values = _side(row), _values(row)
        except BadMeasuredRow as error:
            unread.add(line, str(error))
            continue
        key = (
            row.attempt, row.run, row.item, row.agent, row.patch_sha256, row.commit, row.session,
            row.command, row.model, row.machine, row.device,
        )  # fmt: skip
        groups.setdefault(key, []).append(_UsableRow(line, row, side, values))
        if row.on_path is not None and _flag(row.on_path) is None:
            unread.add(line, f"on_path {row.on_path}: neither true nor false; taken as not known")
        if row.runs is not None and to_number(row.runs) is None:
            unread.add(line, f"runs {row.runs}: no number; taken as not known")
        if values and row.unit is None:
            unitless.setdefault(row.metric or "", line)
    measurements = tuple(_measurement(path, group, unread) for group in groups.values())
    for metric, line in unitless.items():
        unread.add(line, f"{metric} has no unit")
    return measurements, unread.all()


def _side(row: MeasuredRow) -> Side:
    """The side that a row is of: the agent's where it names an attempt and no side."""
    if str(row.schema or SCHEMA) != str(SCHEMA):
        raise BadMeasuredRow(f"schema {row.schema}: this program reads schema {SCHEMA}; left out")
    if row.side in _SIDES:
        if row.side != "agent" and not (row.commit or row.attempt or row.item):
            raise BadMeasuredRow(f"side {row.side} of no commit and no attempt; left out")
        return row.side
    if row.side:
        raise BadMeasuredRow(f"side {row.side}: none of {', '.join(_SIDES)}; left out")
    if row.attempt or row.item or row.agent or row.patch_sha256:
        return "agent"
    raise BadMeasuredRow("neither an attempt nor a side; left out")


def _values(row: MeasuredRow) -> tuple[float, ...]:
    """The values of a row, none where it only says why there are none."""
    written: list[Any] = [] if row.value is None else [row.value]
    if isinstance(row.values, str):
        written += row.values.strip("[]").replace(",", " ").replace(";", " ").split()
    elif row.values is not None:
        written += row.values
    if not written:
        if row.error or (row.status or "").lower() not in _SUCCESS:
            return ()
        raise BadMeasuredRow("no value, and no error that says why; left out")
    if not row.metric:
        raise BadMeasuredRow("a value without a metric; left out")
    if row.better is not None and row.better not in _BETTER:
        raise BadMeasuredRow(f"better {row.better}: neither lower nor higher; left out")
    values = []
    for value in written:
        number = to_number(value)
        if number is None:
            raise BadMeasuredRow(f"{row.metric}: {value!r:.40} is no number; left out")
        if number <= 0:
            raise BadMeasuredRow(f"{row.metric}: {number:g} is not above 0; left out")
        values.append(number)
    return tuple(values)


def _measurement(path: str, group: Sequence[_UsableRow], unread: _Unread) -> Measurement:
    line, row = group[0].line, group[0].row
    of_side: dict[Side, list[_UsableRow]] = {}
    for found in group:
        of_side.setdefault(found.side, []).append(found)
    return Measurement(
        form=FORM,
        file=path,
        line=line,
        attempt=row.attempt,
        run=row.run,
        item=row.item,
        commit=row.commit,
        base=row.base,
        agent=row.agent,
        patch_sha256=row.patch_sha256,
        time=row.time,
        status=row.status,
        error=row.error,
        sides=tuple(_side_result(side, found, unread) for side, found in of_side.items()),
    )


def _side_result(side: Side, found: Sequence[_UsableRow], unread: _Unread) -> SideResult:
    first = found[0].row
    runs = to_number(first.runs)
    series = _series(found, unread)
    errors = (
        usable.row.error or (None if usable.values else usable.row.status or "no value and no reason")
        for usable in found
    )
    return SideResult(
        side=side,
        series=series,
        error=next(filter(None, errors), None),
        command=first.command,
        model=first.model,
        machine=first.machine,
        device=first.device,
        on_path=_flag(first.on_path),
        runs=None if runs is None else int(runs),
        equality=first.equality,
    )


def _series(found: Sequence[_UsableRow], unread: _Unread) -> tuple[MetricValues, ...]:
    """The values of a side by metric, in the unit and direction of each metric's first row."""
    collected: dict[str, tuple[MeasuredRow, list[float]]] = {}
    for usable in found:
        row, values = usable.row, usable.values
        if not values:
            continue
        metric = row.metric or ""
        if metric not in collected:
            collected[metric] = row, list(values)
            continue
        first, known = collected[metric]
        converted = [in_unit(value, row.unit, first.unit) for value in values]
        if None in converted:
            units = f"in {row.unit or 'no unit'} here and in {first.unit or 'no unit'} before"
            unread.add(usable.line, f"{metric}: {units}; left out")
        elif _better(row) != _better(first):
            unread.add(
                usable.line, f"{metric}: better is {row.better} here and {first.better} before; left out"
            )
        else:
            known += (value for value in converted if value is not None)
    return tuple(
        MetricValues(metric, tuple(values), row.unit, _better(row))
        for metric, (row, values) in collected.items()
    )


def _better(row: MeasuredRow) -> Better | None:
    """Which values are better: what the row says, else what the metric's name does."""
    return next((better for better in _BETTER if better == row.better), None) or better_of(row.metric or "")


def _flag(value: bool | str | None) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.lower()
        )
    return value
