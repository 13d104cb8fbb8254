"""The table of checks: the program's own, and those that other packages add."""

from collections.abc import Iterable

import msgspec

from reviewer.checks import (
    CHECK_NAMES,
    applies,
    copies,
    execution,
    fields,
    files,
    measured,
    names,
    patch,
    prompt,
    provenance,
    scope,
    signatures,
    similarity,
    swallowed,
    syntax,
    template,
    uninitialised,
)
from reviewer.checks.context import Check
from reviewer.checks.explanation import Explanation
from reviewer.checks.others import OtherCheck, cannot_load, load_check
from reviewer.config import CheckSettings
from reviewer.entry_points import CHECKS as GROUP
from reviewer.entry_points import EntryPoint, EntryPointError, find

CHECKS: tuple[Check, ...] = (
    execution, patch, applies, syntax, names, files, template, scope, similarity, signatures, prompt,
    uninitialised, swallowed, copies, fields,
)  # fmt: skip
"""Those that are asked of one attempt."""


class CheckTable(msgspec.Struct, frozen=True):
    """The checks that can be asked, and a sentence for each thing that is wrong with those of other packages."""

    others: tuple[OtherCheck, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order they are shown."""
        return (*CHECK_NAMES, *(check.name for check in self.others))

    @property
    def of_attempt(self) -> tuple[Check, ...]:
        """The checks that are asked of one attempt, in the order they are shown."""
        return (*CHECKS, *self.others)

    @property
    def explained(self) -> dict[str, Explanation]:
        """What each check means."""
        texts = {check.name: check.explain for check in self.of_attempt}
        texts |= {check.name: check.explain for check in (provenance, measured)}
        return {name: texts[name] for name in self.names}

    @property
    def points(self) -> tuple[EntryPoint, ...]:
        """Where the checks of other packages come from, for a worker's table."""
        return tuple(check.point for check in self.others)


def find_checks(settings: CheckSettings | None = None) -> CheckTable:
    """The table with what the installed packages add; one whose ``settings`` are wrong is left out."""
    given = {} if settings is None else settings.others
    found = find(GROUP, CHECK_NAMES)
    others, problems = [], list(found.problems)
    for point in found.points:
        try:
            check = load_check(point)
            check.read_settings(given)
            others.append(check)
        except EntryPointError as error:
            problems.append(str(error))
    unknown = given.keys() - {point.name for point in found.points}
    problems += [f"settings: checks.{name}: no package adds a check of this name" for name in sorted(unknown)]
    return CheckTable(tuple(others), tuple(problems))


def load_checks(points: Iterable[EntryPoint]) -> CheckTable:
    """A worker's table; a check that cannot be loaded there answers with the reason."""
    others = []
    for point in points:
        try:
            others.append(load_check(point))
        except EntryPointError as error:
            others.append(cannot_load(point, str(error)))
    return CheckTable(tuple(others))
