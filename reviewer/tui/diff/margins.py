"""How many columns each layout has for numbers, signs and text, and long lines in the parts they wrap into."""

from collections.abc import Iterator, Sequence

from reviewer.model import AlignedFile, Cell
from reviewer.text import visible
from reviewer.tui.diff.colours import safe_line
from reviewer.tui.diff.lines import Layout, Line, RawLine, RowLine
from reviewer.tui.widgets.columns import wrap_spans

SPLIT_MARGIN = 9
"""Columns left of the two texts: number of the base line, relation, mark, rule."""
UNIFIED_MARGIN = 11
"""The same in one column, with whose line it is."""
SIDE_MARGIN = 15
"""The same for one side, with that side's own number."""
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


def wrap_lines(
    lines: Sequence[Line], files: Sequence[AlignedFile], patch: Sequence[str], width: int
) -> Iterator[Line]:
    """The lines, each that is longer than ``width`` columns followed by as many parts as it needs.

    ``patch`` holds the lines of the patch file, for the raw layout.
    """
    for line in lines:
        yield line
        if isinstance(line, RowLine):
            row = files[line.file].rows[line.row]
            human = row.human if line.sides != "agent" else None
            agent = row.agent if line.sides != "human" else None
            texts = (shown_text(cell) for cell in (human, agent) if cell is not None)
            counts = (len(wrap_spans(text, width, line.indent)) for text in texts)
            for part in range(1, max(counts, default=1)):
                yield RowLine(line.file, line.row, line.sides, line.indent, part)
        elif isinstance(line, RawLine):
            text = visible(patch[line.row - 1]) if line.row <= len(patch) else ""
            for part in range(1, len(wrap_spans(text, width))):
                yield RawLine(line.file, line.row, part)
