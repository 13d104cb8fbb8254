"""Which language a file is in, by the ending of its name."""

from __future__ import annotations

from typing import Literal

MAX_LINE = 2_000
"""Characters of a line that are looked at: what is longer is data, not code."""

PYTHON = (".py", ".pyi")
C_LIKE = (".c", ".cc", ".cpp", ".cxx", ".cu", ".cuh", ".h", ".hpp")
INDENTED = (*PYTHON, ".yml", ".yaml")
"""Endings of files in which indentation means something."""

_HASH_COMMENTS = (*PYTHON, ".sh", ".yml", ".yaml", ".toml", ".cfg", ".cmake", ".mk")
_HASH_COMMENT_NAMES = ("Makefile", "Dockerfile", "CMakeLists.txt")
_SLASH_COMMENTS = (*C_LIKE, ".js", ".ts", ".rs", ".go", ".java", ".proto")


def is_python(path: str) -> bool:
    """Whether a file is Python, stubs included."""
    return path.endswith(PYTHON)


def is_c_like(path: str) -> bool:
    """Whether a file is C, C++ or CUDA."""
    return path.endswith(C_LIKE)


def comment_sign(path: str) -> Literal["#", "//", ""]:
    """What a comment to the end of the line begins with; empty where that is not known."""
    if path.endswith(_HASH_COMMENTS) or path.rpartition("/")[2] in _HASH_COMMENT_NAMES:
        return "#"
    return "//" if path.endswith(_SLASH_COMMENTS) else ""
