"""The signs that stand beside every colour, and their ASCII stand-ins."""

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


def signs(ascii_only: bool) -> dict[str, str]:
    """The set to draw with."""
    return ASCII if ascii_only else UNICODE
