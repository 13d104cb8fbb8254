"""The diff without a screen: its files as lines, what is folded, and what is known of each line.

Lines are counted from 0, as they are drawn; the numbers of lines in files and in the patch from 1.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from reviewer.model import AlignedFile, CheckResult, Mark, Row, Side
from reviewer.project.references import Review
from reviewer.text import visible
from reviewer.tui.diff.colours import SyntaxColours
from reviewer.tui.diff.files import DrawnFiles
from reviewer.tui.diff.lines import (
    FileHeading,
    Fold,
    Line,
    NoteLine,
    Options,
    RawLine,
    RowLine,
    cell_of,
    is_change,
    is_patch_change,
    opening_options,
    rows_shown,
)
from reviewer.tui.diff.margins import text_width, wrap_patch, wrap_rows
from reviewer.tui.diff.patch_text import PatchText
from reviewer.tui.diff.positions import Anchor, Bookmark, Finding, Remark, RowPosition, SourceLine
from reviewer.tui.diff.search import LineSearch

_FILE_OF = attrgetter("file")


class DiffModel:
    """What is shown of one attempt, line by line; the cursor is the pane's, and comes as a line's index."""

    def __init__(self) -> None:
        self.review = Review((), "")
        self.patch = PatchText(self.review)
        self.options = Options()
        self.width = 0
        """Columns of the pane, for wrapping; 0 before it is laid out."""
        self.viewed: set[int] = set()
        """Files that the annotator marked as viewed."""
        self.lines: list[Line] = []
        self.syntax = SyntaxColours()
        self.search = LineSearch(self._searched_texts)
        self.findings: dict[RowPosition, list[Finding]] = {}
        self.marks: dict[RowPosition, Mark] = {}
        """The annotator's own marks."""
        self._results: Sequence[CheckResult] = ()
        self._marks: Sequence[Mark] = ()
        self._take(DrawnFiles(self.review, self.options))

    # Content and options -----------------------------------------------------------------------

    def show(self, review: Review, drawn: DrawnFiles | None = None, bookmark: Bookmark | None = None) -> None:
        """Other files, unfolded as they were at ``bookmark``; ``drawn`` are these files prepared by a worker."""
        self.review, self.patch = review, PatchText(review)
        self.options = opening_options(self.options, review.left)
        self.viewed = set()
        if bookmark is not None:
            whole, opened = bookmark.whole, bookmark.opened
            self.options = replace(self.options, context=bookmark.context, whole=whole, opened=opened)
        self.syntax = SyntaxColours()
        self.search.needle = ""
        self._results, self._marks = (), ()
        if drawn is None or not drawn.fits(self.options):
            drawn = DrawnFiles(review, self.options)
        self._take(drawn)

    def bookmark(self, index: int, offset: int) -> Bookmark:
        """Where an annotator is whose cursor is on that line, ``offset`` lines below the top."""
        o = self.options
        return Bookmark(self.position_at(index), offset, o.context, o.whole, o.opened)

    def set_width(self, width: int) -> None:
        """The pane has this width: long lines are wrapped anew where it is another."""
        changed, self.width = width != self.width, width
        if changed and self.options.wraps != "none":
            self._build()

    def set_options(self, **options: Any) -> None:
        """Show more, less or in another way: any fields of :class:`Options`."""
        self.options = replace(self.options, **options)
        if self.drawn.fits(self.options):
            self._build()
        else:
            self._take(DrawnFiles(self.review, self.options))

    # Lines -------------------------------------------------------------------------------------

    @property
    def files(self) -> tuple[AlignedFile, ...]:
        """The files as they are drawn: the aligned ones, or what the layout or the options made of them."""
        return self.drawn.files

    def _take(self, drawn: DrawnFiles) -> None:
        """Show other rows, and all that is found by them."""
        self.drawn = drawn
        self.set_remarks(self._results, self._marks)
        self._build()

    def _build(self) -> None:
        if self.options.layout == "raw":
            patch, options = self.patch, self.options
            width, wraps = (self.text_width, options.wraps) if self.width else (0, "none")
            self.lines = wrap_patch(patch.drawn_lines(), patch.lines, width, wraps)
        else:
            self.lines = self.drawn.make_lines(self.options, self.width)
        self._lines_changed()

    def _lines_changed(self) -> None:
        self._changes: list[int] | None = None
        self.search.refresh()

    @property
    def text_width(self) -> int:
        """Columns of text; of two texts side by side those of the narrower."""
        return text_width(self.options.layout, self.width)

    # Folds -------------------------------------------------------------------------------------

    def can_open(self, index: int) -> bool:
        """Whether a line stands for rows that are folded away, or for an artefact."""
        line = self.line_at(index)
        if isinstance(line, Fold):
            return line.end > line.start
        return isinstance(line, FileHeading) and self.files[line.file].artefact

    def open_at(self, index: int) -> None:
        """Open the fold on a line, or open or fold the artefact whose line it is."""
        line = self.lines[index]
        if isinstance(line, Fold):
            self._unfold(line)
        else:
            self.set_options(opened=self.options.opened ^ {line.file})

    def reveal(self, position: RowPosition) -> int:
        """The line that shows a row, after opening what hides it."""
        file, row = position
        if file < len(self.files) and self.files[file].artefact and file not in self.options.opened:
            self.set_options(opened=self.options.opened | {file})
        if self.options.layout != "raw":
            start, end = self.span_of(file)
            for line in self.lines[start:end]:
                if isinstance(line, Fold) and line.start <= row < line.end:
                    self._unfold(line)
                    break
        return self.index_of(position)

    def _unfold(self, fold: Fold) -> None:
        """Put the lines that a fold stands for in its place."""
        at = self.lines.index(fold)
        file, layout = self.files[fold.file], self.options.layout
        unfolded: list[Line] = [*rows_shown(fold.file, file, layout, fold.sides, fold.start, fold.end)]
        if fold.indent:  # it also says how far the lines behind it are moved
            unfolded.append(replace(fold, start=fold.end, lines=0))
        if self.width:
            unfolded = wrap_rows(unfolded, self.files, self.text_width, self.options.wraps)
        self.lines[at : at + 1] = unfolded
        self._lines_changed()

    # Lines and rows ----------------------------------------------------------------------------

    def row(self, position: RowPosition | RowLine) -> Row:
        """The row of that position, or the one that a line shows."""
        return self.drawn.files[position.file].rows[position.row]

    def line_at(self, index: int) -> Line | None:
        """The line of that index."""
        return self.lines[index] if 0 <= index < len(self.lines) else None

    def file_at(self, index: int) -> int | None:
        """The number of the file that a line belongs to."""
        line = self.line_at(index)
        return line.file if line is not None and line.file < len(self.review.files) else None

    def position_at(self, index: int) -> RowPosition:
        """The row that a line shows; row -1 for a file's own line, and where there is no line."""
        line = self.line_at(index)
        if isinstance(line, RowLine):
            return RowPosition(line.file, line.row)
        if isinstance(line, Fold):
            return RowPosition(line.file, line.start)
        if isinstance(line, RawLine):
            return self._position_in_patch(line.row) or RowPosition(line.file, -1)
        return RowPosition(line.file if line is not None else 0, -1)

    def _position_in_patch(self, number: int) -> RowPosition | None:
        found = self.patch.numbers.file_line(number)
        row = self.drawn.row_of(found.file, found.side, found.line) if found is not None else None
        return RowPosition(found.file, row) if found is not None and row is not None else None

    def index_of(self, position: RowPosition) -> int:
        """The line that shows a row, or the next one that is shown; the file's own line for row -1."""
        file, row = position
        if not self.lines:
            return 0
        if self.options.layout == "raw":
            if file >= len(self.review.files):  # a patch that is none
                return 0
            return min(self._raw_index_of(self.patch.number_near(position)), len(self.lines) - 1)
        start, end = self.span_of(file)
        if row < 0:
            return start
        skipped = self._other_side(position) if self.options.layout == "in turn" else None
        for index in range(start, end):
            line = self.lines[index]
            if not isinstance(line, RowLine) or line.sides == skipped:
                continue
            if line.row >= row and (line.row > row or not line.part):
                return index
        return max(end - 1, start)

    def _other_side(self, position: RowPosition) -> Side | None:
        """In a layout with one side's change after the other's: the side that does not change this row."""
        file = self.files[position.file]
        if file.human is None or file.agent is None or position.row >= len(file.rows):
            return None
        cell = file.rows[position.row].agent
        return "human" if cell is not None and cell.fate != "keep" else "agent"

    def span_of(self, file: int) -> tuple[int, int]:
        """The lines of a file, first and behind the last."""
        start = bisect_left(self.lines, file, key=_FILE_OF)
        return start, bisect_left(self.lines, file + 1, lo=start, key=_FILE_OF)

    def index_of_patch_line(self, number: int) -> int | None:
        """The line that shows a line of the patch file, after opening what hides it."""
        if self.options.layout == "raw":
            return self._raw_index_of(number)
        position = self._position_in_patch(number)
        return self.reveal(position) if position is not None else None

    def _raw_index_of(self, number: int) -> int:
        return bisect_left(self.lines, number, key=lambda line: line.row if isinstance(line, RawLine) else 0)

    def anchor(self, index: int) -> Anchor:
        """What is on a line, to find it again when the lines or the rows are others."""
        return Anchor(self.position_at(index), self.source_line(index))

    def index_of_anchor(self, anchor: Anchor) -> int:
        """The line where that is now, or the next one that is shown."""
        position, source = anchor
        if source is not None:
            row = self.drawn.row_of(position.file, source.side, source.line)
            position = position if row is None else position._replace(row=row)
        return self.index_of(position)

    # What is known of a line -------------------------------------------------------------------

    def set_remarks(self, results: Sequence[CheckResult], marks: Sequence[Mark]) -> None:
        """Note what the checks found, and the annotator's marks, at the rows that they point to."""
        self._results, self._marks = results, marks
        self.findings = self.drawn.findings_by_row(results)
        self.marks = self.drawn.marks_by_row(marks)

    def remark_positions(self) -> list[RowPosition]:
        """Every row that a check or a mark points to, in order."""
        return sorted({*self.findings, *self.marks})

    def remarks_on(self, position: RowPosition) -> list[Remark]:
        """The annotator's mark on a row, then the checks' findings."""
        mark = self.marks.get(position)
        return [*([mark] if mark is not None else []), *self.findings.get(position, [])]

    def remarks_at(self, index: int) -> list[Remark]:
        """The remarks on the row that a line shows; none for folds and file headings."""
        shows_row = isinstance(self.line_at(index), RowLine | RawLine)
        return self.remarks_on(self.position_at(index)) if shows_row else []

    def source_line(self, index: int) -> SourceLine | None:
        """The line of a file that is shown: the agent's where it has the line, else the left side's.

        A line that was cut is named on the base. ``None`` where no line of a file is shown.
        """
        line, position = self.line_at(index), self.position_at(index)
        if position.row < 0 or not isinstance(line, RowLine | RawLine):
            return None
        path, row = self.files[position.file].path, self.row(position)
        sides = line.sides if isinstance(line, RowLine) else "agent"
        agent_cut = row.agent is not None and row.agent.fate == "cut"
        if sides != "both" or not agent_cut:  # what the agent cut is the base's
            for side in ("agent", "human"):
                cell = cell_of(row, side)
                if cell is not None and cell.line is not None and sides in ("both", side):
                    return SourceLine(side, path, cell.line)
        if self.options.layout == "results" and row.human is not None and row.human.line is not None:
            return SourceLine("human", path, row.human.line)
        return SourceLine("base", path, row.base + 1) if row.base is not None else None

    def numbers_at(self, index: int) -> tuple[int | None, int | None, int | None]:
        """The number of a line in the base, the left side's and the agent's file."""
        position = self.position_at(index)
        if position.row < 0 or isinstance(self.line_at(index), Fold):
            return None, None, None
        row = self.row(position)
        shows_base = row.base is not None and self.options.layout != "results"
        base = row.base + 1 if row.base is not None and shows_base else None
        return base, row.human.line if row.human else None, row.agent.line if row.agent else None

    def patch_line_at(self, index: int) -> int | None:
        """The line of the patch file that is shown; ``None`` where the patch has no such line."""
        line, position = self.line_at(index), self.position_at(index)
        if isinstance(line, RawLine):
            return line.row
        if position.row < 0 or not isinstance(line, RowLine):
            return None
        return self.patch.number_of(position.file, self.row(position))

    def text_of(self, line: Line) -> str:
        """The whole text of both sides of a line, as it is searched."""
        if isinstance(line, RowLine):
            row = self.row(line)
            human = row.human if line.sides != "agent" else None
            agent = row.agent if line.sides != "human" else None
            if human is not None and agent is not None and human.text != agent.text:
                return f"{human.text}\0{agent.text}"
            cell = human or agent
            return cell.text if cell is not None else ""
        if isinstance(line, RawLine):
            return self.patch.text(line.row)
        if isinstance(line, FileHeading):
            return visible(self.files[line.file].path)
        return line.text if isinstance(line, NoteLine) else ""

    def _searched_texts(self) -> list[str]:
        return ["" if getattr(line, "part", 0) else self.text_of(line).lower() for line in self.lines]

    def count_in_folds(self) -> int:
        """How many lines the search would find in what is folded away."""
        count = 0
        for fold in self.lines:
            if isinstance(fold, Fold):
                for row in self.files[fold.file].rows[fold.start : fold.end]:
                    cell = row.agent or row.human
                    count += cell is not None and self.search.needle in cell.text.lower()
        return count

    # Changes -----------------------------------------------------------------------------------

    def first_change(self) -> int:
        """The line of the first change; 0 where there is none."""
        return next((index for index, changed in enumerate(self._changed()) if changed), 0)

    def changes(self) -> list[int]:
        """Lines at which a run of changes begins."""
        if self._changes is None:
            changed = [False, *self._changed()]
            self._changes = [i for i in range(len(changed) - 1) if changed[i + 1] and not changed[i]]
        return self._changes

    def _changed(self) -> Iterable[bool]:
        """For each line whether it shows a change."""
        for line in self.lines:
            if isinstance(line, RowLine):
                yield is_change(self.row(line), line.sides)
            else:
                yield isinstance(line, RawLine) and is_patch_change(self.patch.text(line.row))

    def wraps(self, line: RowLine | RawLine) -> bool:
        """Whether a line goes on below where it is too long."""
        wraps = self.options.wraps
        if wraps != "changed":
            return wraps == "all"
        if isinstance(line, RawLine):
            return is_patch_change(self.patch.text(line.row))
        return is_change(self.row(line), line.sides)
