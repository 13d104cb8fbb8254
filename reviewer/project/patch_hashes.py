"""What stands for patches: their hashes, kept with the rows of attempts, and the editions of all rows at a commit.

So no patch is read again that is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import groupby

from reviewer.checks.engine.cache_keys import digest
from reviewer.project.schema import AT_COMMITS
from reviewer.project.sqlite_values import listed
from reviewer.project.table import AttemptTable
from reviewer.sources.attempt_files import patch_sha256

_READ = 20_000
"""Hashes that are remembered of patches of which size and times do not tell whether they are as they were."""


def editions(table: AttemptTable, commits: Iterable[str | None], newest: int) -> dict[str, str]:
    """By commit, a hash of which files the attempts have that are compared there in time, up to the ``newest`` row.

    A commit is left out where some of these files may be others without a trace.
    """
    rows = table.all(
        f"SELECT hash, attempt.id, edition, stamp != '' FROM {AT_COMMITS} JOIN record ON record.id = attempt.id "
        "WHERE hash IN (SELECT value FROM json_each(?)) "
        "AND malformed IS NULL AND written IS NOT NULL AND attempt.id <= ? ORDER BY hash, attempt.id",
        listed(commits), newest,
    )  # fmt: skip
    at_commits = ((commit, [*own]) for commit, own in groupby(rows, lambda row: row[0]))
    return {commit: digest(own) for commit, own in at_commits if all(settled for *_, settled in own)}


class PatchHashes:
    """The hash of the patch in an attempt's folder, ``None`` where none can be read."""

    def __init__(self, table: AttemptTable) -> None:
        self._table = table
        self._known: dict[str, str | None] = {}
        self._rows: dict[str, tuple[int, int]] = {}
        """Row and edition of the attempts whose files are known to be as they were when they were last looked at."""
        self._found: list[tuple[str | None, int, int]] = []
        self._read = lru_cache(_READ)(patch_sha256)

    def load(self, rows: Iterable[int], commits: Iterable[str | None] = ()) -> None:
        """Look up what is known of these attempts and of those at these commits, which are asked for next."""
        self.keep()
        self._known.clear()
        self._rows.clear()
        for folder, row, edition, sha256 in self._table.all(
            "SELECT folder, id, edition, patch_sha256 FROM record WHERE stamp != '' AND id IN ("
            f"SELECT value FROM json_each(?) UNION SELECT attempt.id FROM {AT_COMMITS} "
            "WHERE hash IN (SELECT value FROM json_each(?)))",
            listed(rows), listed(commits),
        ):  # fmt: skip
            if sha256 is None:
                self._rows[folder] = row, edition
            else:
                self._known[folder] = sha256 or None

    def of(self, folder: str) -> str | None:
        """The hash of one patch."""
        if folder not in self._known:
            self._known[folder] = found = self._read(folder)
            if folder in self._rows:
                self._found.append((found or "", *self._rows[folder]))
        return self._known[folder]

    def keep(self) -> None:
        """Put what was read into the rows, in one transaction."""
        if self._found:
            statement = "UPDATE record SET patch_sha256 = ? WHERE id = ? AND edition = ?"
            self._table.write(partial(self._table.run_all, statement, self._found))
            self._found = []
