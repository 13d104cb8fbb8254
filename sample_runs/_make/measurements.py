"""What was measured of some of the sample's attempts, in the program's own form: a row a value or a failure."""

from __future__ import annotations

import json

FLAT = "tinyseries-1a2b3c4d/tinyseries-"
LATER = "tinyseries/trae/gpt-5/2025-11-06_03-26-11/tinyseries-"
CLAUDE = "tinyseries/claude_code/default/2025-12-23_04-37-32/tinyseries-"

TIMES = {
    f"{FLAT}0000": ((52.1, 51.8, 52.6), (20.3, 20.1, 20.6), (21.9, 21.6, 22.2)),
    f"{CLAUDE}0001": ((88.4, 87.9, 89.0), (61.2, 60.8, 61.9), (61.0, 61.5, 60.7)),
    f"{CLAUDE}0004": ((33.0, 33.4, 32.8), (25.1, 24.9, 25.3), (33.1, 32.9, 33.3)),
    f"{LATER}0009": ((74.2, 73.8, 74.9), (12.4, 12.3, 12.6), (8.1, 8.0, 8.3)),
    f"{LATER}0008": ((41.0, 40.7, 41.3), (18.8, 18.5, 19.0), (47.2, 46.9, 47.7)),
}
"""By attempt the milliseconds of base, human and agent, three repeats each."""

FAILURES = {
    f"{FLAT}0003": (
        "agent",
        "RuntimeError: building tinyseries/_fast.c failed: expected ';' before 'return'",
    ),
    f"{LATER}0012": ("agent", "AssertionError: results differ from the base in 1 of 1000 windows"),
    f"{FLAT}0004": ("base", "ModuleNotFoundError: No module named 'numpy'"),
}
"""By attempt the side that failed, and with what; of those whose agent failed the base ran."""

COMMAND = "python -m tinyseries.bench --repeat 3"


def measurements() -> bytes:
    """The rows as JSON lines."""
    rows = [
        _row(attempt, side, metric="time", unit="ms", better="lower", values=values)
        for attempt, sides in TIMES.items()
        for side, values in zip(("base", "human", "agent"), sides, strict=True)
    ]
    for attempt, (side, error) in FAILURES.items():
        if side == "agent":
            rows.append(
                _row(attempt, "base", metric="time", unit="ms", better="lower", values=(30.2, 30.5, 29.9))
            )
        rows.append(_row(attempt, side, error=error))
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def _row(attempt: str, side: str, **measured: object) -> dict[str, object]:
    return {
        "attempt": attempt,
        "side": side,
        **measured,
        "command": COMMAND,
        "machine": "bench-2",
        "device": "cpu",
    }
