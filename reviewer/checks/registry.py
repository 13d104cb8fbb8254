"""The checks themselves, in the order of :data:`reviewer.checks.CHECK_NAMES`."""

from __future__ import annotations

from reviewer.checks import applies, execution, files, names, patch, syntax
from reviewer.checks.base import Check

CHECKS: tuple[Check, ...] = (execution, patch, applies, syntax, names, files)
