"""The control: a check asked of the human's own patch. A check that fails there is suspect itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from reviewer.checks.context import Context
from reviewer.checks.reading.application import Application, PatchedFile
from reviewer.checks.reading.base_files import REGULAR
from reviewer.checks.reading.usable import numstat_of
from reviewer.model import FileEntry, Patch
from reviewer.sources.git.scratch import Applied, FileCount

PREFIX = "human/"
"""What the id of a control begins with; the human commit's full hash follows."""


class HumanContext(Context):
    """A human commit as if it were an attempt: its patch, and its files straight from the repository."""

    @cached_property
    def data(self) -> bytes | None:
        """The human diff as git writes it. Raises what the repositories raise."""
        return self.resources.repositories.human_diff(self.base, self.commit)

    @cached_property
    def patch(self) -> Patch:
        """The human patch. Raises :class:`Unanswerable` where there is none."""
        return self.human

    @cached_property
    def numstat(self) -> list[FileCount]:
        """As it is read here: git itself wrote it."""
        return [numstat_of(change) for change in self.patch.files]

    @cached_property
    def application(self) -> Application:
        """The base and the commit themselves; there is nothing to apply."""
        return Application({}, applied=Applied(True, "", []), files=tuple(self._files()))

    def _files(self) -> Iterator[PatchedFile]:
        paths = {path for change in self.files for path in (change.old, change.new) if path}
        before = self.base_files.entries(paths)
        after = self.resources.repositories.entries(self.commit, paths)
        for change in self.files:
            old, new = before.get(change.old or ""), after.get(change.new or "")
            if all(entry is None or entry.mode in REGULAR for entry in (old, new)):
                yield PatchedFile(change, self._read(change.path, old), self._read(change.path, new))

    def _read(self, path: str, entry: FileEntry | None) -> bytes | None:
        return None if entry is None else self.base_files.content(path, entry)
