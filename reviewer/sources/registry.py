"""The table of the forms in which attempts and human changes are kept, and what each of them can do.

Behind this door every attempt is a folder of files, whatever it was read from: ``model_patch.diff``, ``task.txt``, a
trajectory, logs, under the names of :mod:`reviewer.sources.attempt_files`. What has no folder has an address instead
(:class:`Address`), under which its form lists and reads the same files, so that review, checks, labels and exports know
one kind of attempt only.

To add a form: write ``sources/formats/<form>.py`` with a :class:`Format` called ``FORMAT`` and name the module in
:data:`MODULES`; or give a package an entry point of the group ``reviewer.sources`` that loads a :class:`Format`. A form
is recognised by what is in it, never by a name alone; it opens regular files only, holds no patch in memory after
``read``, and names everything that it cannot read. Its module is imported when its turn comes to recognise something, or
when one of its attempts is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

import msgspec

from reviewer import entry_points
from reviewer.entry_points import FORMS, EntryPoint, EntryPointError, EntryPoints, find, guarded
from reviewer.entry_points import load as load_point
from reviewer.model import Attempt

MODULES = {
    "runs": "reviewer.sources.formats.runs",
    "predictions": "reviewer.sources.formats.predictions",
    "harbor": "reviewer.sources.formats.harbor",
    "records": "reviewer.sources.formats.records",
    "reports": "reviewer.sources.formats.reports",
}
"""The module of each form that comes with the program, in the order in which they are asked."""

_ENDINGS = (".jsonl", ".traj", ".json", ".csv", ".eval", ".zst", ".parquet")
"""How a run's name loses the ends of a file's name."""

READING = 20.0
"""Seconds that another package's form may take to read a source, or a file of an attempt."""

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Address(NamedTuple):
    """Where an attempt without a folder of its own stands: ``part`` is its form's own word for where in the file."""

    form: str
    path: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.form}:{self.path}#{self.part}"


def address_of(folder: str) -> Address | None:
    """The address that stands for an attempt's folder, ``None`` for a real folder (an absolute path)."""
    if folder.startswith("/"):
        return None
    form, _, rest = folder.partition(":")
    path, _, part = rest.rpartition("#")
    return Address(form, path, part) if path.startswith("/") else None


class Status(NamedTuple):
    """What an evaluation says of a task, and why or with what reserve."""

    status: str
    note: str | None = None


class Marks(msgspec.Struct, frozen=True):
    """The statuses of a report by the task's id; ``name`` is its file's without endings, ``source`` with them."""

    name: str
    source: str
    statuses: Mapping[str, Status]


class Reading(msgspec.Struct, frozen=True):
    """The attempts of a source, malformed ones included, and a sentence for each thing that could not be read."""

    attempts: Sequence[Attempt] = ()
    problems: tuple[str, ...] = ()
    marks: tuple[Marks, ...] = ()
    """What reports of evaluations say of other sources' attempts."""


def run_of(name: str) -> str:
    """A file's name without its endings: the run of its attempts."""
    while name.endswith(_ENDINGS) and name.rpartition(".")[0]:
        name = name.rpartition(".")[0]
    return name


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A form in which attempts are kept.

    ``name`` (``[a-z][a-z0-9_-]*``) stands in addresses, ``title`` is for people.

    ``recognise(path, head)`` is why a file or folder is of this form, ``None`` where it is not; ``head`` has the first
    :data:`reviewer.sources.recognition.HEAD` bytes of a file and is empty for a folder. Raises ``OSError``.

    ``read(path, run)`` gives its attempts; each has the id ``<run>/<item>``, and as folder a real one or the text of an
    :class:`Address` whose ``part`` has no ``#``. Raises ``OSError`` where nothing can be read.

    ``list_files(address)`` and ``read_file(address, name)`` show an attempt's files: ``model_patch.diff`` with the
    patch as its agent left it (no such file where the record has none), ``task.txt`` with the text that the agent was
    given, a trajectory under its own name. ``journal.json`` is not listed: read, it is the record itself, whose hash
    binds labels. ``read_file`` is ``None`` for a file that is not there, and raises ``OSError`` for one that cannot be
    read, for example because the source was written anew since.
    """

    name: str
    title: str
    recognise: Callable[[Path, bytes], str | None]
    read: Callable[[Path, str], Reading]
    list_files: Callable[[Address], Sequence[str]] | None = None
    read_file: Callable[[Address, str], bytes | None] | None = None


def number_item(item: str, taken: dict[str, int]) -> str:
    """The name of an item among others of its run, which ``taken`` keeps: ``x.2`` for the second ``x``, and so on."""
    name = item
    while name in taken:
        taken[item] += 1
        name = f"{item}.{taken[item]}"
    taken[name] = 1
    return name


def load(name: str) -> Format:
    """The form of a name, its module imported when first asked for. Raises :class:`EntryPointError`."""
    if name in MODULES:
        found: Format = import_module(MODULES[name]).FORMAT
        return found
    point = next((point for point in others().points if point.name == name), None)
    if point is None:
        raise EntryPointError(f"{name}: no such form of a source; it came with a package that is gone")
    return _load_other(point)


def others() -> EntryPoints:
    """The forms that other packages add, and what is wrong with some."""
    return find(FORMS, tuple(MODULES))


def all_formats(problems: dict[str, None]) -> Iterator[Format]:
    """Every form in the order of asking, those of other packages last; why one cannot be used is a key of ``problems``."""
    yield from map(load, MODULES)
    problems |= dict.fromkeys(others().problems)
    for point in others().points:
        try:
            yield _load_other(point)
        except EntryPointError as error:
            problems[str(error)] = None


@lru_cache
def _load_other(point: EntryPoint) -> Format:
    """A form whose functions raise nothing but ``OSError`` and :class:`EntryPointError`, and end in time.

    Once it failed to recognise something, or took too long, it is asked no more.
    """
    found = load_point(point)
    if not isinstance(found, Format):
        raise EntryPointError(f"{point}: is no Format but {type(found).__name__}")
    if found.name != point.name:  # its addresses would lead nowhere
        raise EntryPointError(f"{point}: calls itself {found.name!r}")
    given_up: list[EntryPointError] = []

    def guard(call: Callable[_P, _T], limit: float, *, once: bool = False) -> Callable[_P, _T]:
        def ask(*given: _P.args, **named: _P.kwargs) -> _T:
            if given_up:
                raise given_up[0]
            try:
                return guarded(str(point), partial(call, *given, **named), limit)
            except EntryPointError as error:
                if isinstance(error.__cause__, OSError):
                    raise error.__cause__ from None
                if once or error.__cause__ is None:
                    given_up.append(error)
                raise

        return ask

    return msgspec.structs.replace(
        found,
        recognise=guard(found.recognise, entry_points.PATIENCE, once=True),
        read=guard(found.read, READING),
        list_files=found.list_files and guard(found.list_files, READING),
        read_file=found.read_file and guard(found.read_file, READING),
    )
