"""Checks: questions that a program answers about an attempt, each in the module of its name."""

CHECK_NAMES = (
    "execution", "patch", "applies", "syntax", "names", "files", "template", "scope", "similarity", "signatures",
    "provenance", "prompt", "uninitialised", "swallowed", "copies", "fields",
    "measured",
)  # fmt: skip
"""All checks in the order they are shown. The names are needed before the first frame, the checks are not."""
