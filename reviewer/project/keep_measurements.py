"""Keeps copies of measurements beside the judgements, from where they are read from then on."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from reviewer.files import SHARED, open_file, write_whole
from reviewer.guide import Explained
from reviewer.measurement import Measurement, Unjoined, UnreadMeasurement
from reviewer.project.measurements import kept_folder, measurement_files
from reviewer.project.project import Project
from reviewer.sources.measurements.reading import read_file_measurements

_PARTS = 6
"""Last parts of a path that its copy keeps: by folders measurements are joined, and agents known."""
_CHUNK = 1 << 20


class CannotKeep(Explained):
    """Nothing can be kept of a file or folder; the message names it and says why."""

    page = "measuring"


class KeptMeasurements(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file or folder of measurements.

    ``forms`` counts its files by form, ``saved`` the copies that are new or changed, ``unchanged`` those that were there
    already. ``joined`` counts the measurements that are of an opened attempt; why others are not is listed, and so are
    ``unread`` files and rows, and ``problems`` with parts of others.
    """

    forms: dict[str, int]
    saved: int
    unchanged: int
    measurements: int
    joined: int
    unjoined: tuple[Unjoined, ...]
    unread: tuple[UnreadMeasurement, ...]
    problems: tuple[UnreadMeasurement, ...]


def keep_measurements(project: Project, path: Path) -> KeptMeasurements:
    """Copy every file of measurements at ``path`` into the verdicts folder, and join what is in them.

    Raises :class:`CannotKeep` where there is none, and ``OSError`` where a copy cannot be written.
    """
    unread: list[UnreadMeasurement] = []
    forms: Counter[str] = Counter()
    files: set[str] = set()
    saved = 0
    folder = kept_folder(project.space)
    for file in measurement_files(path, unread):
        try:
            found = read_file_measurements(file)
        except OSError as error:
            unread.append(UnreadMeasurement(file, error.strerror or str(error)))
            continue
        unread += found.unread
        if found.form is None:
            continue
        copy = folder.joinpath(*_kept_parts(path, file))
        saved += _copy(file, copy)
        forms[found.form] += 1
        files |= {os.fspath(copy), os.path.abspath(file)}  # noqa: PTH100 - where it is read already, the copy is not
    if not forms:
        reason = unread[0].reason if unread else "no measurements of a form that is known"
        raise CannotKeep(f"{path}: {reason}; reviewer import --help has the forms")
    project.forget_measurements()
    measurements = project.measurements
    own = [found for found in measurements.all if not files.isdisjoint(_files_of(found))]
    numbers = set(map(id, own))
    unjoined = tuple(found for found in measurements.unjoined if id(found.measurement) in numbers)
    return KeptMeasurements(
        forms=dict(forms),
        saved=saved,
        unchanged=forms.total() - saved,
        measurements=len(own),
        joined=len(own) - len(unjoined),
        unjoined=unjoined,
        unread=tuple(unread),
        problems=tuple(
            UnreadMeasurement(found.file, problem, found.line) for found in own for problem in found.problems
        ),
    )


def _files_of(measurement: Measurement) -> set[str | None]:
    return {measurement.file, *(side.file for side in measurement.sides)}


def _kept_parts(given: Path, file: str) -> tuple[str, ...]:
    """The path of a copy: the end of the path as it was given, and what lies below a folder."""
    parts = [part for part in given.parts if part not in (given.anchor, "..", "~")][-_PARTS:]
    return (*parts, *Path(os.path.relpath(file, given)).parts) if os.fspath(given) != file else tuple(parts)


def _copy(file: str, copy: Path) -> bool:
    """Make a copy of a file; whether there was none like it."""
    try:
        with open_file(file) as source, open_file(copy) as present:
            if all(chunk == present.read(_CHUNK) for chunk in _chunks(source)) and not present.read(1):
                return False
    except FileNotFoundError:
        pass
    with open_file(file) as source:
        write_whole(copy, _chunks(source), mode=SHARED)
    return True


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk
