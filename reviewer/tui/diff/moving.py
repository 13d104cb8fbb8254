"""Going about in the diff: changes, files, findings and marks, what a search finds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import msgspec

from reviewer.text import visible
from reviewer.tui.diff.content import DiffContent, Finding, Place, Position, paths_of
from reviewer.tui.diff.lines import Fold, Head, Line, NoteLine, Raw, Shown, rows_shown

if TYPE_CHECKING:
    from reviewer.model import Cell, Evidence, Mark, Side


class DiffMoving(DiffContent):
    """Knows where the cursor stands, and where the next thing of each kind is."""

    needle = ""
    matches: list[int]
    """Lines of the diff that the search finds, ascending."""

    def _line(self) -> Line | None:
        return self.line_at(self.cursor)

    def place_here(self) -> Place:
        """The file and row under the cursor."""
        return self.place_of(self.cursor) or (0, -1)

    @property
    def current_file(self) -> int | None:
        """The file under the cursor."""
        line = self._line()
        return line.file if line is not None and line.file < len(self.content.files) else None

    # Back to a place -------------------------------------------------------------------------

    def return_to(self, place: Place, offset: int) -> None:
        """The cursor on a row, ``offset`` lines below the top."""
        self._strips.clear()
        self._search_again()
        index = self.index_of(*place) if self.lines else 0
        self.cursor, self.top = index, index - offset
        self.redraw()

    def position(self) -> Position:
        """Where the annotator is, to come back to."""
        options = self.options
        return Position(
            place=self.place_here(),
            offset=self.cursor - self.top,
            context=options.context,
            whole=options.whole,
            opened=options.opened,
            viewed=frozenset(self.viewed),
        )

    def jump(self, file: int, row: int) -> None:
        """Put the cursor on a row, opening what hides it."""
        if not self.lines:
            return
        if file < len(self.files) and self.files[file].artefact and file not in self.options.opened:
            self.options = msgspec.structs.replace(self.options, opened=self.options.opened | {file})
            self.build()
        if self.options.layout != "raw":
            start, end = self.span_of(file)
            for line in self.lines[start:end]:
                if isinstance(line, Fold) and line.start <= row < line.end:
                    self.unfold(line)
                    break
        self.go_to(self.index_of(file, row), top=None)
        self.refresh()

    def unfold(self, fold: Fold) -> None:
        """Put the lines that a fold stands for in its place."""
        at = self.lines.index(fold)
        file = self.files[fold.file]
        made = rows_shown(fold.file, file, self.options.layout, fold.sides, fold.start, fold.end)
        fresh: list[Line] = [*made]
        if fold.indent:  # it also says how far the lines behind it are moved
            fresh.append(msgspec.structs.replace(fold, start=fold.end, lines=0))
        self.lines[at : at + 1] = self.wrapped(fresh) if self.wrap and self.size.width else fresh
        self._starts = self._texts = None
        self._strips.clear()
        self._search_again()

    def jump_to_evidence(self, evidence: Evidence) -> bool:
        """To the line that a check points to; false where it is not in the diff."""
        for index, file in enumerate(self.files):
            if evidence.file in paths_of(file):
                row = self._row_of_evidence(index, evidence.side, evidence.line)
                self.jump(index, -1 if row is None else row)
                return True
        return False

    def jump_to_patch_line(self, number: int) -> bool:
        """To a line of the patch file, counted from 1; false where there is none."""
        if self.options.layout == "raw":
            self.go_to(bisect_left(self.lines, number, key=lambda line: getattr(line, "row", 0)))
            return True
        found = self.patch_lines.file_line(number)
        row = self.row_of(found.file, found.side, found.line) if found is not None else None
        if found is None or row is None:
            return False
        self.jump(found.file, row)
        return True

    # From one to the next --------------------------------------------------------------------

    def first_change(self) -> int:
        """The line of the first change, the start where there is none."""
        return next((index for index, changed in enumerate(self._changed()) if changed), 0)

    def next_hunk(self, step: int) -> bool:
        """To the next or previous run of changes."""
        return self._go_among(self.changes(), step)

    def heads(self) -> list[int]:
        """Lines at which the files begin."""
        if self.options.layout != "raw":
            return [index for index, line in enumerate(self.lines) if isinstance(line, Head)]
        return [i for i, line in enumerate(self.lines) if not i or line.file != self.lines[i - 1].file]

    def next_file(self, step: int) -> bool:
        """To the first change of the next or previous file."""
        heads = self.heads()
        at = bisect_right(heads, self.cursor) - 1 + step
        if not 0 <= at < len(heads):
            return False
        self._open_file_at(heads[at], heads[at + 1] if at + 1 < len(heads) else len(self.lines))
        return True

    def go_to_file(self, file: int) -> None:
        """To the first change of a file."""
        heads = self.heads()
        for at, head in enumerate(heads):
            if self.lines[head].file == file:
                self._open_file_at(head, heads[at + 1] if at + 1 < len(heads) else len(self.lines))
                return

    def _open_file_at(self, head: int, end: int) -> None:
        changes = self.changes()
        at = bisect_left(changes, head)
        change = changes[at] if at < len(changes) and changes[at] < end else head
        self.go_to(change, top=max(head, change - max(self.page // 3, 4)))

    def _go_among(self, places: list[int], step: int) -> bool:
        at = bisect_right(places, self.cursor) if step > 0 else bisect_left(places, self.cursor) - 1
        if not 0 <= at < len(places):
            return False
        self.show_at(places[at])
        return True

    def show_at(self, index: int) -> None:
        """The cursor on a line; the page moves only if it is not in sight with some lines below."""
        visible_now = self.top <= index < self.top + self.page - 4
        self.go_to(index, top=None if visible_now else max(0, index - self.page // 3))

    def next_finding(self, step: int) -> Finding | Mark | None:
        """To the next or previous line that a check or a mark of the annotator points to; the first of them."""
        said = self.said_places()
        here = self.place_here()
        after = [place for place in said if (place > here if step > 0 else place < here)]
        if not after:
            return None
        place = after[0] if step > 0 else after[-1]
        self.jump(*place)
        self.show_at(self.cursor)
        return self.said_at(place)[0]

    def said_places(self) -> list[Place]:
        """Every row that a check or a mark points to, in order."""
        rows = {
            (file, row) for held in (self.findings, self.marks) for file, at in held.items() for row in at
        }
        return sorted(rows)

    def said_at(self, place: Place) -> list[Finding | Mark]:
        """What is said of a row: the annotator's mark, then the checks."""
        file, row = place
        mark = self.marks.get(file, {}).get(row)
        found = self.findings.get(file, {}).get(row, [])
        return [*([mark] if mark is not None else []), *found]

    # What stands under the cursor ------------------------------------------------------------

    def said_here(self) -> list[Finding | Mark]:
        """What the annotator and the checks say of the row under the cursor."""
        line = self._line()
        place = self.place_of(self.cursor)
        return self.said_at(place) if place is not None and isinstance(line, Shown | Raw) else []

    def place(self) -> tuple[Side, str, int] | None:
        """Side, file and line (from 1) under the cursor: the agent's where it has the line, else the human's.

        A line that was cut is named on the base. ``None`` where the cursor is on no line of a file.
        """
        line = self._line()
        here = self.place_of(self.cursor)
        if here is None or here[1] < 0 or not isinstance(line, Shown | Raw):
            return None
        file = self.files[here[0]]
        row = file.rows[here[1]]
        wanted = line.sides if isinstance(line, Shown) else "agent"
        sides: tuple[tuple[Side, Cell | None], ...] = (("agent", row.agent), ("human", row.human))
        if wanted == "both" and row.agent is not None and row.agent.fate == "cut":
            sides = ()  # what the agent took away is a line of the base
        for side, cell in sides:
            if cell is not None and cell.line is not None and wanted in ("both", side):
                return side, file.path, cell.line
        if self.options.layout == "results" and row.human is not None and row.human.line is not None:
            return "human", file.path, row.human.line
        return ("base", file.path, row.base + 1) if row.base is not None else None

    def numbers_here(self) -> tuple[int | None, int | None, int | None]:
        """Line numbers under the cursor in the base, the human's and the agent's file, from 1."""
        place = self.place_of(self.cursor)
        if place is None or place[1] < 0 or isinstance(self._line(), Fold):
            return None, None, None
        row = self.files[place[0]].rows[place[1]]
        known = row.base is not None and self.options.layout != "results"
        base = row.base + 1 if row.base is not None and known else None
        return base, row.human.line if row.human else None, row.agent.line if row.agent else None

    def patch_line_here(self) -> int | None:
        """The line of the patch file under the cursor, from 1; ``None`` where the patch has no such line."""
        line = self._line()
        if isinstance(line, Raw):
            return line.row
        place = self.place_of(self.cursor)
        if place is None or place[1] < 0 or not isinstance(line, Shown):
            return None
        cell = self.files[place[0]].rows[place[1]].agent
        base = self.files[place[0]].rows[place[1]].base
        side: Side = "agent" if cell is not None and cell.line is not None else "base"
        number = cell.line if cell is not None and cell.line is not None else (base or 0) + 1
        row = self.patch_lines.row(place[0], side, number)
        if row is None:
            return None
        found = self.patch_lines.file_line(row)
        return row if found is not None and (found.side, found.line) == (side, number) else None

    # Search ----------------------------------------------------------------------------------

    def text_of(self, index: int) -> str:
        """What both sides of a line say, whole."""
        line = self.lines[index] if self.lines else None
        if isinstance(line, Shown):
            row = self.files[line.file].rows[line.row]
            human = row.human if line.sides != "agent" else None
            agent = row.agent if line.sides != "human" else None
            if human is None or agent is None or human.text == agent.text:
                cell = human or agent
                return cell.text if cell is not None else ""
            return f"{human.text}\0{agent.text}"
        if isinstance(line, Raw):
            return self.raw_text(line.row)
        if isinstance(line, Head):
            return visible(self.files[line.file].path)
        return line.text if isinstance(line, NoteLine) else ""

    def search(self, needle: str, step: int, *, here: bool = False) -> bool:
        """To the next line that holds ``needle``, any case, round once; false where none does."""
        if needle.lower() != self.needle:
            self.needle = needle.lower()
            self._search_again()
            self.redraw()
        if not self.matches:
            return False
        if step > 0:
            at = (bisect_left if here else bisect_right)(self.matches, self.cursor) % len(self.matches)
        else:
            at = bisect_left(self.matches, self.cursor) - 1
        self.show_at(self.matches[at])
        return True

    def search_no_more(self) -> None:
        """Nothing is searched for, nothing stands out."""
        self.needle, self.matches = "", []
        self.redraw()

    def _search_again(self) -> None:
        needle = self.needle
        if not needle:
            self.matches = []
            return
        self.matches = [index for index, text in enumerate(self.searched()) if needle in text]

    def searched(self) -> list[str]:
        """Every line as the search looks at it; made once, while the annotator types what to search for."""
        if self._texts is None:
            self._texts = [
                "" if getattr(line, "part", 0) else self.text_of(index).lower()
                for index, line in enumerate(self.lines)
            ]
        return self._texts

    def found(self) -> str:
        """Which of the lines found the cursor is on: ``3 of 12``; and what is hidden in folds."""
        if not self.matches:
            return ""
        return f"{bisect_right(self.matches, self.cursor) or len(self.matches)} of {len(self.matches)}"

    def found_in_folds(self) -> int:
        """How many lines the search would find in what is folded away."""
        count = 0
        for line in self.lines:
            if isinstance(line, Fold):
                for row in self.files[line.file].rows[line.start : line.end]:
                    cell = row.agent or row.human
                    count += cell is not None and self.needle in cell.text.lower()
        return count
