"""The human's change of a commit, from git, else from the commit's file."""

from reviewer.diffs.parse import restore_context
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import Repositories
from reviewer.text import encode


class NoHumanPatch(Exception):
    """There is no human change to read; the message is the reason."""


def read_human_patch(
    repositories: Repositories, commit_files: CommitFiles, base: str | None, commit: str
) -> bytes:
    """The bytes of a patch from ``base`` (a hash, perhaps abbreviated) to ``commit`` (a full hash).

    Where no repository can give it, the commit's file does. Raises :class:`NoHumanPatch`.
    """
    try:
        return repositories.human_diff(repositories.resolve(base or ""), commit)
    except GitError as error:
        file = commit_files.find(commit)
        if file is None or not file.diff_text:
            raise NoHumanPatch(str(error)) from None
        return encode(restore_context(file.diff_text))
