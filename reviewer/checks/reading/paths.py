"""What kind of file a path is: source, or test, documentation, benchmark."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache

_ASIDE_FOLDERS = frozenset({"tests", "testing", "docs", "benchmarks"})
_ASIDE_NAMES = (
    "test_*", "*_test.*", "conftest.py",
    "*.md", "*.rst", "LICENSE", "CHANGELOG", "NOTICE", "mkdocs.yml",
    "bench_*.py", "benchmark_*.py",
)  # fmt: skip


@lru_cache(maxsize=4096)
def is_source(path: str) -> bool:
    """Whether a path is neither test nor documentation nor benchmark."""
    *folders, name = path.split("/")
    if _ASIDE_FOLDERS.intersection(folders):
        return False
    return not any(fnmatchcase(name, pattern) for pattern in _ASIDE_NAMES)
