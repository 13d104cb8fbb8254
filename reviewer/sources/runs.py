"""Finds attempts below a runs root and reads their journals.

A folder that holds a ``journal.json`` is an attempt, at any depth (flat and hierarchical layouts).
Nothing is ever written; logs, trajectories and patches are not opened here.
"""

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

from reviewer.files import read_bounded
from reviewer.model import BEING_WRITTEN, Attempt
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TASK, TRAJECTORY
from reviewer.sources.being_written import is_being_written
from reviewer.sources.forked import ChildLost, can_fork, forked
from reviewer.sources.journals import malformed_attempt, misspelt_journal, read_journal
from reviewer.sources.run_folders import enter, newest_last

_T = TypeVar("_T")

_TRACES = frozenset({PATCH, PROMPT, TASK, SUMMARY, TRAJECTORY, "prediction.jsonl"})
"""Any of these without a journal makes a folder an attempt that is listed as malformed."""

_TICK = 2_000_000_000
"""Nanoseconds within which a file system may give two writings the same time."""
_TRACE = "+"
"""Begins the stamp of a folder that has traces of an attempt but no journal."""
_UNREADABLE = "?"
"""Begins the stamp of an attempt whose prompt was read as well."""
_MANY = 2000
"""New attempts after which the others are read in processes of their own."""
_READERS = 2
"""How many processes that are then: what two find is written by this one as fast as they find it."""


class Known(Protocol):
    """What an earlier scan found, folder by folder: stamps say whether files are as they were then."""

    def attempts(self, parent: str) -> Mapping[str, str]:
        """The stamps of the attempts right below a folder, by their own folder; of the root itself below ``""``."""

    def unsure(self, parent: str) -> Mapping[str, str]:
        """Those of them that are looked at again where nothing came to the folder and nothing went."""

    def folders(self, parent: str) -> Mapping[str, str]:
        """The stamps of the other folders right below a folder, by path."""

    def holds(self, folder: str) -> bool:
        """Whether an attempt lies below a folder that is not looked at again."""


class Nothing:
    """No earlier scan."""

    def attempts(self, parent: str) -> Mapping[str, str]:
        """None."""
        return {}

    unsure = folders = attempts

    def holds(self, folder: str) -> bool:
        """Nothing is left out."""
        return False


class Changed(NamedTuple):
    """An attempt that is new, or of which a file has changed; ``stamp`` is empty where it must be read again next time."""

    attempt: Attempt
    parent: str
    stamp: str
    new: bool = False
    """Whether the earlier scan found no attempt there."""


class Looked(NamedTuple):
    """A folder that is no attempt was listed, and all that lies in it was looked at."""

    folder: str
    parent: str
    stamp: str


class Gone(NamedTuple):
    """There is no attempt in a folder any more, nor below it where ``below`` says so."""

    folder: str
    below: bool
    reason: str = ""
    """Why a folder that is there cannot be looked into."""


Change: TypeAlias = _T | Looked | Gone | None


def scan(root: Path) -> list[Attempt]:
    """All attempts below ``root``, ordered by id, malformed ones included.

    Raises :class:`OSError` where ``root`` itself cannot be listed.
    """
    found = changes(root, Nothing(), lambda change: change.attempt)
    return sorted((each for each in found if isinstance(each, Attempt)), key=lambda attempt: attempt.id)


def changes(
    root: Path, known: Known, make: Callable[[Changed], _T], *, patience: float = 0.0
) -> Iterator[Change[_T]]:
    """What is other below ``root`` than an earlier scan found it; an attempt that is as it was is not read.

    ``make`` is what is to be known of one that was read; it may be called in another process. ``None`` stands for a folder
    of attempts that was looked through.

    An attempt that cannot be read, of which something was written less than ``patience`` seconds ago, is malformed as
    :data:`~reviewer.model.BEING_WRITTEN` where it may be whole soon. Raises :class:`OSError` where ``root`` itself cannot be listed.
    """
    return _Scan(os.path.abspath(root), known, make, patience).changes()  # noqa: PTH100 - without links resolved


class _Lead(NamedTuple):
    """A folder to look at, the one it lies in, its stamp if it was an attempt and if it was another folder."""

    folder: str
    parent: str
    stamp: str | None
    looked: str


class _Seen(NamedTuple):
    """What a process of its own has found out about folders."""

    holding: set[str]
    bare: dict[str, str]
    left: list[_Lead]
    """Folders with links, which the other processes might enter too."""


