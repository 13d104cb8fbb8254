"""Reads a report of SWE-fficiency: CSV, one row an instance, with times as ratios to that of the base.

A speed-up there is the base's time over a side's; so the times of the human's change (``gold``) and of the prediction
follow from the base's, ``pre_edit_runtime``, whose unit is not written.
"""

import csv
import io
import math
from collections.abc import Iterable
from pathlib import PurePath
from typing import BinaryIO

from reviewer.measurement import Measurement, MetricValues, SideResult, UnreadMeasurement
from reviewer.model import Side
from reviewer.sources.json_values import to_number

FORM = "swefficiency"
_BEGIN = "eval_report_"
GOLD = "gold"
"""The agent of a report of the human's own changes."""


def recognises(names: Iterable[str]) -> bool:
    """Whether the header of a table is this report's."""
    return {"instance_id", "pred_speedup_ratio", "gold_speedup_ratio", "pre_edit_runtime"} <= set(names)


def read(
    file: BinaryIO, path: str, delimiter: str = ","
) -> tuple[tuple[Measurement, ...], tuple[UnreadMeasurement, ...]]:
    """A measurement a row, and the rows that could not be read."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.DictReader(text, delimiter=delimiter, strict=True)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    stem = PurePath(path).stem
    agent = stem.removeprefix(_BEGIN) if stem.startswith(_BEGIN) else None
    measurements: list[Measurement] = []
    unread: list[UnreadMeasurement] = []
    try:
        for row in reader:
            if not row["instance_id"] or None in row or None in row.values():
                unread.append(
                    UnreadMeasurement(path, "not as many cells as names; left out", reader.line_num)
                )
            else:
                measurements.append(_measurement(row, path, agent, reader.line_num))
    except csv.Error as error:
        unread.append(UnreadMeasurement(path, f"{error}; nothing from here on is read", reader.line_num))
    finally:
        text.detach()
    return tuple(measurements), tuple(unread)


def _measurement(row: dict[str, str], path: str, agent: str | None, line: int) -> Measurement:
    problems: list[str] = []
    base = _amount(row, "pre_edit_runtime", problems)
    human, patched = (
        _amount(row, "gold_speedup_ratio", problems),
        _amount(row, "raw_pred_speedup_ratio", problems),
    )
    correct = to_number(row.get("correctness"))
    share = to_number(row.get("correctness_pct"))
    sides = [_side("base", base), _side("human", base and human and base / human)]
    if agent != GOLD:
        sides.append(_agent_side(base and patched and base / patched, correct, share))
    return Measurement(
        form=FORM,
        file=path,
        line=line,
        item=row["instance_id"],
        agent=agent,
        status=None if correct is None else "correct" if correct >= 1 else "incorrect",
        speedup=to_number(row["pred_speedup_ratio"]),
        sides=tuple(sides),
        problems=tuple(problems),
    )


def _amount(row: dict[str, str], name: str, problems: list[str]) -> float | None:
    if name not in row:
        problems.append(f"no column {name}")
        return None
    number = to_number(row[name])
    if row[name] and (number is None or number <= 0):
        problems.append(f"{name}: {row[name]!r:.40} is no number above 0; left out")
        return None
    return number


def _agent_side(time: float | None, correct: float | None, share: float | None) -> SideResult:
    """The prediction's time, or that its results are others: then its time says nothing of the task."""
    if correct is None or correct >= 1:
        return _side("agent", time)
    passed = "" if share is None else f": {share:.4%} of its tests pass"
    return _side("agent", None, f"correctness check failed{passed}")


def _side(side: Side, time: float | None, error: str | None = None) -> SideResult:
    series = (MetricValues("runtime", (time,), None, "lower"),) if time and math.isfinite(time) else ()
    return SideResult(side=side, series=series, error=error)
