"""Ids of decisions: unique, in the order of time, never running backwards in a file.

32 hex digits: 48 bits of milliseconds since the epoch, 16 bits of counter, 64 random bits.
"""

from __future__ import annotations

import re
import secrets

_FORM = re.compile("[0-9a-f]{32}")
_STEPS = 48 + 16


def new_id(milliseconds: int, last: str | None = None) -> str:
    """An id that is greater than ``last``, from the larger of the clock and ``last``.

    In the millisecond of ``last``, or when the clock ran backwards, the counter goes on from there;
    a full counter runs over into the next millisecond. What has not the form of an id is no ``last``.
    """
    step = milliseconds << 16
    if last is not None and _FORM.fullmatch(last):
        step = max(step, (int(last[:16], 16) + 1))
    step = min(step, (1 << _STEPS) - 1)
    return f"{step:016x}{secrets.randbits(64):016x}"
