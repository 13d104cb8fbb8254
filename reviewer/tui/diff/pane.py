"""The diff: human left, agent right, on the lines of the base that both patches start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reviewer.text import visible
from reviewer.tui.diff.colours import stretch_of
from reviewer.tui.diff.content import Content, Finding, Place, Position
from reviewer.tui.diff.drawing import DiffDrawing
from reviewer.tui.diff.lines import LAYOUTS, Fold, Head, Layout, Line, NoteLine, Raw, Shown
from reviewer.tui.widgets.columns import columns_of

if TYPE_CHECKING:
    from textual import events

    from reviewer.model import CheckResult, Side
    from reviewer.tui.diff.colours import Kinds
    from reviewer.tui.palette import Palette

__all__ = ["LAYOUTS", "Content", "DiffPane", "Finding", "Fold", "Head", "Layout", "NoteLine", "Raw", "Shown"]

Held = tuple[Place, "tuple[Side, str, int] | None"]
"""A row, and the line of a side's file that it shows."""

SPLIT_FROM = 120
"""Columns of the terminal from which the two sides stand side by side."""


class DiffPane(DiffDrawing):
    """Files of one attempt as lines; what the keys of the review screen do to them."""

    def __init__(self, palette: Palette, signs: dict[str, str]) -> None:
        super().__init__(palette, signs)
        self.matches = []
        self._forget()
        self._wrapped_at = 0
        self._held_place: tuple[int, Held] | None = None

    def _forget(self) -> None:
        """What was worked out for the files as they were drawn."""
        self._counts = {}
        self._partners = {}
        self._heads = {}

    def show(
        self,
        content: Content,
        position: Position | None = None,
        results: tuple[CheckResult, ...] = (),
    ) -> None:
        """Show these files and what the checks say of them, from the first change or where the annotator was."""
        self._forget()
        self.x = 0
        self.needle, self.matches, self._held_place = "", [], None
        self._results = results
        self.set_content(content, position)
        if position is not None:
            self.return_to(position.place, position.offset)
            return
        self.cursor = self.first_change()
        self.top = max(0, self.cursor - max(self.page // 3, 4))
        self.redraw()

    def _again(self) -> None:
        """Derive everything anew, the cursor staying on its row."""
        here, offset = self.place_here(), self.cursor - self.top
        side_line = self.place()
        self._forget()
        self._derive()
        if side_line is not None:  # rows are others now
            file = here[0]
            row = self.row_of(file, side_line[0], side_line[2])
            here = (file, here[1] if row is None else row)
        self.return_to(here, offset)

    def _rebuild(self, **changes: object) -> None:
        """Make the lines anew with other options, the cursor staying on its row."""
        here, offset = self.place_here(), self.cursor - self.top
        self.options = msgspec.structs.replace(self.options, **changes)
        self.build()
        self.return_to(here, offset)

    def set_layout(self, layout: Layout) -> None:
        """Another layout, the cursor staying on its row."""
        before = self.options.layout
        if layout == before:
            return
        held, offset = self._place_held(), self.cursor - self.top
        self.options = msgspec.structs.replace(self.options, layout=layout)
        if {"results", "raw"} & {layout, before}:
            self._forget()
            self._derive()
        else:
            self.build()
        (file, row), line = held
        if line is not None:
            found = self.row_of(file, line[0], line[2])
            row = row if found is None else found
        self.return_to((file, row), offset)
        self._held_place = (self.cursor, held)

    def _place_held(self) -> Held:
        """Where the cursor is; where it was before the last layout, which may not show that line, if it stands still."""
        if self._held_place is not None and self._held_place[0] == self.cursor:
            return self._held_place[1]
        return self.place_here(), self.place()

    def more_context(self, more: bool) -> None:
        """Three more lines around every change, or three fewer (never under none)."""
        self._rebuild(context=self.options.context + 3 if more else max(0, self.options.context - 3))

    def toggle_whole(self) -> bool | None:
        """The whole file under the cursor, or only its changes; ``None`` where its base is not known."""
        file = self.current_file
        if file is None:
            return None
        if not self.files[file].base_known:
            return None
        self._rebuild(whole=self.options.whole ^ {file})
        return file in self.options.whole

    def toggle_heads(self) -> bool:
        """Context up to the head of the enclosing function, or as much as was asked for."""
        self._rebuild(heads=not self.options.heads)
        return self.options.heads

    def toggle_indent(self) -> bool:
        """Fold away the indentation that all lines of a stretch share, or show it."""
        self._rebuild(indent=not self.options.indent)
        return self.options.indent

    def toggle_space(self) -> bool:
        """Take changes of white space for none, or show them."""
        self.no_space = not self.no_space
        self._again()
        return self.no_space

    def toggle_wrap(self) -> bool:
        """Go on with long lines on the next line, or cut them."""
        self.wrap = not self.wrap
        self.x = 0
        self._rebuild()
        return self.wrap

    def toggle_viewed(self) -> bool | None:
        """Mark the file under the cursor as viewed, or take the mark away; ``None`` without a file."""
        file = self.current_file
        if file is None:
            return None
        self.viewed ^= {file}
        self.redraw()
        return file in self.viewed

    def open_here(self) -> None:
        """Open the fold under the cursor, or the artefact's file."""
        line = self.line_at(self.cursor)
        if isinstance(line, Fold) and line.end > line.start:
            offset = self.cursor - self.top
            self.unfold(line)
            self.return_to((line.file, line.start), offset)
        elif isinstance(line, Head) and self.files[line.file].artefact:
            self._rebuild(opened=self.options.opened ^ {line.file})

    def action_sideways(self, step: int) -> None:
        """Move both texts sideways, not further than there is something to see."""
        if self.wrap:
            return
        seen = self.lines[self.top : self.top + self.page]
        longest = max((self._columns(line) for line in seen), default=0)
        if step < 0 or longest > self.x + self._text_room(self.size.width):
            super().action_sideways(step)

    def _columns(self, line: Line) -> int:
        """How many columns the texts of a line take."""
        if isinstance(line, Raw):
            return columns_of(visible(self.raw_text(line.row)))
        if not isinstance(line, Shown):
            return 0
        row = self.files[line.file].rows[line.row]
        return max(columns_of(self._text(cell)) for cell in (row.human, row.agent) if cell is not None)

    # Colours -----------------------------------------------------------------------------------

    def colourless(self) -> tuple[int, int] | None:
        """A file on the screen and a stretch of its rows that have no syntax colours yet."""
        if self.options.layout == "raw":
            return None
        for line in self.lines[self.top : self.top + self.page]:
            if isinstance(line, Shown):
                wanted = line.file, stretch_of(self.files[line.file], line.row)
                if wanted not in self._coloured:
                    return wanted
        return None

    def set_colours(self, file: int, stretch: int, kinds: Kinds) -> None:
        """Syntax colours of a stretch of a file have been worked out."""
        self._coloured.add((file, stretch))
        if kinds:
            self._kinds[file] = {**self._kinds.get(file, {}), **kinds}
            self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Another width: wrapped lines are cut anew."""
        if self.wrap and self.size.width != self._wrapped_at:
            self._wrapped_at = self.size.width
            self._rebuild()
