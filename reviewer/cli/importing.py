"""``reviewer import``: a judge's labels, people's from another copy of the verdicts folder, or measurements."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from reviewer.cli.common import open_project, put, stop
from reviewer.measurement import UnreadMeasurement
from reviewer.project.import_labels import Imported, import_labels
from reviewer.project.keep_measurements import CannotKeep, KeptMeasurements, keep_measurements
from reviewer.project.project import Project
from reviewer.reports.safe import safe_data
from reviewer.text import one_line, plural
from reviewer.verdicts.foreign import CannotImport
from reviewer.verdicts.store import NotSaved

_SHOWN = 20
"""Lines of a list that are printed before the rest is counted."""


def import_file(
    file: Path,
    kind: Literal["human", "judge", "measurement"] | None,
    format_: str,
    annotator: str | None,
    **common: Any,
) -> None:
    """Import labels or measurements that were made elsewhere; importing the same again adds nothing."""
    project = open_project(annotator=annotator, **common)
    project.apply_commits(project.load_commits())
    if kind == "measurement":
        _keep(project, file, format_)
        return
    try:
        done = import_labels(project, file, annotator=annotator, kind=kind)
    except (CannotImport, NotSaved) as error:
        stop(error)
    finally:
        project.close()
    put(_json(done) if format_ == "json" else _text(done, file, project.space.verdicts))
    _stop_for_rows(done, file)


def _stop_for_rows(done: Imported, file: Path) -> None:
    """End the program where a row could not be used, or none is about an attempt that is open."""
    if done.problems:
        stop(f"{file}: {plural(len(done.problems), 'row')} could not be used; what could be is saved")
    if done.rows and len(done.unmatched) == done.rows:
        stop(f"{file}: nothing in it is about an attempt that is open")


def _json(done: Imported | KeptMeasurements) -> str:
    found = msgspec.json.encode(safe_data(msgspec.to_builtins(done), one_line))
    return msgspec.json.format(found, indent=2).decode() + "\n"


def _keep(project: Project, file: Path, format_: str) -> None:
    """Keep a copy of measurements and print what is in them."""
    try:
        done = keep_measurements(project, file)
    except CannotKeep as error:
        stop(error)
    except OSError as error:
        stop(f"{error.filename or file}: {error.strerror or error}; nothing more is kept", "measuring")
    finally:
        project.close()
    if format_ == "json":
        put(_json(done))
    else:
        forms = ", ".join(f"{count} × {form}" for form, count in done.forms.items())
        unjoined = tuple(f"{found.measurement.file}: {found.reason}" for found in done.unjoined)
        lines = [
            f"{file.name}: {forms}; {plural(done.measurements, 'measurement')}, {done.joined} of attempts that are open",
            f"saved {done.saved}, here already {done.unchanged}, in {project.space.verdicts}",
            f"of no attempt here: {len(unjoined)}",
            *_listed(unjoined),
        ]
        for title, problems in (("not usable", done.unread), ("not usable in part", done.problems)):
            lines += (
                [f"{title}: {len(problems)}", *_listed(tuple(map(_located, problems)))] if problems else []
            )
        put("".join(f"{one_line(line)}\n" for line in lines))
    if done.unread:
        stop(f"{file}: not usable: {len(done.unread)}; what could be used is kept", "measuring")
    if not done.joined:
        stop(f"{file}: nothing in it is about an attempt that is open", "measuring")


def _located(problem: UnreadMeasurement) -> str:
    """Where a file or row cannot be read, and why."""
    line = "" if problem.line is None else f":{problem.line}"
    return f"{problem.file}{line}: {problem.reason}"


def _text(done: Imported, file: Path, verdicts: Path) -> str:
    missing = sum(done.missing.values())
    lines = [f"{file.name}: {done.form}, {done.rows} entries: {done.labels} labels, {missing} missing"]
    lines += [f"  missing: {count} × {reason}" for reason, count in done.missing.items()]
    who = ", ".join(done.annotators)
    lines.append(
        f"saved {done.saved}, here already {done.unchanged}, as {done.kind or 'they were'} {who}, in {verdicts}"
    )
    if done.notes:
        lines.append(f"notes on commits, runs and sections: {done.notes} saved")
    agree, of = done.against_gold
    if of:
        lines.append(f"gold: {agree} of {of} agree")
        lines += _listed(done.disagreeing)
    lines += [f"without an attempt here: {len(done.unmatched)}", *_listed(done.unmatched)]
    if done.problems:
        lines += [f"not usable: {len(done.problems)}", *_listed(done.problems)]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _listed(lines: tuple[str, ...]) -> list[str]:
    more = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [f"  {line}" for line in lines[:_SHOWN]] + more
