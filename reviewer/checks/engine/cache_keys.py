"""The keys under which answers of checks are cached: hashes of all that an answer depends on."""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

import msgspec

from reviewer import __version__
from reviewer.checks.context import Check, Input
from reviewer.checks.others import OtherCheck
from reviewer.config import CheckSettings
from reviewer.sources.attempt_files import PATCH
from reviewer.sources.git.process import version as git_version

FACTS_VERSION = 3
"""Goes up when the same logs may give other facts."""

READING_VERSION = 1
"""Goes up when patches are read in another way, on which all checks depend."""

_PROGRAM = Path(__file__).parents[2]
_PACKAGES = (
    "ruff", "tree-sitter", "tree-sitter-c", "tree-sitter-cpp", "tree-sitter-cuda", "PyYAML", "tomli", "unidiff",
    "Pygments",
)  # fmt: skip
_REPOSITORY_PARTS = (
    "", "HEAD", "packed-refs", "shallow", "refs", "objects", "objects/pack", ".git/objects/pack",
)  # fmt: skip


def digest(*parts: object) -> str:
    """A short hash of plain values."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def tools() -> str:
    """The versions of everything that answers: this program, Python, git, and the packages that parse."""
    found = [__version__, sys.version, *_package_versions().values()]
    git = shutil.which("git")
    return digest(found, git, _stat(git) if git else None)


@lru_cache
def versions(packages: tuple[str, ...] = ()) -> dict[str, str | None]:
    """By name, the version of everything that answers, as two machines can compare them; of ``packages`` too."""
    code = hashlib.sha256()
    for file in sorted(_PROGRAM.rglob("*.py")):
        code.update(file.read_bytes())
    return {
        "reviewer": __version__,
        "Python": platform.python_version(),
        "git": git_version(),
        **_package_versions((*_PACKAGES, *packages)),
        "the code of reviewer": code.hexdigest()[:12],
    }


def _package_versions(packages: tuple[str, ...] = _PACKAGES) -> dict[str, str | None]:
    found: dict[str, str | None] = dict.fromkeys(packages)
    for package in packages:
        with suppress(PackageNotFoundError):
            found[package] = version_of(package)
    return found


def surroundings(repositories: Iterable[Path], commits: Iterable[Path]) -> str:
    """The state of repositories and commit files: what was unknown may be known when it changes."""
    parts = [(str(path), [_stat(path / part) for part in _REPOSITORY_PARTS]) for path in repositories]
    return digest(parts, [(str(path), _stat(path)) for path in commits])


def folder_digest(folder: str) -> str:
    """The files of an attempt's folder but its patch: names, sizes and times; an address says which bytes it is of."""
    stats = []
    try:
        with os.scandir(folder) as listing:
            for file in listing:
                if file.name != PATCH:
                    stat = file.stat()
                    stats.append((file.name, stat.st_size, stat.st_mtime_ns))
    except OSError:
        pass
    return digest(folder, sorted(stats))


def shared_part(check: Check, settings: CheckSettings, artefacts: tuple[str, ...], tools: str) -> str:
    """What the keys of a check have in common; settings count where they begin with its name."""
    own: list[object] = [
        (field, value)
        for field, value in msgspec.structs.asdict(settings).items()
        if field.startswith(f"{check.name}_")
    ]
    if isinstance(check, OtherCheck):
        own += [check.point, settings.others.get(check.name)]
    return digest(check.name, check.version, READING_VERSION, own, artefacts, tools)


def answer_key(check: Check, shared: str, inputs: Mapping[Input, str]) -> str:
    """The key of one check's answer to these inputs."""
    return digest(shared, [inputs[name] for name in check.inputs])


def _stat(path: str | Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - also given as text
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
