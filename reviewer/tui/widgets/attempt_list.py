"""The list of commits and attempts: grouped or flat, drawn line by line."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import ClassVar, overload

import msgspec
from textual.geometry import Region
from textual.strip import Strip

from reviewer.cells import MISSING, cut, cut_name, fit, format_duration, format_size, format_time
from reviewer.checks import CHECK_NAMES
from reviewer.model import BEING_WRITTEN, short_commit
from reviewer.project.entries import Entries, Entry, EntryStore
from reviewer.project.listing import Arrangement, Grouping, count_lines
from reviewer.text import one_line, plural
from reviewer.tui.blind import Blind
from reviewer.tui.palette import Palette
from reviewer.tui.signs import badges, measured_cell
from reviewer.tui.widgets.columns import Piece, columns_of
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.verdicts.state import OwnState

GROUPINGS: tuple[Grouping, ...] = ("commit", "run", "flat")


class Group(msgspec.Struct, frozen=True):
    """A commit or run with those of its attempts that the filter lets through."""

    key: str
    title: str
    entries: Entries


class Groups(Sequence[Group]):
    """The groups of an arrangement, made when they are asked for."""

    def __init__(self, store: EntryStore, arrangement: Arrangement, grouping: Grouping) -> None:
        self._store, self._arrangement, self._grouping = store, arrangement, grouping

    def __len__(self) -> int:
        return len(self._arrangement.groups)

    @overload
    def __getitem__(self, index: int) -> Group: ...
    @overload
    def __getitem__(self, index: slice) -> list[Group]: ...
    def __getitem__(self, index: int | slice) -> Group | list[Group]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        key = self._arrangement.groups[index]
        entries = Entries(self._store, self._arrangement.members(index))
        title = one_line(key)
        if self._grouping == "commit":
            first = next(iter(entries[:1]), None)
            about = (first.subject or first.commit_problem or "") if first is not None else ""
            title = f"{one_line(short_commit(key))} {one_line(about)}"
        return Group(key, title, entries)


class Lines(Sequence[Group | Entry]):
    """The lines of the list by their numbers: an attempt's own, or for a group what is below 0."""

    def __init__(self, store: EntryStore, groups: Groups, numbers: array[int]) -> None:
        self._store, self._groups = store, groups
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Group | Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Group | Entry]: ...
    def __getitem__(self, index: int | slice) -> Group | Entry | list[Group | Entry]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = self.numbers[index]
        return self._groups[-1 - number] if number < 0 else self._store.get(number)


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
    head_moves = False

    def __init__(self, palette: Palette, signs: dict[str, str], blind: Blind, store: EntryStore) -> None:
        super().__init__(palette, id="attempts")
        self._store = store
        self.signs = signs
        self.check_names: tuple[str, ...] = CHECK_NAMES
        self.blind = blind
        self.judgement_keys: Mapping[str, str] = {}
        """The key of each judgement of the rubric."""
        self.grouping: Grouping = "commit"
        self.closed: set[str] = set()
        self.chosen: set[Entry] = set()
        self.measured = False
        """Whether there is a column of what was measured."""
        self.missing: frozenset[str] = frozenset()
        """Titles of the columns in which no attempt has anything."""
        self.arrangement = Arrangement(array("q"), [], array("q"))
        self.groups = Groups(store, self.arrangement, self.grouping)
        self.lines: Lines = Lines(store, self.groups, self.arrangement.lines)
        self._columns: tuple[int, list[Column]] = (0, [])
        self._longest_name = 12
        self._seen: list[Entry] = []
        """The attempts that were painted last: held, so that they are not made for each line."""

    # Content -------------------------------------------------------------------------------

    @property
    def entries(self) -> Entries:
        """Every attempt that is shown, or would be if its group were open, in its order."""
        return Entries(self._store, self.arrangement.lines)

    def fill(self, arrangement: Arrangement) -> bool:
        """Show these attempts; whether what the cursor was on is still there.

        Where it is, the cursor stays on it and its line where it is on the screen.
        """
        under, row = self._under(), self.cursor - self.top
        self.arrangement = arrangement
        self._longest_name = arrangement.longest_name or 12
        if self.blind.on:
            self._longest_name = max(map(len, ("attempt", *map(self.name_of, self.entries))))
        self._columns = (0, [])
        self.groups = Groups(self._store, arrangement, self.grouping)
        self._unfold()
        kept = under is not None and self._select_number(*under)
        if kept:
            self.go_to(self.cursor, top=self.cursor - row)
        self.redraw()
        return kept

    def _under(self) -> tuple[int, str] | None:
        """The number of what the cursor is on, and the key where that is a group."""
        if self.cursor >= len(self.lines):
            return None
        number = self.lines.numbers[self.cursor]
        return (number, self.arrangement.groups[-1 - number] if number < 0 else "")

    def _unfold(self) -> None:
        arrangement = self.arrangement
        if self.grouping == "flat":
            numbers = arrangement.lines
        else:
            numbers = array("q")
            for index, key in enumerate(arrangement.groups):
                numbers.append(-1 - index)
                if key not in self.closed:
                    numbers += arrangement.members(index)
        self.lines = Lines(self._store, self.groups, numbers)

    def name_of(self, entry: Entry) -> str:
        """How an attempt is called: a number while it is hidden."""
        return self.blind.name_of(entry) if self.blind.on else entry.name

    def toggle(self, group: Group) -> None:
        """Open or close a group."""
        self.closed ^= {group.key}
        self._unfold()
        self.redraw()

    @property
    def current(self) -> Group | Entry | None:
        """What the cursor stands on."""
        try:
            return self.lines[self.cursor] if self.cursor < len(self.lines) else None
        except KeyError:  # it is gone, which the list is about to be told
            return None

    @property
    def current_entry(self) -> Entry | None:
        """The attempt under the cursor, or the first of the group under it."""
        line = self.current
        return next(iter(line.entries[:1]), None) if isinstance(line, Group) else line

    def select(self, wanted: Group | Entry) -> bool:
        """Put the cursor on an attempt or group, its group opened; false where it is not in the list."""
        if isinstance(wanted, Group):
            return self._select_number(-1, wanted.key)
        return self._select_number(wanted.line, "")

    def _select_number(self, number: int, key: str) -> bool:
        """Put the cursor on an attempt's line, or with a number below 0 on the group of a key."""
        arrangement = self.arrangement
        if number < 0:
            if key not in arrangement.groups:
                return False
            number = -1 - arrangement.groups.index(key)
        elif (group := arrangement.group_of(number)) is not None and arrangement.groups[group] in self.closed:
            self.toggle(self.groups[group])
        try:
            index = self.lines.numbers.index(number)
        except ValueError:
            return False
        self.go_to(index)
        return True

    def on_screen(self) -> list[Entry]:
        """The attempts that are seen now."""
        numbers = [self.lines.numbers[index] for index in self.seen()]
        return self._store.get_all([number for number in numbers if number >= 0])

    def changed(self, entry: Entry) -> None:
        """Paint an attempt's line and its group's again, if they are in sight; what is not is drawn when it is."""
        seen = self.seen()
        self._strips = {drawn: strip for drawn, strip in self._strips.items() if drawn[0] in seen}
        for index in seen:
            number = self.lines.numbers[index]
            if number == entry.line or (number < 0 and entry.line in self.arrangement.members(-1 - number)):
                self.redraw_line(index)

    # Drawing -------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint; the attempts on the screen, and what is known of them, are asked for together."""
        self._seen = self.on_screen()
        self._store.analyses.read([entry.row for entry in self._seen])
        return super().render_lines(crop)

    @property
    def cursor_columns(self) -> int:
        """The mark and the attempt's name."""
        return self._name_width(self.size.width) + 6

    def _name_width(self, width: int) -> int:
        return min(self._longest_name, max(width // 3, 20))

    def pieces(self, index: int, width: int) -> list[Piece]:
        """A group's or an attempt's line."""
        try:
            line = self.lines[index]
        except KeyError:  # it is gone, which the list is about to be told
            return []
        if isinstance(line, Group):
            return self._group_pieces(line, width)
        pieces: list[Piece] = [("▌" if index == self.cursor else " ", self.palette["accent"])]
        pieces.append(("*" if line in self.chosen else " ", self.palette["accent"]))
        every, reason = self._layout(width), line.attempt.malformed
        shown = every
        last = next((i for i, column in enumerate(shown) if column.title == "claim"), None)
        if reason not in (None, BEING_WRITTEN) and last is not None and not self.blind.on:
            shown = every[: last + 1]  # nothing stands in the others
        cells = [column.draw(self, line) for column in shown]
        pieces += self._row(shown, cells, self._judged(line, every))
        if len(shown) < len(every):
            pieces.append((cut(one_line(reason or ""), width - columns_of(pieces) - 1), self.palette["dim"]))
        return pieces

    def _judged(self, entry: Entry, shown: Sequence[Column]) -> Piece:
        """The key of an attempt's judgement where the column of verdicts has no room."""
        decision = entry.decision
        judgement = decision.judgement if decision is not None else None
        if judgement is None or shown[-1].title == "verdict":
            return "  ", self.palette.text
        return f"{self.judgement_keys.get(judgement, '*')} ", self.palette[judgement]

    @property
    def head_rows(self) -> int:
        """The titles of the columns."""
        return 1

    def head_pieces(self, y: int, width: int) -> list[Piece]:
        """The title of each column that is shown, where its cells stand."""
        dim, shown = self.palette["dim"], self._layout(width)
        titles: list[list[Piece]] = [[(column.title, dim)] for column in shown]
        return [("  ", dim), *self._row(shown, titles, ("  ", dim))]

    def _row(self, shown: Sequence[Column], cells: Iterable[list[Piece]], before: Piece) -> list[Piece]:
        """Cells of these columns, one beside the other, behind two columns."""
        pieces, gap = [before], " " * self.GAP
        for column, cell in zip(shown, cells, strict=True):
            (text, style), room = cell[-1], column.width
            if len(cell) > 1:
                pieces += cell[:-1]
                room -= columns_of(cell[:-1])
            # blanks take the style of the text beside them: fewer pieces, fewer bytes over the line
            pieces.append((fit(text, room, right=column.right) + gap, style))
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
        counted = count_lines(self._store, group.entries.lines)
        marks = "" if self.blind.on else f" {counted.marked:>3} marked"
        apart = f"{counted.malformed} malformed " if counted.malformed else ""
        counts = f"{apart} {plural(counted.good, 'attempt')}{marks} {counted.labelled:>3} labelled "
        sign = self.signs["closed" if group.key in self.closed else "open"]
        title = fit(group.title, width - len(counts) - 5)
        style = self.palette["group"]
        return [(f" {sign} ", style), (title, style), ("  ", style), (counts, self.palette["dim"])]

    def _all_columns(self, width: int) -> list[Column]:
        """Every column that there is something to show in, left to right."""
        every = columns(self._name_width(width), len(self.check_names))
        shown = [column for column in every if column.title not in self.missing]
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


def _status(pane: AttemptList, entry: Entry) -> list[Piece]:
    if entry.attempt.malformed is not None:
        writing = entry.attempt.malformed == BEING_WRITTEN
        return [("writing …", pane.palette["dim"]) if writing else ("malformed", pane.palette["unknown"])]
    status = entry.attempt.status
    return [(one_line(status or MISSING), pane.palette["strong" if entry.attempt.marked else "dim"])]


def _verdict(pane: AttemptList, entry: Entry) -> list[Piece]:
    blind = pane.blind.hides(entry)
    own = entry.own
    state = _state(own)
    if own.decision is None:
        mark = "" if blind else entry.attempt.malformed or entry.mark
        return [(one_line(mark or state), pane.palette["warn" if state and not mark else "dim"])]
    decided = own.decision.judgement if blind else own.decision.verdict
    style = pane.palette[own.decision.judgement or "dim"]
    return [(f"{decided}{f' ({state})' if state else ''}", style)]


def _badges(pane: AttemptList, entry: Entry) -> list[Piece]:
    alike = groupby(badges(entry, pane.check_names, pane.signs), itemgetter(1))
    return [("".join([sign for sign, _ in same]), pane.palette[style]) for style, same in alike]


def _measured(pane: AttemptList, entry: Entry) -> list[Piece]:
    text, style = measured_cell(entry, pane.signs)
    return [(text, pane.palette[style])]


def _state(own: OwnState) -> str:
    """Why an attempt's judgement does not count, or is still missing; empty where there is nothing to say."""
    judged = (("stale", own.stale), ("old rubric", own.old_rubric))
    states = (*judged, ("flagged", own.flagged), ("skipped", own.skipped))
    return ", ".join([word for word, holds in states if holds])


def _text(read: Callable[[Entry], str | None], style: str = "dim") -> Draw:
    """A cell of one text in one style, made safe; ``–`` where there is none."""
    return lambda pane, entry: [(one_line(read(entry) or MISSING), pane.palette[style])]


def _name(pane: AttemptList, entry: Entry, width: int) -> list[Piece]:
    return [(cut_name(one_line(pane.name_of(entry)), width), pane.palette.text)]


SEEN_BLIND = frozenset({"attempt", "commit", "patch", "measured", "verdict"})
"""Columns that give no attempt away; ``measured`` is there if the queue shows it, the last one shows the judgement."""

_COMMIT = Column(
    "commit",
    30,
    5,
    _text(
        lambda e: f"{short_commit(e.commit_hash) if e.commit_hash else MISSING} {e.subject or ''}", "group"
    ),
)


def columns(name: int, checks: int) -> list[Column]:
    """The columns, left to right, for names and checks of these widths."""
    return [
        Column("attempt", name, 0, partial(_name, width=name)),
        Column("written", 16, 7, _text(lambda entry: format_time(entry.attempt.written))),
        Column("agent", 11, 9, _text(lambda entry: entry.attempt.agent)),
        Column("model", 16, 8, _text(lambda entry: entry.model)),
        Column("claim", 9, 1, _status),
        Column("checks", checks, 2, _badges),
        Column("measured", 13, 3, _measured),
        Column("patch", 8, 5, _text(lambda e: format_size(e.attempt.patch_bytes), "text"), right=True),
        Column("took", 7, 6, _text(lambda entry: format_duration(entry.attempt.duration)), right=True),
        Column("verdict", 23, 4, _verdict),
    ]
