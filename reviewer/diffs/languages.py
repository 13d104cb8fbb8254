"""What a file is by its path: its language, whether it is source or stands beside it, and whether the harness left it."""

from fnmatch import fnmatchcase
from functools import lru_cache
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

_ASIDE_FOLDERS = frozenset({"tests", "testing", "docs", "benchmarks"})
_ASIDE_NAMES = (
    "test_*", "*_test.*", "conftest.py",
    "*.md", "*.rst", "LICENSE", "CHANGELOG", "NOTICE", "mkdocs.yml",
    "bench_*.py", "benchmark_*.py",
)  # fmt: skip


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


@lru_cache(maxsize=4096)
def is_source(path: str) -> bool:
    """Whether a path is neither test nor documentation nor benchmark."""
    *folders, name = path.split("/")
    if _ASIDE_FOLDERS.intersection(folders):
        return False
    return not any(fnmatchcase(name, pattern) for pattern in _ASIDE_NAMES)


@lru_cache(maxsize=4096)
def is_artefact(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether the harness left this file in the patch.

    Patterns are globs: one that ends in ``/`` is matched against every folder on the way, one with a
    ``/`` inside against the whole path, any other against the file's name.
    """
    *folders, name = path.split("/")
    for pattern in patterns:
        if pattern.endswith("/") and "/" not in pattern[:-1]:
            if any(fnmatchcase(folder, pattern[:-1]) for folder in folders):
                return True
        elif pattern.endswith("/"):
            if fnmatchcase(path, pattern + "*"):
                return True
        elif fnmatchcase(path if "/" in pattern else name, pattern):
            return True
    return False
