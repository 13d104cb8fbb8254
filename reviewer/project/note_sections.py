"""The sections of the report that people write for; shells that complete them wait for this module alone."""

_PATTERNS = (
    "empty", "artefacts", "applies", "state", "syntax", "names", "template", "files", "incomplete", "scope", "provenance",
    "fast",
)  # fmt: skip

SECTIONS = (
    "methodology", "patch content", "success levels", "prompt quality", "per run",
    *(f"pattern {name}" for name in _PATTERNS),
    "findings", "recommendations", "conclusion",
)  # fmt: skip
"""The names in ``section:<name>``, the subject of a note."""
