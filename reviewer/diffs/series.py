"""The net change of a patch in which a file stands more than once, as in several commits one after another.

Each diff is applied to what those before it made, by the lines that the patch itself gives, or by the base's where
they are known; what comes out is told as one change a file. Diffs with text between them (``git format-patch``) come one
after another. Within one diff, as in git, renames and copies do not depend on the order, so that two files may change
places.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from typing import Literal

import msgspec
from rapidfuzz.distance import LCSseq

from reviewer import text
from reviewer.diffs.blocks import HunkLocator, Locate, Mismatch, locate_in_known, old_lines, start_of
from reviewer.diffs.matching import MAX_PRODUCT
from reviewer.model import ChangeKind, FileChange, Hunk, PatchLine

BaseText = Callable[[str], bytes | None]
"""Gives the bytes of a file of the base, empty where there is none, ``None`` where it is not to be had."""

_CONTEXT = 3
_ENDLESS = 1 << 50
"""More lines than any file has: the length of one that is not known."""
_MOST_LINES = 5_000_000
"""Lines of all files as they are between the diffs, above which the net change is not worked out."""

_Piece = PatchLine | tuple[int, int]
"""A line that the patch added, or base lines from and to (from 0) that are still there."""


class _Tangled(Exception):
    """The diffs do not follow one another."""


def is_series(steps: Iterable[Iterable[FileChange]]) -> bool:
    """Whether any file is changed again by a later diff, or again in the same one."""
    touched: set[str | None] = set()
    for changes in steps:
        before = frozenset(touched)
        for change in changes:
            if change.path in touched or change.old in (before if change.kind == "copied" else touched):
                return True
            touched.add(change.path)
    return False


def net_changes(
    steps: Sequence[Sequence[FileChange]], base_text: BaseText | None = None
) -> tuple[FileChange, ...] | None:
    """One change a file, in the order of their first lines; ``None`` where the diffs do not follow one another."""
    series = _Series(base_text or (lambda path: None))
    try:
        for changes in steps:
            series.follow(changes)
        return tuple(change for file in series.files if (change := file.net()) is not None)
    except (_Tangled, Mismatch):
        return None


def result_of(change: FileChange, base: bytes) -> bytes:
    """A file after a net change whose hunks stand word for word at their lines."""
    lines = text.split_lines(text.decode(base))
    made: list[str] = []
    at = 0
    for hunk in change.hunks:
        start = start_of(hunk)
        made += lines[at:start]
        made += [line.text for line in hunk.lines if line.kind != "-"]
        at = start + len(old_lines(hunk))
    return text.encode("".join(made + lines[at:]))


class _File:
    """One file on its way through the diffs."""

    def __init__(self, origin: str | None, path: str, row: int, base: list[str] | None) -> None:
        self.origin = origin
        """Where the base has it, ``None`` for a new file."""
        self.path: str | None = path
        self.row = row
        self.base = base
        self.pieces: list[_Piece] = [(0, _ENDLESS if base is None else len(base))]
        self.seen: dict[int, PatchLine] = {}
        """The base's lines that the diffs show, by their index."""
        self.heads: list[Hunk] = []
        self.changes: list[FileChange] = []
        self.copied = False

    def copy(self, path: str, row: int) -> "_File":
        """The same text under another name."""
        other = _File(self.origin, path, row, self.base)
        other.pieces, other.seen, other.heads = list(self.pieces), dict(self.seen), list(self.heads)
        other.changes, other.copied = list(self.changes), True
        return other

    def take(self, change: FileChange) -> int:
        """Apply a diff's change to the text as it is now; gives the number of lines that were looked at."""
        self.changes.append(change)
        if not change.hunks:
            return 0
        starts = [0, *accumulate(map(_length, self.pieces))][:-1]
        locate, work = self._locator(change, starts)
        removed: set[int] = set()
        added: dict[int, list[PatchLine]] = {}
        for hunk in change.hunks:
            at = locate(hunk, old_lines(hunk), start_of(hunk))
            self.heads.append(hunk)
            for line in hunk.lines:
                if line.kind == "+":
                    added.setdefault(at, []).append(line)
                    continue
                self._learn(at, line, starts)
                if line.kind == "-":
                    removed.add(at)
                at += 1
        self.pieces = list(_changed(self.pieces, removed, added))
        return work

    def _locator(self, change: FileChange, starts: list[int]) -> tuple[Locate, int]:
        if self.base is not None:
            lines = list[str]()
            for piece in self.pieces:
                lines += self.base[slice(*piece)] if isinstance(piece, tuple) else [piece.text]
            return HunkLocator(lines).locate, len(lines)
        known: dict[int, str] = {}
        indexes = sorted(self.seen)
        for start, piece in zip(starts, self.pieces, strict=True):
            if isinstance(piece, PatchLine):
                known[start] = piece.text
            else:
                known |= {start + at - piece[0]: self.seen[at].text for at in _between(indexes, *piece)}
        for hunk in change.hunks:
            for at, line in enumerate(old_lines(hunk), start_of(hunk)):
                known.setdefault(at, line)
        return locate_in_known(known), len(known)

    def _learn(self, at: int, line: PatchLine, starts: list[int]) -> None:
        """Remember a line of the base that the diff shows at a position of the text as it is now."""
        number = bisect_right(starts, at) - 1
        if number < 0:
            raise _Tangled
        piece = self.pieces[number]
        if isinstance(piece, tuple):
            index = piece[0] + at - starts[number]
            if index >= piece[1]:
                raise _Tangled
            self.seen.setdefault(index, line)

    def net(self) -> FileChange | None:
        """The change from the base to what the file is in the end, ``None`` where there is none."""
        if not self.changes or (self.path is None and (self.origin is None or self.copied)):
            return None
        first, last = self.changes[0], self.changes[-1]
        kind: ChangeKind = "modified"
        if self.path is None:
            kind = "deleted"
        elif self.origin is None:
            kind = "added"
        elif self.copied or self.origin != self.path:
            kind = "copied" if self.copied else "renamed"
        binary = any(change.binary for change in self.changes)
        hunks = () if binary else tuple(self._hunks())
        old_mode = next((change.old_mode for change in self.changes if change.old_mode), None)
        new_mode = next((change.new_mode for change in reversed(self.changes) if change.new_mode), None)
        same_mode = None in (old_mode, new_mode) or old_mode == new_mode
        if kind == "modified" and same_mode and not (hunks or binary):
            return None
        signs = [line.kind for hunk in hunks for line in hunk.lines]
        return FileChange(
            old=self.origin,
            new=self.path,
            kind=kind,
            hunks=hunks,
            binary=binary,
            has_data=all(change.has_data for change in self.changes),
            old_mode=None if kind == "added" else old_mode,
            new_mode=None if kind == "deleted" else new_mode,
            old_blob=first.old_blob,
            new_blob=last.new_blob,
            added=signs.count("+"),
            removed=signs.count("-"),
            row=self.row,
        )

    def _hunks(self) -> Iterator[Hunk]:
        shift = 0
        for region in self._regions():
            lines = _removed_first(_least(region))
            for first, end in _groups(lines):
                yield self._hunk(lines[first:end], shift + sum(map(_growth, lines[:first])))
            shift += sum(map(_growth, lines))

    def _hunk(self, lines: list[PatchLine], shift: int) -> Hunk:
        """A hunk of lines whose ``source`` is set; ``shift`` is what the file grew by before."""
        source = lines[0].source or 0
        target = source + shift
        numbered = []
        for line in lines:
            new = line.kind != "-"
            old = line.kind != "+"
            numbered.append(
                msgspec.structs.replace(line, source=source if old else None, target=target if new else None)
            )
            source, target = source + old, target + new
        changed = next(line for line in lines if line.kind != " ")
        head = self.heads[max(bisect_right(self.heads, changed.row, key=lambda hunk: hunk.row) - 1, 0)]
        lengths = [sum(line.kind != other for line in lines) for other in "+-"]
        start = lines[0].source or 0
        return Hunk(
            source_start=start if lengths[0] else start - 1,
            source_length=lengths[0],
            target_start=start + shift if lengths[1] else start + shift - 1,
            target_length=lengths[1],
            section=head.section,
            lines=tuple(numbered),
            row=head.row,
        )

    def _regions(self) -> Iterator[list[PatchLine]]:
        """Runs of lines of which all is known, as lines of a hunk; ``source`` is the number of the next base line."""
        region: list[PatchLine] = []
        at = 0
        indexes = sorted(self.seen)

        def keep(kind: Literal[" ", "-"], index: int) -> PatchLine:
            line = self.seen[index]
            return PatchLine(kind, line.text, index + 1, None, line.row)

        pieces = self.pieces
        if self.base is not None or not (pieces and isinstance(pieces[-1], tuple)):
            end = len(self.base) if self.base is not None else (indexes[-1] + 1 if indexes else 0)
            pieces = [*pieces, (end, end)]
        for piece in pieces:
            if isinstance(piece, PatchLine):
                region.append(msgspec.structs.replace(piece, kind="+", source=at + 1))
                continue
            for index in range(at, piece[0]):
                if index not in self.seen:
                    raise _Tangled
                region.append(keep("-", index))
            at = piece[0]
            for index in _between(indexes, *piece):
                if index != at:
                    yield region
                    region = []
                region.append(keep(" ", index))
                at = index + 1
            if at != piece[1]:
                yield region
                region, at = [], piece[1]
        yield region


