"""The lines around the panes of the review screen, each drawn from a state: header, views, folded checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reviewer.cells import cut_name
from reviewer.text import one_line
from reviewer.tui.views import DIFF, NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reviewer.model import CheckResult
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.tui.diff.pane import DiffPane
    from reviewer.tui.palette import Palette
    from reviewer.tui.review.side_lines import SideState
    from reviewer.tui.shell import Shell
    from reviewer.tui.widgets.columns import Piece

    Pieces = tuple[list[Piece], list[Piece]]
    """What stands at the left of a line, and at its right."""


class HeaderState(msgspec.Struct, frozen=True, kw_only=True):
    """Which attempt is shown; every text is safe to show."""

    commit: str
    subject: str
    name: str
    full_name: str
    agent: str = ""
    """Agent and model; empty while they are hidden."""
    status: str | None = None
    """How the attempt ended; ``None`` while that is hidden."""
    marked: bool = False
    """Whether the attempt is marked as a success."""
    flagged: bool = False
    against: str = ""
    """The attempt that stands in the place of the human commit."""
    position: str
    queue: str = ""


def header_state(shell: Shell, entry: Entry, against: Entry | None) -> HeaderState:
    """The header of an attempt."""
    hidden, attempt = shell.hides(entry), entry.attempt
    status = attempt.status or ("malformed" if attempt.malformed else "–")
    agent = " ".join(one_line(part) for part in (attempt.agent, entry.model) if part)
    session = shell.project.session
    return HeaderState(
        commit=(entry.commit_hash or "no commit")[:8],
        subject=one_line(entry.subject or entry.commit_problem or "–"),
        name=shell.name_of(entry),
        full_name=shell.name_of(entry, full=True),
        agent="" if hidden else agent,
        status=None if hidden else one_line(status),
        marked=bool(attempt.marked),
        flagged=entry.flagged,
        against=shell.name_of(against) if against is not None else "",
        position=_position(shell.project, entry),
        queue=one_line(session.queue.name) if session is not None else "",
    )


def _position(project: Project, entry: Entry) -> str:
    index = project.queue_position(entry)
    return "not in the queue" if index is None else f"{index + 1} of {len(project.queue)}"


def render_header(state: HeaderState, palette: Palette, width: int, *, wide: bool) -> Pieces:
    """Commit and subject at the left; the attempt, its state and its position in the queue at the right."""
    left: list[Piece] = [(f" {state.commit} ", palette["group"]), (state.subject, palette["strong"])]
    right: list[Piece] = []
    if state.flagged:
        right.append(("! flagged  ", palette["warn"]))
    if state.against:
        right.append((f"left: {state.against}  ", palette["warn"]))
    if state.status is None:
        right.append(("blind  ", palette["accent"]))
    else:
        right.append((f"{state.status}  ", palette["strong" if state.marked else "dim"]))
    queue = f"{state.queue}  " if state.queue and wide else ""
    right.append((f"{queue}{state.position} ", palette["dim"]))
    room = width * 3 // 5 - _columns(right)
    return left, [*_name_pieces(state, state.agent if wide else "", palette, room), *right]


def _name_pieces(state: HeaderState, agent: str, palette: Palette, room: int) -> list[Piece]:
    """The attempt, and whose it is, as far as the commit beside it keeps a part of the line."""
    for name, by in (
        (state.full_name, agent),
        (state.name, agent),
        (state.full_name, ""),
        (state.name, ""),
    ):
        if len(name) + len(by) + 6 <= room:
            break
    else:
        name = cut_name(state.name, max(room - 4, 12))
    pieces: list[Piece] = [(f"  {name}  ", palette.text)]
    return [*pieces, (f"{by}  ", palette["dim"])] if by else pieces


class TabsState(msgspec.Struct, frozen=True, kw_only=True):
    """Which view is shown, and for the diff where the cursor is."""

    view: str
    found: str
    """Which of the lines that the search finds the cursor is on; empty without a search."""
    file: str = ""
    layout: str = ""
    numbers: tuple[tuple[str, int], ...] = ()
    """The line's number in each file that has it, the most important one last."""


def tabs_state(view: str, found: str, diff: DiffPane) -> TabsState:
    """The line of views."""
    if view != DIFF or not diff.model.files:
        return TabsState(view=view, found=found)
    base, human, agent = diff.model.numbers_at(diff.cursor)
    numbers = (
        ("base", base),
        (one_line(diff.model.content.left), human),
        ("agent", agent),
        ("patch", diff.patch_line_here()),
    )
    file = diff.current_file
    return TabsState(
        view=view,
        found=found,
        file=f"file {file + 1} of {len(diff.model.files)} " if file is not None else "",
        layout=diff.model.options.layout,
        numbers=tuple((name, number) for name, number in numbers if number is not None),
    )


def render_tabs(state: TabsState, palette: Palette, width: int) -> Pieces:
    """The views, and the position in the diff; the first line numbers give way where there is no room."""
    left: list[Piece] = [(" ", palette.text)]
    left += [(f" {name} ", palette["strong" if name == state.view else "dim"]) for name in NAMES]
    right: list[Piece] = []
    if state.found:
        right.append((f"found {state.found}, n N   ", palette["accent"]))
    if state.layout:
        layout = f"{state.layout}  "
        numbers = [f"{name} {number}" for name, number in state.numbers]
        room = width - _columns(left) - _columns(right) - len(layout) - len(state.file) - 4
        while len(numbers) > 1 and len(" · ".join(numbers)) > room:
            del numbers[0]
        right.append((layout, palette["accent"]))
        right.append((f"{' · '.join(numbers)}   ", palette["dim"]))
        right.append((state.file, palette["dim"]))
    return left, right


def render_folded(
    state: SideState, twins: int, palette: Palette, signs: Mapping[str, str], width: int
) -> Pieces:
    """The pane beside the diff in one line, where there is no room for it.

    Every check's sign, or what raters decided, at the left; the judgement at the right, and how many ``twins``
    can be judged with this attempt.
    """
    judgement = f"{state.judgement or 'no judgement'} "
    if state.judgement and state.verdict:
        judgement = f"{state.judgement} → {state.verdict} "
    identical = f"  {twins} identical (d)  " if twins else ""
    left: list[Piece] = [(" ", palette.text)]
    left += [(f"{one_line(r.name)}: {r.decision.judgement}  ", palette["strong"]) for r in state.raters]
    if not state.raters:
        left += _check_signs(state.results or (), palette, signs, width - len(identical) - len(judgement) - 2)
    return left, [(identical, palette["accent"]), (judgement, palette[state.judgement or "dim"])]


def _check_signs(
    results: Sequence[CheckResult], palette: Palette, signs: Mapping[str, str], room: int
) -> list[Piece]:
    """Every check's sign; with its name where there is room, else with the names of what found something."""
    quiet = ("pass", "skip", "info")
    names: dict[str, str] = {}
    for letters, unnamed in ((6, ()), (4, ()), (6, quiet), (4, quiet), (4, (*quiet, "unknown"))):
        names = {r.name: "" if r.outcome in unnamed else r.name[:letters] for r in results}
        if sum(len(name) + 2 for name in names.values()) <= room:
            break
    pieces: list[Piece] = []
    for result in results:
        name = names[result.name]
        gap = " " if name and pieces and not pieces[-1][0].endswith(" ") else ""
        text = f"{gap}{name}{signs[result.outcome]}{' ' if name else ''}"
        pieces.append((text, palette[result.outcome]))
    return pieces


def _columns(pieces: Sequence[Piece]) -> int:
    return sum(len(text) for text, _ in pieces)
