"""Colours inside a line of code: its syntax, the words that changed, what the search found."""

from __future__ import annotations

from collections.abc import Iterator

from rich.style import Style

from reviewer.diffs.matching import changed_spans
from reviewer.model import Cell, Row, Side
from reviewer.tui.diff.colours import safe_line
from reviewer.tui.diff.content import RowPosition
from reviewer.tui.diff.lines import DiffSide, RowLine, cell_of
from reviewer.tui.diff.model import DiffModel
from reviewer.tui.diff.styles import Styles
from reviewer.tui.widgets.columns import match_spans

Span = tuple[int, int, Style]

COLOURED = frozenset({"comment", "string", "keyword", "function", "type"})
"""Kinds of syntax that get a colour; each more costs bytes on every line."""


class LineColours:
    """Spans of style over the texts of a diff."""

    def __init__(self, model: DiffModel, styles: Styles) -> None:
        self._model = model
        self._styles = styles

    def spans(self, row: Row, line: RowLine, cell: Cell, side: DiffSide, text: str) -> list[Span]:
        """What lies over a cell's ``text``, the last on top."""
        return [
            *self._syntax(row, line, cell, side),
            *self._changed_words(row, line, cell, side, text),
            *self.matches(text),
        ]

    def matches(self, text: str) -> Iterator[Span]:
        """Where the search finds something in a text."""
        return match_spans(text, self._model.search.needle, self._styles["match"])

    def _syntax(self, row: Row, line: RowLine, cell: Cell, side: DiffSide) -> Iterator[Span]:
        source: tuple[Side, int] | None = (side, cell.line) if cell.line is not None else None
        if cell.fate == "cut":
            if (
                self._model.options.layout == "results"
                and row.human is not None
                and row.human.line is not None
            ):
                source = "human", row.human.line
            else:
                source = ("base", row.base + 1) if row.base is not None else None
        for start, end, kind in self._model.syntax.spans(line.file, *source) if source else ():
            if kind in COLOURED:
                yield start, end, self._styles[kind]

    def _changed_words(
        self, row: Row, line: RowLine, cell: Cell, side: DiffSide, text: str
    ) -> Iterator[Span]:
        """The words that the line beside this one, or the one it replaced, does not have."""
        other = self._compared_text(row, line, cell, side)
        if other is None:
            return
        word = self._styles["removed_word" if cell.fate == "cut" else "added_word"]
        indent = len(text) - len(text.lstrip())  # another depth is seen without a colour
        for start, end in changed_spans(text, other)[0]:
            if end > indent:
                yield start, end, word

    def _compared_text(self, row: Row, line: RowLine, cell: Cell, side: DiffSide) -> str | None:
        """The line that this one is compared with word by word, if there is one."""
        if cell.fate == "keep":
            return None
        if row.mark == "alike" and row.human and row.agent and line.sides == "both":
            return safe_line(row.agent if side == "human" else row.human)
        replaced = self._model.drawn.replaced_row(RowPosition(line.file, line.row), side)
        if replaced is None:
            return None
        other = cell_of(self._model.row(RowPosition(line.file, replaced)), side)
        return safe_line(other) if other is not None else None
