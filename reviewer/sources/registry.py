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

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

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

GROUP = "reviewer.sources"
"""The group of entry points by which other packages add forms."""
PATIENCE = 3.0
"""Seconds that another package's form may take to load, or to recognise something."""

_T = TypeVar("_T")


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


class NoFormat(Exception):
    """A form cannot be used; the message names it and says why."""


_others: dict[str, Format | NoFormat] = {}
"""What became of the forms of other packages that were asked for: each is tried once."""


def load(name: str) -> Format:
    """The form of a name, its module imported when first asked for. Raises :class:`NoFormat`."""
    if name in MODULES:
        found: Format = import_module(MODULES[name]).FORMAT
        return found
    if name not in _others:
        try:
            _others[name] = _load_other(name)
        except NoFormat as error:
            _others[name] = error
    other = _others[name]
    if isinstance(other, NoFormat):
        raise other
    return other


def all_formats() -> Iterator[Format | NoFormat]:
    """Every form in the order of asking, those of other packages last, or why one of these cannot be used."""
    yield from map(load, MODULES)
    for name in _entry_points():
        try:
            yield load(name)
        except NoFormat as error:
            yield error


def recognise(form: Format, path: Path, head: bytes) -> str | None:
    """Why a file or folder is of a form, ``None`` where it is not; another package's is given up once it fails.

    Raises :class:`NoFormat`, and ``OSError`` as the form does.
    """
    if form.name in MODULES:
        return form.recognise(path, head)
    try:
        return guarded(f"{form.name}, entry point of {GROUP}", lambda: form.recognise(path, head))
    except NoFormat as error:
        _others[form.name] = error
        raise


@lru_cache
def _entry_points() -> dict[str, Callable[[], object]]:
    """By name, what loads each form of another package."""
    # looking through all that is installed takes longer than a start without it
    from importlib.metadata import entry_points

    return {point.name: point.load for point in entry_points(group=GROUP) if point.name not in MODULES}


def _load_other(name: str) -> Format:
    try:
        loads = _entry_points()[name]
    except KeyError:
        raise NoFormat(f"{name}: no such form of a source; it came with a package that is gone") from None
    found = guarded(f"{name}, entry point of {GROUP}", loads)
    if not isinstance(found, Format):
        raise NoFormat(f"{name}, entry point of {GROUP}: is no Format but {type(found).__name__}")
    return found if found.name == name else msgspec.structs.replace(found, name=name)


def guarded(what: str, call: Callable[[], _T]) -> _T:
    """What another package's code returns. Raises :class:`NoFormat` where it raises, or takes over :data:`PATIENCE`."""
    answers: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # a stranger's code may raise anything, SystemExit too
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if errors:
        raise NoFormat(f"{what}: raised {type(errors[0]).__name__}: {errors[0]}")
    if not answers:
        raise NoFormat(f"{what}: took longer than {PATIENCE:g} s, so it is not waited for")
    return answers[0]
