"""Writes tables as text for a terminal, and all statistics: ``reviewer stats``."""

from __future__ import annotations

from rich.cells import cell_len

from reviewer.cells import cut, cut_start, pad, wrap
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.statistics import scope, statistics
from reviewer.reports.tables.table import ShareBar, Table, TableLine, without_columns
from reviewer.stats.summary import Summary

_EIGHTHS = "▏▎▍▌▋▊▉"
_WIDTH = 100
"""Columns of bars and notes where nothing says how wide the output is."""
_LEAST = 20
"""Columns that text keeps where room is scarce."""


def to_text(summary: Summary, width: int | None, *, full: bool = False) -> str:
    """The summary as tables for a terminal of ``width`` columns, ending in a line feed.

    Where it is narrow, names give way first, then whole columns, and that is said; without a width
    lines are as long as they have to be. Undefined figures are ``–``. ``full`` adds every table there is.
    """
    parts = [_scope(summary), *(render(table, width) for table in statistics(summary, full=full))]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _scope(summary: Summary) -> list[str]:
    """What the figures are about; its lines are a few words each and are not broken."""
    return [safe_line(line) for line in scope(summary)]


def render(table: Table, width: int | None) -> list[str]:
    """A table in lines, bars at their ends, columns that do not fit left out and said so; notes below."""
    lines, notes = laid_out(table, width)
    room = (width or _WIDTH) - cell_len(lines[0]) - 2
    for index, line in enumerate(table.lines, 1):
        if line.bar is not None and room > 0:
            lines[index] = f"{pad(lines[index], cell_len(lines[0]))}  {bar(line.bar, room)}".rstrip()
    return lines + [f"  {part}" for note in notes for part in wrap(note, (width or _WIDTH) - 2)]


def laid_out(table: Table, width: int | None) -> tuple[list[str], list[str]]:
    """Header and lines in columns, as many as there is room for, and the notes."""
    table = without_columns(table, table.extra)
    shown = fitting(table, width)
    missing = [column for column in range(len(table.header)) if column not in shown]
    notes = [safe_line(note) for note in table.notes]
    if missing:
        notes.append(f"no room for: {', '.join(table.header[column] for column in missing)}")
    return _grid(without_columns(table, missing), width), notes


def fitting(table: Table, width: int | None) -> list[int]:
    """The columns that fit into ``width``, text columns taken at their narrowest; at least the first two."""
    shown = list(range(len(table.header)))
    if width is None:
        return shown
    texts = [table.header, *(line.texts for line in table.lines)]
    widths = [max(cell_len(row[column]) for row in texts) for column in shown]
    for column in table.left:
        widths[column] = min(widths[column], _LEAST)
    weakest = [*table.weak, *(column for column in reversed(shown) if column not in table.weak)]
    for column in weakest:
        if sum(widths[c] + 2 for c in shown) <= width or len(shown) < 3 or column < 2:
            break
        shown.remove(column)
    return shown


def _grid(table: Table, width: int | None) -> list[str]:
    """Columns two apart, the lines indented by two; right-aligned but those in ``left``.

    With ``width``, first cells that do not fit lose their beginning (the ends of run names tell them
    apart); a last column of text loses its end.
    """
    rows = [list(map(safe_line, table.header)), *map(_indented, table.lines)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(table.header))]
    if width is not None:
        _narrow(rows, widths, width, table)
    return [
        "  ".join(
            pad(cell, widths[column], right=column not in table.left) for column, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def _indented(line: TableLine) -> list[str]:
    first, *rest = line.texts
    return [f"{'  ' * (1 + min(line.depth, 1))}{first}" if first else "", *rest]


def _narrow(rows: list[list[str]], widths: list[int], width: int, table: Table) -> None:
    """Make columns of text narrower until the lines fit, or the texts would say nothing any more."""
    gaps = 2 * (len(widths) - 1)
    for column in sorted((column for column in table.left if column), reverse=True):
        over = sum(widths) + gaps - width
        if over > 0 and widths[column] > _LEAST:
            widths[column] = max(widths[column] - over, _LEAST)
            for row in rows:
                row[column] = cut(row[column], widths[column])
    widths[0] = min(widths[0], max(width - sum(widths[1:]) - gaps, cell_len(rows[0][0]), 14))
    cutter = cut if table.keeps_start else cut_start
    for row in rows[1:]:
        row[0] = "  " + cutter(row[0][2:], widths[0] - 2)


def bar(drawn: ShareBar, room: int) -> str:
    """A bar of at most ``room`` columns, the unknown ones behind it as ``░``."""
    if room < 1 or not drawn.n:
        return ""
    full, rest = divmod(drawn.k * room * 8 // drawn.n, 8)
    solid = "█" * full + (_EIGHTHS[rest - 1] if rest else "")
    return solid.ljust((drawn.k + drawn.unknown) * room // drawn.n, "░")
