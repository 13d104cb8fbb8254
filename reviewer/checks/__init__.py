"""Checks: questions that a program answers about an attempt, each in the module of its name."""

CHECK_NAMES = (
    "execution", "patch", "applies", "syntax", "names", "files", "template", "scope", "similarity", "signatures",
    "provenance", "prompt", "uninitialised", "swallowed", "copies", "fields",
    "measured",
)  # fmt: skip
"""The program's own checks in the order they are shown. Names are needed before the first frame, the checks are not."""


_ORDER = {name: number for number, name in enumerate(CHECK_NAMES)}


def order(name: str) -> tuple[int, str]:
    """Where a check stands among others: the program's own first, then those of other packages by name."""
    return _ORDER.get(name, len(CHECK_NAMES)), name
