"""What a log says of its attempt, in one form whatever agent wrote it."""

from __future__ import annotations

import msgspec

from reviewer.sources.facts import Claim


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a log of a known ``form`` says. ``claims`` about one fact are in order of trust.

    ``error`` is what the agent itself says that it ended with, and ``error_source`` where that stands.
    ``api_incidents`` counts distinct failed calls, ``None`` where the log does not show them; ``api_errors``
    are what they said, in short, and how many of them said so, the commonest first.
    """

    form: str
    claims: tuple[Claim, ...]
    error: str | None = None
    error_source: str = ""
    api_incidents: int | None = None
    api_errors: tuple[tuple[str, int], ...] = ()
