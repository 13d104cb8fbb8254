"""How a line of the diff is drawn: numbers, the mark of the row, text in its colours, what is remarked on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from reviewer.diffs.matching import changed_spans
from reviewer.model import Cell, Mark, Row, Side
from reviewer.text import one_line, visible
from reviewer.tui.diff.colours import safe_line
from reviewer.tui.diff.lines import DiffSide, FileHeading, Fold, Line, NoteLine, RawLine, RowLine, cell_of
from reviewer.tui.diff.margins import (
    MOST_PARTS,
    RAW_MARGIN,
    SIDE_MARGIN,
    SPLIT_MARGIN,
    UNIFIED_MARGIN,
    shown_text,
    split_widths,
    wrapped_spans,
)
from reviewer.tui.diff.model import DiffModel
from reviewer.tui.diff.positions import RowPosition
from reviewer.tui.widgets.columns import CUT, Piece, columns_of, match_spans, painted, painted_part

if TYPE_CHECKING:  # imports Textual, which drawing does not need
    from reviewer.tui.palette import Palette

Span = tuple[int, int, Style]

COLOURED = frozenset({"comment", "string", "keyword", "function", "type"})
"""Kinds of syntax that get a colour; each more costs bytes on every line."""

SIGN = {"keep": " ", "cut": "-", "add": "+"}
"""The sign in front of a line, as patches have it."""
FATE_STYLE = {"keep": "text", "cut": "removed", "add": "added"}
MARK_STYLE = {"right": "pass", "extra": "warn", "wrong": "fail"}
PATCH_STYLE = {"+": "added", "-": "removed", "@": "group"}
_PATCH_HEADERS = ("+++ ", "--- ", "diff ", "index ", "new file", "deleted file", "old mode")


class DiffPainter:
    """Draws the lines of a model as pieces of text with their styles; every text is made safe here."""

    def __init__(self, model: DiffModel, styles: Palette, signs: Mapping[str, str]) -> None:
        self._model = model
        self._styles = styles
        self._signs = signs

    def pieces(self, index: int, width: int, x: int = 0) -> list[Piece]:
        """A line in ``width`` columns, its text moved ``x`` columns to the left."""
        model, styles = self._model, self._styles
        line = model.line_at(index)
        if line is None:
            text = "the agent left no patch" if model.review.files else model.review.why_empty
            return [(f"  {text}", styles["dim"])]
        if isinstance(line, FileHeading):
            return self._file_line(line, width)
        if isinstance(line, NoteLine):
            return painted(f"   {one_line(line.text)}", 0, width, styles[line.style])
        if isinstance(line, Fold):
            return self._fold(line, width)
        remark = self._remark_sign(line, index)
        if isinstance(line, RawLine):
            return [*self._raw_line(line, width - 1, x), remark]
        row = model.row(line)
        layout = model.options.layout
        if layout == "split":
            left, right = split_widths(width)
            human, agent = self._side(row, line, "human", left, x), self._side(row, line, "agent", right, x)
            return [*self._margin(row, line), *human, (self._signs["bar"], styles["rule"]), *agent, remark]
        side = self._single_side(row, line)
        if layout == "unified":
            whose = "  " if row.mark == "none" else {"both": "HA", "human": "H ", "agent": " A"}[line.sides]
            style = styles["region_agent" if line.sides == "agent" else "region_human"]
            margin = [*self._margin(row, line)[:-1], (f"{whose} ", style)]
            return [*margin, *self._side(row, line, side, width - UNIFIED_MARGIN - 1, x), remark]
        body = self._side(row, line, side, width - SIDE_MARGIN - 1, x)
        return [*self._side_margin(row, line), *body, remark]

    def text_in(self, index: int, column: int) -> str | None:
        """The code in one of these columns, whole; ``None`` where that side has no line here."""
        line = self._model.line_at(index)
        if not isinstance(line, RowLine | RawLine) or line.part:
            return None
        if isinstance(line, RawLine):
            return self._model.patch.text(line.row)
        row = self._model.row(line)
        if self._model.options.layout == "split":
            cell = (row.human, row.agent)[column]
        else:
            cell = cell_of(row, self._single_side(row, line))
        return cell.text if cell else None

    def text_length(self, line: Line) -> int:
        """How many columns the longer text of a line takes that is cut; 0 where it goes on below."""
        if not isinstance(line, RowLine | RawLine) or self._model.wraps(line):
            return 0
        if isinstance(line, RawLine):
            return cell_len(visible(self._model.patch.text(line.row)))
        row = self._model.row(line)
        return max(cell_len(shown_text(cell)) for cell in (row.human, row.agent) if cell is not None)

    def top_line(self, top: int, y: int, rows: int, width: int) -> list[Piece]:
        """Line ``y`` of the ``rows`` (1 or 2) above the page, whose first line is ``top``.

        They name the file, unless its heading stands right below, and the sides; then, below or beside it in one row,
        the function that is read, else the signs.
        """
        model, bar = self._model, self._styles.over("bar")
        line, position = model.line_at(top), model.position_at(top)
        if line is None or line.file >= len(model.files):
            return [(" " * width, bar)]
        head = model.drawn.head_of(position) if position.row >= 0 else ""
        heading, split = isinstance(line, FileHeading), model.options.layout == "split"
        if not head and (y == 1 or (rows == 1 and heading and not split)):
            return self._legend(width)
        if y == 1:
            return painted(f"{' ' * SPLIT_MARGIN}{head}", 0, width, bar + self._styles["function"])
        number = "" if heading else f"{line.file + 1}/{len(model.files)}"
        path = "" if heading else one_line(model.files[line.file].path)
        beside = head if rows == 1 else ""
        if split:
            return self._side_titles(line.file, number, path, beside, width)
        named = f"{path}  {beside}" if beside else path
        left = one_line(model.review.left)
        titles = {"raw": "patch", "results": f"{left} → agent", "human": left}
        start = f"{number:>6} {titles.get(model.options.layout, model.options.layout)}  "
        strong = self._styles.over("bar", "strong")
        return [(start, bar), *painted(named, 0, max(width - len(start), 0), strong)]

    # Headings and folds --------------------------------------------------------------------------

    def _file_line(self, line: FileHeading, width: int) -> list[Piece]:
        """The line above a file: its number, path, whose it is, and what was done to it."""
        model, styles = self._model, self._styles
        file = model.files[line.file]
        review = model.review
        presence = file.presence.replace("human", review.left)
        if not review.left_known:
            presence = f"no {review.left} change to compare with"
        details = "  artefact of the harness, folded: enter opens"
        if not file.artefact:
            details = "  " + str(model.drawn.counts_of(line.file)).replace("human", review.left, 1)
        elif line.file in model.options.opened:
            details = "  artefact of the harness"
        viewed = self._signs["viewed"] if line.file in model.viewed else " "
        number = f"{line.file + 1}/{len(model.files)}"
        path = one_line(file.path)
        path_width = min(cell_len(path), max(width - len(number) - 3 - len(presence) - 2, 8))
        rest = width - len(number) - path_width - len(presence) - 5
        return [
            (viewed, styles["pass"]),
            (f"{number} ", styles["dim"]),
            *painted(path, 0, path_width, styles["strong"]),
            (f"  {presence}", styles["accent"]),
            *painted(details, 0, min(cell_len(details), rest), styles["dim"]),
        ]

    def _fold(self, line: Fold, width: int) -> list[Piece]:
        """What is folded away, and the function that the lines below it are in."""
        pieces: list[Piece] = []
        if line.lines:
            what = "unchanged lines" if line.end > line.start else "lines that neither patch gives"
            pieces.append((f"  {self._signs['fold']} {line.lines} {what}  ", self._styles["dim"]))
        if line.indent:
            pieces.append((f"  {self._signs['indent']}{line.indent}  ", self._styles["accent"]))
        head = self._model.drawn.head_of(RowPosition(line.file, line.end))
        if head:
            used = columns_of(pieces)
            pieces += painted(head, 0, max(width - used - 1, 0), self._styles["function"])
        return pieces

    def _legend(self, width: int) -> list[Piece]:
        """What the signs beside the numbers mean, where there is no function to name."""
        bar, dim = self._styles.over("bar"), self._styles["dim"]
        if self._model.options.layout in ("raw", "results"):
            return [(" " * width, bar)]
        signs, left_only = self._signs, f"{one_line(self._model.review.left)} only"
        regions = {"same": "both the same", "both-differ": "both, differently", "human": left_only}
        parts = [[(" " * SPLIT_MARGIN, bar)]]
        for relation, meaning in {**regions, "agent": "agent only"}.items():
            style = bar + self._styles[f"region_{relation.replace('both-', '')}"]
            parts.append([(f"{signs[f'relation_{relation}']} ", style), (f"{meaning}   ", bar + dim)])
        moved = f"{signs['moved_away']}{signs['moved_here']} moved"
        parts += [[(text, bar + dim)] for text in ("= line the same   ", "~ alike   ", moved)]
        widths = accumulate(columns_of(part) for part in parts)
        return [piece for part, used in zip(parts, widths, strict=True) if used <= width for piece in part]

    def _side_titles(self, file: int, number: str, path: str, head: str, width: int) -> list[Piece]:
        """Over each side of the split layout whose it is and what it did to the file."""
        bar, strong = self._styles.over("bar"), self._styles.over("bar", "strong")
        left_width, right_width = split_widths(width)
        counts = self._model.drawn.counts_of(file)
        aligned = self._model.review.files[file]
        name = one_line(self._model.review.left)
        left, right = f" {name} –  ", " agent –  "  # who left the file alone, or is not known
        if aligned.human is not None:
            left = f" {name} +{counts.human_added} −{counts.human_removed}  "
        if aligned.agent is not None:
            right = f" agent +{counts.agent_added} −{counts.agent_removed}  "
        both = aligned.human is not None and aligned.agent is not None
        shared = f"both cut {counts.both_cut} · {counts.added_same} added the same" if both else ""
        rule = self._signs["bar"]
        return [
            (f"{number:>6}  {rule}", bar),
            (left, bar + self._styles["region_human"]),
            *painted(path, 0, max(left_width - cell_len(left), 0), strong),
            (rule, bar),
            (right, bar + self._styles["region_agent"]),
            *painted(head or shared, 0, max(right_width - cell_len(right) + 1, 0), bar),
        ]

    # Margins -----------------------------------------------------------------------------------

    def _remark_sign(self, line: RowLine | RawLine, index: int) -> Piece:
        """The sign at the right edge of a row that a mark or a finding is on."""
        remarks = self._model.remarks_at(index) if not line.part else []
        if not remarks or (isinstance(line, RowLine) and line.sides == "human" and self._agent_has(line)):
            return " ", self._styles.text
        first = remarks[0]
        if isinstance(first, Mark):
            return self._signs[f"mark_{first.mark}"], self._styles[MARK_STYLE[first.mark]]
        return self._signs["finding"], self._styles[first.result.outcome]

    def _agent_has(self, line: RowLine) -> bool:
        """Whether the row has a line of the agent's as well, which then carries the sign."""
        one_column = self._model.options.layout in ("unified", "in turn")
        return one_column and self._model.row(line).agent is not None

    def _margin(self, row: Row, line: RowLine) -> list[Piece]:
        """The number of the base line, what the sides did there, and a rule."""
        number = f"{row.base + 1:>5} " if row.base is not None and not line.part else " " * 6
        sign, style = self._relation(row, line)
        mark = {"same": "=", "alike": "~"}.get(row.mark, " ")
        rule = self._styles["rule"] if row.region is None else style
        return [(number, self._styles["line_number"]), (f"{sign}{mark}", style), (self._signs["bar"], rule)]

    def _side_margin(self, row: Row, line: RowLine) -> list[Piece]:
        """The margin with the number of the side's own line in it."""
        cell = row.human if line.sides == "human" else row.agent
        own = f"{cell.line:>5} " if cell is not None and cell.line is not None and not line.part else " " * 6
        base, *rest = self._margin(row, line)
        return [base, (own, self._styles["line_number"]), *rest]

    def _relation(self, row: Row, line: RowLine) -> tuple[str, Style]:
        """A sign for what the sides did in this region, at its first line; then a rule in its colour."""
        if row.region is None:
            return " ", self._styles.text
        file = self._model.files[line.file]
        relation = file.region_relations[row.region] if row.region < len(file.region_relations) else "same"
        style = self._styles[f"region_{relation.replace('both-', '')}"]
        first = not line.row or file.rows[line.row - 1].region != row.region
        if line.part or not first:
            return self._signs["region"], style
        other = relation == "human" and self._model.review.left != "human"
        return self._signs["relation_other" if other else f"relation_{relation}"], style

    # Text --------------------------------------------------------------------------------------

    def _single_side(self, row: Row, line: RowLine) -> DiffSide:
        """Whose text is in a layout's only column."""
        if line.sides != "both":
            return line.sides
        return "agent" if self._model.options.layout == "results" or not row.human else "human"

    def _side(self, row: Row, line: RowLine, side: DiffSide, width: int, x: int) -> list[Piece]:
        """One side's text in exactly ``width`` columns, cut text marked at the edge it is cut at."""
        cell = cell_of(row, side)
        if cell is None:
            return [(" " * width, self._styles.text)]
        style = self._styles[FATE_STYLE[cell.fate]]
        text = shown_text(cell)
        if line.part and line.part >= len(self._spans_of(line, text)):
            return [(" " * width, self._styles.text if cell.fate == "keep" else style)]
        spans = [
            *self._syntax(row, line, cell, side),
            *self._changed_words(row, line, cell, side, text),
            *self._matches(text),  # the last is on top
        ]
        body = self._body(line, text, width - 1, style, spans, x)
        return [self._sign(row, line, cell, side, style), *body]

    def _body(
        self, line: RowLine | RawLine, text: str, width: int, style: Style, spans: list[Span], x: int
    ) -> list[Piece]:
        """The text from where it is scrolled to, or the part of it that wrapping leaves for this line."""
        part, indent = line.part, line.indent if isinstance(line, RowLine) else 0
        if not self._model.wraps(line):
            cut = self._styles["accent"]
            return painted(text, indent + x, width, style, spans, cut=cut, left_mark=x > 0)
        stretches = self._spans_of(line, text)
        start, end = stretches[part] if part < len(stretches) else (len(text), len(text))
        if part == MOST_PARTS - 1 and end < len(text) and self._model.options.wraps != "all":
            return [
                *painted_part(text, start, end - 1, width - 1, style, spans),
                (CUT, self._styles["accent"]),
            ]
        return painted_part(text, start, end, width, style, spans)

    def _spans_of(self, line: RowLine | RawLine, text: str) -> Sequence[tuple[int, int]]:
        indent = line.indent if isinstance(line, RowLine) else 0
        return wrapped_spans(text, self._model.text_width, indent, self._model.options.wraps)

    def _sign(self, row: Row, line: RowLine, cell: Cell, side: DiffSide, style: Style) -> Piece:
        """The sign in front of a text: what was done to the line."""
        if line.part:
            return self._signs["wrap"], self._styles["accent"]
        if cell.fate == "keep" and row.base is None:  # context of a hunk that the base does not have
            return self._signs["mismatch"], self._styles["warn"]
        if self._is_moved(row, line.file, cell, side):
            return self._signs["moved_here" if cell.fate == "add" else "moved_away"], style
        return SIGN[cell.fate], style

    def _is_moved(self, row: Row, file: int, cell: Cell, side: DiffSide) -> bool:
        """Whether the side took the line away here and added it elsewhere, or the other way round."""
        moved = self._model.review.moved
        if cell.fate == "keep" or self._model.options.layout == "results":
            return False
        if file >= len(moved) or not moved[file]:
            return False
        number = cell.line if cell.fate == "add" else (row.base + 1 if row.base is not None else None)
        return (side, cell.fate == "add", number) in moved[file]

    def _raw_line(self, line: RawLine, width: int, x: int) -> list[Piece]:
        text = visible(self._model.patch.text(line.row))
        style = "dim" if text.startswith(_PATCH_HEADERS) else PATCH_STYLE.get(text[:1], "text")
        spans = list(self._matches(text))
        return [
            (f"{line.row:>5} " if not line.part else " " * 6, self._styles["line_number"]),
            (f" {self._signs['bar']}", self._styles["rule"]),
            *self._body(line, text, width - RAW_MARGIN, self._styles[style], spans, x),
        ]

    # Colours over a text: its syntax, the words that changed, what the search found --------------

    def _matches(self, text: str) -> Iterator[Span]:
        return match_spans(text, self._model.search.needle, self._styles["match"])

    def _syntax(self, row: Row, line: RowLine, cell: Cell, side: DiffSide) -> Iterator[Span]:
        source: tuple[Side, int] | None = (side, cell.line) if cell.line is not None else None
        if cell.fate == "cut":
            source = ("base", row.base + 1) if row.base is not None else None
            if self._model.options.layout == "results" and row.human and row.human.line is not None:
                source = "human", row.human.line
        for start, end, kind in self._model.syntax.spans(line.file, *source) if source else ():
            if kind in COLOURED:
                yield start, end, self._styles[kind]

    def _changed_words(
        self, row: Row, line: RowLine, cell: Cell, side: DiffSide, text: str
    ) -> Iterator[Span]:
        """The words that the line beside this one, or the one it replaced, does not have."""
        other = self._compared_text(row, line, cell, side)
        if other is None:
            return
        word = self._styles["removed_word" if cell.fate == "cut" else "added_word"]
        indent = len(text) - len(text.lstrip())  # another depth is seen without a colour
        for start, end in changed_spans(text, other)[0]:
            if end > indent:
                yield start, end, word

    def _compared_text(self, row: Row, line: RowLine, cell: Cell, side: DiffSide) -> str | None:
        """The line that this one is compared with word by word, if there is one."""
        if cell.fate == "keep":
            return None
        if row.mark == "alike" and row.human and row.agent and line.sides == "both":
            return safe_line(row.agent if side == "human" else row.human)
        replaced = self._model.drawn.replaced_row(RowPosition(line.file, line.row), side)
        if replaced is None:
            return None
        other = cell_of(self._model.row(RowPosition(line.file, replaced)), side)
        return safe_line(other) if other is not None else None
