"""Recognises a file that an export wrote, which the next export may replace."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.reports.export import predictions, tables, targets


def ours(data: bytes, checks: Sequence[str]) -> bool:
    """Whether a file with these first and last bytes comes from an export; an empty one holds nothing to lose."""
    if not data or (data.startswith(b"PAR1") and b"reviewer.kind" in data):
        return True
    first = data.partition(b"\n")[0].decode("utf-8", "replace")
    headers = [targets.HEADER, predictions.NAMES]
    headers += [tuple(column.name for column in tables.columns(kind, checks)) for kind in tables.KINDS]
    # An earlier version may have had other columns further on, and other checks.
    return any(
        first.startswith((",".join(names[:3]), f'{{"{names[0]}": '))
        and all(name in first for name in names[:3])
        for names in headers
    )
