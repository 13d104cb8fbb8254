"""How many columns each layout has for numbers, signs and text, and long lines in the parts they wrap into."""

from collections.abc import Sequence

from reviewer.model import AlignedFile, Cell
from reviewer.text import visible
from reviewer.tui.diff.colours import safe_line
from reviewer.tui.diff.lines import (
    Layout,
    Line,
    RawLine,
    RowLine,
    Wrapping,
    cell_of,
    is_change,
    is_patch_change,
)
from reviewer.tui.widgets.columns import wrap_spans

SPLIT_MARGIN = 9
"""Columns left of the two texts: number of the base line, relation, mark, rule."""
UNIFIED_MARGIN = 11
"""The same in one column, with whose line it is."""
SIDE_MARGIN = 15
"""The same for one side, with that side's own number."""
MOST_PARTS = 40
"""Lines that one line of code takes at most on its own account: nobody reads a minified file so."""
RAW_MARGIN = 8
"""Columns left of a line of the patch file: its number, a rule."""


def cursor_width(layout: Layout) -> int:
    """Columns of numbers and signs, in which the cursor is seen."""
    margins = {"split": SPLIT_MARGIN, "unified": SPLIT_MARGIN, "raw": RAW_MARGIN}
    return margins.get(layout, SIDE_MARGIN)


def split_widths(width: int) -> tuple[int, int]:
    """Columns of the two texts in the split layout, the sign in front of each included."""
    rest = width - SPLIT_MARGIN - 2
    return rest // 2, rest - rest // 2


def text_width(layout: Layout, width: int) -> int:
    """Columns of text in a pane of ``width`` columns; of two texts side by side those of the narrower."""
    return min(end - start for start, end in text_columns(layout, width))


def text_columns(layout: Layout, width: int) -> list[tuple[int, int]]:
    """Where the code is: on both sides in the split layout, in one column in every other."""
    if layout == "split":
        middle = SPLIT_MARGIN + split_widths(width)[0]
        return [(SPLIT_MARGIN + 1, middle), (middle + 2, width - 1)]
    start = {"raw": RAW_MARGIN, "unified": UNIFIED_MARGIN + 1}.get(layout, SIDE_MARGIN + 1)
    return [(start, width - 1)]


def shown_text(cell: Cell) -> str:
    """A cell's text, safe to show; a missing line end is mentioned."""
    text = safe_line(cell)
    return text if cell.text.endswith("\n") else text + "  (no line end)"


def wrap_rows(lines: list[Line], files: Sequence[AlignedFile], width: int, wraps: Wrapping) -> list[Line]:
    """The lines, each that is longer than ``width`` columns and is wrapped followed by as many parts as it needs."""
    if wraps == "none":
        return lines
    every = wraps == "all"
    wrapped: list[Line] = []
    for line in lines:
        wrapped.append(line)
        if not isinstance(line, RowLine):
            continue
        row, sides = files[line.file].rows[line.row], line.sides
        cells = [cell for cell in (row.human, row.agent) if cell is not None and not _fits(cell.text, width)]
        if cells and (every or is_change(row, sides)):
            shown = [cell for cell in cells if sides == "both" or cell is cell_of(row, sides)]
            counts = (len(wrapped_spans(shown_text(cell), width, line.indent, wraps)) for cell in shown)
            parts = range(1, max(counts, default=1))
            wrapped += (RowLine(line.file, line.row, sides, line.indent, part) for part in parts)
    return wrapped


def wrap_patch(lines: Sequence[Line], patch: Sequence[str], width: int, wraps: Wrapping) -> list[Line]:
    """The same for lines of the patch file, whose texts are ``patch``."""
    wrapped: list[Line] = []
    for line in lines:
        wrapped.append(line)
        if not isinstance(line, RawLine):
            continue
        text = patch[line.row - 1] if line.row <= len(patch) else ""
        if wraps == "all" or (wraps == "changed" and is_patch_change(text)):
            parts = range(1, len(wrapped_spans(visible(text), width, 0, wraps)))
            wrapped += (RawLine(line.file, line.row, part) for part in parts)
    return wrapped


def wrapped_spans(text: str, width: int, first: int, wraps: Wrapping) -> Sequence[tuple[int, int]]:
    """The stretches that a text wraps into; unless all was asked for, at most :data:`MOST_PARTS` of them."""
    if wraps == "all":
        return wrap_spans(text, width, first)
    return wrap_spans(text[: first + MOST_PARTS * width + 1], width, first)[:MOST_PARTS]


def _fits(text: str, width: int) -> bool:
    """Whether a line is short for certain, as most are: known without making it safe to show, which takes longer."""
    return len(text) <= width and text.isascii() and text.endswith("\n") and "\t" not in text