def _length(piece: _Piece) -> int:
    return piece[1] - piece[0] if isinstance(piece, tuple) else 1


def _between(indexes: list[int], low: int, high: int) -> list[int]:
    """Those of sorted indexes that are in ``range(low, high)``."""
    return indexes[bisect_left(indexes, low) : bisect_left(indexes, high)]


def _changed(pieces: list[_Piece], removed: set[int], added: dict[int, list[PatchLine]]) -> Iterator[_Piece]:
    """The pieces after lines at these positions were removed, and others put in front of these positions."""
    points = sorted(removed | added.keys())
    number = start = 0
    for piece in pieces:
        end, at = start + _length(piece), start
        while number < len(points) and points[number] < end:
            point = points[number]
            if isinstance(piece, tuple) and point > at:
                yield piece[0] + at - start, piece[0] + point - start
            yield from added.get(point, ())
            at = point + (point in removed)
            number += 1
        if at < end:
            yield (piece[0] + at - start, piece[1]) if isinstance(piece, tuple) else piece
        start = end
    for point in points[number:]:
        yield from added.get(point, ())


def _least(lines: list[PatchLine]) -> list[PatchLine]:
    """The same change with as few lines as git would need, where diffs took back what others did."""
    old = [line for line in lines if line.kind != "+"]
    new = [line for line in lines if line.kind != "-"]
    kept = len(old) + len(new) - len(lines)
    if kept in (len(old), len(new)) or len(old) * len(new) > MAX_PRODUCT:
        return lines
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(line.text, len(numbers)) for line in side] for side in (old, new)]
    if LCSseq.similarity(*coded) <= kept:
        return lines
    result: list[PatchLine] = []
    source = old[0].source
    for operation in LCSseq.opcodes(*coded):
        kept_lines = operation.tag == "equal"
        kind: Literal[" ", "-"] = " " if kept_lines else "-"
        gone = old[operation.src_start : operation.src_end]
        result += [msgspec.structs.replace(line, kind=kind) for line in gone]
        source = (gone[-1].source or 0) + 1 if gone else source
        come = [] if kept_lines else new[operation.dest_start : operation.dest_end]
        result += [msgspec.structs.replace(line, kind="+", source=source) for line in come]
    return result


