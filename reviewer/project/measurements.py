"""What was measured of the opened attempts: which files hold it, and of which attempt each measurement is.

Nothing is read before it is asked for. What a file gave is kept in the index under its path, size and time of change.
"""

import filecmp
import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from reviewer.checks.measuring import compare_sides
from reviewer.checks.measuring.ratios import over_all
from reviewer.config import Workspace, cache_folder
from reviewer.index import Index
from reviewer.measurement import Joined, MeasuredComparison, Measurement, Ratio, Unjoined, UnreadMeasurement
from reviewer.project.entries import Entries, Entry
from reviewer.project.measured_attempts import NotHere, OpenedAttempts
from reviewer.sources.measurements.assembling import assembled
from reviewer.sources.measurements.reading import VERSION, FileMeasurements, read_file_measurements
from reviewer.verdicts.state import same_commit

_BESIDE = ("test_results.json", "benchmark_result.json", "measurements.jsonl", "measurements.csv")
"""Names under which measurements are looked for in the folder of an attempt."""
_KEPT = "+measurements"
_DATA = (".json", ".jsonl", ".csv", ".tsv")
"""How files are named that may be thought to hold measurements."""
_NAMED = 5
_DIGITS = re.compile(r"\D")


class _Found(msgspec.Struct, frozen=True):
    """Everything that was read and joined."""

    files: tuple[str, ...]
    all: tuple[Measurement, ...]
    problems: tuple[UnreadMeasurement, ...]
    unjoined: tuple[Unjoined, ...]
    of_entry: dict[tuple[str, str, str], tuple[Joined, ...]]
    of_commit: dict[str, tuple[Joined, ...]]


class Measurements:
    """The measurements of an opened project, read when first asked for; any thread may ask."""

    def __init__(self, space: Workspace, entries: Callable[[], Entries]) -> None:
        self._space = space
        self._entries = entries
        self._lock = threading.Lock()
        self._found: _Found | None = None

    @property
    def ready(self) -> bool:
        """Whether all has been read, so that no answer takes time."""
        return self._found is not None

    def load(self) -> None:
        """Read and join all measurements, if that has not been done; for a thread."""
        self._all()

    @property
    def given(self) -> bool:
        """Whether there are any: the command line or the project names some, or some lie beside attempts."""
        return bool(self._space.measurements or self.files)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that hold measurements."""
        return self._all().files

    @property
    def all(self) -> tuple[Measurement, ...]:
        """Every measurement, in the order of the files, also of attempts that are not open."""
        return self._all().all

    @property
    def problems(self) -> tuple[UnreadMeasurement, ...]:
        """Files, rows and fields that could not be read."""
        return self._all().problems

    @property
    def unjoined(self) -> tuple[Unjoined, ...]:
        """The measurements that are of no opened attempt, and why."""
        return self._all().unjoined

    def of(self, entry: Entry) -> tuple[Joined, ...]:
        """What may be of an attempt, the oldest first."""
        attempt = entry.attempt
        return self._all().of_entry.get((attempt.root, attempt.run, attempt.item), ())

    def of_commit(self, commit_hash: str | None) -> tuple[Joined, ...]:
        """All measurements at a commit, the oldest first; ``candidates`` is 0 for those of attempts not open."""
        by_commit = self._all().of_commit
        if commit_hash is None or commit_hash in by_commit:
            return by_commit.get(commit_hash or "", ())
        return next((found for name, found in by_commit.items() if same_commit(name, commit_hash)), ())

    def human_ratio(self, commit_hash: str | None) -> tuple[Ratio, int] | None:
        """How fast the human's change is, and by how many measurements of a commit; ``None`` where none tells.

        Measurements in the metric that most stand for are taken together (:func:`~reviewer.checks.measuring.ratios.over_all`).
        """
        joined = self.of_commit(commit_hash)
        of_commit = [each.measurement for each in joined]
        found: defaultdict[str, list[Ratio]] = defaultdict(list)
        for each in joined:
            ratio = compare_sides(each, of_commit).ratio("human")
            if ratio is not None:
                found[ratio.metric].append(ratio)
        most = max(found.values(), key=len, default=[])
        return (over_all(most), len(most)) if most else None

    def compare_all(self) -> list[tuple[str | None, MeasuredComparison]]:
        """What every measurement shows, joined or not, with the full hash of its commit, ``None`` where that is not known."""
        found: dict[tuple[str, int], tuple[str | None, MeasuredComparison]] = {}
        for commit, joined in self._all().of_commit.items():
            of_commit = [each.measurement for each in joined]
            for each in joined:
                found[each.measurement.key] = commit, compare_sides(each, of_commit)
        for measurement in self.all:
            if measurement.key not in found:
                alone = Joined(measurement=measurement, joint="commit", candidates=0)
                found[measurement.key] = None, compare_sides(alone, [measurement])
        return list(found.values())

    def compare(self, entry: Entry, human_paths: Iterable[str] = ()) -> tuple[MeasuredComparison, ...]:
        """What each measurement shows of an attempt; ``human_paths`` are the files that the human changed."""
        own = self.of(entry)
        of_commit = [joined.measurement for joined in self.of_commit(entry.commit_hash)] if own else []
        of_attempt = [joined.measurement for joined in own if joined.certain]
        paths = tuple(human_paths)
        return tuple(compare_sides(joined, of_commit, of_attempt, paths) for joined in own)

    def _all(self) -> _Found:
        with self._lock:
            if self._found is None:
                self._found = _find(self._space, self._entries())
            return self._found


def _find(space: Workspace, entries: Entries) -> _Found:
    """Read and join everything that is named or lies beside the entries' attempts."""
    problems: list[UnreadMeasurement] = []
    read = _read_all(_files(space, entries.folders(), problems), problems)
    problems += _not_recognised(space.measurements, read)
    attempts = OpenedAttempts(entries if read else ())
    parts = [measurement for file in read.values() for measurement in file.measurements]
    measurements = assembled(parts, attempts.commit_of)
    of_entry: defaultdict[tuple[str, str, str], list[Joined]] = defaultdict(list)
    of_commit: defaultdict[str, list[Joined]] = defaultdict(list)
    unjoined: list[Unjoined] = []
    for measurement in measurements:
        problems += (
            UnreadMeasurement(measurement.file, text, measurement.line) for text in measurement.problems
        )
        try:
            candidates, joint = attempts.of(measurement)
        except NotHere as error:
            unjoined.append(Unjoined(measurement, str(error)))
            joined = Joined(measurement=measurement, joint="commit", candidates=0)
            commits = {error.commit or attempts.full_hash(measurement.commit)}
        else:
            joined = Joined(measurement=measurement, joint=joint, candidates=len(candidates))
            for entry in candidates:
                of_entry[entry.attempt.root, entry.attempt.run, entry.attempt.item].append(joined)
            commits = {entry.commit_hash for entry in candidates}
        for commit in commits - {None}:
            of_commit[commit or ""].append(joined)
    return _Found(
        files=tuple(path for path, file in read.items() if file.form is not None),
        all=tuple(measurements),
        problems=tuple(problems),
        unjoined=tuple(unjoined),
        of_entry={key: _by_time(found) for key, found in of_entry.items()},
        of_commit={commit: _by_time(found) for commit, found in of_commit.items()},
    )


