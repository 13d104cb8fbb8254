"""Questions that a program answers about an attempt, in the order they are shown (DESIGN.md §5)."""

from __future__ import annotations

from reviewer.checks import applies, execution, files, patch
from reviewer.checks.base import Check

CHECKS: tuple[Check, ...] = (execution, patch, applies, files)
CHECK_NAMES = tuple(check.name for check in CHECKS)
