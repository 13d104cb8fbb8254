"""A cache of what was read and checked, in SQLite; safe to delete at any time.

Results are kept under a hash of all that they depend on, so nothing in here is ever out of date: what
changed has another key. Where the folder cannot be written the index lives in memory only.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

SCHEMA = 1
BUSY_SECONDS = 5.0

_T = TypeVar("_T")


class Index:
    """Key and value, one table; one file per schema version."""

    def __init__(self, folder: Path) -> None:
        self._database = _open(folder)
        self._pending: list[tuple[str, bytes]] = []

    def get(self, keys: Iterable[str], type_: type[_T]) -> dict[str, _T]:
        """Those of the keys that are known; an entry that cannot be read is as good as none."""
        found: dict[str, _T] = {}
        wanted = list(keys)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            try:
                rows = self._database.execute(f"SELECT key, value FROM result WHERE key IN ({marks})", part)
                for key, value in rows:
                    found[key] = msgspec.json.decode(value, type=type_)
            except (sqlite3.Error, msgspec.MsgspecError):
                continue
        return found

    def put(self, key: str, value: object) -> None:
        """Remember a value; a full disk or a locked file only means that it is worked out again.

        So does text in it that no JSON can hold: bytes that were not UTF-8, in a file's name or a patch.
        """
        try:
            self._pending.append((key, msgspec.json.encode(value)))
        except UnicodeEncodeError:
            return
        if len(self._pending) >= 50:
            self.flush()

    def flush(self) -> None:
        """Write what is pending, in one short transaction so that no other program waits for long."""
        pending, self._pending = self._pending, []
        try:
            with self._database:
                self._database.executemany(
                    "INSERT OR REPLACE INTO result (key, value) VALUES (?, ?)", pending
                )
        except sqlite3.Error:
            return

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        self._database.close()


def _open(folder: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _prepare(sqlite3.connect(folder / f"index-{SCHEMA}.sqlite", timeout=BUSY_SECONDS))
    except (OSError, sqlite3.Error):
        return _prepare(sqlite3.connect(":memory:"))


def _prepare(database: sqlite3.Connection) -> sqlite3.Connection:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
    return database
