"""The ways to divide attempts into parts: the names of the parts and their order."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from reviewer.stats.rows import HumanChange, StatRow

UNKNOWN = "–"
"""The part of the attempts whose part is not known."""

_RUN_SIZES = ((2, "single"), (10, "2–9"), (50, "10–49"), (math.inf, "50+"))
_LEAKS = ((0.25, "under 25 %"), (0.5, "25–50 %"), (0.75, "50–75 %"), (math.inf, "75 % and more"))
"""Classes with the number that each stays below."""
_NO_LEAK = "nothing"
_ORDERED = (*(name for _, name in _RUN_SIZES), _NO_LEAK, *(name for _, name in _LEAKS))

PATCH_CLASSES = ("no patch file", "empty", "under 1 kB", "1–10 kB", "over 10 kB")


def divisions(
    rows: Sequence[StatRow], changes: Mapping[str, HumanChange]
) -> dict[str, Callable[[StatRow], str | None]]:
    """The ways to divide ``rows``, by name: each gives a row's part, ``None`` where it is not known."""
    items = Counter(row.run for row in rows)
    gaps = sorted({gap for row in rows for gap in row.prompt_gaps or ()})
    found: dict[str, Callable[[StatRow], str | None]] = {
        "agent": lambda row: row.agent,
        "model": lambda row: row.model,
        "day": day_of,
        "status": lambda row: row.status,
        "run size": lambda row: size_class(items[row.run]),
        "complexity": lambda row: change.complexity if (change := changes.get(row.commit or "")) else None,
    }
    if any(row.hints is not None for row in rows):
        found["hints"] = lambda row: None if row.hints is None else "given" if row.hints else "none"
    if any(row.leak_share is not None for row in rows):
        found["prompt gives away"] = leak_class
    for gap in gaps:
        found[f"prompt: {gap}"] = lambda row, gap=gap: (  # type: ignore[misc]
            None if row.prompt_gaps is None else "yes" if gap in row.prompt_gaps else "no"
        )
    return found


def part_order(name: str) -> tuple[int, str]:
    """A key to sort parts by: classes in their own order, then all other parts by name."""
    return (_ORDERED.index(name) if name in _ORDERED else len(_ORDERED), name)


def day_of(row: StatRow) -> str | None:
    """The UTC day on which the attempt's journal was written, as ``YYYY-MM-DD``."""
    if row.written is None:
        return None
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(row.written))
    except (OverflowError, OSError, ValueError):
        return None


def size_class(attempts: int) -> str:
    """A run's class by the number of its items."""
    return _class_of(attempts, _RUN_SIZES)


def leak_class(row: StatRow) -> str | None:
    """How much of the human diff the prompt gives away, in five classes."""
    if row.leak_share is None:
        return None
    return _class_of(row.leak_share, _LEAKS) if row.leak_share else _NO_LEAK


def patch_class(row: StatRow) -> str:
    """The class of a patch by its size, one of :data:`PATCH_CLASSES`."""
    missing, empty, small, medium, large = PATCH_CLASSES
    if not row.patch_exists:
        return missing
    if not row.non_empty:
        return empty
    size = row.patch_bytes or 0
    return small if size < 1000 else medium if size <= 10_000 else large


def _class_of(value: float, classes: Sequence[tuple[float, str]]) -> str:
    return next(name for limit, name in classes if value < limit)
