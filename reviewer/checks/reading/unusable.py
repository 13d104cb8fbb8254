"""Whether a patch is usable, and if not, why: what ``patch`` answers and others depend on."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from reviewer.check_values import PatchFault
from reviewer.checks.reading.application import Application
from reviewer.model import FileChange, Patch
from reviewer.sources.git.scratch import FileCount, blob_id
from reviewer.sources.registry import address_of
from reviewer.text import decode


class Unusable(NamedTuple):
    """Why there is no usable patch; ``row`` is the patch file's line, where there is one to name."""

    kind: PatchFault
    summary: str
    row: int | None = None


def find_fault(folder: str, data: bytes | None, patch: Patch, files: Sequence[FileChange]) -> Unusable | None:
    """What is wrong with a patch by our own reading of it alone; ``files`` are without artefacts."""
    if data is None:
        address = address_of(folder)
        source = "prediction" if address is not None and address.form == "predictions" else "record"
        return Unusable(
            "missing", "there is no patch file" if address is None else f"the {source} has no patch"
        )
    if not data.strip():
        return Unusable(
            "empty", "the patch file is empty" if not data else "the patch file holds only white space"
        )
    if patch.error is not None:
        return Unusable("unreadable", f"cannot be read: {patch.error}", patch.error_row)
    if not patch.files:
        return Unusable("empty", "its diffs take each other back: in the end nothing is changed")
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


def find_cut(
    last: FileChange, application: Application, base_text: Callable[[str], bytes | None]
) -> Unusable | None:
    """Whether a patch that lacks the line break at its end was cut in its last line, which is of the file ``last``.

    So it is where the base has more of that line, or where the file that comes out of exactly the base that the
    ``index`` line names is not the one that it names.
    """
    row = last.hunks[-1].lines[-1].row if last.hunks else None
    file = next((file for file in application.files if file.change == last), None)
    if file is not None:
        entry = application.entries.get(last.old or "")
        same_base = last.old is None or bool(entry and last.old_blob and entry.blob.startswith(last.old_blob))
        if same_base and last.new_blob and file.patched is not None:
            algorithm = "sha256" if entry is not None and len(entry.blob) == 64 else "sha1"
            if not blob_id(file.patched, algorithm).startswith(last.new_blob):
                reason = "with a line break it makes another file than its index line names"
                return Unusable("unreadable", f"is cut off in its last line: {reason}", row)
    elif last.hunks and (lines := last.hunks[-1].lines)[-1].source is not None:
        base = decode(base_text(last.old or "") or b"").split("\n")
        *others, (expected, found) = [
            (line.text.rstrip("\r\n"), (base[line.source - 1 : line.source] or [""])[0].rstrip("\r"))
            for line in lines
            if line.source is not None
        ]
        if all(old == there for old, there in others) and expected != found and found.startswith(expected):
            return Unusable("unreadable", f"is cut off in its last line, which is {found!r} in the base", row)
    return None


def numstat_of(change: FileChange) -> FileCount:
    """What ``git apply --numstat`` should say of a change."""
    counts = (None, None) if change.binary else (change.added, change.removed)
    return FileCount(change.path, *counts)
