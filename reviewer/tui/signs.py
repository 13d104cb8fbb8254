"""The signs that stand beside every colour, and their ASCII stand-ins."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from reviewer.cells import MISSING
from reviewer.check_values import MeasuredValue
from reviewer.project.entries import Entry

LegendName = Literal["columns", "checks", "outcomes", "measured", "list", "diff", "figures"]
"""Signs that are explained together."""

UNICODE = {
    "pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": " ",
    "pending": "…", "open": "▾", "closed": "▸", "fold": "⋯", "finding": "◆", "bar": "│", "done": "█",
    "mark_right": "✓", "mark_extra": "±", "mark_wrong": "✗", "viewed": "✓", "indent": "⇥", "wrap": "↪",
    "relation_same": "=", "relation_both-differ": "≠", "relation_human": "H", "relation_agent": "A",
    "relation_other": "O", "region": "│", "moved_here": "»", "moved_away": "«", "mismatch": "≠",
    "faster": "▲", "slower": "▼", "no difference": "≈", "noise": "▒", "value": "┃", "beyond": "→", "axis": "┊",
    "interval": "─", "enter": "⏎",
}  # fmt: skip

ASCII = {
    "pass": "+", "warn": "!", "fail": "x", "info": ".", "unknown": "?", "skip": " ",
    "pending": "_", "open": "v", "closed": ">", "fold": "...", "finding": "*", "bar": "|", "done": "#",
    "mark_right": "+", "mark_extra": "&", "mark_wrong": "x", "viewed": "+", "indent": ">|", "wrap": "\\",
    "relation_same": "=", "relation_both-differ": "#", "relation_human": "H", "relation_agent": "A",
    "relation_other": "O", "region": "|", "moved_here": ">", "moved_away": "<", "mismatch": "#",
    "faster": "^", "slower": "v", "no difference": "~", "noise": ":", "value": "|", "beyond": ">", "axis": "'",
    "interval": "-", "enter": "enter",
}  # fmt: skip


def measured_cell(entry: Entry, signs: Mapping[str, str]) -> tuple[str, str]:
    """How many times as fast as its base an attempt is, or why that is not known, and a style.

    Behind the figure stands ``!`` where its validity is in doubt, ``?`` where it may be another attempt's.
    """
    check = entry.check("measured")
    if check is None:
        return (signs["pending"] if entry.analysis is None else MISSING), "dim"
    value, style = check.value, check.outcome
    if not isinstance(value, MeasuredValue):
        return MISSING, "dim"
    if value.ratio is not None and value.difference is not None:
        doubt = "" if value.certain else "?"
        if value.certain and style == "warn" and value.difference != "no difference":
            doubt = "!"
        return f"{signs[value.difference]} {format_ratio(value.ratio)}{doubt}", style
    if value.blame == "patch":
        return f"{signs['fail']} failed", "fail"
    return (
        f"{signs['unknown']} {'env. ' * (value.blame == 'environment')}failed" if value.blame else MISSING
    ), style


def format_ratio(ratio: float) -> str:
    """A ratio of speeds in at most seven columns: ``1.39×``."""
    for digits, limit in ((2, 100), (1, 1000), (0, 1e6)):
        if round(ratio, digits) < limit:
            return f"{ratio:.{digits}f}×" if ratio >= 0.01 else f"{ratio:.0e}×"
    return f"{ratio:.0e}×"


def badges(entry: Entry, check_names: Iterable[str], signs: Mapping[str, str]) -> list[tuple[str, str]]:
    """A sign for each check, in their order, with the name of its style; none for what cannot be read."""
    if entry.attempt.malformed is not None:
        return [(" ", "skip") for _ in check_names]
    # what an earlier session found stands there until this one has looked
    known = _outcomes(entry.outcomes or "")
    return [
        (signs[known[name]], known[name]) if name in known else (signs["pending"], "skip")
        for name in check_names
    ]


@lru_cache(1024)  # many attempts have the same
def _outcomes(text: str) -> dict[str, str]:
    """What each check answered, as the table of facts has it in one text."""
    return dict(pair.split("=", 1) for pair in text.split())


def name_key(shown: str, signs: Mapping[str, str]) -> str:
    """The name of a key as Textual shows it, in the signs of the screens."""
    return shown.replace(UNICODE["enter"], signs["enter"])


def signs(ascii_only: bool) -> dict[str, str]:
    """The set to draw with."""
    return ASCII if ascii_only else UNICODE
