"""The other attempts at the same commit, in the order of time; ``enter`` opens one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len

from reviewer.cells import MISSING, cut, format_duration, format_size, format_time, pad
from reviewer.model import short_commit
from reviewer.project.entries import Entry
from reviewer.project.listing import at_commit
from reviewer.project.project import Project
from reviewer.text import one_line
from reviewer.tui.signs import badges, signs
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading, pieced


def page(project: Project, entry: Entry) -> Page:
    """All attempts at the commit, this one pointed at."""
    if entry.commit_hash is None:
        return ListPage([Styled("which commit this attempt was about is not known", "unknown")])
    same = at_commit(project.store, entry.commit_hash)
    title = f"{len(same)} attempts at {one_line(short_commit(entry.commit_hash))} · enter opens one"
    if len(same) == 1:
        title = "this is the only attempt at the commit"
    return ListPage([heading(title), *attempt_lines(project, same, here=entry)])


def attempt_lines(project: Project, entries: Iterable[Entry], *, here: Entry | None = None) -> list[Styled]:
    """The titles of the columns that have something in them, then a line an attempt, oldest first."""
    ordered = sorted(entries, key=lambda entry: (entry.attempt.written or float("inf"), entry.attempt.id))
    known = signs(project.space.settings.ascii)
    names = [name for name in project.check_names if name != "measured" or not project.measurements_hidden]
    rows = [_cells(entry, names, known) for entry in ordered]
    widths = {
        title: max(len(title), *(sum(cell_len(text) for text, _ in row[title]) for row in rows))
        for title in (rows[0] if rows else ())
        if any(row[title][0][0] != MISSING for row in rows)
    }
    titles = [((title, "dim"),) for title in widths]
    lines = [pieced(("  ", "dim"), *_row(widths, dict(zip(widths, titles, strict=True))), whole=True)]
    for entry, row in zip(ordered, rows, strict=True):
        mark = ("▸ " if entry == here else "  ", "accent")
        lines.append(pieced(mark, *_row(widths, row), target=None if entry == here else entry, whole=True))
    return lines


def _row(widths: dict[str, int], cells: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    """The cells of a line, those of figures at their right, with two blanks between."""
    last = next(reversed(widths), None)
    for title, width in widths.items():
        *pieces, (text, style) = cells[title]
        columns = width - sum(cell_len(piece) for piece, _ in pieces)
        padded = pad(text, columns, right=title in ("patch", "took"))
        yield from (*pieces, (text if title == last else f"{padded}  ", style))


def _cells(
    entry: Entry, names: Iterable[str], known: Mapping[str, str]
) -> dict[str, Sequence[tuple[str, str]]]:
    """What stands in each column, left to right."""
    attempt = entry.attempt
    status = attempt.status or ("malformed" if attempt.malformed else MISSING)
    verdict, style = _verdict(entry)
    return {
        "attempt": ((cut(one_line(entry.name), 48), "text"),),
        "claim": ((cut(one_line(status), 9), "strong" if attempt.marked else "dim"),),
        "checks": badges(entry, names, known),
        "verdict": ((cut(verdict, 23), style),),
        "patch": ((format_size(attempt.patch_bytes), "text"),),
        "took": ((format_duration(attempt.duration), "text"),),
        "written": ((format_time(attempt.written), "dim"),),
        "agent": ((one_line(attempt.agent or MISSING), "dim"),),
        "model": ((one_line(entry.model or MISSING), "dim"),),
    }


def _verdict(entry: Entry) -> tuple[str, str]:
    """The verdict, or what there is in its place, with its style."""
    decision = entry.decision
    if decision is None or decision.judgement is None:
        return one_line(entry.attempt.malformed or entry.mark or MISSING), "dim"
    return f"{decision.verdict}{' (stale)' if entry.stale else ''}", decision.judgement
