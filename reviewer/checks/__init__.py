"""Questions that a program answers about an attempt, each in the module of its name (DESIGN.md §5)."""

CHECK_NAMES = (
    "execution",
    "patch",
    "applies",
    "syntax",
    "names",
    "files",
    "template",
    "scope",
    "similarity",
    "signatures",
    "provenance",
    "prompt",
    "uninitialised",
    "swallowed",
)
"""All checks in the order they are shown. The names are needed before the first frame, the checks are not."""