def _not_recognised(
    paths: Iterable[Path], read: Mapping[str, FileMeasurements]
) -> Iterator[UnreadMeasurement]:
    """Each path that was named and holds no measurements, or files of data that are none, and why that may be."""
    for path in map(os.fspath, paths):
        below = {name: file for name, file in read.items() if name == path or name.startswith(f"{path}/")}
        other = [name for name, file in below.items() if file.form is None and not file.unread]
        if len(other) == len(below):
            yield UnreadMeasurement(
                path, "no measurements of a form that is known (reviewer import --help has them)"
            )
            continue
        named = [os.path.relpath(name, path) for name in other if name.endswith(_DATA)]
        if named:
            rest = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            text = f"no measurements of a form that is known in {', '.join(named[:_NAMED])}{rest}"
            yield UnreadMeasurement(path, text)


def _by_time(found: Iterable[Joined]) -> tuple[Joined, ...]:
    """The oldest first; those without a time before all, in the order of their files."""
    return tuple(sorted(found, key=lambda joined: _DIGITS.sub("", joined.measurement.time or "")))


# Files -----------------------------------------------------------------------------------------


def kept_folder(space: Workspace) -> Path:
    """Where copies of measurements are kept (:mod:`reviewer.project.keep_measurements`)."""
    return space.verdicts / _KEPT


def _files(
    space: Workspace, folders: Iterable[str], problems: list[UnreadMeasurement]
) -> dict[str, os.stat_result]:
    """Every file that may hold measurements, with its size and time of change."""
    found: dict[str, os.stat_result] = {}
    beside = (f"{folder}/{name}" for folder in folders if folder.startswith("/") for name in _BESIDE)
    for path in beside:
        if os.access(path, os.F_OK):  # four an attempt, hardly any of which is there
            with suppress(OSError):
                found[path] = os.stat(path)  # noqa: PTH116
    for given in space.measurements:
        found |= _with_stat(measurement_files(given, problems), problems)
    kept = kept_folder(space)
    if kept.is_dir():
        known: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for path, stat in found.items():
            known[os.path.basename(path), stat.st_size].append(path)  # noqa: PTH119
        for path, stat in _with_stat(measurement_files(kept, problems), problems).items():
            originals = known[os.path.basename(path), stat.st_size]  # noqa: PTH119
            if not any(filecmp.cmp(path, original, shallow=False) for original in originals):
                found[path] = stat
    return dict(sorted(found.items()))


def _with_stat(paths: Iterable[str], problems: list[UnreadMeasurement]) -> dict[str, os.stat_result]:
    found = {}
    for path in paths:
        try:
            found[path] = os.stat(path)  # noqa: PTH116
        except OSError as error:
            problems.append(UnreadMeasurement(path, error.strerror or str(error)))
    return found


def measurement_files(path: Path, problems: list[UnreadMeasurement]) -> Iterator[str]:
    """A file itself, or all files below a folder; a linked folder is not entered."""
    if not path.is_dir():
        yield os.fspath(path)
        return

    def refuse(error: OSError) -> None:
        problems.append(UnreadMeasurement(error.filename, error.strerror or str(error)))

    for folder, folders, names in os.walk(path, onerror=refuse):
        folders[:] = [name for name in folders if name != ".git"]
        yield from (f"{folder}/{name}" for name in names)


def _read_all(
    files: dict[str, os.stat_result], problems: list[UnreadMeasurement]
) -> dict[str, FileMeasurements]:
    """What each file gave, from the index where it knows the file as it is."""
    keys = {
        path: f"measurements {VERSION} {stat.st_size} {stat.st_mtime_ns} {path}"
        for path, stat in files.items()
    }
    if not keys:
        return {}
    read: dict[str, FileMeasurements] = {}
    with Index(cache_folder()) as index:
        known = index.get(keys.values(), FileMeasurements)
        for path, key in keys.items():
            found = known.get(key)
            if found is None:
                try:
                    found = read_file_measurements(path)
                except OSError as error:
                    problems.append(UnreadMeasurement(path, error.strerror or str(error)))
                    continue
                index.put(key, found)
            read[path] = found
            problems += found.unread
    return read
