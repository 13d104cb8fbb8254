"""What the diff holds: the files, how they are turned into lines, and what is said at which line."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

from reviewer.diffs.rows import RowIndex
from reviewer.model import AlignedFile, CheckResult, Evidence, Mark, Side
from reviewer.tui.diff.lines import (
    Fold,
    Head,
    Layout,
    Line,
    NoteLine,
    Options,
    Raw,
    Shown,
    file_lines,
    fresh,
    lines_of,
)
from reviewer.tui.widgets.line_pane import LinePane

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewer.diffs.moved import MovedLine
    from reviewer.diffs.patch_lines import PatchLines
    from reviewer.tui.diff.colours import Kinds
    from reviewer.tui.palette import Palette

Place = tuple[int, int]
"""A file and one of its rows; -1 stands for the file's own line."""


class Finding(msgspec.Struct, frozen=True):
    """One piece of evidence at its place in the diff."""

    check: str
    outcome: str
    evidence: Evidence


class Content(msgspec.Struct, frozen=True):
    """What is shown of an attempt: files, the patch as text, what moved, whose change stands left."""

    files: tuple[AlignedFile, ...] = ()
    why_empty: str = ""
    patch: bytes = b""
    moved: tuple[frozenset[MovedLine], ...] = ()
    left: str = "human"
    """``human``, or the name of another attempt whose patch stands in its place."""
    left_known: bool = True
    """Whether there is a change at the left at all; without one nothing is said to be the agent's alone."""
    ahead: Ahead | None = None
    """Lines that were made before they are asked for."""


class Ahead(msgspec.Struct, frozen=True):
    """Lines of files that may be shown next, and their rows by line number, made in a thread."""

    options: Options
    lines: list[Line]
    places: dict[int, RowIndex]


def made_ahead(files: Sequence[AlignedFile], options: Options) -> Ahead | None:
    """What opening these files with ``options`` needs; ``None`` in a layout that is made of other rows."""
    if options.layout in ("raw", "results"):
        return None
    places = {index: RowIndex(file) for index, file in enumerate(files)}
    for found in places.values():
        found.find("agent", 1)  # most of what the checks point to is the agent's
    return Ahead(options, lines_of(files, options), places)


class Position(msgspec.Struct, frozen=True):
    """Where an annotator was in a diff, to come back to."""

    place: Place
    offset: int
    context: int
    whole: frozenset[int]
    opened: frozenset[int]
    viewed: frozenset[int]


NOTHING = Content()


