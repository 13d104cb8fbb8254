"""What was measured of some of the sample's attempts, in the program's own form: a row a value or a failure."""

from __future__ import annotations

import json

FLAT = "tinyseries-1a2b3c4d/tinyseries-"
LATER = "tinyseries/trae/gpt-5/2025-11-06_03-26-11/tinyseries-"
CLAUDE = "tinyseries/claude_code/default/2025-12-23_04-37-32/tinyseries-"

TIMES = {
    f"{FLAT}0006": ((52.1, 51.8, 52.6), (20.3, 20.1, 20.6), (21.9, 21.6, 22.2)),
    f"{CLAUDE}0000": ((52.4, 52.0, 52.2), (20.2, 20.4, 20.5), (21.7, 21.9, 22.1)),
    f"{FLAT}0001": ((88.1, 88.6, 87.7), (61.4, 61.0, 61.7), (63.2, 62.8, 63.5)),
    f"{CLAUDE}0001": ((88.4, 87.9, 89.0), (61.2, 60.8, 61.9), (61.0, 61.5, 60.7)),
    f"{FLAT}0002": ((640.2, 637.5, 644.8), (9.8, 9.7, 9.9), (14.2, 14.1, 14.4)),
    f"{LATER}0002": ((641.0, 639.1, 645.2), (9.9, 9.7, 9.8), (11.3, 11.2, 11.5)),
    f"{FLAT}0010": ((638.9, 643.0, 640.4), (9.7, 9.9, 9.8), (9.9, 10.0, 9.8)),
    f"{LATER}0003": ((30.4, 30.1, 30.8), (4.1, 4.0, 4.2), (4.2, 4.1, 4.2)),
    f"{LATER}0008": ((41.0, 40.7, 41.3), (18.8, 18.5, 19.0), (47.2, 46.9, 47.7)),
    f"{LATER}0009": ((74.2, 73.8, 74.9), (12.4, 12.3, 12.6), (8.1, 8.0, 8.3)),
    f"{FLAT}0007": ((33.2, 32.9, 33.5), (25.0, 25.2, 24.8), (25.3, 25.1, 25.6)),
    f"{CLAUDE}0003": ((33.0, 33.4, 32.8), (25.1, 24.9, 25.3), (33.1, 32.9, 33.3)),
}
"""By attempt the milliseconds of base, human and agent, three repeats each."""

FAILURES = {
    f"{FLAT}0000": ("agent", "NameError: name 'self' is not defined"),
    f"{LATER}0000": ("agent", "SyntaxError: '[' was never closed (rolling.py, line 20)"),
    f"{LATER}0012": ("agent", "AssertionError: results differ from the base in 1 of 1000 windows"),
    f"{FLAT}0003": (
        "agent",
        "RuntimeError: building tinyseries/_fast.c failed: expected ';' before 'for'",
    ),
    f"{FLAT}0005": ("agent", "NameError: name 'defaultdict' is not defined"),
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