class _Files(NamedTuple):
    """What was seen of an attempt's files; ``stamp`` is of their sizes and times, empty where these may not tell."""

    stamp: str
    patch: os.stat_result | None


class _Scan(Generic[_T]):
    """One pass over a root."""

    def __init__(self, top: str, known: Known, make: Callable[[Changed], _T], patience: float) -> None:
        self._top, self._known, self._make = top, known, make
        now = time.time_ns()
        self._settled = now - _TICK
        """What was written after this may be written again without another time of change."""
        self._young = now - int(patience * 1e9)
        self._from_elsewhere = now + int(patience * 1e9)
        """Times after this are another clock's, or from before this one was set back, and say nothing."""
        self._holding: set[str] = set()
        """Folders that attempts lie in, at any depth."""
        self._bare: dict[str, str] = {}
        """Folders with traces of an attempt but without a journal, and the folders they lie in."""
        self._missing: set[str] = set()
        """Attempts that were there before and have not been found again."""
        self._links: set[tuple[int, int]] = set()
        self._left: list[_Lead] | None = None
        """The folders with links that another process is to look at; ``None`` where this one does."""
        self._lost = False
        """Whether a process ended that may have handed attempts over."""

    def changes(self) -> Iterator[Change[_T]]:
        """What is other than it was."""
        stamp, looked = (known("").get(self._top) for known in (self._known.attempts, self._known.folders))
        pending: list[_Lead | Looked] = [_Lead(self._top, "", stamp, looked or "")]
        yield from self._look_at(pending, _MANY if isinstance(self._known, Nothing) and can_fork() else -1)
        if pending:
            yield from self._look_apart(pending)
        # A stray file beside whole attempts does not make their folder an attempt.
        for folder in sorted(self._bare.keys() - self._holding):
            if not self._known.holds(folder):
                self._missing.discard(folder)
                attempt = malformed_attempt(
                    self._top, folder, f"{JOURNAL}: missing{misspelt_journal(folder)}"
                )
                yield self._make(Changed(self._judge(folder, attempt), self._bare[folder], ""))
        for folder in sorted(self._missing):
            yield Gone(folder, below=False)

    def _look_apart(self, pending: list[_Lead | Looked]) -> Iterator[Change[_T]]:
        """What is below some folders of which nothing is known, found by processes of their own."""
        left: list[_Lead | Looked] = [lead for lead in pending if isinstance(lead, Looked)]
        leads = [lead for lead in pending if isinstance(lead, _Lead)]
        try:
            for found in forked(*(self._look_for_another(leads[n::_READERS]) for n in range(_READERS))):
                if isinstance(found, _Seen):
                    self._holding |= found.holding
                    self._bare |= found.bare
                    left += found.left
                else:
                    yield found
        except (ChildLost, OSError):
            self._lost, left = True, pending
        yield from self._look_at(left)

    def _look_for_another(self, leads: list[_Lead]) -> Iterator[Change[_T] | _Seen]:
        """What is below some folders, for the process that this one was forked from."""
        self._left = []
        yield from self._look_at([*leads])
        yield _Seen(self._holding, self._bare, self._left)

    def _look_at(self, pending: list[_Lead | Looked], most: int = -1) -> Iterator[Change[_T]]:
        """What is other below some folders; ``most`` attempts are read, and what is left stays pending."""
        while pending and most != 0:
            lead = pending.pop()
            if isinstance(lead, Looked):
                yield lead
                continue
            folder, parent, stamp, looked = lead
            files = self._look_in(folder, stamp or "")
            if files is not None:
                self._missing.discard(folder)
                if parent not in self._holding:
                    self._hold(folder)
                if looked:
                    yield Gone(folder, below=True)
                most -= 1
                if not files.stamp or files.stamp != stamp:
                    new = stamp is None and not self._lost
                    yield self._make(self._read(folder, parent, files, new=new))
                continue
            if stamp is not None:
                self._missing.add(folder)
            pending += yield from self._look(folder, parent, looked)
            yield None

    def _look(
        self, folder: str, parent: str, looked: str
    ) -> Generator[Change[_T], None, list[_Lead | Looked]]:
        """What is to be looked at in a folder, as far as is known where nothing came to it and nothing went.

        Taken last of it is that the folder was looked at: a scan that ends before finds it other once more.
        """
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116
            folders = self._known.folders(folder)
            if looked.removeprefix(_TRACE) == str(changed):
                if looked.startswith(_TRACE):
                    self._bare[folder] = parent
                attempts = self._known.unsure(folder)
                return [
                    _Lead(path, folder, attempts.get(path), folders.get(path, ""))
                    for path in attempts.keys() | folders.keys()
                ]
            attempts = self._known.attempts(folder)
            with os.scandir(folder) as entries:
                listing = list(entries)
        except OSError as error:
            if folder == self._top:
                raise
            there = not isinstance(error, (FileNotFoundError, NotADirectoryError))
            yield Gone(folder, below=True, reason=(error.strerror or str(error)) if there else "")
            if there:  # it is tried again whatever comes to the folder that it lies in
                yield Looked(folder, parent, "0")
            self._missing.discard(folder)
            return []
        if self._left is not None and any(entry.is_symlink() and entry.is_dir() for entry in listing):
            self._left.append(_Lead(folder, parent, None, ""))
            yield Looked(folder, parent, "0")  # it is not known before it has been looked at
            return []
        bare = any(entry.name in _TRACES or entry.name.lower() == JOURNAL for entry in listing)
        if bare:
            self._bare[folder] = parent
        found = newest_last([entry for entry in listing if enter(entry, self._links)])
        for path in sorted((attempts.keys() | folders.keys()) - set(found)):
            yield Gone(path, below=True)
        whole = Looked(folder, parent, f"{_TRACE * bare}{changed if changed < self._settled else 0}")
        return [whole, *(_Lead(path, folder, attempts.get(path), folders.get(path, "")) for path in found)]

    def _look_in(self, folder: str, before: str) -> _Files | None:
        """The files of an attempt as they are now, ``None`` for no attempt."""
        patch = None
        try:
            parts = [_file_stamp(os.stat(f"{folder}/{JOURNAL}"), self._settled)]  # noqa: PTH116
            try:
                patch = os.stat(f"{folder}/{PATCH}")  # noqa: PTH116
                parts.append(_file_stamp(patch, self._settled))
            except OSError:  # what may be the patch under another name comes and goes with the folder's time
                parts += ("-", _file_stamp(os.stat(folder), self._settled))  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return _Files("", None)
        if not before.startswith(_UNREADABLE):
            return _Files(" ".join(parts) if all(parts) else "", patch)
        try:
            parts.append(_file_stamp(os.stat(f"{folder}/{PROMPT}"), self._settled))  # noqa: PTH116
        except OSError:
            parts.append("-")
        return _Files(f"{_UNREADABLE}{' '.join(parts)}" if all(parts) else "", patch)

    def _read(self, folder: str, parent: str, files: _Files, *, new: bool) -> Changed:
        """Read an attempt whose files were looked at before, so that what is written meanwhile is seen next time."""
        try:
            attempt = read_journal(self._top, folder, read_bounded(f"{folder}/{JOURNAL}"), files.patch)
        except OSError as error:
            attempt = malformed_attempt(self._top, folder, f"{JOURNAL}: {error.strerror or error}")
            return Changed(attempt, parent, "", new)
        if attempt.malformed is None:
            return Changed(attempt, parent, files.stamp, new)
        judged = self._judge(folder, attempt)
        # the prompt was read too; what is being written will be something else without another change
        settled = self._look_in(folder, _UNREADABLE) if judged is attempt else None
        return Changed(judged, parent, settled.stamp if settled is not None else "", new)

    def _judge(self, folder: str, attempt: Attempt) -> Attempt:
        """A malformed attempt, as one that is being written where it may be."""
        if is_being_written(folder, (JOURNAL, *_TRACES), self._young, self._from_elsewhere):
            return msgspec.structs.replace(attempt, malformed=BEING_WRITTEN)
        return attempt

    def _hold(self, folder: str) -> None:
        """Remember the folders that an attempt lies in, up to the root."""
        while len(folder) > len(self._top):
            folder = os.path.dirname(folder)  # noqa: PTH120
            if folder in self._holding:
                return
            self._holding.add(folder)


def _file_stamp(found: os.stat_result, settled: int) -> str:
    """A file's size and times in nanoseconds; empty where it was written so lately that they may not tell."""
    if max(found.st_mtime_ns, found.st_ctime_ns) > settled:
        return ""
    return f"{found.st_size}.{found.st_mtime_ns}.{found.st_ctime_ns}"
