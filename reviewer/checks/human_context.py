"""The human change of a commit as if it were an attempt, for the control of a check."""

from collections.abc import Iterator
from functools import cached_property

from reviewer.checks.context import Context, Resources
from reviewer.checks.human_patch import find_task
from reviewer.checks.protocol import AttemptRequest
from reviewer.checks.reading.application import REGULAR, Application, PatchedFile
from reviewer.checks.reading.unusable import numstat_of
from reviewer.checks.results import Unanswerable
from reviewer.model import FileEntry, Patch
from reviewer.sources.git.scratch import Applied, FileCount
from reviewer.sources.json_files import Unreadable

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
        return [numstat_of(change) for change in self.with_data]

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


class TaskContext(Context):
    """A human change that a data file gives as a patch: it is applied to its base as an attempt's is."""

    @cached_property
    def data(self) -> bytes | None:
        """The patch of the data file. Raises :class:`Unanswerable` where it cannot be read any more."""
        commit_files, commit = self.resources.commit_files, self.attempt.commit or ""
        task = find_task(commit_files, self.attempt.base, commit)
        try:
            return None if task is None else commit_files.data.text(task).patch
        except Unreadable as error:
            raise Unanswerable(str(error)) from None


def context_of(request: AttemptRequest, resources: Resources) -> Context:
    """What the checks of a request are given."""
    attempt, make = request.attempt, Context
    if request.human:
        given = find_task(resources.commit_files, attempt.base, attempt.commit or "")
        make = HumanContext if given is None else TaskContext
    return make(attempt, resources, request.unresolved, request.earlier)