def _removed_first(lines: list[PatchLine]) -> list[PatchLine]:
    """In each run of changed lines those that go stand before those that come."""
    result: list[PatchLine] = []
    for changed, run in groupby(lines, key=lambda line: line.kind != " "):
        result += sorted(run, key=lambda line: changed and line.kind == "+")
    return result


def _groups(lines: list[PatchLine]) -> Iterator[tuple[int, int]]:
    """Where hunks begin and end in a run of lines, with lines of context around."""
    first: int | None = None
    end = 0
    for number, line in enumerate(lines):
        if line.kind == " ":
            continue
        if first is not None and number - end > 2 * _CONTEXT:
            yield first, end + _CONTEXT
            first = None
        first = max(number - _CONTEXT, 0) if first is None else first
        end = number + 1
    if first is not None:
        yield first, min(end + _CONTEXT, len(lines))


def _growth(line: PatchLine) -> int:
    return (line.kind == "+") - (line.kind == "-")


class _Series:
    """All files on their way through the diffs."""

    def __init__(self, base_text: BaseText) -> None:
        self._base_text = base_text
        self._live: dict[str, _File] = {}
        self._gone: dict[str, _File | None] = {}
        """By path, files that were deleted; ``None`` for those that were moved away."""
        self._work = 0
        self.files: list[_File] = []

    def follow(self, changes: Sequence[FileChange]) -> None:
        """Apply one diff. Raises :class:`_Tangled` and :class:`Mismatch`."""
        arrived: set[str] = set()
        for change in changes:
            if change.kind in ("renamed", "copied"):
                file = self._moved(change, arrived)
            elif change.kind == "added":
                file = self._new(change)
            else:
                file = self._present(change.old or change.path, change.row)
            self._work += file.take(change)
            if self._work > _MOST_LINES:
                raise _Tangled
            if change.kind == "deleted":
                self._delete(file)

    def _present(self, path: str, row: int) -> _File:
        if path not in self._live:
            if path in self._gone:
                raise _Tangled
            self._live[path] = self._from_base(path, row)
        return self._live[path]

    def _from_base(self, path: str, row: int) -> _File:
        data = self._base_text(path)
        base = None if data is None else text.split_lines(text.decode(data))
        self.files.append(_File(path, path, row, base))
        return self.files[-1]

    def _new(self, change: FileChange) -> _File:
        path = change.path
        if path in self._live:
            raise _Tangled
        file = self._gone.pop(path, None)
        if file is None:
            file = _File(None, path, change.row, [])
            self.files.append(file)
        file.path, file.pieces = path, []
        self._live[path] = file
        return file

    def _moved(self, change: FileChange, arrived: set[str]) -> _File:
        """The file under its new name. One that came to its old name in the same diff stays there."""
        old, new = change.old or "", change.path
        taken = self._live.get(new)
        if taken is not None and (new not in arrived or change.kind == "copied"):
            raise _Tangled
        if old in arrived:
            file = self._from_base(old, change.row)
        else:
            file = self._present(old, change.row)
            if change.kind == "renamed":
                del self._live[old]
                self._gone[old] = None
        if change.kind == "copied":
            file = file.copy(new, change.row)
            self.files.append(file)
        file.path = new
        self._live[new] = file
        self._gone.pop(new, None)
        arrived.add(new)
        return file

    def _delete(self, file: _File) -> None:
        path = file.path or ""
        del self._live[path]
        file.path, file.pieces = None, []
        if file.origin is not None and not file.copied:
            self._gone[path] = file
