"""The lines around the panes of the review screen, as pieces: the attempt, the views, the checks in one line."""

from collections.abc import Mapping, Sequence

from reviewer.cells import cut_name
from reviewer.check_values import PromptValue
from reviewer.model import CheckResult, short_commit
from reviewer.project.entries import Entry
from reviewer.text import one_line
from reviewer.tui.diff.pane import DiffPane
from reviewer.tui.palette import Palette
from reviewer.tui.review.side_lines import SideState
from reviewer.tui.shell import Shell
from reviewer.tui.views import DIFF, NAMES
from reviewer.tui.widgets.columns import Piece, columns_of

Pieces = tuple[list[Piece], list[Piece]]
"""What stands at the left of a line, and at its right."""


def render_header(shell: Shell, entry: Entry, against: Entry | None, width: int, *, wide: bool) -> Pieces:
    """Commit and subject at the left; the attempt, its state and its position in the queue at the right.

    ``against`` is the attempt that stands in the place of the human commit.
    """
    palette, attempt, session = shell.palette, entry.attempt, shell.project.session
    subject = one_line(entry.subject or entry.commit_problem or "–")
    left: list[Piece] = [(f" {one_line(short_commit(entry.commit_hash))} ", palette["group"])]
    left.append((subject, palette["strong"]))
    right: list[Piece] = []
    if entry.flagged:
        right.append(("! flagged  ", palette["warn"]))
    if against is not None:
        right.append((f"left: {shell.blind.name_of(against)}  ", palette["warn"]))
    agent = ""
    if shell.blind.hides(entry):
        right.append(("blind  ", palette["accent"]))
    else:
        if wide:
            agent = " ".join(one_line(part) for part in (attempt.agent, entry.model) if part)
        claim = f"claim: {attempt.status or '–'}" if attempt.malformed is None else "malformed"
        right.append((f"{one_line(claim)}  ", palette["strong" if attempt.marked else "dim"]))
    index = shell.project.queue_position(entry)
    position = "not in the queue" if index is None else f"{index + 1} of {len(shell.project.queue)}"
    queue = f"{one_line(session.queue.name)}  " if session is not None and wide else ""
    right.append((f"{queue}{position} ", palette["dim"]))
    free = width - columns_of(right)
    return left, [*_name_pieces(shell, entry, agent, free - width * 2 // 5, free - columns_of(left)), *right]


def _name_pieces(shell: Shell, entry: Entry, agent: str, room: int, spare: int) -> list[Piece]:
    """The attempt and whose it is: its whole id in the ``spare`` room beside the whole commit, else as lists call it."""
    name, full = shell.blind.name_of(entry), shell.blind.name_of(entry, full=True)
    if len(full) + len(agent) + 6 <= min(room, spare):
        name = full
    by = agent if len(name) + len(agent) + 6 <= room else ""
    pieces: list[Piece] = [(f"  {cut_name(name, max(room - 4, 12))}  ", shell.palette.text)]
    return [*pieces, (f"{by}  ", shell.palette["dim"])] if by else pieces


def render_tabs(view: str, found: str, diff: DiffPane, palette: Palette, width: int) -> Pieces:
    """The views at the left; at the right what the search has ``found``, and the position in the diff."""
    right: list[Piece] = [(f"found {found}, n N   ", palette["accent"])] if found else []
    position: list[Piece] = []
    if view == DIFF and diff.model.files:
        file, layout = diff.current_file, f"{diff.model.options.layout}  "
        viewed = f" · {len(diff.model.viewed)} viewed" if diff.model.viewed else ""
        which = f"file {file + 1} of {len(diff.model.files)}{viewed} " if file is not None else ""
        position = [(layout, palette["accent"]), (which, palette["dim"])]
    left = _view_names(view, palette, width - columns_of([*right, *position]))
    while position and columns_of([*left, *right, *position]) > width:
        del position[0]
    room = width - columns_of([*left, *right, *position]) - 4
    if position and (numbers := _line_numbers(diff, room)):
        position.insert(-1, (f"{numbers}   ", palette["dim"]))
    return left, [*right, *position]


def _view_names(view: str, palette: Palette, room: int) -> list[Piece]:
    """The names of the views, their first letters alone where there is no room for whole ones."""
    left: list[Piece] = []
    for letters, gap in ((None, " "), (None, ""), (4, "")):
        left = [(" ", palette.text)]
        left += [(f"{gap}{name[:letters]} ", palette["strong" if name == view else "dim"]) for name in NAMES]
        if columns_of(left) <= room:
            break
    return left


def _line_numbers(diff: DiffPane, room: int) -> str:
    """The line's number in each file that has it; the first ones give way where there is no room, then all."""
    base, human, agent = diff.model.numbers_at(diff.cursor)
    names = ("base", one_line(diff.model.review.left), "agent", "patch")
    numbers = zip(names, (base, human, agent, diff.model.patch_line_at(diff.cursor)), strict=True)
    shown = [f"{name} {number}" for name, number in numbers if number is not None]
    while shown and len(" · ".join(shown)) > room:
        del shown[0]
    return " · ".join(shown)


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
    left += [
        (f"{one_line(rater.annotator)}: {rater.judgement}  ", palette["strong"]) for rater in state.raters
    ]
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
        names = {r.name: "" if r.outcome in unnamed else _label(r, letters) for r in results}
        if sum(len(name) + 2 for name in names.values()) <= room:
            break
    pieces: list[Piece] = []
    for result in results:
        name = names[result.name]
        gap = " " if name and pieces and not pieces[-1][0].endswith(" ") else ""
        text = f"{gap}{name}{signs[result.outcome]}{' ' if name else ''}"
        pieces.append((text, palette[result.outcome]))
    return pieces


def _label(result: CheckResult, letters: int) -> str:
    """The beginning of a check's name, and how much of the solution a task text gives away."""
    name = result.name[:letters]
    leak = result.value.leak_share if isinstance(result.value, PromptValue) else None
    return f"{name} {int(round(100 * leak, 2))} %" if leak is not None and result.outcome == "warn" else name