class DiffContent(LinePane):
    """Files of one attempt as lines; keeps nothing but what is shown."""

    def __init__(self, palette: Palette, signs: dict[str, str]) -> None:
        super().__init__(palette, id="diff")
        self.signs = signs
        self.content = NOTHING
        self.files: Sequence[AlignedFile] = ()
        """The files as they are drawn: the aligned ones, or what a layout or ``w`` made of them."""
        self.lines: list[Line] = []
        self.options = Options()
        self.no_space = False
        self.wrap = False
        self.viewed: set[int] = set()
        self.findings: dict[int, dict[int, list[Finding]]] = {}
        self.marks: dict[int, dict[int, Mark]] = {}
        """The annotator's own marks by file and row."""
        self.space_only: dict[int, tuple[int, int]] = {}
        """Lines of each side that differ in white space only, by file, while white space is ignored."""
        self._results: tuple[CheckResult, ...] = ()
        self._marks: Sequence[Mark] = ()
        self._kinds: dict[int, Kinds] = {}
        self._coloured: set[tuple[int, int]] = set()
        self._raw: list[str] = []
        self._places: dict[int, RowIndex] = {}
        self._patch_lines: PatchLines | None = None
        self._starts: list[int] | None = None
        self._texts: list[str] | None = None
        """What the search looks through: every line in lower case; made when first searched."""

    # Content -------------------------------------------------------------------------------

    def set_content(self, content: Content, position: Position | None = None) -> None:
        """Other files, unfolded as they were at ``position``; nothing is drawn yet."""
        self.content = content
        self._kinds, self._coloured = {}, set()
        self._raw = []
        self._patch_lines = None
        self.viewed = set()
        self.options = fresh(self.options, content.left)
        if position is not None:
            self.viewed = set(position.viewed)
            self.options = msgspec.structs.replace(
                self.options, context=position.context, whole=position.whole, opened=position.opened
            )
        self._derive()

    def _derive(self) -> None:
        """The files as this layout draws them, and everything that is found by their rows."""
        self.files = self.content.files
        self.space_only = {}
        if self.no_space and self.options.layout != "raw":
            from reviewer.diffs.space import ignore_space

            without = [ignore_space(file) for file in self.files]
            self.files = tuple(found.file for found in without)
            self.space_only = {
                index: (found.human, found.agent)
                for index, found in enumerate(without)
                if found.human or found.agent
            }
        if self.options.layout == "results":
            from reviewer.diffs.results import between_results

            self.files = tuple(between_results(file) for file in self.files)
            if self.no_space:
                self.files = tuple(ignore_space(file).file for file in self.files)
        ahead = self.content.ahead
        self._places = dict(ahead.places) if ahead is not None and self.files is self.content.files else {}
        self._place_findings()
        self._place_marks()
        self.build()

    def build(self) -> None:
        """Make the lines anew."""
        self._starts = self._texts = None
        self._strips.clear()
        lines = self._made()
        self.lines = self.wrapped(lines) if self.wrap and self.size.width else lines

    def _made(self) -> list[Line]:
        ahead = self.content.ahead
        if self.options.layout == "raw":
            return self._raw_lines()
        if self.space_only:
            return self._lines_without_space()
        if ahead is not None and ahead.options == self.options and self.files is self.content.files:
            return list(ahead.lines)
        return lines_of(self.files, self.options)

    def _lines_without_space(self) -> list[Line]:
        lines: list[Line] = []
        for index, file in enumerate(self.files):
            made = file_lines(index, file, self.options)
            if index in self.space_only and not (file.artefact and len(made) == 1):
                made.insert(1, self._said_of_space(index, file))
            lines += made
        return lines

    def _said_of_space(self, index: int, file: AlignedFile) -> NoteLine:
        human, agent = self.space_only[index]
        parts = ((human, self.content.left), (agent, "agent"))
        told = " and ".join(f"{count} of the {who}'s lines" for count, who in parts if count)
        if not file.relations:
            return NoteLine(index, f"only white space differs: {told}", "warn")
        return NoteLine(index, f"white space is ignored: {told} differ in nothing else", "dim")

    def _raw_lines(self) -> list[Line]:
        if not self._raw and self.content.patch:
            from reviewer.text import decode

            self._raw = decode(self.content.patch).split("\n")
            if not self._raw[-1]:
                self._raw.pop()
        files = [(file.agent.row, i) for i, file in enumerate(self.content.files) if file.agent is not None]
        starts = sorted(files)
        lines: list[Line] = []
        for at, (row, index) in enumerate(starts):
            end = starts[at + 1][0] if at + 1 < len(starts) else len(self._raw) + 1
            lines += [Raw(index, number) for number in range(row if at else 1, end)]
        return lines or [Raw(0, number) for number in range(1, len(self._raw) + 1)]

    def raw_text(self, row: int) -> str:
        """A line of the patch file, from 1, as it was read."""
        return self._raw[row - 1] if row <= len(self._raw) else ""

    def wrapped(self, lines: list[Line]) -> list[Line]:
        """The lines with those that are too long in several parts; the widget knows how wide it is."""
        raise NotImplementedError

    # What is said at which line --------------------------------------------------------------

    def row_of(self, file: int, side: Side, line: int) -> int | None:
        """The row that holds a line, counted from 1, of one side's file; else the nearest one."""
        if side == "base" and self.options.layout == "results":
            return None
        if file not in self._places:
            self._places[file] = RowIndex(self.files[file])
        return self._places[file].find(side, line)

    @property
    def patch_lines(self) -> PatchLines:
        """Between rows and the lines of the patch file."""
        if self._patch_lines is None:
            from reviewer.diffs.patch_lines import PatchLines

            self._patch_lines = PatchLines([file.agent for file in self.content.files])
        return self._patch_lines

    def set_findings(self, results: tuple[CheckResult, ...]) -> None:
        """Mark the lines that the checks' evidence points to."""
        self._results = results
        self._place_findings()
        self.redraw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draw the annotator's marks at their lines; of several on one line the last one."""
        self._marks = marks
        self._place_marks()
        self.redraw()

    def _place_findings(self) -> None:
        self.findings = {}
        paths = self._by_path()
        for result in self._results:
            # What the task text gives away is marked there: here it would stand at half of the human's lines.
            if result.outcome in ("pass", "skip") or result.name == "prompt":
                continue
            for evidence in result.evidence:
                for index in paths.get(evidence.file or "", ())[:1]:
                    place = self._row_of_evidence(index, evidence.side, evidence.line)
                    if place is not None:
                        finding = Finding(result.name, result.outcome, evidence)
                        self.findings.setdefault(index, {}).setdefault(place, []).append(finding)

    def _row_of_evidence(self, index: int, side: Side, line: int | None) -> int | None:
        if line is None or (side == "human" and self.content.left != "human"):
            return None  # what stands at the left is another attempt's
        return self.row_of(index, side, line)

    def _place_marks(self) -> None:
        self.marks = {}
        paths = self._by_path()
        for mark in self._marks:
            for index in paths.get(mark.file, ()):
                row = self._row_of_evidence(index, mark.side, mark.line)
                if row is not None:
                    self.marks.setdefault(index, {})[row] = mark

    def _by_path(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index, file in enumerate(self.files):
            for path in paths_of(file):
                found.setdefault(path, []).append(index)
        return found

    # Lines and rows --------------------------------------------------------------------------

    def line_at(self, index: int) -> Line | None:
        """The line of that number."""
        return self.lines[index] if 0 <= index < len(self.lines) else None

    def place_of(self, index: int) -> Place | None:
        """The file and row that a line shows; -1 for a file's own line, ``None`` where there is no line."""
        line = self.line_at(index)
        if isinstance(line, Shown):
            return line.file, line.row
        if isinstance(line, Fold):
            return line.file, line.start
        if isinstance(line, Raw):
            found = self.patch_lines.file_line(line.row)
            row = self.row_of(found.file, found.side, found.line) if found is not None else None
            return (found.file, row) if found is not None and row is not None else (line.file, -1)
        return (line.file, -1) if line is not None else None

    def index_of(self, file: int, row: int) -> int:
        """The line that shows a row, or the next one that is shown; the file's own line for -1."""
        if self.options.layout == "raw":
            return self._raw_index_of(file, row)
        start, end = self.span_of(file)
        if row < 0:
            return start
        skipped = self._other_side(file, row) if self.options.layout == "in turn" else None
        for index in range(start, end):
            line = self.lines[index]
            if not isinstance(line, Shown) or line.sides == skipped:
                continue
            if line.row >= row and (line.row > row or not line.part):
                return index
        return max(end - 1, start)

    def _other_side(self, file: int, row: int) -> Side | None:
        """Where both changes of a file stand one after the other: the one that does not change this row."""
        aligned = self.files[file]
        if aligned.human is None or aligned.agent is None or row >= len(aligned.rows):
            return None
        cell = aligned.rows[row].agent
        return "human" if cell is not None and cell.fate != "keep" else "agent"

    def _raw_index_of(self, file: int, row: int) -> int:
        if file >= len(self.content.files):  # a patch that is none
            return 0
        change, rows = self.content.files[file].agent, self.content.files[file].rows
        number = change.row if change is not None else 1
        if 0 <= row < len(rows):
            base, cell = rows[row].base, rows[row].agent
            if cell is not None and cell.line is not None:
                number = self.patch_lines.row(file, "agent", cell.line) or number
            elif base is not None:
                number = self.patch_lines.row(file, "base", base + 1) or number
        return min(bisect_left(self.lines, number, key=_raw_row), max(len(self.lines) - 1, 0))

    def span_of(self, file: int) -> tuple[int, int]:
        """The lines of a file, first and behind the last."""
        start = bisect_left(self.lines, file, key=_file)
        return start, bisect_left(self.lines, file + 1, lo=start, key=_file)

    def changes(self) -> list[int]:
        """Lines at which a run of changes begins."""
        if self._starts is None:
            self._starts = []
            before = False
            for index, changed in enumerate(self._changed()):
                if changed and not before:
                    self._starts.append(index)
                before = changed
        return self._starts

    def _changed(self) -> Iterable[bool]:
        for line in self.lines:
            if isinstance(line, Shown):
                row = self.files[line.file].rows[line.row]
                if line.sides == "both":
                    yield row.mark != "none"
                else:
                    cell = row.human if line.sides == "human" else row.agent
                    yield row.mark != "none" and cell is not None and cell.fate != "keep"
            elif isinstance(line, Raw):
                text = self.raw_text(line.row)
                yield text[:1] in ("+", "-") and not text.startswith(("+++ ", "--- "))
            else:
                yield False

    @property
    def layout_(self) -> Layout:
        """The layout that is drawn."""
        return self.options.layout


def paths_of(file: AlignedFile) -> set[str]:
    """Every path that a file has on any side."""
    changes = [change for change in (file.human, file.agent) if change is not None]
    return {file.path, *(path for change in changes for path in (change.old, change.new) if path)}


def _file(line: Line) -> int:
    return line.file


def _raw_row(line: Line) -> int:
    return line.row if isinstance(line, Raw) else 0


__all__ = [
    "Ahead",
    "Content",
    "DiffContent",
    "Finding",
    "Head",
    "Place",
    "Position",
    "made_ahead",
    "paths_of",
]
