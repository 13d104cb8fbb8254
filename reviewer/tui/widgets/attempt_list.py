"""The list of commits and attempts: grouped or flat, drawn line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import msgspec

from reviewer.cells import MISSING, cut, cut_name, fit, format_duration, format_size, format_time
from reviewer.model import short_commit
from reviewer.project.entries import Entry
from reviewer.text import one_line
from reviewer.tui.blind import Blind
from reviewer.tui.palette import Palette
from reviewer.tui.signs import badges, measured_cell
from reviewer.tui.widgets.columns import Piece, columns_of
from reviewer.tui.widgets.line_pane import LinePane

Grouping = Literal["commit", "run", "flat"]
GROUPINGS: tuple[Grouping, ...] = ("commit", "run", "flat")


class Group(msgspec.Struct):
    """A commit or run with those of its attempts that the filter lets through."""

    key: str
    title: str
    entries: list[Entry]


class Column(msgspec.Struct, frozen=True):
    """One column of an attempt's line; ``rank`` says which go first where room is scarce."""

    title: str
    width: int
    rank: int
    draw: Draw
    right: bool = False


Draw = Callable[["AttemptList", Entry], list[Piece]]


class AttemptList(LinePane):
    """Groups and attempts; the cursor stands on either."""

    GAP: ClassVar[int] = 2

    def __init__(
        self, palette: Palette, signs: dict[str, str], check_names: tuple[str, ...], blind: Blind
    ) -> None:
        super().__init__(palette, id="attempts")
        self.signs = signs
        self.check_names = check_names
        self.blind = blind
        self.grouping: Grouping = "commit"
        self.closed: set[str] = set()
        self.chosen: set[Entry] = set()
        self.measured = False
        """Whether there is a column of what was measured."""
        self.lines: list[Group | Entry] = []
        self.groups: list[Group] = []
        self._columns: tuple[int, list[Column]] = (0, [])
        self._longest_name = 12

    # Content -------------------------------------------------------------------------------

    def fill(self, entries: list[Entry]) -> bool:
        """Show these attempts in this order; whether the cursor's attempt is still there.

        Where it is, the cursor stays on it and its line where it is on the screen.
        """
        under, row = self.current, self.cursor - self.top
        self._longest_name = max((len(self.name_of(entry)) for entry in entries), default=12)
        self._columns = (0, [])
        self.groups = [] if self.grouping == "flat" else _group(entries, self.grouping)
        self.lines = [*entries] if self.grouping == "flat" else self._unfold()
        kept = under is not None and self.select(under)
        if kept:
            self.go_to(self.cursor, top=self.cursor - row)
        self.redraw()
        return kept

    def _unfold(self) -> list[Group | Entry]:
        lines: list[Group | Entry] = []
        for group in self.groups:
            lines.append(group)
            if group.key not in self.closed:
                lines += group.entries
        return lines

    def name_of(self, entry: Entry) -> str:
        """How an attempt is called: a number while it is hidden."""
        return self.blind.name_of(entry) if self.blind.on else entry.name

    def toggle(self, group: Group) -> None:
        """Open or close a group."""
        self.closed ^= {group.key}
        self.lines = self._unfold()
        self.redraw()

    @property
    def current(self) -> Group | Entry | None:
        """What the cursor stands on."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    @property
    def current_entry(self) -> Entry | None:
        """The attempt under the cursor, or the first of the group under it."""
        line = self.current
        if isinstance(line, Group):
            return line.entries[0] if line.entries else None
        return line

    def select(self, wanted: Group | Entry) -> bool:
        """Put the cursor on an attempt or group, its group opened; false where it is not in the list."""
        if isinstance(wanted, Group):
            groups = ((i, line) for i, line in enumerate(self.lines) if isinstance(line, Group))
            index = next((i for i, group in groups if group.key == wanted.key), None)
        else:
            for group in self.groups:
                if group.key in self.closed and wanted in group.entries:
                    self.toggle(group)
            index = self.lines.index(wanted) if wanted in self.lines else None
        if index is None:
            return False
        self.go_to(index)
        return True

    def on_screen(self) -> list[Entry]:
        """The attempts that are seen now."""
        return [line for line in map(self.lines.__getitem__, self.seen()) if isinstance(line, Entry)]

    def changed(self, entry: Entry) -> None:
        """Paint an attempt's line and its group's again, if they are in sight."""
        for index in self.seen():
            line = self.lines[index]
            if line == entry or (isinstance(line, Group) and entry in line.entries):
                self.redraw_line(index)

    # Drawing -------------------------------------------------------------------------------

    @property
    def cursor_columns(self) -> int:
        """The mark and the attempt's name."""
        return self._name_width(self.size.width) + 6

    def _name_width(self, width: int) -> int:
        return min(self._longest_name, max(width // 3, 20))

    def pieces(self, index: int, width: int) -> list[Piece]:
        """A group's or an attempt's line."""
        line = self.lines[index]
        if isinstance(line, Group):
            return self._group_pieces(line, width)
        pieces: list[Piece] = [("▌" if index == self.cursor else " ", self.palette["accent"])]
        pieces.append(("*" if line in self.chosen else " ", self.palette["accent"]))
        return [*pieces, *self._row(width, lambda column: column.draw(self, line))]

    @property
    def head_rows(self) -> int:
        """The titles of the columns."""
        return 1

    def head_pieces(self, y: int, width: int) -> list[Piece]:
        """The title of each column that is shown, where its cells stand."""
        dim = self.palette["dim"]
        return [("  ", dim), *self._row(width, lambda column: [(column.title, dim)])]

    def _row(self, width: int, cell_of: Callable[[Column], list[Piece]]) -> list[Piece]:
        """A cell of each column that is shown, one beside the other, behind the indentation of attempts."""
        pieces: list[Piece] = [("" if self.grouping == "flat" else "  ", self.palette.text)]
        for column in self._layout(width):
            cell = cell_of(column)
            if len(cell) == 1:
                cell = [(cut(cell[0][0], column.width), cell[0][1])]
            room = column.width - columns_of(cell)
            # blanks take the style of the text beside them: fewer pieces, fewer bytes over the line
            before, after = (room, self.GAP) if column.right else (0, room + self.GAP)
            first, last = cell[0], cell[-1]
            pieces += [(" " * before, first[1]), *cell, (" " * after, last[1])]
        return pieces

    def action_sideways(self, step: int) -> None:
        """Through the columns for which there is no room: all from the left, then one less at the left each time."""
        width = self.size.width
        shown, every = self._layout(width), self._all_columns(width)
        at_end = shown[-1].title == every[-1].title if self.x else len(shown) == len(every)
        if step < 0 or not at_end:
            self.x = max(0, self.x + (1 if step > 0 else -1))
            self._columns = (0, [])
            self.redraw()

    def _group_pieces(self, group: Group, width: int) -> list[Piece]:
        good = [entry for entry in group.entries if entry.attempt.malformed is None]
        marked = sum(entry.attempt.marked for entry in good)
        labelled = sum(entry.decision is not None for entry in good)
        marks = "" if self.blind.on else f" {marked:>3} mkd"
        malformed = len(group.entries) - len(good)
        apart = f"{malformed} malformed" if malformed else ""
        counts = f"{apart} {len(good):>3} att{marks} {labelled:>3} lab "
        sign = self.signs["closed" if group.key in self.closed else "open"]
        title = fit(group.title, width - len(counts) - 4)
        style = self.palette["group"]
        return [(f" {sign} ", style), (title, style), (" ", style), (counts, self.palette["dim"])]

    def _all_columns(self, width: int) -> list[Column]:
        """Every column that there is something to show in, left to right."""
        shown = [*columns(self._name_width(width), len(self.check_names))]
        if self.blind.on:
            shown = [column for column in shown if column.title in SEEN_BLIND]
        if not self.measured:
            shown = [column for column in shown if column.title != "measured"]
        if self.grouping != "commit":
            shown.insert(1, _COMMIT)
        return shown

    def _layout(self, width: int) -> list[Column]:
        """The columns that fit, in their order; the least important are left out first.

        Moved sideways, the name and as many as fit of those that :meth:`action_sideways` has not let go.
        """
        if self._columns[0] != width:
            name, *others = self._all_columns(width)
            ranked = others[self.x - 1 :] if self.x else sorted(others, key=lambda column: column.rank)
            room = width - 5 - name.width - self.GAP
            kept: list[Column] = []
            for column in ranked:
                if column.width + self.GAP <= room:
                    room -= column.width + self.GAP
                    kept.append(column)
                elif self.x:
                    break
            self._columns = (width, [name, *(column for column in others if column in kept)])
        return self._columns[1]


def _group(entries: list[Entry], grouping: Grouping) -> list[Group]:
    groups: dict[str, Group] = {}
    for entry in entries:
        if grouping == "commit":
            key = entry.commit_hash or ""
            title = f"{one_line(short_commit(key))} {one_line(entry.subject or entry.commit_problem or '')}"
        else:
            key = entry.run_name
            title = one_line(key)
        groups.setdefault(key, Group(key, title, [])).entries.append(entry)
    return list(groups.values())


def _status(pane: AttemptList, entry: Entry) -> list[Piece]:
    if entry.attempt.malformed is not None:
        return [("malformed", pane.palette["unknown"])]
    status = entry.attempt.status
    return [(one_line(status or MISSING), pane.palette["strong" if entry.attempt.marked else "dim"])]


def _verdict(pane: AttemptList, entry: Entry) -> list[Piece]:
    blind = pane.blind.hides(entry)
    state = _state(entry)
    if entry.decision is None:
        mark = "" if blind else entry.attempt.malformed or entry.mark
        return [(one_line(mark or state), pane.palette["warn" if state and not mark else "dim"])]
    decided = entry.decision.judgement if blind else entry.decision.verdict
    style = pane.palette[entry.decision.judgement or "dim"]
    return [(f"{decided}{f' ({state})' if state else ''}", style)]


def _badges(pane: AttemptList, entry: Entry) -> list[Piece]:
    return [(sign, pane.palette[style]) for sign, style in badges(entry, pane.check_names, pane.signs)]


def _measured(pane: AttemptList, entry: Entry) -> list[Piece]:
    text, style = measured_cell(entry, pane.signs)
    return [(text, pane.palette[style])]


def _state(entry: Entry) -> str:
    """Why an attempt's judgement does not count, or is still missing; empty where there is nothing to say."""
    judged = (("stale", entry.stale), ("old rubric", entry.old_rubric))
    states = (*judged, ("flagged", entry.flagged), ("skipped", entry.skipped))
    return ", ".join(word for word, holds in states if holds)


def _text(read: Callable[[Entry], str | None], style: str = "dim") -> Draw:
    """A cell of one text in one style, made safe; ``–`` where there is none."""
    return lambda pane, entry: [(one_line(read(entry) or MISSING), pane.palette[style])]


def _name(pane: AttemptList, entry: Entry) -> list[Piece]:
    name = one_line(pane.name_of(entry))
    return [(cut_name(name, pane._name_width(pane.size.width)), pane.palette.text)]


SEEN_BLIND = frozenset({"attempt", "commit", "patch", "measured", "verdict"})
"""Columns that give no attempt away; ``measured`` is there if the queue shows it, the last one shows the judgement."""

_COMMIT = Column(
    "commit",
    30,
    8,
    _text(
        lambda e: f"{short_commit(e.commit_hash) if e.commit_hash else MISSING} {e.subject or ''}", "group"
    ),
)


def columns(name: int, checks: int) -> list[Column]:
    """The columns, left to right, for names and checks of these widths."""
    return [
        Column("attempt", name, 0, _name),
        Column("written", 16, 7, _text(lambda entry: format_time(entry.attempt.written))),
        Column("agent", 11, 9, _text(lambda entry: entry.attempt.agent)),
        Column("model", 16, 8, _text(lambda entry: entry.model)),
        Column("marked", 9, 1, _status),
        Column("checks", checks, 2, _badges),
        Column("measured", 13, 3, _measured),
        Column("patch", 8, 5, _text(lambda e: format_size(e.attempt.patch_bytes), "text"), right=True),
        Column("took", 7, 6, _text(lambda entry: format_duration(entry.attempt.duration)), right=True),
        Column("verdict", 23, 4, _verdict),
    ]
