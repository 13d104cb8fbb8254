"""How a line of the diff is drawn: numbers, the mark of the row, text in its colours, what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.style import Style

from reviewer.model import Cell, Mark, Row, Side
from reviewer.text import one_line, visible
from reviewer.tui.diff.colours import safe_line
from reviewer.tui.diff.lines import Fold, Head, Line, NoteLine, Raw, Shown
from reviewer.tui.diff.moving import DiffMoving
from reviewer.tui.widgets.columns import columns_of, painted, painted_part, parts

if TYPE_CHECKING:
    from reviewer.diffs.rows import ChangeCounts
    from reviewer.tui.widgets.line_pane import Piece

AgentOrHuman = Literal["human", "agent"]

SIGN = {"keep": " ", "cut": "-", "add": "+"}
FATE = {"keep": "text", "cut": "removed", "add": "added"}
MARK_STYLE = {"right": "pass", "extra": "warn", "wrong": "fail"}
COLOURED = frozenset({"comment", "string", "keyword", "function", "type"})
"""Kinds of syntax that get a colour; each more costs bytes on every line."""

SPLIT_MARGIN = 9
"""Columns left of the two texts: number of the base line, relation, mark, rule."""
UNIFIED_MARGIN = 11
"""The same in one column, with who changed the line."""
SIDE_MARGIN = 15
"""The same for one side, with that side's own number."""
RAW_MARGIN = 8
TWO_HEAD_ROWS = 22
"""Lines from which a pane says file and function in two lines of its own; below, in one."""


