"""The checks themselves, in the order of :data:`reviewer.checks.CHECK_NAMES`."""

from reviewer.checks import (
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

CHECKS: tuple[Check, ...] = (
    execution, patch, applies, syntax, names, files, template, scope, similarity, signatures, prompt,
    uninitialised, swallowed, copies, fields,
)  # fmt: skip
"""Those that are asked of one attempt."""

EXPLAINED: dict[str, str] = {check.name: check.explain for check in CHECKS} | {
    check.name: check.explain for check in (provenance, measured)
}
"""What each check means, :mod:`reviewer.checks.provenance` and :mod:`reviewer.checks.measured` too, which are asked of all attempts together."""
