"""The diff on the screen: human left, agent right, on the lines of the base that both patches start from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.style import Style
from textual import on, work
from textual.message import Message
from textual.timer import Timer

from reviewer.model import AlignedFile, CheckResult, Evidence, Mark
from reviewer.project.references import Review
from reviewer.tui.diff.colours import Kinds, syntax
from reviewer.tui.diff.files import DrawnFiles
from reviewer.tui.diff.lines import FileHeading
from reviewer.tui.diff.margins import cursor_width, text_columns
from reviewer.tui.diff.model import DiffModel
from reviewer.tui.diff.moving import FileStart, next_change, next_file, next_remark, start_of_file
from reviewer.tui.diff.painter import DiffPainter
from reviewer.tui.diff.positions import Anchor, Bookmark, Remark, RowPosition, SourceLine
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.line_pane import LinePane

SPLIT_FROM = 120
"""Columns of the terminal from which the two sides are side by side."""
COLOUR_AFTER = 0.8
"""Seconds without a key until syntax colours are worked out: they must not slow down who only passes by."""
TWO_HEAD_ROWS = 22
"""Lines from which a pane names file and function in two lines of its own; below, in one."""


class DiffPane(LinePane):
    """Shows a :class:`DiffModel`: keeps the cursor on its row, and draws what the keys changed."""

    @dataclass
    class Coloured(Message):
        """The syntax colours of a stretch of a file are worked out."""

        aligned: AlignedFile
        file: int
        stretch: int
        kinds: Kinds

    class Uncovered(Message):
        """The diff is on the screen, which it was not before."""

    def __init__(self, palette: Palette, signs: Mapping[str, str]) -> None:
        super().__init__(palette, id="diff")
        self.model = DiffModel()
        self.painter = DiffPainter(self.model, palette, signs)
        self._anchor: Anchor | None = None
        """What the cursor was kept on last, while it is still on line ``_anchored_at``."""
        self._anchored_at = 0
        self._colour_timer: Timer | None = None
        self._still = False
        """Whether no key has come for a while."""
        self._colouring = False
        """Whether a worker works out colours."""
        self._found_colours = False
        """Whether there are colours that were not painted yet."""

    def on_show(self) -> None:
        """Nothing covers the diff any more."""
        self.post_message(self.Uncovered())

    # What is shown -----------------------------------------------------------------------------

    def show(self, review: Review, drawn: DrawnFiles | None = None, bookmark: Bookmark | None = None) -> None:
        """Show files as :meth:`DiffModel.show` does, from the first change or where ``bookmark`` is."""
        self.x = 0
        self._anchor = None
        self.model.show(review, drawn, bookmark)
        if bookmark is not None:
            self._return_to(self.model.index_of(bookmark.position), bookmark.offset)
            return
        self.cursor = self.model.first_change()
        self.top = max(0, self.cursor - self._above_change)
        self.redraw()

    @property
    def _above_change(self) -> int:
        """Lines that are left above the change that is opened."""
        return max(self.page // 3, 4)

    def set_remarks(self, results: Sequence[CheckResult], marks: Sequence[Mark]) -> None:
        """Mark the lines that the checks' evidence and the annotator's marks point to."""
        self.model.set_remarks(results, marks)
        self.redraw()

    # What is under the cursor ------------------------------------------------------------------

    @property
    def current_file(self) -> int | None:
        """The number of the file under the cursor."""
        return self.model.file_at(self.cursor)

    def position_here(self) -> RowPosition:
        """The row under the cursor."""
        return self.model.position_at(self.cursor)

    def source_line_here(self) -> SourceLine | None:
        """The line of a file under the cursor, as :meth:`DiffModel.source_line` names it."""
        return self.model.source_line(self.cursor)

    def remarks_here(self) -> list[Remark]:
        """The annotator's mark and the checks' findings on the row under the cursor."""
        return self.model.remarks_at(self.cursor)

    # Moving ------------------------------------------------------------------------------------

    def next_hunk(self, step: int) -> bool:
        """To the next or previous run of changes; false where there is none."""
        return self.show_at(next_change(self.model, self.cursor, step), self.page // 3)

    def next_file(self, step: int) -> bool:
        """To the first change of the next or previous file; false where there is none."""
        return self._open_file(next_file(self.model, self.cursor, step))

    def go_to_file(self, file: int) -> bool:
        """To the first change of a file; false where it is not shown."""
        return self._open_file(start_of_file(self.model, file))

    def _open_file(self, start: FileStart | None) -> bool:
        if start is not None:
            self.go_to(start.change, top=max(start.head, start.change - self._above_change))
        return start is not None

    def next_finding(self, step: int) -> bool:
        """To the next or previous row that a check or a mark of the annotator points to; false where none is."""
        position = next_remark(self.model, self.cursor, step)
        if position is not None:
            self.jump(position)
            self.show_at(self.cursor, self.page // 3)
        return position is not None

    def jump(self, position: RowPosition) -> None:
        """The cursor on a row, after opening what hides it."""
        self._go_to_revealed(self.model.reveal(position))

    def jump_to_evidence(self, evidence: Evidence) -> bool:
        """To the line that a check points to; false where it is not in the diff."""
        position = self.model.drawn.find_evidence(evidence)
        if position is not None:
            self.jump(position)
        return position is not None

    def jump_to_patch_line(self, number: int) -> bool:
        """To a line of the patch file, counted from 1; false where there is none."""
        index = self.model.index_of_patch_line(number)
        if index is not None:
            self._go_to_revealed(index)
        return index is not None

    def _go_to_revealed(self, index: int) -> None:
        """The cursor on a line, among lines that may be others now."""
        self._anchor = None
        self._strips.clear()
        self.go_to(index)
        self.refresh()

    def action_sideways(self, step: int) -> None:
        """Move both texts sideways, not further than there is something to see."""
        shown = self.model.lines[self.top : self.top + self.page]
        longest = max(map(self.painter.text_length, shown), default=0)
        if step < 0 or longest > self.x + self.model.text_width:
            super().action_sideways(step)

    # Search ------------------------------------------------------------------------------------

    def search(self, needle: str, step: int, *, here: bool = False) -> bool:
        """To the next line that holds ``needle``, any case, round once; false where none does."""
        if needle.lower() != self.model.search.needle:
            self.model.search.set_needle(needle)
            self.redraw()
        return self.show_at(self.model.search.next_match(self.cursor, step, here=here), self.page // 3)

    def found(self) -> str:
        """Which of the lines found the cursor is on: ``3 of 12``; empty while nothing is searched for."""
        return self.model.search.describe(self.cursor)

    # Folds and layouts -------------------------------------------------------------------------

    def set_options(self, **options: Any) -> None:
        """Show the diff with other :class:`Options`, the cursor staying on its row."""
        if "wraps" in options:
            self.x = 0
        self._keep_row(lambda: self.model.set_options(**options))

    def toggle_viewed(self, file: int) -> bool:
        """Mark a file as viewed, or take the mark away; whether it is marked now."""
        self.model.viewed ^= {file}
        self.redraw()
        return file in self.model.viewed

    def open_here(self) -> None:
        """Open the fold under the cursor, or the artefact's file."""
        if self.model.can_open(self.cursor):
            self._keep_row(lambda: self.model.open_at(self.cursor))

    def _keep_row(self, change: Callable[[], None]) -> None:
        """Change the lines, the cursor staying on its row and that where it is on the screen.

        A layout may not show the row; until the cursor is moved it comes back to it with the next change.
        """
        if self._anchor is None or self._anchored_at != self.cursor:
            self._anchor = self.model.anchor(self.cursor)
        offset = self.cursor - self.top
        change()
        self._return_to(self.model.index_of_anchor(self._anchor), offset)
        self._anchored_at = self.cursor

    def _return_to(self, index: int, offset: int) -> None:
        self.cursor, self.top = index, index - offset
        self.redraw()

    # Colours: they follow the text once no key has come for a while, a stretch of a file at a time

    def colour_soon(self) -> None:
        """Work out syntax colours when nothing more is pressed."""
        self.stop_colouring()
        self._colour_timer = self.set_timer(COLOUR_AFTER, self._begin_colouring)

    def _begin_colouring(self) -> None:
        self._still = True
        self._colour()

    def stop_colouring(self) -> None:
        """Drop what was planned: another key was pressed, or another attempt is opened."""
        self._still = False
        if self._colour_timer is not None:
            self._colour_timer.stop()

    def colourless(self) -> tuple[int, int] | None:
        """A file on the screen and a stretch of its rows that have no syntax colours yet."""
        if self.model.options.layout == "raw":
            return None
        return self.model.syntax.missing(self.model.lines[self.top : self.top + self.page], self.model.files)

    def _colour(self) -> None:
        """Find the colours of what is on the screen, a stretch after the other, and paint them all at once."""
        wanted = self.colourless()
        if wanted is None and self._found_colours:
            self._found_colours = False
            self.redraw()
        elif wanted is not None and self.display and not self._colouring:
            self._colouring = True
            self._find_colours(self.model.files[wanted[0]], *wanted)

    @work(thread=True, group="colours", exit_on_error=False)
    def _find_colours(self, aligned: AlignedFile, file: int, stretch: int) -> None:
        self.post_message(self.Coloured(aligned, file, stretch, syntax(aligned, stretch)))

    @on(Coloured)
    def _take_colours(self, event: Coloured) -> None:
        """Colour a stretch, where its file is still shown, and go on with the next one."""
        event.stop()
        self._colouring = False
        files = self.model.files
        if event.file < len(files) and files[event.file] is event.aligned:
            self.model.syntax.add(event.file, event.stretch, event.kinds)
            self._found_colours = self._found_colours or bool(event.kinds)
        if self._still:
            self._colour()

    # Drawing, as every pane of lines does it ---------------------------------------------------

    @property
    def count(self) -> int:
        """Lines of all files, or the one that says why there are none."""
        return max(len(self.model.lines), 1)

    @property
    def head_rows(self) -> int:
        """Whose text is where, and the file and function at the top of the page."""
        if not self.model.lines:
            return 0
        return 2 if self.size.height >= TWO_HEAD_ROWS else 1

    @property
    def cursor_columns(self) -> int:
        """The numbers and the marks beside them."""
        return cursor_width(self.model.options.layout)

    def line_style(self, index: int) -> Style:
        """The style below a whole line: those above files stand out."""
        is_head = isinstance(self.model.line_at(index), FileHeading)
        return self.palette.over("bar") if is_head else self.palette.text

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line of the diff."""
        return self.painter.pieces(index, width, self.x)

    def head_pieces(self, y: int, width: int) -> list[Piece]:
        """One of the lines above the page."""
        top = min(self.top, len(self.model.lines) - 1)
        return self.painter.top_line(top, y, self.head_rows, width)

    def text_of(self, index: int) -> str:
        """The whole text of both sides of a line."""
        line = self.model.line_at(index)
        return self.model.text_of(line) if line is not None else ""

    def text_columns(self, index: int, width: int) -> list[tuple[int, int]]:
        """Where the code is, for selecting it with the mouse."""
        return text_columns(self.model.options.layout, width)

    def text_in(self, index: int, part: int) -> str | None:
        """The code in one of these columns, whole."""
        return self.painter.text_in(index, part)

    def fit(self) -> None:
        """Long lines are wrapped anew."""
        width = self.size.width
        if width != self.model.width:
            self._keep_row(lambda: self.model.set_width(width))
