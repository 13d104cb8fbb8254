"""Whether a patch is usable, and if not, why: what ``patch`` answers and others depend on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reviewer.check_values import PatchFault
from reviewer.model import FileChange, Patch
from reviewer.sources.git.scratch import FileCount


class Unusable(NamedTuple):
    """Why there is no usable patch; ``row`` is the patch file's line, where there is one to name."""

    kind: PatchFault
    summary: str
    row: int | None = None


def find_fault(data: bytes | None, patch: Patch, files: Sequence[FileChange]) -> Unusable | None:
    """What is wrong with a patch by our own reading of it alone; ``files`` are without artefacts."""
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
