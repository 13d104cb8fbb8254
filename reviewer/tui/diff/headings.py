"""The lines of the diff that are no code: above a file, folds, and those that stay at the top of the pane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len

from reviewer.text import one_line
from reviewer.tui.diff.lines import FileHeading, Fold
from reviewer.tui.diff.margins import SPLIT_MARGIN, split_widths
from reviewer.tui.diff.model import DiffModel
from reviewer.tui.diff.positions import RowPosition
from reviewer.tui.widgets.columns import Piece, painted

if TYPE_CHECKING:  # imports Textual, which drawing does not need
    from reviewer.tui.palette import Palette


class HeadingPainter:
    """Draws headings and folds as pieces of text; every text is made safe here."""

    def __init__(self, model: DiffModel, styles: Palette, signs: Mapping[str, str]) -> None:
        self._model = model
        self._styles = styles
        self._signs = signs

    def file_line(self, line: FileHeading, width: int) -> list[Piece]:
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

    def fold(self, line: Fold, width: int) -> list[Piece]:
        """What is folded away, and the function that the lines below it are in."""
        pieces: list[Piece] = []
        if line.lines:
            what = "unchanged lines" if line.end > line.start else "lines that neither patch gives"
            pieces.append((f"  {self._signs['fold']} {line.lines} {what}  ", self._styles["dim"]))
        if line.indent:
            pieces.append((f"  {self._signs['indent']}{line.indent}  ", self._styles["accent"]))
        head = self._model.drawn.head_of(RowPosition(line.file, line.end))
        if head:
            used = sum(cell_len(text) for text, _ in pieces)
            pieces += painted(head, 0, max(width - used - 1, 0), self._styles["function"])
        return pieces

    # The lines that stay at the top ------------------------------------------------------------

    def top_line(self, top: int, y: int, rows: int, width: int) -> list[Piece]:
        """Line ``y`` of the ``rows`` (1 or 2) above the page, whose first line is ``top``.

        They name the file and the sides; below it, or beside it in one row, the function that is read.
        """
        model, bar = self._model, self._styles.over("bar")
        line, position = model.line_at(top), model.position_at(top)
        if line is None or line.file >= len(model.files):
            return [(" " * width, bar)]
        head = model.drawn.head_of(position) if position.row >= 0 else ""
        if y == 1:
            if not head:
                return self._legend(width)
            return painted(f"{' ' * SPLIT_MARGIN}{head}", 0, width, bar + self._styles["function"])
        number = f"{line.file + 1}/{len(model.files)}"
        path = one_line(model.files[line.file].path)
        beside = head if rows == 1 else ""
        if model.options.layout == "split":
            return self._side_titles(line.file, number, path, beside, width)
        named = f"{path}  {beside}" if beside else path
        left = one_line(model.review.left)
        titles = {"raw": "patch", "results": f"{left} → agent", "human": left}
        start = f"{number:>6} {titles.get(model.options.layout, model.options.layout)}  "
        strong = self._styles.over("bar", "strong")
        return [(start, bar), *painted(named, 0, max(width - len(start), 0), strong)]

    def _legend(self, width: int) -> list[Piece]:
        """What the signs beside the numbers mean, where there is no function to name."""
        bar, dim = self._styles.over("bar"), self._styles["dim"]
        if self._model.options.layout in ("raw", "results"):
            return [(" " * width, bar)]
        signs, left_only = self._signs, f"{one_line(self._model.review.left)} only"
        regions = {"same": "both the same", "both-differ": "both, differently", "human": left_only}
        regions["agent"] = "agent only"
        pieces = [(" " * SPLIT_MARGIN, bar)]
        for relation, meaning in regions.items():
            style = self._styles[f"region_{relation.replace('both-', '')}"]
            pieces += [(f"{signs[f'relation_{relation}']} ", bar + style), (f"{meaning}   ", bar + dim)]
        rest = f"= line the same   ~ alike   {signs['moved_away']}{signs['moved_here']} moved"
        return [*pieces, (rest, bar + dim)]

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
