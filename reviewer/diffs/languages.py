"""What a file is by its path: its language, whether it is source or stands beside it, and whether the harness left it."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

MAX_LINE = 2_000
"""Characters of a line that are looked at: what is longer is data, not code."""

PYTHON = (".py", ".pyi")
C_LIKE = (".c", ".cc", ".cpp", ".cxx", ".cu", ".cuh", ".h", ".hpp")

_HASH_COMMENTS = (*PYTHON, ".sh", ".yml", ".yaml", ".toml", ".cfg", ".cmake", ".mk")
_HASH_COMMENT_NAMES = ("Makefile", "Dockerfile", "CMakeLists.txt")
_SLASH_COMMENTS = (*C_LIKE, ".js", ".ts", ".rs", ".go", ".java", ".proto")

OBEYED = re.compile(
    r"^(?:\#!|\#(?:compdef|autoload|cloud-\w+)\b"  # the shell, zsh, cloud-init
    r"|\#(?:define|include|pragma|undef|ifn?def|endif)\b"  # C that stands in another language's text
    r"|\#\s*(?:cython|distutils|cfunc|nuitka-project\S*|tag|mode)\s*:"  # Cython and its tests, Nuitka
    r"|\#\s*(?:pythran|transonic|omp)\s"  # Pythran, Transonic
    r"|\#\s*type:(?!\s*ignore\b)"  # PEP 484: mypyc compiles by it
    r"|\#\s*(?:MAGIC|COMMAND|DBTITLE|Databricks)\b"  # Databricks
    r"|\#\s*(?:syntax|escape|check)\s*="  # Docker
    r"|\#\s?(?:SBATCH|PBS|BSUB|COBALT|MSUB|OAR|FLUX|PJM|QSUB)\b|\#[A-Z]{2,}\s+-"  # batch systems
    r"|\#\s*(?:Provides|(?:Required|Should|Default)-St\w+|chkconfig):"  # init
    r"|\#.*(?:\{\{|\{%|<%)"  # templates
    r"|//\s*(?:go:|\+build\b)|//(?:export|extern|line|sys)\b|/\*line\b"  # Go
    r"|!\w*\$|!(?i:f2py|ocl|cdir|ibm\*)"  # Fortran compilers, f2py
    r"|///\s*<"  # TypeScript
    r"|(?:\#|//)\s*(?:RUN|CHECK[-\w]*|XFAIL|REQUIRES|UNSUPPORTED)\s*:"  # lit and FileCheck
    r"|(?:\#|//|/\*|!)\s*pragma\b(?!\s*:)"
    # What has the form of an instruction, whoever obeys it: #@x, /*+ x, // word:word, # word: key=value.
    r"|(?:\#|//|/\*)[@+$%\[](?=[\w ])|(?://|/\*)\#"
    r"|(?:\#|//|/\*)\s*(?!(?:noqa|nolint|lint|type|pylint|mypy|pyright|ruff|flake8|isort|fmt|yapf|nosec|eslint\S*"
    r"|prettier\S*|cspell|codespell|https?)\b)[a-z][-\w]*:(?:[a-z]|\s*[-\w.]+\s*=\s*\S+\s*$))"
    # And anywhere in a comment:
    r"|coding[:=]\s*[-\w.]"  # PEP 263
    r"|[@\#]__\w+__|@ts-|@jsx|@flow\b|webpack\w+:|@vite|source(?:Mapping)?URL="  # bundlers, TypeScript
    r"|\[\[Rcpp::|\[clinic |\[\[\["  # Rcpp, Argument Clinic, cog
)
"""Comments that something obeys when a program is built, run, or tested. What linters, formatters and coverage read
(``# noqa``, ``# type: ignore``, ``// NOLINT``, ``# pragma: no cover``) changes no program."""

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
