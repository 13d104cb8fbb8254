"""Which files of a patch were left there by the harness: they are not the agent's work."""

from fnmatch import fnmatchcase
from functools import lru_cache

from reviewer.config import DEFAULT_ARTEFACTS


@lru_cache(maxsize=4096)
def is_artefact(path: str, patterns: tuple[str, ...] = DEFAULT_ARTEFACTS) -> bool:
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
