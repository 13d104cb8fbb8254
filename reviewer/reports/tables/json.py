"""Statistics for programs: ``reviewer stats --format json``."""

import json
from typing import Any

import msgspec

from reviewer.stats.summary import Summary

_FULL_ONLY = (
    "scope", "pass_at", "bounds", "variants", "defects", "relations", "errors", "distributions", "patch_sizes",
    "scorecards", "gold", "own", "everyone", "conflicts", "suggestions", "progress", "twins", "designs",
    "convenience", "breakdowns", "damaged", "gone",
)  # fmt: skip
"""What is added with ``full``."""
_MEASURED_FULL_ONLY = (
    "do_nothing",
    "thresholds",
    "failures",
    "faster",
    "no_difference",
    "slower",
    "agents",
    "undecided",
    "cells",
)
"""What is added to ``measurements`` with ``full``."""


def to_json(summary: Summary, *, full: bool = False) -> bytes:
    r"""The summary as one JSON object, ending in a line feed; ``full`` adds everything else.

    Rates are fractions between 0 and 1, ``null`` where undefined. All bytes are printable ASCII: what
    a terminal would obey in a run's or an annotator's name stands there as ``\uXXXX``, and nothing is lost.
    """
    return dump(_plain(summary, full))


def dump(data: Any) -> bytes:
    """Plain data as JSON of printable ASCII."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, indent=1)
    return text.replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def _plain(summary: Summary, full: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        name: msgspec.to_builtins(getattr(summary, name))
        for name in ("totals", "rates", "funnel", "checks", "annotators", "agreement", "judges")
    }
    cards: list[dict[str, Any]] = msgspec.to_builtins(summary.scorecards)
    for check in data["checks"]:
        titles = (f"{check['name']}: fail", f"{check['name']}: fail or warn")
        check["scorecards"] = [card for card in cards if card["kind"] == "check" and card["name"] in titles]
    for judge in data["judges"]:
        judge["scorecard"] = next(
            (card for card in cards if card["kind"] == "judge" and card["name"] == judge["name"]), None
        )
    measured = msgspec.to_builtins(summary.measurements)
    if measured is not None and not full:
        measured = {name: value for name, value in measured.items() if name not in _MEASURED_FULL_ONLY}
    data["measurements"] = measured
    for kind in ("run", "commit"):
        data[f"{kind}s"] = [_part(kind, figures) for figures in getattr(summary, f"{kind}s")]
    if full:
        data |= {name: msgspec.to_builtins(getattr(summary, name)) for name in _FULL_ONLY}
    else:
        for level in data["funnel"]:
            del level["left_out"]
    return data


def _part(kind: str, figures: Any) -> dict[str, Any]:
    """A run or commit: its name under ``kind``, its counts beside the other figures."""
    plain: dict[str, Any] = msgspec.to_builtins(figures)
    return {kind: plain.pop("name"), **plain.pop("counts"), **plain}
