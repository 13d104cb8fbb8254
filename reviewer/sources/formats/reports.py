"""Reports of evaluations: what a benchmark's own harness says of each task, which becomes the claim.

SWE-bench's (one for a run or for a task, with failures of its infrastructure), GSO's, and SWE-fficiency's table. A status
is ``success``, ``failed`` (tests or the patch itself), ``passed`` (tests pass, the speed-up is below 95 % of the human's, the
bar of GSO) or ``not evaluated`` (the harness failed, which says nothing of the attempt).
"""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec

from reviewer.files import read_file
from reviewer.model import NOT_EVALUATED
from reviewer.sources.json_files import Unreadable, decode_leniently, read_members
from reviewer.sources.json_rows import outline
from reviewer.sources.json_values import to_number
from reviewer.sources.registry import Format, Marks, Reading, Status, run_of
from reviewer.text import decode

_LARGEST = 64 << 20
"""Bytes of a report that are read."""
_FOLDERS = 4
"""Parts of a path that may name the run."""
_MATCHES_HUMAN = 0.95
"""Share of the human's speed-up from which a patch reaches it."""
_RATIOS = ("human_speedup_ratio", "correctness")


class _SweBench(msgspec.Struct):
    """A report of a run: ids of tasks by what became of them."""

    resolved_ids: list[str] | None = None
    unresolved_ids: list[str] | None = None
    empty_patch_ids: list[str] | None = None
    error_ids: list[str] | None = None
    infra_failure_ids: list[str] | None = None
    ambiguous_failure_ids: list[str] | None = None
    failure_reasons: dict[str, object] | None = None


class _GsoSets(msgspec.Struct):
    opt_commit_ids: list[str] | None = None
    passed_ids: list[str] | None = None
    test_failed_ids: list[str] | None = None
    patch_failed_ids: list[str] | None = None
    empty_patch_ids: list[str] | None = None
    base_failed_ids: list[str] | None = None
    error_ids: list[str] | None = None
    hacked_ids: list[str] | None = None


class _Gso(msgspec.Struct):
    instance_sets: _GsoSets | None = None


def _recognise(path: Path, head: bytes) -> str | None:
    first, second = outline(head)
    if "resolved_ids" in first or {"total_instances", "completed_ids"} <= first:
        return "resolved_ids, as SWE-bench's harness writes"
    if "instance_sets" in first or ("summary" in first and "opt_commit" in second):
        return "instance_sets, as GSO's harness writes"
    if {"resolved", "patch_exists"} <= second:
        return "a task's id with resolved, as SWE-bench's harness writes for one task"
    columns = head.partition(b"\n")[0].decode("utf-8", "replace").strip().split(",")
    if columns[0] == "instance_id" and set(_RATIOS) <= set(columns):
        return f"a table with {' and '.join(_RATIOS)}, as SWE-fficiency writes"
    return None


def _read(path: Path, run: str) -> Reading:
    data = read_file(path, _LARGEST + 1)
    if len(data) > _LARGEST:
        return Reading((), (f"{path}: a report of more than {_LARGEST >> 20} MB is not read",))
    statuses: dict[str, Status] = {}
    problems: list[str] = []
    try:
        rows = (
            _rows_of_table(data, problems)
            if data[:1] not in (b"{", b" ", b"\n")
            else _rows_of_json(data, problems)
        )
        for task, status in rows:
            statuses.setdefault(task, status)
    except Unreadable as error:
        problems.append(str(error))
    # a report of one task lies in folders that are named after run and model
    name = "/".join(path.parts[-_FOLDERS:]) if path.name == "report.json" else path.name
    marks = Marks(name=run_of(name), source=name, statuses=statuses)
    return Reading((), tuple(f"{path}: {problem}" for problem in problems), (marks,) if statuses else ())


def _rows_of_json(data: bytes, problems: list[str]) -> Iterator[tuple[str, Status]]:
    """Each task with its status; the first that names a task holds. Raises :class:`Unreadable`."""
    whole, odd = decode_leniently("report", data, _SweBench)
    if whole != _SweBench():
        problems += map(str, odd)
        yield from _of_swe_bench(whole)
        return
    gso, odd = decode_leniently("report", data, _Gso)
    if gso.instance_sets is not None:
        problems += map(str, odd)
        yield from _of_gso(gso.instance_sets)
        return
    for task, value in (read_members(data) or {}).items():
        report = _of_task(value)
        if report is None:
            problems.append(f"{task}: no report of a task; passed over")
        else:
            yield task, report


def _of_swe_bench(report: _SweBench) -> Iterator[tuple[str, Status]]:
    reasons = report.failure_reasons or {}

    def failure(task: str, kind: str) -> Status:
        reason = reasons.get(task)
        return Status(NOT_EVALUATED, f"{kind}: {reason}" if reason else kind)

    yield from ((task, Status("success")) for task in report.resolved_ids or ())
    yield from (
        (task, failure(task, "failure of the infrastructure")) for task in report.infra_failure_ids or ()
    )
    yield from ((task, failure(task, "ambiguous failure")) for task in report.ambiguous_failure_ids or ())
    yield from ((task, failure(task, "error of the harness")) for task in report.error_ids or ())
    yield from ((task, Status("failed", "empty patch")) for task in report.empty_patch_ids or ())
    yield from ((task, Status("failed")) for task in report.unresolved_ids or ())


def _of_gso(sets: _GsoSets) -> Iterator[tuple[str, Status]]:
    hacked = set(sets.hacked_ids or ())
    for task in sets.opt_commit_ids or ():
        yield task, Status("success", "its report names it in hacked_ids" if task in hacked else None)
    not_evaluated = (
        ("its base failed the tests", sets.base_failed_ids),
        ("error of the harness", sets.error_ids),
    )
    for reason, tasks in not_evaluated:
        yield from ((task, Status(NOT_EVALUATED, reason)) for task in tasks or ())
    failed = (
        ("the patch did not apply", sets.patch_failed_ids),
        ("tests failed", sets.test_failed_ids),
        ("empty patch", sets.empty_patch_ids),
    )
    for reason, tasks in failed:
        yield from ((task, Status("failed", reason)) for task in tasks or ())
    yield from ((task, Status("passed")) for task in sets.passed_ids or ())


def _of_task(value: Any) -> Status | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("resolved"), bool):
        return None
    if value["resolved"]:
        return Status("success")
    return Status(
        "failed", "the patch did not apply" if value.get("patch_successfully_applied") is False else None
    )


def _rows_of_table(data: bytes, problems: list[str]) -> Iterator[tuple[str, Status]]:
    for number, row in enumerate(csv.DictReader(StringIO(decode(data))), start=2):
        task, values = row.get("instance_id"), [to_number(row.get(name)) for name in _RATIOS]
        ratio, correctness = values
        if not task or correctness is None:
            problems.append(f"line {number}: no instance_id or no correctness; passed over")
        elif correctness < 1:
            yield task, Status("failed", "tests failed")
        elif ratio is not None:
            yield task, Status("success" if ratio >= _MATCHES_HUMAN else "passed")
        else:
            yield task, Status("passed", "no speed-up is given")


FORMAT = Format(
    name="reports",
    title="report of an evaluation (SWE-bench, GSO, SWE-fficiency)",
    recognise=_recognise,
    read=_read,
)
