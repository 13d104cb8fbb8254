"""Text from data as reports and exports write it: controls visible, keys and tokens masked."""

from reviewer.text import mask_secrets, one_line, visible

_NEVER_IN_SECRETS_ONLY = 12
"""No key or token that :func:`mask_secrets` knows is shorter: shorter texts need no search."""


def safe(text: str) -> str:
    """Text of several lines: line feeds stay, everything else that a reader would obey is visible."""
    return mask_secrets(visible(text))


def safe_line(text: str) -> str:
    """Text on one line: line feeds become visible too."""
    shown = one_line(text)
    return shown if len(shown) <= _NEVER_IN_SECRETS_ONLY else mask_secrets(shown)
