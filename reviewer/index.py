"""A cache of what was read and checked, in SQLite; safe to delete at any time.

Results are kept under a hash of all that they depend on, so nothing in here is ever out of date: what
changed has another key. Where the folder cannot be written, or is on a network (whose file systems do not
keep SQLite's locks), the index lives in memory only; one that is damaged is begun anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from reviewer.model import from_json, to_json

SCHEMA = 1
BUSY_SECONDS = 5.0
LARGEST = 2 << 30
"""Bytes of the file from which it is begun anew: what nobody asks for any more is never looked for."""
_TOGETHER = 500
"""Values that are written in one transaction."""
_NETWORK = (
    "nfs", "cifs", "smb", "afs", "9p", "ceph", "lustre", "gluster", "beegfs", "gpfs", "fuse.sshfs", "ncpfs",
)  # fmt: skip
"""Beginnings of the types of file systems that other machines write to as well."""

_T = TypeVar("_T")


class Index:
    """Key and value, one table; one file per schema version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = _open(folder)
        self._damaged = False
        self._pending: list[tuple[str, bytes]] = []

    def get(self, keys: Iterable[str], type_: type[_T]) -> dict[str, _T]:
        """Those of the keys that are known; an entry that cannot be read is as good as none."""
        found: dict[str, _T] = {}
        query = "SELECT key, value FROM result WHERE key IN (SELECT value FROM json_each(?))"
        try:
            for key, value in self._database.execute(query, (to_json(list(keys)).decode(),)):
                with contextlib.suppress(ValueError):
                    found[key] = from_json(value, type_)
        except sqlite3.Error as error:
            self._damaged = self._damaged or means_damage(error)
        return found

    def put(self, key: str, value: object) -> None:
        """Remember a value; a full disk or a locked file only means that it is worked out again."""
        self._pending.append((key, to_json(value)))
        if len(self._pending) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what is pending, in one short transaction so that no other program waits for long."""
        pending, self._pending = self._pending, []
        try:
            with self._database:
                self._database.executemany(
                    "INSERT OR REPLACE INTO result (key, value) VALUES (?, ?)", pending
                )
        except sqlite3.Error as error:
            self._damaged = self._damaged or means_damage(error)

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *error: object) -> None:
        self.flush()
        self._database.close()
        if self._damaged:
            remove_database(_file(self._folder))


def is_empty(folder: Path) -> bool:
    """Whether nothing was ever remembered there."""
    return not _file(folder).exists()


def _file(folder: Path) -> Path:
    return folder / f"index-{SCHEMA}.sqlite"


def remove_database(file: Path) -> None:
    """Remove a database with all that SQLite keeps beside it."""
    for end in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            file.with_name(file.name + end).unlink()


def means_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether the file itself is no database, or not a whole one; a lock or a full disk is operational."""
    damage = isinstance(error, (sqlite3.DatabaseError, UnicodeDecodeError))
    return damage and not isinstance(error, sqlite3.OperationalError)


def _open(folder: Path) -> sqlite3.Connection:
    file = _file(folder)
    database = open_database(file, _prepare)
    with contextlib.suppress(OSError, sqlite3.Error):
        if file.stat().st_size > LARGEST:
            database.execute("DELETE FROM result")
            database.commit()
            database.execute("VACUUM")
    return database


def open_database(
    file: Path | None,
    prepare: Callable[[sqlite3.Connection], object],
    *,
    journal: str = "WAL",
    **options: Any,
) -> sqlite3.Connection:
    """A database that is a cache, made ready by ``prepare``: a damaged file is begun anew.

    It lies in memory where there is no file, none can be written, or its folder is shared over a network. ``prepare``
    raises ``sqlite3.DatabaseError`` for a file of another version.
    """
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            if not on_network(file.parent):
                try:
                    return _ready(file, prepare, journal, options)
                except sqlite3.Error as error:
                    if not means_damage(error):
                        raise
                    remove_database(file)
                    return _ready(file, prepare, journal, options)
    except (OSError, sqlite3.Error):
        pass
    return _ready(":memory:", prepare, journal, options)


def _ready(
    file: Path | str, prepare: Callable[[sqlite3.Connection], object], journal: str, options: dict[str, Any]
) -> sqlite3.Connection:
    database: sqlite3.Connection = sqlite3.connect(file, timeout=BUSY_SECONDS, **options)
    try:
        database.execute(f"PRAGMA journal_mode = {journal}")
        # What a power cut damages is begun anew; waiting for the disk took a twentieth of the time of all checks.
        database.execute("PRAGMA synchronous = OFF")
        prepare(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


def rescue_rows(before: sqlite3.Connection, after: sqlite3.Connection, tables: Iterable[str]) -> bool:
    """Copy what can be read of these tables of a database into empty ones of another; whether all could be.

    Of a table with a fault what stands before the first one and behind the last one.
    """
    whole = True
    with contextlib.suppress(sqlite3.Error):
        before.execute("PRAGMA busy_timeout = 0")
    for table in tables:
        for order in ("ASC", "DESC"):
            try:
                for row in before.execute(f"SELECT * FROM {table} ORDER BY rowid {order}"):
                    values = ", ".join("?" * len(row))
                    after.execute(f"INSERT OR IGNORE INTO {table} VALUES ({values})", row)
            except (sqlite3.Error, UnicodeDecodeError):
                whole = False
                continue
            break
    return whole


def on_network(folder: Path, mounts: str = "/proc/self/mounts") -> bool:
    """Whether a folder lies on a file system that is shared over a network; where nobody tells, it does not."""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            fields = [line.split(" ") for line in file]
        resolved = folder.resolve()
    except OSError:
        return False
    # Blanks in a mount point stand as octal escapes.
    mounted = [(field[1].encode().decode("unicode_escape"), field[2]) for field in fields if len(field) > 2]
    above = [(point, kind) for point, kind in mounted if resolved.is_relative_to(point)]
    return bool(above) and max(above, key=lambda mount: len(mount[0]))[1].startswith(_NETWORK)


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
