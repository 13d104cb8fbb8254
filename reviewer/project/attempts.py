"""Brings the table of facts up to date: attempts at every root, completed from data files, marked by reports."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec

from reviewer import __version__
from reviewer.config import DEFAULT_ARTEFACTS, Workspace, cache_folder
from reviewer.diffs.languages import is_artefact
from reviewer.files import read_file
from reviewer.model import Attempt, to_json
from reviewer.project.known_rows import KnownRows, LateRows
from reviewer.project.made_rows import MadeRow, make_row
from reviewer.project.references import References
from reviewer.project.table import WHOLE, AttemptTable, RowChanges
from reviewer.sources.attempt_files import JOURNAL, PATCH
from reviewer.sources.data_files import is_data
from reviewer.sources.journals import misnamed_patch
from reviewer.sources.marks import with_marks
from reviewer.sources.recognition import HEAD, read_root, recognise_root
from reviewer.sources.registry import Marks, Reading, address_of
from reviewer.sources.runs import Change, Changed, Gone, Known, Looked, Nothing, changes

_TOGETHER = 500
"""Changes that are written before another thread, or the first frame, has its turn."""
_FOLDERS = 20
"""Folders of attempts that are looked through at once, whether something is other there or not."""

YOUNG = 60.0
"""Seconds for which an attempt that cannot be read may be one that is being written."""
MOST_FOLLOWED = 5000
"""Files up to which a root that is read whole is looked at for changes while the program runs."""

Runs = Callable[[Path], Reading]
_Change: TypeAlias = Change[MadeRow]


def nothing_found(roots: Iterable[Path], problems: Iterable[str]) -> str:
    """What to tell of roots at which there is no attempt."""
    reasons = "; ".join(problems)
    return (
        f"no attempt found: looked for folders with a {JOURNAL}, predictions and trajectories at "
        f"{', '.join(map(str, roots)) or 'nothing'}{f' ({reasons})' if reasons else ''}"
    )


def open_table(space: Workspace) -> AttemptTable:
    """The table of what is opened: begun anew, or as an earlier session left it."""
    opened = (space.roots, space.data, space.commits, space.repositories)
    digest = hashlib.sha256(to_json([list(map(os.fspath, paths)) for paths in opened])).hexdigest()
    stamps = []
    for path in space.data:
        try:
            found = os.stat(path)  # noqa: PTH116
            stamps.append(f"{found.st_size}.{found.st_mtime_ns}.{found.st_ctime_ns}")
        except OSError:
            stamps.append("")
    version = repr((__version__, stamps, space.settings.artefacts))
    return AttemptTable(cache_folder() / f"attempts-{digest[:16]}.sqlite", version)


class AttemptReader:
    """Takes attempts at the opened roots into the table; remembers which roots are scanned, and how the others were."""

    def __init__(self, table: AttemptTable, references: References, runs: Runs) -> None:
        self._table, self._references, self._runs = table, references, runs
        self._scanned: set[int] = set()
        self._trees: dict[int, str | None] = {}

    def refresh(self, found: RowChanges, *, patience: float = 0.0) -> Generator[None, None, tuple[str, ...]]:
        """Take in every attempt that is new or other, in steps, and give a sentence for what cannot be read; never raises.

        A root of runs is scanned by what has changed in it, one of another form is read whole. ``patience`` is as in
        :func:`~reviewer.sources.runs.changes`.
        """
        roots, problems, marks = self._references.space.roots, list[str](), list[Marks]()
        for file in self._references.space.data:
            reports, reasons = _read_report(file)
            marks += reports
            problems += reasons
        self._scanned.clear()
        whole: dict[int, Sequence[Attempt]] = {}
        for number, root in enumerate(roots):
            try:
                if self._runs is read_root and not marks and _is_scanned(root):
                    self._scanned.add(number)
                    continue
                self._trees[number] = tree_stamp(root)
                reading = self._runs(root)
            except OSError as error:
                problems.append(f"{root}: {error.strerror or error}")
                reading = Reading()
            whole[number] = reading.attempts
            problems += reading.problems
            marks += reading.marks
        if marks:  # what they say depends on all attempts
            for number in self._scanned:
                self._trees[number] = tree_stamp(roots[number])
                whole[number] = self._runs(roots[number]).attempts
            self._scanned.clear()
            problems += _mark(whole, self._references, marks, problems)
        complete = _completing(self._references, problems)
        for number, attempts in whole.items():
            self._table.doubt(number, found, scanned=True)
            own = (
                make_row(Changed(attempt if marks else complete(attempt), WHOLE, "")) for attempt in attempts
            )
            yield from _write(self._table, number, own, found)
        for number in sorted(self._scanned):
            known = KnownRows(self._table, number) if self._table.holds(number) else Nothing()
            yield from self._scan(number, known, complete, found, problems, patience)
        self._table.make_indices()
        return tuple(dict.fromkeys(problems))

    def follow(self, found: RowChanges, watched: Collection[int], *, patience: float) -> Iterator[None]:
        """Take in, in steps, what was written lately: new attempts, those that were being written, the ``watched`` rows."""
        problems: list[str] = []
        complete = _completing(self._references, problems)
        roots = self._references.space.roots
        for number in sorted(self._scanned):
            known = LateRows(self._table, number, watched)
            yield from self._scan(number, known, complete, found, problems, patience)
        if any(before is not None and tree_stamp(roots[n]) != before for n, before in self._trees.items()):
            yield from self.refresh(found, patience=patience)

    def _scan(
        self,
        number: int,
        known: Known,
        complete: Callable[[Attempt], Attempt],
        found: RowChanges,
        problems: list[str],
        patience: float,
    ) -> Iterator[None]:
        root = self._references.space.roots[number]
        self._table.doubt(number, found, scanned=False)
        try:
            changed = changes(root, known, _make_row, patience=patience)
            yield from _write(self._table, number, _completed(changed, complete, problems), found)
        except OSError as error:
            problems.append(f"{root}: {error.strerror or error}")
            self._table.doubt(number, found, scanned=True)


def tree_stamp(root: Path) -> str | None:
    """What sizes and times of all files at a root are; ``None`` for more than :data:`MOST_FOLLOWED` of them."""
    digest, count = hashlib.sha256(), 0
    top = os.fspath(root)
    for folder, folders, names in (
        os.walk(top) if root.is_dir() else [(os.fspath(root.parent), [], [root.name])]
    ):
        folders.sort()
        for name in sorted(names):
            with suppress(OSError):
                stat = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - many files
                digest.update(
                    f"{folder}/{name} {stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
                )
            count += 1
            if count > MOST_FOLLOWED:
                return None
    return digest.hexdigest()


def _is_scanned(root: Path) -> bool:
    """Whether a root is of the form in which each attempt has a folder of its own, and nothing else."""
    top = Path(os.path.abspath(root))  # noqa: PTH100 - links stay as they are
    if not top.is_dir():
        return False
    found = recognise_root(top)
    return not found.problems and [(source.form, source.path) for source in found.sources] == [("runs", top)]


def _write(
    table: AttemptTable, root: int, found: Iterable[_Change], difference: RowChanges
) -> Generator[None, None, None]:
    """Write changes as they are found, some in each transaction."""
    together: list[_Change] = []
    folders = 0
    for change in found:
        if change is None:
            folders += 1
        else:
            together.append(change)
        if len(together) >= _TOGETHER or folders >= _FOLDERS:
            if together:
                table.write(partial(_put, table, root, together, difference))
            together, folders = [], 0
            yield
    if together:
        table.write(partial(_put, table, root, together, difference))
    yield


def _put(table: AttemptTable, root: int, together: Sequence[_Change], found: RowChanges) -> None:
    for change in together:  # first, since something else may have come to where it was
        if isinstance(change, Gone):
            table.remove(root, change.folder, found, below=change.below)
    # once, since what a lost process had read is read again
    rows = {row.folder: row for row in together if isinstance(row, MadeRow)}
    table.put(root, [*rows.values()], found)
    table.look(root, [change for change in together if isinstance(change, Looked)])


def _make_row(change: Changed) -> MadeRow | Changed:
    """The row of an attempt, unless data files may have more to say of it."""
    return change if change.attempt.instance or change.attempt.patch_unknown else make_row(change)


def _completed(
    found: Iterable[Change[MadeRow | Changed]], complete: Callable[[Attempt], Attempt], problems: list[str]
) -> Iterator[_Change]:
    """The changes, with what data files say of attempts; a sentence goes to ``problems`` for each folder that cannot be listed."""
    for change in found:
        if isinstance(change, Gone) and change.reason:
            problems.append(f"{change.folder}: {change.reason}; attempts below it are not known")
        if isinstance(change, Changed):
            yield make_row(change._replace(attempt=complete(change.attempt)))
        else:
            yield change


def _completing(references: References, problems: list[str]) -> Callable[[Attempt], Attempt]:
    """What completes an attempt from data files, which are read when the first attempt names a task."""
    read: list[Callable[[Attempt], Attempt]] = []

    artefacts = references.space.settings.artefacts

    def complete(attempt: Attempt) -> Attempt:
        if attempt.patch_unknown is not None and artefacts != DEFAULT_ARTEFACTS:
            attempt = _without_artefacts(attempt, artefacts)
        if attempt.instance is None:
            return attempt
        if not read:
            data = references.commit_files.data
            read.append(data.complete)
            attempt = data.complete(attempt)
            problems.extend(f"{path}: {reason}" for path, reason in data.problems)
            return attempt
        return read[0](attempt)

    return complete


def _without_artefacts(attempt: Attempt, artefacts: tuple[str, ...]) -> Attempt:
    """An attempt without a patch, whose folder has files that look like it, these without what the harness leaves."""
    if address_of(attempt.folder) is not None or attempt.patch_unknown != misnamed_patch(attempt.folder):
        return attempt
    unknown = misnamed_patch(attempt.folder, lambda name: name == PATCH or is_artefact(name, artefacts))
    return msgspec.structs.replace(attempt, patch_unknown=unknown)


def _mark(
    whole: dict[int, Sequence[Attempt]], references: References, marks: Iterable[Marks], problems: list[str]
) -> list[str]:
    """Complete and mark the attempts of all roots, in place; a sentence for each report that is about none."""
    complete = _completing(references, problems)
    numbers = [number for number in sorted(whole) for _ in whole[number]]
    completed = [complete(attempt) for number in sorted(whole) for attempt in whole[number]]
    marked, reasons = with_marks(completed, marks)
    for number in whole:
        whole[number] = [attempt for own, attempt in zip(numbers, marked, strict=True) if own == number]
    return reasons


def _read_report(file: Path) -> tuple[tuple[Marks, ...], list[str]]:
    """The marks of a report that was named among the data files, and what is wrong with a file that is neither."""
    try:
        if is_data(read_file(file, HEAD)):
            return (), []
        found = read_root(file)
    except OSError as error:
        return (), [f"{file}: {error.strerror or error}"]
    if found.attempts:
        return (), [f"{file}: holds attempts, and is opened as RUNS, not as data; not used"]
    return found.marks, list(found.problems)
