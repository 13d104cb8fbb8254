"""The human's change of a commit: from a data file, else from git, else from the commit's file."""

from reviewer.diffs.parse import restore_context
from reviewer.sources.commits import CommitFiles
from reviewer.sources.data_files import Instance
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import Repositories
from reviewer.sources.json_files import Unreadable
from reviewer.text import encode


class NoHumanPatch(Exception):
    """There is no human change to read; the message is the reason."""


def read_human_patch(
    repositories: Repositories, commit_files: CommitFiles, base: str | None, commit: str
) -> bytes:
    """The bytes of a patch from ``base`` (a hash, perhaps abbreviated) to ``commit`` (a full hash, or a task's id).

    Without a benchmark's own ``test_patch``: that is no part of the optimisation. Raises :class:`NoHumanPatch`.
    """
    task = find_task(commit_files, base, commit)
    if task is not None:
        try:
            return commit_files.data.text(task).patch or b""
        except Unreadable as error:
            raise NoHumanPatch(str(error)) from None
    try:
        return repositories.human_diff(repositories.resolve(base or ""), commit)
    except GitError as error:
        file = commit_files.find(commit)
        if file is None or not file.diff_text:
            raise NoHumanPatch(str(error)) from None
        return encode(restore_context(file.diff_text))


def read_test_patch(commit_files: CommitFiles, base: str | None, commit: str) -> bytes:
    """The benchmark's own tests that go with a human's patch, nothing where its data file has none."""
    task = find_task(commit_files, base, commit)
    try:
        return b"" if task is None else commit_files.data.text(task).tests
    except Unreadable:
        return b""


def find_task(commit_files: CommitFiles, base: str | None, commit: str) -> Instance | None:
    """The task of a data file that gives the human's patch from a base, ``None`` where none does."""
    task = commit_files.data.of_commit(commit)
    if task is None or not task.has_patch:
        return None
    return task if not base or not task.base or task.base.startswith(base) else None
