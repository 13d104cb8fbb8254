"""Changed lines in the runs that they stand in, for what shows by what goes and comes in one place."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reviewer.checks.reading.changes import CodeLine, Edit, cached_by_identity, drop_moved, edits, stripper
from reviewer.checks.reading.edited_functions import definitions
from reviewer.diffs.functions import indentation
from reviewer.diffs.languages import is_source
from reviewer.model import FileChange


class ShownLine(NamedTuple):
    """Where a signature shows: an added line, or a removed one of the base."""

    file: str
    line: int
    text: str
    removed: bool = False


class EditedLine(NamedTuple):
    """A changed line without comment. ``own``: it stands in a definition that both sides have."""

    line: ShownLine
    depth: int
    own: bool

    @property
    def text(self) -> str:
        """The line without blanks around it."""
        return self.line.text


class Run(NamedTuple):
    """Changed lines without others between."""

    removed: list[EditedLine]
    added: list[EditedLine]


class ChangedFile(NamedTuple):
    """One file's runs."""

    path: str
    runs: list[Run]

    @property
    def added(self) -> Iterator[EditedLine]:
        """All lines that come."""
        return (code for run in self.runs for code in run.added)

    @property
    def removed(self) -> Iterator[EditedLine]:
        """All lines that go."""
        return (code for run in self.runs for code in run.removed)


class NetChange(NamedTuple):
    """What one side adds and removes on the whole, with the texts of all added and all removed lines."""

    files: list[ChangedFile]
    added_text: str
    removed_text: str

    @property
    def runs(self) -> Iterator[Run]:
        """The runs of all files."""
        return (run for file in self.files for run in file.runs)


def net_change(changes: Sequence[FileChange]) -> NetChange:
    """What a change adds and removes on the whole, in source files where it has some.

    A line that goes in one place and comes in another is moved.
    """
    sources = [change for change in changes if is_source(change.path)] or changes
    files = [_changed_file(change) for change in sources]
    came = Counter(code.text for file in files for code in file.added)
    went = Counter(code.text for file in files for code in file.removed)
    moved = came & went
    if moved:
        files = _without_moved(files, moved)
    added = "\n".join(code.text for file in files for code in file.added)
    removed = "\n".join(code.text for file in files for code in file.removed)
    return NetChange(files, added, removed)


def _without_moved(files: Iterable[ChangedFile], moved: Mapping[str, int]) -> list[ChangedFile]:
    sides = Counter(moved), Counter(moved)

    def unmoved(run: Run) -> Run:
        return Run(drop_moved(run.removed, sides[0]), drop_moved(run.added, sides[1]))

    return [ChangedFile(file.path, [unmoved(run) for run in file.runs]) for file in files]


@cached_by_identity
def _changed_file(change: FileChange) -> ChangedFile:
    return ChangedFile(change.path, [_run(change, edit) for edit in edits(change)])


def _run(change: FileChange, edit: Edit) -> Run:
    went = {defined for _, defined in definitions(edit.path, edit.removed)}
    came = {defined for _, defined in definitions(edit.path, edit.added)}
    removed = _codes(change.old or change.path, edit.path, edit.removed, went - came, removed=True)
    return Run(removed, _codes(change.path, edit.path, edit.added, came - went))


def _codes(
    file: str, path: str, lines: Iterable[CodeLine], defined: set[str], *, removed: bool = False
) -> list[EditedLine]:
    """The lines of one side of an edit that hold code; those of ``defined`` are not of code that stays."""
    strip = stripper(path)
    heads = {line.number for line, name in definitions(path, lines) if name in defined} if defined else ()
    codes = []
    inside: int | None = None
    for line in lines:
        text = strip(line.text)
        if not text:
            continue
        depth = indentation(line.text)
        if inside is not None and depth <= inside and text[0] not in "){":
            inside = None
        if inside is None and line.number in heads:
            inside = depth
        codes.append(EditedLine(ShownLine(file, line.number, text, removed), depth, inside is None))
    return codes
