"""Verdict files parsed once: the index keeps what was parsed, the TOML stays the source.

What was parsed is kept under a hash of the file's bytes, so a changed file is always read anew.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from reviewer import __version__
from reviewer.config import cache_folder
from reviewer.files import read_file
from reviewer.verdicts.blocks import StoredLabels, parse_file
from reviewer.verdicts.reading import label_files, read_folder, read_label_file

READER = 1
"""Raise it when the same bytes come to be read differently."""
WORTH_IT = 1 << 20
"""Bytes of verdict files from which the index is asked; below, parsing is quicker than opening it."""


def read_labels(folder: Path) -> StoredLabels:
    """All that a verdicts folder holds; of a large one, what was parsed before comes from the index."""
    files = list(label_files(folder))
    if sum(_size(path) for path in files) < WORTH_IT:
        return read_folder(folder)
    # the door to SQLite, which the first frame does without
    from reviewer.index import Index

    contents = {path: data for path in files if (data := _bytes_of(path)) is not None}
    keys = {path: _key(path, data) for path, data in contents.items()}
    with Index(cache_folder()) as index:
        known = index.get(keys.values(), StoredLabels)

        def read(path: Path) -> StoredLabels:
            if path not in keys:
                return read_label_file(path)
            if keys[path] not in known:
                known[keys[path]] = parse_file(contents[path], str(path), path.parent.name)
                index.put(keys[path], known[keys[path]])
            return known[keys[path]]

        return read_folder(folder, read)


def _key(path: Path, data: bytes) -> str:
    depends = f"labels {READER} {__version__} {path}\0".encode("utf-8", "surrogateescape")
    return hashlib.sha256(depends + data).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _bytes_of(path: Path) -> bytes | None:
    try:
        return read_file(path)
    except OSError:
        return None
