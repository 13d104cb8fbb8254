"""What other packages add to the program through entry points, kept from harming it.

Looking through all packages takes longer than a start does: it is done when something is asked for, never before the
first frame.
"""

import re
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

FORMS, CHECKS, RUBRICS = "reviewer.sources", "reviewer.checks", "reviewer.rubrics"
"""The groups of entry points by which other packages add forms of sources, checks and rubrics."""
PATIENCE = 3.0
"""Seconds that another package's code may take to load, or to recognise something."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")
_T = TypeVar("_T")


class EntryPoint(msgspec.Struct, frozen=True):
    """One thing that another package adds: ``value`` says where it is (``module:name``)."""

    group: str
    name: str
    value: str
    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}, entry point of {self.group} in {self.package} {self.version}"


class EntryPointError(Exception):
    """What another package adds cannot be used; the message names it and says why."""


class EntryPoints(NamedTuple):
    """The entry points of a group by name, and a sentence for each that cannot be used."""

    points: tuple[EntryPoint, ...] = ()
    problems: tuple[str, ...] = ()


@lru_cache
def find(group: str, taken: tuple[str, ...] = ()) -> EntryPoints:
    """The entry points of a group, ordered by name; those whose names are ``taken``, or are none, are problems."""
    points: dict[str, EntryPoint] = {}
    installed, problems = _installed()
    own_problems = list(problems)
    for point in installed:
        if point.group != group:
            continue
        if not _NAME.fullmatch(point.name):
            own_problems.append(f"{point}: no name; small letters, digits, _ and -, at most 30")
        elif point.name in taken:
            own_problems.append(f"{point}: the name is taken by the program's own")
        elif point.name in points:
            own_problems.append(f"{point}: the name is taken by {points[point.name].package}")
        else:
            points[point.name] = point
    return EntryPoints(tuple(points[name] for name in sorted(points)), tuple(own_problems))


@lru_cache
def _installed() -> tuple[tuple[EntryPoint, ...], tuple[str, ...]]:
    """The entry points of all groups in the packages that are installed, and a sentence for each broken package."""
    from importlib.metadata import distributions  # takes long to import

    points: dict[tuple[str, str, str], EntryPoint] = {}
    packages: dict[str, object] = {}
    problems: list[str] = []
    for package in distributions():
        try:
            for point in package.entry_points:
                # of a package that is installed twice the first one counts, as for imports
                if (
                    point.group in (FORMS, CHECKS, RUBRICS)
                    and packages.setdefault(package.name, package) is package
                ):
                    found = EntryPoint(point.group, point.name, point.value, package.name, package.version)
                    points[(point.group, package.name, point.name)] = found
        except Exception as error:  # whatever a broken package makes of it
            problems.append(
                f"an installed package's entry points cannot be read: {type(error).__name__}: {error}"
            )
    return tuple(points.values()), tuple(problems)


_loaded: dict[EntryPoint, object] = {}
"""What became of the entry points that were loaded, an error too: each is tried once."""


def load(point: EntryPoint) -> object:
    """What an entry point stands for. Raises :class:`EntryPointError`."""
    from importlib import metadata

    if point not in _loaded:
        try:
            _loaded[point] = guarded(
                str(point), metadata.EntryPoint(point.name, point.value, point.group).load
            )
        except EntryPointError as error:
            _loaded[point] = error
    found = _loaded[point]
    if isinstance(found, EntryPointError):
        raise found
    return found


def guarded(what: str, call: Callable[[], _T], limit: float | None = None) -> _T:
    """What another package's code returns.

    Raises :class:`EntryPointError` where it raises (the cause), or takes over ``limit`` (:data:`PATIENCE`) seconds.
    """
    answers: list[_T] = []
    errors: list[BaseException] = []
    seconds = PATIENCE if limit is None else limit

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # a stranger's code may raise anything, SystemExit too
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise EntryPointError(f"{what}: raised {type(errors[0]).__name__}: {errors[0]}") from errors[0]
    if not answers:
        raise EntryPointError(f"{what}: took longer than {seconds:g} s, so it is not waited for")
    return answers[0]
