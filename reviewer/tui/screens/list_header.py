"""The first line of the list of attempts: how much is open, and how far it is judged."""

from pathlib import Path

from reviewer.cells import cut, cut_start
from reviewer.project.totals import ListTotals
from reviewer.text import one_line, plural
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.columns import Piece, columns_of

WIDE = 120
"""Columns from which the header has room for whole words."""
NARROWEST_NAME = 7
"""Columns below which the name of the opened folder is left out of the header."""


def render_header(shell: Shell, width: int) -> tuple[list[Piece], list[Piece]]:
    """Totals at the left and progress at the right; the folder's name has the room that these leave."""
    totals, blind = shell.project.totals(), shell.blind.on
    strong, text = shell.palette["strong"], shell.palette.text
    counts: list[Piece] = [
        (plural(totals.attempts, "attempt"), strong),
        (f" · {plural(totals.commits, 'commit')}", text),
    ]
    if not blind:
        counts.append((f" · {plural(totals.runs, 'run')}", text))
    if totals.malformed:
        counts += [(f" · {totals.malformed} malformed", shell.palette["unknown"])]
    if shell.project.is_catching_up:
        counts.append((" · reading", shell.palette["accent"]))
    left: list[Piece] = [(" reviewer  ", strong)]
    if blind:
        left.append(("blind  ", shell.palette["accent"]))
    wide = width >= WIDE
    progress = _progress(shell, totals, width - columns_of([*left, *counts]), wide=wide, blind=blind)
    room = width - columns_of([*left, *counts, *progress]) - 5
    if wide and not blind and room >= NARROWEST_NAME:
        name = ", ".join(map(_short_path, shell.project.space.roots))
        left.append((f"{cut_start(one_line(name), room)}   ", shell.palette["dim"]))
    return [*left, *counts], progress


def _short_path(path: Path) -> str:
    return "/".join(path.parts[-3:]) if len(path.parts) > 3 else str(path)


def _progress(shell: Shell, totals: ListTotals, width: int, *, wide: bool, blind: bool) -> list[Piece]:
    """How far the queue that is worked through is, else how many attempts are marked and labelled.

    The name beside these counts is cut where all is wider than ``width``.
    """
    session = shell.project.session
    if session is not None:
        done = sum(not shell.project.is_open(entry) for entry in session.entries)
        counts, style = f"  {done} of {len(session.entries)} ", shell.palette["accent"]
        return [(cut(one_line(session.queue.name), width - len(counts) - 1), style), (counts, style)]
    if words := shell.checks.words:
        labelled = f"{totals.labelled} labelled by you   "
        fits = len(labelled) + len(words) + 3 <= width
        return [(labelled if fits else " ", shell.palette.text), (f"{words} ", shell.palette["accent"])]
    if not wide:
        labelled = f"{totals.labelled} labelled "
        both = "" if blind else f"{totals.marked} marked  "
        forms = (f"{both}{labelled}by you ", f"{both}{labelled}")
        return [(next((form for form in forms if len(form) + 2 <= width), labelled), shell.palette.text)]
    marked = "" if blind else f"{totals.marked} marked   "
    following = shell.project.next_open(None)
    next_name = (
        f"next: {shell.blind.name_of(following)} " if following else "all labelled " * bool(totals.attempts)
    )
    labelled = f"{marked}{totals.labelled} labelled by you   "
    return [
        (labelled, shell.palette.text),
        (cut(next_name, width - len(labelled) - 1), shell.palette["dim"]),
    ]
