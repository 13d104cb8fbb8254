"""Whether a patch is usable, and if not, why: what ``patch`` answers and others depend on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reviewer.check_values import PatchFault
from reviewer.diffs.languages import INDENTED, comment_sign
from reviewer.model import FileChange, Patch
from reviewer.sources.git.scratch import FileCount


class Unusable(NamedTuple):
    """Why there is no usable patch; ``row`` is the patch file's line, where there is one to name."""

    kind: PatchFault
    summary: str
    row: int | None = None


def find_fault(data: bytes | None, patch: Patch, files: Sequence[FileChange]) -> Unusable | None:
    """What is wrong with a patch by our own reading of it; ``files`` are without artefacts."""
    if data is None:
        return Unusable("missing", "there is no patch file")
    if not data.strip():
        return Unusable(
            "empty", "the patch file is empty" if not data else "the patch file holds only white space"
        )
    if patch.error is not None:
        return Unusable("unreadable", f"cannot be read: {patch.error}", patch.error_row)
    if not files:
        names = ", ".join(change.path for change in patch.files)
        return Unusable("artefacts", f"only what the harness left behind: {names}", patch.files[0].row)
    if all(_only_comments(change) for change in files):
        return Unusable("comments", "only comments or white space are changed", files[0].row)
    return None


def find_disagreement(files: Iterable[FileChange], theirs: Iterable[FileCount]) -> Unusable | None:
    """Where git counts other files or lines than we do in the ``files`` that it was asked of."""
    different = Counter(theirs)
    different.subtract(Counter(numstat_of(change) for change in files))
    names = sorted({count.path for count, number in different.items() if number})
    return Unusable("unreadable", f"git reads it differently: {', '.join(names)}") if names else None


def numstat_of(change: FileChange) -> FileCount:
    """What ``git apply --numstat`` should say of a change."""
    counts = (None, None) if change.binary else (change.added, change.removed)
    return FileCount(change.path, *counts)


def _only_comments(change: FileChange) -> bool:
    """Whether a change touches lines, and none of them means anything to the program."""
    if not change.hunks or change.binary or change.kind in ("renamed", "copied"):
        return False
    lines = [line for hunk in change.hunks for line in hunk.lines]

    def same(before: str, after: str) -> bool:
        sides = ((line.text for line in lines if line.kind in kinds) for kinds in (before, after))
        old, new = (_code_of(change.path, side) for side in sides)
        return old == new

    # A statement that is moved is removed and added alike: the context shows that it moved.
    return same("-", "+") and same(" -", " +")


def _code_of(path: str, lines: Iterable[str]) -> list[str]:
    """Lines without comments, blank lines, and white space that does not matter."""
    strip = str.rstrip if path.endswith(INDENTED) else str.strip
    return [strip(line) for line in lines if line.strip() and not _is_comment(path, line.strip())]


def _is_comment(path: str, text: str) -> bool:
    """Whether a line (without white space around it) is a comment as a whole."""
    sign = comment_sign(path)
    if not sign:
        return False
    return text.startswith(sign) or (sign == "//" and text.startswith("/*") and text.endswith("*/"))
