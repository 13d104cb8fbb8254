"""The diff: human left, agent right, on the lines of the base that both patches start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.style import Style

from reviewer.text import visible
from reviewer.tui.widgets.colours import Kinds, painted, safe_line
from reviewer.tui.widgets.line_pane import LinePane, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.model import AlignedFile, Cell, CheckResult, Evidence, Mark, Row, Side
    from reviewer.tui.palette import Palette

Layout = Literal["split", "unified"]
CONTEXT = 3
SIGN = {"keep": " ", "cut": "-", "add": "+"}
COLOURED = frozenset({"comment", "string", "keyword", "function", "type"})
"""Kinds of syntax that get a colour; each more costs bytes on every line."""
SPLIT_FROM = 120
"""Columns of the terminal from which the two sides stand side by side."""


class Head(msgspec.Struct, frozen=True):
    """The line above a file."""

    file: int


class Said(msgspec.Struct, frozen=True):
    """A line of prose about a file: a note, a mismatch, no base."""

    file: int
    text: str
    style: str = "dim"


class Fold(msgspec.Struct, frozen=True):
    """``lines`` unchanged lines that are not shown; empty (``start == end``) where no patch gives them."""

    file: int
    start: int
    end: int
    lines: int


class Shown(msgspec.Struct, frozen=True):
    """A row of the aligned view; in the unified layout one side of it."""

    file: int
    row: int
    sides: Literal["both", "human", "agent"] = "both"


Line = Head | Said | Fold | Shown


class Finding(msgspec.Struct, frozen=True):
    """One piece of evidence at its place in the diff."""

    check: str
    outcome: str
    evidence: Evidence


class DiffPane(LinePane):
    """Files of one attempt as lines; keeps nothing but what is shown."""

    def __init__(self, palette: Palette, signs: dict[str, str]) -> None:
        super().__init__(palette, id="diff")
        self.signs = signs
        self.files: Sequence[AlignedFile] = ()
        self.lines: list[Line] = []
        self.layout_: Layout = "split"
        self.context = CONTEXT
        self.opened: set[int] = set()
        self.empty_text = ""
        self.findings: dict[int, dict[int, list[Finding]]] = {}
        self._results: tuple[CheckResult, ...] = ()
        self._marks: Sequence[Mark] = ()
        self.marks: dict[int, dict[int, Mark]] = {}
        """The annotator's own marks by file and row."""
        self._kinds: dict[int, Kinds] = {}

    # Content -------------------------------------------------------------------------------

    def show(self, files: Sequence[AlignedFile], empty_text: str = "") -> None:
        """Show these files from the first change on."""
        self.files, self.empty_text = files, empty_text
        self._kinds = {}
        self.opened = set()
        self.context = CONTEXT
        self.x = 0
        self._place_findings()
        self._place_marks()
        self._build()
        self.cursor = self._first_change(0)
        self.top = max(0, self.cursor - max(self.size.height // 3, 4))
        self.redraw()

    def set_findings(self, results: tuple[CheckResult, ...]) -> None:
        """Mark the lines that the checks' evidence points to."""
        self._results = results
        self._place_findings()
        self.redraw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draw the annotator's marks at their lines; of several on one line the last one."""
        self._marks = marks
        self._place_marks()
        self.redraw()

    def colourless(self) -> int | None:
        """A file on the screen, or the cursor's, that has no syntax colours yet."""
        seen = [line.file for line in self.lines[self.top : self.top + self.size.height]]
        return next((file for file in seen if file not in self._kinds), None)

    def set_colours(self, file: int, kinds: Kinds) -> None:
        """Syntax colours of a file have been worked out."""
        self._kinds[file] = kinds
        if kinds:
            self.redraw()

    def set_layout(self, layout: Layout) -> None:
        """Split or unified, the cursor staying on its row."""
        if layout == self.layout_:
            return
        here = self._place()
        self.layout_ = layout
        self._build()
        self._return_to(here)

    def more_context(self, more: bool) -> None:
        """Three more lines around every change, or three fewer (never under none)."""
        here = self._place()
        self.context = self.context + 3 if more else max(0, self.context - 3)
        self._build()
        self._return_to(here)

    def open_here(self) -> None:
        """Open the fold under the cursor, or the artefact's file."""
        line = self._line()
        if isinstance(line, Fold):
            here = (line.file, line.start)
            self._unfold(line)
            self._return_to(here)
        elif isinstance(line, Head):
            self.opened ^= {line.file}
            self._build()
            self.redraw()

    def _unfold(self, fold: Fold) -> None:
        start = self.lines.index(fold)
        rows = [
            line
            for line in self._all_lines(fold.file, self.files[fold.file])
            if fold.start <= line.row < fold.end
        ]
        self.lines[start : start + 1] = rows

    def _build(self) -> None:
        self.lines = [
            line for index in range(len(self.files)) for line in self._file_lines(index, self.files[index])
        ]

    def _file_lines(self, index: int, file: AlignedFile) -> list[Line]:
        from reviewer.diffs.rows import visible_rows

        lines: list[Line] = [Head(index)]
        if file.artefact and index not in self.opened:
            return lines
        lines += [Said(index, note) for note in file.notes]
        lines += [
            Said(
                index, f"the {side}'s patch does not fit the base: {why}; shown as the patch gives it", "warn"
            )
            for side, why in file.mismatch.items()
        ]
        if not file.base_known:
            lines.append(
                Said(index, "no base text: only the lines that the patches themselves give", "unknown")
            )
        shown = self._all_lines(index, file)
        for stretch in visible_rows(file, self.context):
            if stretch.shown:
                lines += [line for line in shown if stretch.start <= line.row < stretch.end]
            else:
                lines.append(Fold(index, stretch.start, stretch.end, stretch.lines))
        return lines

    def _all_lines(self, index: int, file: AlignedFile) -> list[Shown]:
        """Every row of a file in this layout; in the unified one the human's lines before the agent's."""
        if self.layout_ == "split":
            return [Shown(index, row) for row in range(len(file.rows))]
        from reviewer.diffs.rows import unified_rows

        return [
            Shown(index, line.row, "both" if len(line.sides) > 1 else line.sides[0])  # type: ignore[arg-type]
            for line in unified_rows(file)
            # of a line that one side cut, what the other kept goes without saying
            if line.fate != "keep" or file.rows[line.row].mark == "none"
        ]

    def _place_findings(self) -> None:
        from reviewer.diffs.rows import find_row

        self.findings = {}
        paths = {path: index for index, file in enumerate(self.files) for path in _paths(file)}
        for result in self._results:
            if result.outcome in ("pass", "skip"):
                continue
            for evidence in result.evidence:
                index = paths.get(evidence.file or "")
                if index is None or evidence.line is None:
                    continue
                row = find_row(self.files[index], evidence.side, evidence.line)
                if row is not None:
                    finding = Finding(result.name, result.outcome, evidence)
                    self.findings.setdefault(index, {}).setdefault(row, []).append(finding)

    def _place_marks(self) -> None:
        from reviewer.diffs.rows import find_row

        self.marks = {}
        for mark in self._marks:
            for index, file in enumerate(self.files):
                if mark.file in _paths(file):
                    row = find_row(file, mark.side, mark.line)
                    if row is not None:
                        self.marks.setdefault(index, {})[row] = mark

    # Places --------------------------------------------------------------------------------

    def _line(self) -> Line | None:
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def _place(self) -> tuple[int, int]:
        line = self._line()
        if isinstance(line, Shown):
            return line.file, line.row
        return (line.file, line.start) if isinstance(line, Fold) else (line.file if line else 0, 0)

    def _return_to(self, place: tuple[int, int]) -> None:
        offset = self.cursor - self.top
        self._strips.clear()
        self.jump(place[0], place[1])
        self.top = self.cursor - offset
        self.redraw()

    def jump(self, file: int, row: int) -> None:
        """Put the cursor on a row, opening what hides it."""
        if self.files and self.files[file].artefact and file not in self.opened:
            self.opened.add(file)
            self._build()
        for line in self.lines:
            if isinstance(line, Fold) and line.file == file and line.start <= row < line.end:
                self._unfold(line)
                self._strips.clear()
                break
        for index, line in enumerate(self.lines):
            if isinstance(line, Shown) and line.file == file and line.row >= row:
                self.go_to(index)
                self.refresh()
                return
        self.go_to(next((i for i, line in enumerate(self.lines) if line.file == file), 0))
        self.refresh()

    def jump_to_evidence(self, evidence: Evidence) -> bool:
        """To the line that a check points to; false where it is not in the diff."""
        from reviewer.diffs.rows import find_row

        for index, file in enumerate(self.files):
            if evidence.file in _paths(file):
                row = find_row(file, evidence.side, evidence.line) if evidence.line else 0
                self.jump(index, row or 0)
                return True
        return False

    def _first_change(self, file: int) -> int:
        changes = self._changes()
        return next((index for index in changes if self.lines[index].file >= file), 0)

    def _changes(self) -> list[int]:
        """Lines at which a run of changes begins."""
        starts = []
        before = False
        for index, line in enumerate(self.lines):
            changed = isinstance(line, Shown) and self.files[line.file].rows[line.row].mark != "none"
            if changed and not before:
                starts.append(index)
            before = changed
        return starts

    def next_hunk(self, step: int) -> bool:
        """To the next or previous run of changes."""
        return self._go_among(self._changes(), step)

    def next_file(self, step: int) -> bool:
        """To the first change of the next or previous file."""
        current = self.current_file
        if current is None or not 0 <= current + step < len(self.files):
            return False
        target = current + step
        head = next(i for i, line in enumerate(self.lines) if line.file == target)
        change = next((i for i in self._changes() if self.lines[i].file == target), head)
        self.go_to(change, top=max(head, change - max(self.size.height // 3, 4)))
        return True

    def next_finding(self, step: int) -> Finding | None:
        """To the next or previous line that a check points to; that finding."""
        marked = [(file, row) for file, rows in sorted(self.findings.items()) for row in sorted(rows)]
        here = self._place()
        after = [place for place in marked if (place > here if step > 0 else place < here)]
        if not after:
            return None
        place = after[0] if step > 0 else after[-1]
        self.jump(*place)
        return self.findings[place[0]][place[1]][0]

    def _go_among(self, places: list[int], step: int) -> bool:
        after = [place for place in places if (place > self.cursor if step > 0 else place < self.cursor)]
        if not after:
            return False
        target = after[0] if step > 0 else after[-1]
        height = self.size.height
        visible_now = self.top <= target < self.top + height - 4
        self.go_to(target, top=None if visible_now else max(0, target - height // 3))
        return True

    @property
    def current_file(self) -> int | None:
        """The file under the cursor."""
        line = self._line()
        return line.file if line else None

    def place(self) -> tuple[Side, str, int] | None:
        """Side, file and line (from 1) under the cursor: the agent's where it has the line, else the human's.

        A line that was cut is named on the base. ``None`` where the cursor is on no line of a file.
        """
        line = self._line()
        if not isinstance(line, Shown):
            return None
        file = self.files[line.file]
        row = file.rows[line.row]
        sides: tuple[tuple[Side, Cell | None], ...] = (("agent", row.agent), ("human", row.human))
        for side, cell in sides:
            if cell is not None and cell.line is not None and line.sides in ("both", side):
                return side, file.path, cell.line
        return ("base", file.path, row.base + 1) if row.base is not None else None

    def mark_here(self) -> Mark | None:
        """The annotator's mark on the row under the cursor."""
        line = self._line()
        return self.marks.get(line.file, {}).get(line.row) if isinstance(line, Shown) else None

    def findings_here(self) -> list[Finding]:
        """What the checks say of the row under the cursor."""
        line = self._line()
        return self.findings.get(line.file, {}).get(line.row, []) if isinstance(line, Shown) else []

    def numbers_here(self) -> tuple[int | None, int | None, int | None]:
        """Line numbers under the cursor in the base, the human's and the agent's file, from 1."""
        line = self._line()
        if not isinstance(line, Shown):
            return None, None, None
        row = self.files[line.file].rows[line.row]
        base = row.base + 1 if row.base is not None else None
        return base, row.human.line if row.human else None, row.agent.line if row.agent else None

    def text_of(self, index: int) -> str:
        """What both sides of a line say, whole."""
        line = self.lines[index] if self.lines else None
        if isinstance(line, Shown):
            row = self.files[line.file].rows[line.row]
            return "\0".join(dict.fromkeys(cell.text for cell in (row.human, row.agent) if cell))
        return super().text_of(index)

    def text_columns(self, index: int, width: int) -> list[tuple[int, int]]:
        """Where the code stands: on both sides in the split layout, in one column in the unified one."""
        if self.layout_ == "split":
            left = 11 + (width - 12) // 2
            return [(11, left - 1), (left + 1, width - 1)]
        return [(12, width - 1)]

    def text_in(self, index: int, part: int) -> str | None:
        """The code of one side, whole; ``None`` where that side has no line here."""
        line = self.lines[index] if self.lines else None
        if not isinstance(line, Shown):
            return None
        row = self.files[line.file].rows[line.row]
        if self.layout_ == "split":
            cell = (row.human, row.agent)[part]
        else:
            cell = row.agent if line.sides == "agent" or not row.human else row.human
        return cell.text if cell else None

    # Drawing -------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Lines of all files, or the one that says why there are none."""
        return max(len(self.lines), 1)

    @property
    def cursor_columns(self) -> int:
        """The number and the mark beside it."""
        return 9

    def line_style(self, index: int) -> Style:
        """Heads of files stand out."""
        return (
            self.palette.over("bar")
            if index < len(self.lines) and isinstance(self.lines[index], Head)
            else self.palette.text
        )

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line of the diff."""
        if not self.lines:
            return [(f"  {self.empty_text}", self.palette["dim"])]
        line = self.lines[index]
        if isinstance(line, Head):
            return self._head(line)
        if isinstance(line, Said):
            return [(f"   {visible(line.text)}", self.palette[line.style])]
        if isinstance(line, Fold):
            what = "unchanged lines" if line.end > line.start else "lines that neither patch gives"
            text = f"  {self.signs['fold']} {line.lines} {what}"
            return [(text, self.palette["dim"])]
        row = self.files[line.file].rows[line.row]
        marks = self._finding_mark(line)
        if self.layout_ == "split":
            return self._split(row, line.file, width, marks)
        return self._unified(row, line, width, marks)

    def _head(self, line: Head) -> list[Piece]:
        from reviewer.diffs.rows import counts

        file = self.files[line.file]
        tail = f"  {counts(file)}" if not file.artefact else "  artefact of the harness, folded: enter opens"
        return [
            (f" {line.file + 1}/{len(self.files)} ", self.palette["dim"]),
            (visible(file.path), self.palette["strong"]),
            (f"  {file.presence}", self.palette["accent"]),
            (tail, self.palette["dim"]),
        ]

    def _finding_mark(self, line: Shown) -> Piece:
        mark = self.marks.get(line.file, {}).get(line.row)
        if mark is not None:
            style = {"right": "pass", "extra": "warn", "wrong": "fail"}[mark.mark]
            return self.signs[f"mark_{mark.mark}"], self.palette[style]
        found = self.findings.get(line.file, {}).get(line.row, [])
        if not found or (line.sides == "human"):
            return " ", self.palette.text
        return self.signs["finding"], self.palette[found[0].outcome]

    def _mark(self, row: Row, file: int) -> Piece:
        """The sign between number and text: both the same, both alike, one side only."""
        sign = {"same": "=", "alike": "~"}.get(row.mark, " ")
        if row.region is None:
            return sign, self.palette.text
        relations = self.files[file].relations
        relation = relations[row.region] if row.region < len(relations) else "same"
        return sign, self.palette[f"region_{relation.replace('both-', '')}"]

    def _number(self, row: Row) -> str:
        return f"{row.base + 1:>6}" if row.base is not None else " " * 6

    def _split(self, row: Row, file: int, width: int, mark: Piece) -> list[Piece]:
        room = width - 6 - 3 - 2 - 1
        left = room // 2
        sign, style = self._mark(row, file)
        bar = self.signs["bar"]
        return [
            (self._number(row), self.palette["line_number"]),
            (f" {sign} ", style),
            (bar, style if row.region is not None else self.palette["rule"]),
            *self._cell(row, "human", file, left),
            (bar, self.palette["rule"]),
            *self._cell(row, "agent", file, room - left),
            mark,
        ]

    def _unified(self, row: Row, line: Shown, width: int, mark: Piece) -> list[Piece]:
        side: Literal["human", "agent"] = "agent" if line.sides == "agent" or not row.human else "human"
        who = {"both": "HA", "human": "H ", "agent": " A"}[line.sides]
        if row.mark == "none":
            who = "  "
        sign, style = self._mark(row, line.file)
        return [
            (self._number(row), self.palette["line_number"]),
            (f" {sign}", style),
            (f"{who} ", self.palette["region_agent" if line.sides == "agent" else "region_human"]),
            *self._cell(row, side, line.file, width - 6 - 2 - 3 - 1),
            mark,
        ]

    def _cell(self, row: Row, side: Literal["human", "agent"], file: int, width: int) -> list[Piece]:
        """One side's text in exactly ``width`` columns, cut text marked at the edge it is cut at."""
        cell = row.human if side == "human" else row.agent
        if cell is None:
            return [(" " * width, self.palette.text)]
        name = {"keep": "text", "cut": "removed", "add": "added"}[cell.fate]
        style = self.palette[name]
        text = safe_line(cell)
        spans = self._spans(row, cell, side, file, text)
        if not cell.text.endswith("\n"):
            text += "  (no line end)"
        if not spans or not text.isascii():
            return [(SIGN[cell.fate] + window(text, self.x, width - 1), style)]
        return [(SIGN[cell.fate], style), *painted(text, self.x, width - 1, style, spans)]

    def _spans(
        self, row: Row, cell: Cell, side: Literal["human", "agent"], file: int, text: str
    ) -> list[tuple[int, int, Style]]:
        """Syntax colours where they are known, and the words that the line beside it has not."""
        where: tuple[Side, int] | None = (side, cell.line) if cell.line is not None else None
        if cell.fate == "cut":
            where = ("base", row.base + 1) if row.base is not None else None
        kinds = self._kinds.get(file, {}).get(where, ()) if where else ()
        spans = [(start, end, self.palette[kind]) for start, end, kind in kinds if kind in COLOURED]
        if row.mark == "alike" and row.human and row.agent:
            from reviewer.diffs.words import changed_spans

            other = safe_line(row.agent if side == "human" else row.human)
            word = self.palette["added_word"]
            spans += [(start, end, word) for start, end in changed_spans(text, other)[0]]
        return spans


def window(text: str, x: int, width: int) -> str:
    """``width`` columns of safe text from column ``x`` on; ``…`` where it is cut."""
    if width <= 0:
        return ""
    if text.isascii():
        part, longer = text[x : x + width], len(text) > x + width
        part = part.ljust(width)
    else:
        rest = text if not x else _drop_cells(text, x)
        longer = cell_len(rest) > width
        part = set_cell_size(rest, width)
    if longer:
        part = set_cell_size(part, width - 1) + "…"
    if x and text.strip():
        part = "…" + set_cell_size(part[1:], width - 1)
    return part


def _drop_cells(text: str, x: int) -> str:
    for index in range(len(text)):
        if cell_len(text[:index]) >= x:
            return text[index:]
    return ""


def _paths(file: AlignedFile) -> set[str]:
    changes = [change for change in (file.human, file.agent) if change is not None]
    return {file.path, *(path for change in changes for path in (change.old, change.new) if path)}
