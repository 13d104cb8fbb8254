"""Writes tables as text for a terminal."""

from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len

from reviewer.cells import cut, cut_start, pad, wrap
from reviewer.reports.painted import Line
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.table import ShareBar, Table, TableLine, without_columns

_EIGHTHS = "▏▎▍▌▋▊▉"
_WIDTH = 100
"""Columns of bars and notes where nothing says how wide the output is."""
_LEAST = 20
"""Columns that text keeps where room is scarce."""


def paint(table: Table, width: int | None) -> Iterator[Line]:
    """A table in lines, bars at their ends, columns that do not fit left out and named; notes below."""
    (header, *lines), notes = laid_out(table, width)
    room = (width or _WIDTH) - cell_len(header) - 2
    yield ((header, "group"),)
    for text, line in zip(lines, table.lines, strict=True):
        heading = line.depth == 0 and not any(line.texts[1:])
        drawn = bar(line.bar, room) if line.bar is not None and room > 0 else ""
        shown = pad(text, cell_len(header) + 2) if drawn else text
        yield (shown, "strong" if heading else "text"), (drawn, "accent")
    yield from (((f"  {part}", "dim"),) for note in notes for part in wrap(note, (width or _WIDTH) - 2))


def laid_out(table: Table, width: int | None) -> tuple[list[str], list[str]]:
    """Header and lines in columns, as many as there is room for, and the notes.

    Columns stand two apart, the lines are indented by two. First cells that do not fit lose their beginning
    (the ends of run names tell them apart), further columns of text their end.
    """
    table = without_columns(table, table.extra)
    rows = [list(map(safe_line, table.header)), *map(_indented, table.lines)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    shown = _fitting(table, widths, width)
    missing = [name for column, name in enumerate(rows[0]) if column not in shown]
    notes = [safe_line(note) for note in table.notes if note.partition(":")[0] not in missing]
    if missing:
        notes.append(f"no room for: {', '.join(missing)}")
        rows = [[row[column] for column in shown] for row in rows]
    left = [index for index, column in enumerate(shown) if column in table.left]
    widths = [widths[column] for column in shown]
    if width is not None:
        _narrow(rows, widths, width, left, cut if table.keeps_start else cut_start)
    padded = ([pad(cell, widths[i], right=i not in left) for i, cell in enumerate(row)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded], notes


def _indented(line: TableLine) -> list[str]:
    first, *rest = line.texts
    return [f"{'  ' * (1 + min(line.depth, 1))}{first}" if first else "", *rest]


def _fitting(table: Table, widths: Sequence[int], width: int | None) -> list[int]:
    """The columns that fit into ``width``, text columns taken at their narrowest; at least the first two."""
    shown = list(range(len(widths)))
    if width is None:
        return shown
    narrowest = [min(each, _LEAST) if column in table.left else each for column, each in enumerate(widths)]
    weakest = [*table.weak, *(column for column in reversed(shown) if column not in table.weak)]
    for column in weakest:
        if sum(narrowest[c] + 2 for c in shown) <= width or len(shown) < 3 or column < 2:
            break
        shown.remove(column)
    return shown


def _narrow(
    rows: list[list[str]],
    widths: list[int],
    width: int,
    left: Sequence[int],
    cut_first: Callable[[str, int], str],
) -> None:
    """Make columns of text narrower until the lines fit, or the texts would say nothing any more."""
    gaps = 2 * (len(widths) - 1)
    if len(left) > 1 and cut_first is cut_start and sum(widths) + gaps > width:
        # their ends tell names apart, texts need the room
        widths[0] = min(widths[0], max(width // 3, _LEAST))
    for column in sorted((column for column in left if column), reverse=True):
        over = sum(widths) + gaps - width
        if over > 0 and widths[column] > _LEAST:
            widths[column] = max(widths[column] - over, _LEAST)
            for row in rows:
                row[column] = cut(row[column], widths[column])
    widths[0] = min(widths[0], max(width - sum(widths[1:]) - gaps, cell_len(rows[0][0]), 14))
    for row in rows[1:]:
        row[0] = "  " + cut_first(row[0][2:], widths[0] - 2)


def bar(drawn: ShareBar, room: int) -> str:
    """A bar of at most ``room`` columns, the unknown ones behind it as ``░``."""
    if room < 1 or not drawn.n:
        return ""
    full, rest = divmod(drawn.k * room * 8 // drawn.n, 8)
    solid = "█" * full + (_EIGHTHS[rest - 1] if rest else "")
    return solid.ljust((drawn.k + drawn.unknown) * room // drawn.n, "░")
