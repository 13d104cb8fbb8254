"""Where the hunks of a patch really stand in the base, for checks that compare two changes line by line."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from reviewer.checks.reading.application import REGULAR, BaseFiles
from reviewer.checks.reading.edited_functions import read_outline
from reviewer.checks.results import Unanswerable
from reviewer.diffs.align import align_file
from reviewer.diffs.blocks import HunkLocator, Mismatch, fit, old_lines, start_of
from reviewer.diffs.functions import FunctionOutline
from reviewer.model import FileChange, Hunk
from reviewer.sources.git.process import GitError
from reviewer.text import split_lines


class FittedFiles(NamedTuple):
    """The changes of a patch, their hunks by the lines of the base, and by path why a change does not fit it.

    What does not fit is there as the patch has it.
    """

    files: tuple[FileChange, ...]
    misfits: dict[str, str]


def fit_files(
    changes: Iterable[FileChange], base: BaseFiles | None, human: Sequence[FileChange]
) -> FittedFiles:
    """Every change on the base; where that is not to be had (``None``), by what the human's change shows of it."""
    shown = {change.old or change.path: change for change in human}
    files: list[FileChange] = []
    misfits: dict[str, str] = {}
    for change in changes:
        try:
            change = _fit(change, base, shown.get(change.old or change.path))
        except Mismatch as problem:
            misfits[change.path] = str(problem)
        files.append(change)
    return FittedFiles(tuple(files), misfits)


def _fit(change: FileChange, base: BaseFiles | None, human: FileChange | None) -> FileChange:
    path = change.old or change.path
    try:
        entry = base.entries((path,)).get(path) if base is not None else None
        data = base.content(path, entry) if base is not None and entry and entry.mode in REGULAR else None
    except (Unanswerable, GitError):
        base = entry = data = None
    if base is None:
        return _fit_to_human(change, human)
    if change.old is None:
        if entry is not None:
            raise Mismatch("it creates a file that the base already has")
        return change
    if entry is None:
        raise Mismatch("the base has no such file")
    return change if data is None else moved_to_base(change, read_outline(path, data))


def _fit_to_human(change: FileChange, human: FileChange | None) -> FileChange:
    if human is not None and (human.hunks and change.hunks):
        problem = align_file(change.path, None, human, change).mismatch.get("agent")
        if problem is not None:
            raise Mismatch(problem)
    return change


def moved_to_base(change: FileChange, base: FunctionOutline) -> FileChange:
    """The change with its hunks where they stand in the base's file. Raises :exc:`Mismatch`."""
    if all(_stands(hunk, base) for hunk in change.hunks):
        return change
    locator = HunkLocator(split_lines(base.text))
    hunks: list[Hunk] = []

    def locate(hunk: Hunk, old: Sequence[str], expected: int) -> int:
        at = locator.locate(hunk, old, expected)
        hunks.append(replace(hunk, source_start=hunk.source_start + at - expected))
        return at

    fit(change, locate)
    return replace(change, hunks=tuple(hunks))


def _stands(hunk: Hunk, base: FunctionOutline) -> bool:
    """Whether the hunk's old lines stand where its header says."""
    return all(base.line(at) == text.rstrip("\n") for at, text in enumerate(old_lines(hunk), start_of(hunk)))