class DiffDrawing(DiffMoving):
    """Draws; all text passes :mod:`reviewer.text` here."""

    _counts: dict[int, ChangeCounts]
    _partners: dict[tuple[int, int, str], dict[int, int]]
    _heads: dict[tuple[int, int], str]

    # LinePane ------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Lines of all files, or the one that says why there are none."""
        return max(len(self.lines), 1)

    @property
    def cursor_columns(self) -> int:
        """The numbers and the marks beside them."""
        margins = {"split": SPLIT_MARGIN, "unified": SPLIT_MARGIN, "raw": RAW_MARGIN}
        return margins.get(self.options.layout, SIDE_MARGIN)

    def line_style(self, index: int) -> Style:
        """Heads of files stand out."""
        line = self.line_at(index)
        return self.palette.over("bar") if isinstance(line, Head) else self.palette.text

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line of the diff."""
        line = self.line_at(index)
        if line is None:
            nothing = "the agent left no patch" if self.content.files else self.content.why_empty
            return [(f"  {nothing}", self.palette["dim"])]
        if isinstance(line, Head):
            return self._head(line, width)
        if isinstance(line, NoteLine):
            return painted(f"   {one_line(line.text)}", 0, width, self.palette[line.style])
        if isinstance(line, Fold):
            return self._fold(line, width)
        if isinstance(line, Raw):
            return self._raw_line(line, index, width)
        row = self.files[line.file].rows[line.row]
        said = self._said_mark(line, index)
        if self.options.layout == "split":
            return [*self._margin(row, line), *self._split(row, line, width), said]
        if line.sides != "both" and self.options.layout != "unified":
            return [*self._side_margin(row, line), *self._one(row, line, width - SIDE_MARGIN - 1), said]
        if self.options.layout == "results":
            return [*self._side_margin(row, line), *self._one(row, line, width - SIDE_MARGIN - 1), said]
        who = "  " if row.mark == "none" else {"both": "HA", "human": "H ", "agent": " A"}[line.sides]
        style = self.palette["region_agent" if line.sides == "agent" else "region_human"]
        margin = [*self._margin(row, line)[:-1], (f"{who} ", style)]
        return [*margin, *self._one(row, line, width - UNIFIED_MARGIN - 1), said]

    def text_columns(self, index: int, width: int) -> list[tuple[int, int]]:
        """Where the code stands: on both sides in the split layout, in one column in every other."""
        if self.options.layout == "split":
            middle = SPLIT_MARGIN + self._rooms(width)[0]
            return [(SPLIT_MARGIN + 1, middle), (middle + 2, width - 1)]
        if self.options.layout == "raw":
            return [(RAW_MARGIN, width - 1)]
        margin = UNIFIED_MARGIN if self.options.layout == "unified" else SIDE_MARGIN
        return [(margin + 1, width - 1)]

    def text_in(self, index: int, part: int) -> str | None:
        """The code of one side, whole; ``None`` where that side has no line here."""
        line = self.line_at(index)
        if isinstance(line, Raw):
            return self.raw_text(line.row) if not line.part else None
        if not isinstance(line, Shown) or line.part:
            return None
        row = self.files[line.file].rows[line.row]
        if self.options.layout == "split":
            cell = (row.human, row.agent)[part]
        else:
            cell = row.human if self._side_of(row, line) == "human" else row.agent
        return cell.text if cell else None

    # Lines that are no rows --------------------------------------------------------------------

    def counts_of(self, file: int) -> ChangeCounts:
        """What each side did to a file, in numbers."""
        from reviewer.diffs.rows import count_changes

        if file not in self._counts:
            self._counts[file] = count_changes(self.content.files[file])
        return self._counts[file]

    def _head(self, line: Head, width: int) -> list[Piece]:
        file = self.files[line.file]
        presence = file.presence.replace("human", self.content.left)
        if not self.content.left_known:
            presence = f"no {self.content.left} change to compare with"
        tail = "  artefact of the harness, folded: enter opens"
        if not file.artefact:
            tail = f"  {self._summary(line.file)}"
        elif line.file in self.options.opened:
            tail = "  artefact of the harness"
        viewed = self.signs["viewed"] if line.file in self.viewed else " "
        number = f"{line.file + 1}/{len(self.files)}"
        path = one_line(file.path)
        room = max(width - len(number) - 3 - len(presence) - 2, 8)
        named = min(columns_of(path), room)
        left = width - len(number) - named - len(presence) - 5
        return [
            (viewed, self.palette["pass"]),
            (f"{number} ", self.palette["dim"]),
            *painted(path, 0, named, self.palette["strong"]),
            (f"  {presence}", self.palette["accent"]),
            *painted(tail, 0, min(columns_of(tail), left), self.palette["dim"]),
        ]

    def _summary(self, file: int) -> str:
        found = self.counts_of(file)
        return str(found).replace("human", self.content.left, 1)

    def _fold(self, line: Fold, width: int) -> list[Piece]:
        pieces: list[Piece] = []
        if line.lines:
            what = "unchanged lines" if line.end > line.start else "lines that neither patch gives"
            pieces.append((f"  {self.signs['fold']} {line.lines} {what}  ", self.palette["dim"]))
        if line.indent:
            pieces.append((f"  {self.signs['indent']}{line.indent}  ", self.palette["accent"]))
        head = self.head_of(line.file, line.end)
        if head:
            used = sum(columns_of(text) for text, _ in pieces)
            pieces += painted(head, 0, max(width - used - 1, 0), self.palette["function"])
        return pieces

    def head_of(self, file: int, row: int) -> str:
        """The text of the head of what encloses a row, safe to show; empty where there is none."""
        from reviewer.diffs.heads import enclosing_head

        if (file, row) not in self._heads:
            aligned = self.files[file]
            found = enclosing_head(aligned, row) if row < len(aligned.rows) else None
            self._heads[file, row] = one_line(found.text) if found is not None else ""
        return self._heads[file, row]

    # The lines that stay at the top --------------------------------------------------------------

    @property
    def head_rows(self) -> int:
        """Whose text stands where, and the file and function at the top of the page."""
        if not self.lines:
            return 0
        return 2 if self.size.height >= TWO_HEAD_ROWS else 1

    def head_pieces(self, y: int, width: int) -> list[Piece]:
        """File and sides; below it, where there is room, what encloses the first line."""
        line = self.line_at(min(self.top, len(self.lines) - 1))
        if line is None or line.file >= len(self.files):
            return [(" " * width, self.palette.over("bar"))]
        place = self.place_of(min(self.top, len(self.lines) - 1))
        head = self.head_of(place[0], place[1]) if place is not None and place[1] >= 0 else ""
        bar, strong = self.palette.over("bar"), self.palette.over("bar", "strong")
        path = one_line(self.files[line.file].path)
        if y == 1:
            if not head:
                return self._legend(width)
            return painted(f"{' ' * SPLIT_MARGIN}{head}", 0, width, bar + self.palette["function"])
        number = f"{line.file + 1}/{len(self.files)}"
        if self.options.layout != "split":
            named = f"{path}  {head}" if self.head_rows == 1 and head else path
            titles = {"raw": "patch", "results": f"{self._left()} → agent", "human": self._left()}
            title = titles.get(self.options.layout, self.options.layout)
            left = f"{number:>6} {title}  "
            return [(left, bar), *painted(named, 0, max(width - len(left), 0), strong)]
        return self._titles(line.file, number, path, head if self.head_rows == 1 else "", width)

    def _legend(self, width: int) -> list[Piece]:
        """What the signs beside the numbers mean, where there is no function to name."""
        if self.options.layout in ("raw", "results"):
            return painted("", 0, width, self.palette.over("bar"))
        signs, left = self.signs, self._left()
        regions = (
            ("same", "both the same"),
            ("both-differ", "both, differently"),
            ("human", f"{left} only"),
            ("agent", "agent only"),
        )
        bar = self.palette.over("bar")
        pieces = [(" " * SPLIT_MARGIN, bar)]
        for relation, told in regions:
            style = bar + self.palette[f"region_{relation.replace('both-', '')}"]
            pieces += [
                (f"{signs[f'relation_{relation}']} ", style),
                (f"{told}   ", bar + self.palette["dim"]),
            ]
        rest = f"= line the same   ~ alike   {signs['moved_away']}{signs['moved_here']} moved"
        return [*pieces, (rest, bar + self.palette["dim"])]

    def _titles(self, file: int, number: str, path: str, head: str, width: int) -> list[Piece]:
        """Over each side of the split layout whose it is and what it did to the file."""
        bar, strong = self.palette.over("bar"), self.palette.over("bar", "strong")
        left, right = self._rooms(width)
        found = self.counts_of(file)
        aligned = self.content.files[file]
        mine, other = f" {self._left()} –  ", " agent –  "  # who left the file alone, or is not known
        if aligned.human is not None:
            mine = f" {self._left()} +{found.human_added} −{found.human_removed}  "
        if aligned.agent is not None:
            other = f" agent +{found.agent_added} −{found.agent_removed}  "
        both = aligned.human is not None and aligned.agent is not None
        told = f"both cut {found.both_cut} · {found.added_same} added the same" if both else ""
        shared = head or told
        rule = self.signs["bar"]
        return [
            (f"{number:>6}  {rule}", bar),
            (mine, bar + self.palette["region_human"]),
            *painted(path, 0, max(left - columns_of(mine), 0), strong),
            (rule, bar),
            (other, bar + self.palette["region_agent"]),
            *painted(shared, 0, max(right - columns_of(other) + 1, 0), bar),
        ]

    def _left(self) -> str:
        return one_line(self.content.left)

    # Margins -------------------------------------------------------------------------------------

    def _said_mark(self, line: Line, index: int) -> Piece:
        place = self.place_of(index)
        said = self.said_at(place) if place is not None and not getattr(line, "part", 0) else []
        if not said or (isinstance(line, Shown) and line.sides == "human" and self._agent_there(line)):
            return " ", self.palette.text
        first = said[0]
        if isinstance(first, Mark):
            return self.signs[f"mark_{first.mark}"], self.palette[MARK_STYLE[first.mark]]
        return self.signs["finding"], self.palette[first.outcome]

    def _agent_there(self, line: Shown) -> bool:
        """Whether the row has a line of the agent's as well, which then carries the mark."""
        return self.options.layout in ("unified", "in turn") and bool(
            self.files[line.file].rows[line.row].agent
        )

    def _relation(self, row: Row, line: Shown) -> tuple[str, Style]:
        """A sign for what the sides did in this region, at its first line; then a rule in its colour."""
        if row.region is None:
            return " ", self.palette.text
        file = self.files[line.file]
        relation = file.relations[row.region] if row.region < len(file.relations) else "same"
        style = self.palette[f"region_{relation.replace('both-', '')}"]
        first = not line.row or file.rows[line.row - 1].region != row.region
        sign = self._relation_sign(relation) if first and not line.part else self.signs["region"]
        return sign, style

    def _relation_sign(self, relation: str) -> str:
        other = relation == "human" and self.content.left != "human"
        return self.signs["relation_other" if other else f"relation_{relation}"]

    def _margin(self, row: Row, line: Shown) -> list[Piece]:
        number = f"{row.base + 1:>5} " if row.base is not None and not line.part else " " * 6
        sign, style = self._relation(row, line)
        mark = {"same": "=", "alike": "~"}.get(row.mark, " ")
        rule = self.palette["rule"] if row.region is None else style
        return [
            (number, self.palette["line_number"]),
            (f"{sign}{mark}", style),
            (self.signs["bar"], rule),
        ]

    def _side_margin(self, row: Row, line: Shown) -> list[Piece]:
        side: AgentOrHuman = "human" if line.sides == "human" else "agent"
        cell = row.human if side == "human" else row.agent
        own = f"{cell.line:>5} " if cell is not None and cell.line is not None and not line.part else " " * 6
        margin = self._margin(row, line)
        return [margin[0], (own, self.palette["line_number"]), *margin[1:]]

    # Text ----------------------------------------------------------------------------------------

    def _rooms(self, width: int) -> tuple[int, int]:
        """Columns of the two texts in the split layout, the sign in front of them included."""
        room = width - SPLIT_MARGIN - 2
        return room // 2, room - room // 2

    def _text_room(self, width: int) -> int:
        """Columns of text in the narrower of what a line has."""
        layout = self.options.layout
        if layout == "split":
            return self._rooms(width)[0] - 1
        margin = {"unified": UNIFIED_MARGIN, "raw": RAW_MARGIN}.get(layout, SIDE_MARGIN)
        return width - margin - (1 if layout == "raw" else 2)

    def wrapped(self, lines: list[Line]) -> list[Line]:
        """Lines that are longer than their room in as many parts as they need."""
        room = self._text_room(self.size.width)
        result: list[Line] = []
        for line in lines:
            result.append(line)
            if isinstance(line, Shown):
                row = self.files[line.file].rows[line.row]
                human = row.human if line.sides != "agent" else None
                agent = row.agent if line.sides != "human" else None
                texts = [self._text(cell) for cell in (human, agent) if cell is not None]
                count = max((len(parts(text, room, line.indent)) for text in texts), default=1)
                result += [
                    Shown(line.file, line.row, line.sides, line.indent, part) for part in range(1, count)
                ]
            elif isinstance(line, Raw):
                count = len(parts(visible(self.raw_text(line.row)), room))
                result += [Raw(line.file, line.row, part) for part in range(1, count)]
        return result

    @staticmethod
    def _text(cell: Cell) -> str:
        text = safe_line(cell)
        return text if cell.text.endswith("\n") else text + "  (no line end)"

    def _split(self, row: Row, line: Shown, width: int) -> list[Piece]:
        left, right = self._rooms(width)
        return [
            *self._side(row, line, "human", left),
            (self.signs["bar"], self.palette["rule"]),
            *self._side(row, line, "agent", right),
        ]

    def _one(self, row: Row, line: Shown, width: int) -> list[Piece]:
        return self._side(row, line, self._side_of(row, line), width)

    def _side_of(self, row: Row, line: Shown) -> AgentOrHuman:
        """Whose text stands in the one column."""
        if line.sides != "both":
            return line.sides
        return "agent" if self.options.layout == "results" or not row.human else "human"

    def _side(self, row: Row, line: Shown, side: AgentOrHuman, width: int) -> list[Piece]:
        """One side's text in exactly ``width`` columns, cut text marked at the edge it is cut at."""
        cell = row.human if side == "human" else row.agent
        if cell is None:
            return [(" " * width, self.palette.text)]
        style = self.palette[FATE[cell.fate]]
        text = self._text(cell)
        if line.part and line.part >= len(parts(text, self._text_room(self.size.width), line.indent)):
            return [(" " * width, self.palette.text if cell.fate == "keep" else style)]
        spans = self._spans(row, line, cell, side, text)
        return [
            self._sign(row, line, cell, side, style),
            *self._body(text, width - 1, style, spans, line.part, line.indent),
        ]

    def _body(
        self,
        text: str,
        width: int,
        style: Style,
        spans: list[tuple[int, int, Style]],
        part: int,
        indent: int = 0,
    ) -> list[Piece]:
        """The text from where it is scrolled to, or the part of it that wrapping leaves for this line."""
        if not self.wrap:
            x, cut = indent + self.x, self.palette["accent"]
            return painted(text, x, width, style, spans, cut=cut, left_mark=self.x > 0)
        pieces = parts(text, self._text_room(self.size.width), indent)
        start, end = pieces[part] if part < len(pieces) else (len(text), len(text))
        return painted_part(text, start, end, width, style, spans)

    def _sign(self, row: Row, line: Shown, cell: Cell, side: AgentOrHuman, style: Style) -> Piece:
        if line.part:
            return self.signs["wrap"], self.palette["accent"]
        if cell.fate == "keep" and row.base is None:  # context of a hunk that the base does not have
            return self.signs["mismatch"], self.palette["warn"]
        if self._is_moved(row, line.file, cell, side):
            return self.signs["moved_here" if cell.fate == "add" else "moved_away"], style
        return SIGN[cell.fate], style

    def _is_moved(self, row: Row, file: int, cell: Cell, side: AgentOrHuman) -> bool:
        moved = self.content.moved
        if cell.fate == "keep" or file >= len(moved) or not moved[file]:
            return False
        if self.options.layout == "results":
            return False
        number = cell.line if cell.fate == "add" else (row.base + 1 if row.base is not None else None)
        return (side, cell.fate == "add", number) in moved[file]

    # Colours in the text ---------------------------------------------------------------------------

    def _spans(
        self, row: Row, line: Shown, cell: Cell, side: AgentOrHuman, text: str
    ) -> list[tuple[int, int, Style]]:
        """Syntax where it is known, the words that the line beside it has not, what the search found."""
        where: tuple[Side, int] | None = (side, cell.line) if cell.line is not None else None
        if cell.fate == "cut":
            if self.options.layout == "results" and row.human is not None and row.human.line is not None:
                where = "human", row.human.line
            else:
                where = ("base", row.base + 1) if row.base is not None else None
        kinds = self._kinds.get(line.file, {}).get(where, ()) if where else ()
        spans = [(start, end, self.palette[kind]) for start, end, kind in kinds if kind in COLOURED]
        other = self._other_text(row, line, cell, side)
        if other is not None:
            from reviewer.diffs.words import changed_spans

            word = self.palette["removed_word" if cell.fate == "cut" else "added_word"]
            indent = len(text) - len(text.lstrip())  # that one line is deeper is seen without a colour
            spans += [(start, end, word) for start, end in changed_spans(text, other)[0] if end > indent]
        if self.needle:
            spans += _matches(text, self.needle, self.palette["match"])
        return spans

    def _other_text(self, row: Row, line: Shown, cell: Cell, side: AgentOrHuman) -> str | None:
        """The line that this one is compared with word by word, if there is one."""
        if cell.fate == "keep":
            return None
        if row.mark == "alike" and row.human and row.agent and line.sides == "both":
            return safe_line(row.agent if side == "human" else row.human)
        if row.region is None:
            return None
        partner = self._partner(line, row.region, side)
        if partner is None:
            return None
        found = self.files[line.file].rows[partner]
        other = found.human if side == "human" else found.agent
        return safe_line(other) if other is not None else None

    def _partner(self, line: Shown, region: int, side: AgentOrHuman) -> int | None:
        """The row with the line that replaced this one, or that it replaces, on the same side."""
        key = (line.file, region, side)
        if key not in self._partners:
            self._partners[key] = self._paired(line, region, side)
        return self._partners[key].get(line.row)

    def _paired(self, line: Shown, region: int, side: AgentOrHuman) -> dict[int, int]:
        from reviewer.diffs.pairing import alike

        rows = self.files[line.file].rows
        start = end = line.row
        while start and rows[start - 1].region == region:
            start -= 1
        while end < len(rows) and rows[end].region == region:
            end += 1
        lines: dict[str, list[int]] = {"cut": [], "add": []}
        texts: dict[str, list[str]] = {"cut": [], "add": []}
        for at in range(start, end):
            cell = rows[at].human if side == "human" else rows[at].agent
            if cell is not None and cell.fate != "keep":
                lines[cell.fate].append(at)
                texts[cell.fate].append(cell.text)
        pairs = alike(texts["cut"], texts["add"])
        found = {lines["cut"][a]: lines["add"][b] for a, b in pairs}
        return found | {new: old for old, new in found.items()}

    def _raw_line(self, line: Raw, index: int, width: int) -> list[Piece]:
        text = visible(self.raw_text(line.row))
        number = f"{line.row:>5} " if not line.part else " " * 6
        name = {"+": "added", "-": "removed", "@": "group"}.get(text[:1], "text")
        if text.startswith(("+++ ", "--- ", "diff ", "index ", "new file", "deleted file", "old mode")):
            name = "dim"
        spans = _matches(text, self.needle, self.palette["match"]) if self.needle else []
        body = self._body(text, width - RAW_MARGIN - 1, self.palette[name], spans, line.part)
        return [
            (number, self.palette["line_number"]),
            (f" {self.signs['bar']}", self.palette["rule"]),
            *body,
            self._said_mark(line, index),
        ]


def _matches(text: str, needle: str, style: Style) -> list[tuple[int, int, Style]]:
    """Where the search finds something in a text."""
    spans = []
    lowered = text.lower()
    at = lowered.find(needle) if len(lowered) == len(text) else -1
    while at >= 0:
        spans.append((at, at + len(needle), style))
        at = lowered.find(needle, at + len(needle))
    return spans
