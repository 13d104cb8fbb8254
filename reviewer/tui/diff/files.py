"""The files of a diff as a layout draws them, and what is looked up in their rows."""

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property

from reviewer.diffs.derived import between_results, ignore_space
from reviewer.diffs.functions import enclosing_head
from reviewer.diffs.matching import alike
from reviewer.diffs.rows import RowIndex, count_changes
from reviewer.model import AlignedFile, CheckResult, Evidence, Mark, Side, to_json
from reviewer.project.references import Review
from reviewer.text import one_line
from reviewer.tui.diff.lines import DiffSide, Line, NoteLine, Options, cell_of, file_lines
from reviewer.tui.diff.margins import text_width, wrap_rows
from reviewer.tui.diff.positions import Finding, RowPosition


class DrawnFiles:
    """The aligned files, or what a layout or ignoring white space makes of them. Lookups are remembered."""

    def __init__(self, review: Review, options: Options) -> None:
        self._review = review
        self.options = options
        """What they were first drawn with."""
        self.files: tuple[AlignedFile, ...] = review.files
        self.space_only: dict[int, tuple[int, int]] = {}
        """Lines of each side that differ in white space only, by file, while white space is ignored."""
        if options.ignores_space and options.layout != "raw":
            results = [ignore_space(file) for file in self.files]
            self.files = tuple(result.file for result in results)
            counts = enumerate((result.human, result.agent) for result in results)
            self.space_only = {number: both for number, both in counts if any(both)}
        if options.layout == "results":
            self.files = tuple(between_results(file) for file in self.files)
            if options.ignores_space:
                self.files = tuple(ignore_space(file).file for file in self.files)
        self._made: tuple[tuple[Options, int], list[Line]] | None = None
        """The lines that were made last, and for what."""
        files = self.files
        self._row_index = cache(lambda file: RowIndex(files[file]))
        self.counts_of = cache(lambda file: count_changes(review.files[file]))
        """What each side did to a file, by its number; white space counts."""
        self._heads: dict[RowPosition, str] = {}
        self._pairs: dict[tuple[int, int, DiffSide], dict[int, int]] = {}

    def fits(self, options: Options) -> bool:
        """Whether these are the rows that ``options`` show, if in other lines."""
        layouts = {self.options.layout, options.layout}
        same_rows = len(layouts) == 1 or layouts.isdisjoint(("results", "raw"))
        return same_rows and self.options.ignores_space == options.ignores_space

    def prepare(self, width: int) -> None:
        """Do in advance, in a worker, what is slow when the files are opened in a pane of ``width`` columns."""
        self.make_lines(self.options, width)
        _ = self.change_keys
        for number in range(len(self.files)):
            self.row_of(number, "agent", 1)  # most of what the checks point to is the agent's

    @cached_property
    def change_keys(self) -> list[str]:
        """For each file a text that is the same wherever both sides do the same to it, and another where they do not."""
        return [_digest(file) for file in self._review.files]

    def make_lines(self, options: Options, width: int = 0) -> list[Line]:
        """All lines of all files, in a list of the caller's own; where ``width`` is not 0, long ones go on below."""
        wanted = options, width
        if self._made is None or self._made[0] != wanted:
            self._made = wanted, self._make_lines(options, width)
        return list(self._made[1])

    def _make_lines(self, options: Options, width: int) -> list[Line]:
        lines: list[Line] = []
        for number, file in enumerate(self.files):
            made = file_lines(number, file, options)
            if number in self.space_only and not (file.artefact and len(made) == 1):
                made.insert(1, self._space_note(number, file))
            lines += made
        return (
            wrap_rows(lines, self.files, text_width(options.layout, width), options.wraps) if width else lines
        )

    def _space_note(self, number: int, file: AlignedFile) -> NoteLine:
        counts = zip(self.space_only[number], (self._review.left, "agent"), strict=True)
        text = " and ".join(f"{count} of the {who}'s lines" for count, who in counts if count)
        if not file.region_relations:
            return NoteLine(number, f"only white space differs: {text}", "warn")
        return NoteLine(number, f"white space is ignored: {text} differ in nothing else", "dim")

    def row_of(self, file: int, side: Side, line: int) -> int | None:
        """The row that holds a line, counted from 1, of one side's file; else the nearest one."""
        if side == "base" and self.options.layout == "results":
            return None
        return self._row_index(file).find(side, line)

    def head_of(self, position: RowPosition) -> str:
        """The first line of the function or section around a row, safe to show; empty where there is none."""
        if position not in self._heads:
            file = self.files[position.file]
            head = enclosing_head(file, position.row) if position.row < len(file.rows) else None
            self._heads[position] = one_line(head.text) if head is not None else ""
        return self._heads[position]

    def replaced_row(self, position: RowPosition, side: DiffSide) -> int | None:
        """The row with the line of the same side that replaced this one, or that this one replaces."""
        region = self.files[position.file].rows[position.row].region
        if region is None:
            return None
        key = (position.file, region, side)
        if key not in self._pairs:
            self._pairs[key] = self._pair_region(position, side)
        return self._pairs[key].get(position.row)

    def _pair_region(self, position: RowPosition, side: DiffSide) -> dict[int, int]:
        """The rows that replace each other in the region around a row, both ways."""
        rows = self.files[position.file].rows
        start = end = position.row
        region = rows[start].region
        while start and rows[start - 1].region == region:
            start -= 1
        while end < len(rows) and rows[end].region == region:
            end += 1
        cells = [(number, cell_of(rows[number], side)) for number in range(start, end)]
        cut, added = (
            [(number, cell.text) for number, cell in cells if cell is not None and cell.fate == fate]
            for fate in ("cut", "add")
        )
        pairs = alike([text for _, text in cut], [text for _, text in added])
        new_rows = {cut[old][0]: added[new][0] for old, new in pairs}
        return new_rows | {new: old for old, new in new_rows.items()}

    def find_evidence(self, evidence: Evidence) -> RowPosition | None:
        """The row that a check's evidence points to, or its file's own line; ``None`` where it is no file here."""
        files = self._files_by_path.get(evidence.file or "")
        if not files:
            return None
        row = self._remark_row(files[0], evidence.side, evidence.line)
        return RowPosition(files[0], -1 if row is None else row)

    def findings_by_row(self, results: Sequence[CheckResult]) -> dict[RowPosition, list[Finding]]:
        """What the checks found, by the row that the evidence points to."""
        findings: dict[RowPosition, list[Finding]] = {}
        for result in results:
            # What the task text gives away is marked there: here it would be at half of the human's lines.
            if result.outcome in ("pass", "skip") or result.name == "prompt":
                continue
            for evidence in result.evidence:
                position = self.find_evidence(evidence)
                if position is not None and position.row >= 0:
                    findings.setdefault(position, []).append(Finding(result, evidence))
        return findings

    def marks_by_row(self, marks: Sequence[Mark]) -> dict[RowPosition, Mark]:
        """An annotator's marks by row; of several on one row the last one."""
        placed: dict[RowPosition, Mark] = {}
        for mark in marks:
            for file in self._files_by_path.get(mark.file, ()):
                row = self._remark_row(file, mark.side, mark.line)
                if row is not None:
                    placed[RowPosition(file, row)] = mark
        return placed

    def _remark_row(self, file: int, side: Side, line: int | None) -> int | None:
        if line is None or (side == "human" and self._review.left != "human"):
            return None  # the left side is another attempt's
        return self.row_of(file, side, line)

    @cached_property
    def _files_by_path(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, file in enumerate(self.files):
            for path in _paths_of(file):
                found.setdefault(path, []).append(number)
        return found


def _digest(file: AlignedFile) -> str:
    """Of what each side does to a file, wherever in its patch that stands."""
    digest = hashlib.sha256(to_json(file.path))
    for change in (file.human, file.agent):
        if change is None:
            digest.update(b"\0-")
            continue
        about = (change.old, change.new, change.kind, change.binary, change.old_mode, change.new_mode)
        blobs = (change.old_blob, change.new_blob) if change.binary else ()
        digest.update(b"\0" + to_json((about, blobs, [hunk.source_start for hunk in change.hunks])))
        for line in change.lines:
            digest.update(f"{line.kind}{line.text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _paths_of(file: AlignedFile) -> set[str]:
    changes = [change for change in (file.human, file.agent) if change is not None]
    return {file.path, *(path for change in changes for path in (change.old, change.new) if path)}
