"""The signs that stand beside every colour, and their ASCII stand-ins."""

from collections.abc import Iterable, Mapping

from reviewer.project.entries import Entry

UNICODE = {
    "pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": " ",
    "pending": "…", "open": "▾", "closed": "▸", "fold": "⋯", "finding": "◆", "bar": "│", "done": "█",
    "mark_right": "✓", "mark_extra": "±", "mark_wrong": "✗", "viewed": "✓", "indent": "⇥", "wrap": "↪",
    "relation_same": "=", "relation_both-differ": "≠", "relation_human": "H", "relation_agent": "A",
    "relation_other": "O", "region": "│", "moved_here": "»", "moved_away": "«", "mismatch": "≠",
}  # fmt: skip

ASCII = {
    "pass": "+", "warn": "!", "fail": "x", "info": ".", "unknown": "?", "skip": " ",
    "pending": "_", "open": "v", "closed": ">", "fold": "...", "finding": "*", "bar": "|", "done": "#",
    "mark_right": "+", "mark_extra": "&", "mark_wrong": "x", "viewed": "+", "indent": ">|", "wrap": "\\",
    "relation_same": "=", "relation_both-differ": "#", "relation_human": "H", "relation_agent": "A",
    "relation_other": "O", "region": "|", "moved_here": ">", "moved_away": "<", "mismatch": "#",
}  # fmt: skip


def badges(entry: Entry, check_names: Iterable[str], signs: Mapping[str, str]) -> list[tuple[str, str]]:
    """A sign for each check, in their order, with the name of its style."""
    results = (entry.analysis.check(name) if entry.analysis else None for name in check_names)
    return [(signs[r.outcome], r.outcome) if r else (signs["pending"], "skip") for r in results]


def signs(ascii_only: bool) -> dict[str, str]:
    """The set to draw with."""
    return ASCII if ascii_only else UNICODE
