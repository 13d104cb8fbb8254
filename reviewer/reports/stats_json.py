"""Statistics for programs: ``reviewer stats --format json``."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from reviewer.stats.summary import Group, Summary


def to_json(summary: Summary) -> bytes:
    r"""The summary as one JSON object of DESIGN.md §9, ending in a line feed.

    Rates are fractions between 0 and 1, ``null`` where undefined. All bytes are printable ASCII: what
    a terminal would obey in a run's or an annotator's name stands there as ``\uXXXX``, and nothing is lost.
    """
    text = json.dumps(_plain(summary), ensure_ascii=True, allow_nan=False, indent=1)
    return text.replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def _plain(summary: Summary) -> dict[str, Any]:
    data: dict[str, Any] = {
        name: msgspec.to_builtins(getattr(summary, name))
        for name in ("totals", "rates", "funnel", "checks", "annotators", "agreement", "judges")
    }
    for level in data["funnel"]:
        del level["left_out"]
    data["runs"] = [_group("run", group) for group in summary.runs]
    data["commits"] = [_group("commit", group) for group in summary.commits]
    return data


def _group(kind: str, group: Group) -> dict[str, Any]:
    counts: dict[str, Any] = msgspec.to_builtins(group.counts)
    return {kind: group.name, **counts}
