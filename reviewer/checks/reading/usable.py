"""Whether there is a patch to speak of, and if not, why: what ``patch`` answers and others depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from reviewer.model import CheckResult, FileChange
from reviewer.sources.git.process import GitError
from reviewer.sources.git.scratch import Count

if TYPE_CHECKING:
    from reviewer.checks.context import Context

_HASH_COMMENTS = (".py", ".pyi", ".sh", ".yml", ".yaml", ".toml", ".cfg", ".cmake", ".mk")
_SLASH_COMMENTS = (
    ".c",
    ".cc",
    ".cpp",
    ".cu",
    ".cuh",
    ".h",
    ".hpp",
    ".js",
    ".ts",
    ".rs",
    ".go",
    ".java",
    ".proto",
)
_INDENTED = (".py", ".pyi", ".yml", ".yaml")


class Unusable(NamedTuple):
    """Why there is no patch to speak of; ``row`` is the patch file's line, where there is one to name."""

    kind: Literal["missing", "empty", "unreadable", "artefacts", "comments"]
    summary: str
    row: int | None = None


def unusable(context: Context) -> Unusable | None:
    """What :attr:`Context.unusable` keeps."""
    return without_git(context) or _git_disagrees(context)


def without_git(context: Context) -> Unusable | None:
    """Like :func:`unusable`, as far as our own reading of the patch can tell."""
    data = context.data
    if data is None:
        return Unusable("missing", "there is no patch file")
    if not data.strip():
        return Unusable(
            "empty", "the patch file is empty" if not data else "the patch file holds only white space"
        )
    patch = context.patch
    if patch.error is not None:
        return Unusable("unreadable", f"cannot be read: {patch.error}", patch.error_row)
    if not context.files:
        names = ", ".join(change.path for change in patch.files)
        return Unusable("artefacts", f"only what the harness left behind: {names}", patch.files[0].row)
    if all(_only_comments(change) for change in context.files):
        return Unusable("comments", "only comments or white space are changed", context.files[0].row)
    return None


def nothing_to_read(context: Context, name: str) -> CheckResult | None:
    """What a check of this name answers where there is no change that it could read, ``None`` where there is."""
    problem = context.unusable
    if problem is not None and problem.kind == "unreadable":
        return CheckResult(name=name, outcome="unknown", summary=f"the patch {problem.summary}")
    if not context.files:
        return CheckResult(name=name, outcome="skip", summary="there is no patch")
    return None


def usable(context: Context) -> bool:
    """Whether there is a patch to speak of, as far as can be told here."""
    try:
        return context.unusable is None
    except GitError:
        return without_git(context) is None


def _git_disagrees(context: Context) -> Unusable | None:
    theirs = context.numstat
    if isinstance(theirs, str):
        return Unusable("unreadable", f"git cannot read it: {theirs}")
    ours = Counter(count(change) for change in context.patch.files)
    different = Counter(Count(c.path.lstrip("/"), c.added, c.removed) for c in theirs)
    different.subtract(ours)
    names = sorted({count.path for count, number in different.items() if number})
    return Unusable("unreadable", f"git reads it differently: {', '.join(names)}") if names else None


def count(change: FileChange) -> Count:
    """What ``git apply --numstat`` should say of a change."""
    # git strips the slash of an absolute path; that such a path is not taken is another check's answer.
    path = change.path.lstrip("/")
    return Count(path, None, None) if change.binary else Count(path, change.added, change.removed)


def _only_comments(change: FileChange) -> bool:
    """Whether a change touches lines, and none of them says anything to the program."""
    if not change.hunks or change.binary or change.kind in ("renamed", "copied"):
        return False
    lines = [line for hunk in change.hunks for line in hunk.lines]

    def same(before: str, after: str) -> bool:
        sides = ((line.text for line in lines if line.kind in kinds) for kinds in (before, after))
        old, new = (_meaning(change.path, side) for side in sides)
        return old == new

    # A statement that is moved is removed and added alike: only what stands between tells.
    return same("-", "+") and same(" -", " +")


def _meaning(path: str, lines: Iterable[str]) -> list[str]:
    """Lines without comments, blank lines, and white space that does not matter."""
    kept = []
    for line in lines:
        text = line.strip()
        if text and not _is_comment(path, text):
            spaces = line.rstrip() if path.endswith(_INDENTED) else text
            kept.append(spaces)
    return kept


def _is_comment(path: str, text: str) -> bool:
    if path.endswith(_HASH_COMMENTS) or path.rpartition("/")[2] in (
        "Makefile",
        "Dockerfile",
        "CMakeLists.txt",
    ):
        return text.startswith("#")
    if path.endswith(_SLASH_COMMENTS):
        return text.startswith("//") or (text.startswith("/*") and text.endswith("*/"))
    return False
