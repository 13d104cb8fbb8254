"""The diff without a screen: which lines there are, where its keys go, and how they are drawn."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rich.style import Style

from reviewer.diffs.align import align
from reviewer.diffs.parse import parse
from reviewer.model import CheckResult, Evidence, Mark
from reviewer.project.references import Review
from reviewer.tui.diff.files import DrawnFiles
from reviewer.tui.diff.lines import CONTEXT, LAYOUTS, WRAPPINGS, FileHeading, Fold, RawLine, RowLine, Wrapping
from reviewer.tui.diff.model import DiffModel
from reviewer.tui.diff.moving import next_change, next_file, next_remark, start_of_file
from reviewer.tui.diff.painter import DiffPainter
from reviewer.tui.diff.positions import Finding, RowPosition, SourceLine
from reviewer.tui.signs import UNICODE
from reviewer.tui.widgets.columns import Piece

BASE = "".join(f"line {number}\n" for number in range(1, 41)).encode()
HUMAN = b"--- a/a.txt\n+++ b/a.txt\n@@ -10,3 +10,3 @@\n line 10\n-line 11\n+line eleven\n line 12\n"
AGENT = HUMAN + (
    b"@@ -30,2 +30,3 @@\n line 30\n+line thirty and a half\n line 31\n"
    b"--- a/b.txt\n+++ b/b.txt\n@@ -1,2 +1 @@\n-line 1\n line 2\n"
)


class PlainStyles:
    """Styles that only carry their own name, to be read back from what was drawn."""

    text = Style(meta={"name": "text"})

    def __getitem__(self, name: str) -> Style:
        return Style(meta={"name": name})

    def over(self, *names: str) -> Style:
        return Style(meta={"name": names[-1]})


@pytest.fixture
def model() -> DiffModel:
    """Two files, the first changed by both sides, and the agent's alone the second."""
    diff = DiffModel()
    diff.set_width(100)
    diff.show(Review(align(parse(HUMAN), parse(AGENT), lambda path: BASE), "", patch=AGENT))
    return diff


def text_of(pieces: list[Piece]) -> str:
    return "".join(text for text, _ in pieces)


def result(line: int, side: str = "agent") -> CheckResult:
    evidence = Evidence(text="look", file="a.txt", line=line, side=side)  # type: ignore[arg-type]
    return CheckResult(name="files", outcome="warn", summary="", evidence=(evidence,))


def test_neither_model_nor_painter_needs_textual() -> None:
    code = (
        "import sys, reviewer.tui.diff.painter, reviewer.tui.diff.moving; assert 'textual' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_hunks_and_files_one_after_the_other(model: DiffModel) -> None:
    first = model.first_change()
    second = next_change(model, first, 1)
    third = next_change(model, second or 0, 1)
    sources = [model.source_line(index or 0) for index in (first, second, third)]
    assert [source.line for source in sources if source] == [11, 31, 1]
    assert next_change(model, third or 0, 1) is None
    assert next_change(model, second or 0, -1) == first
    start = next_file(model, first, 1)
    assert start is not None
    assert isinstance(model.lines[start.head], FileHeading)
    assert start.change == third
    assert start_of_file(model, 1) == start
    assert next_file(model, start.change, 1) is None


def test_a_row_is_revealed_in_its_fold(model: DiffModel) -> None:
    fold = next(index for index, line in enumerate(model.lines) if isinstance(line, Fold))
    hidden = RowPosition(0, 1)
    assert model.position_at(fold) == RowPosition(0, 0)
    assert model.can_open(fold)
    index = model.reveal(hidden)
    assert model.position_at(index) == hidden
    assert model.source_line(index) == SourceLine("agent", "a.txt", 2)
    assert not model.can_open(index)


def test_the_anchor_finds_its_line_in_every_layout(model: DiffModel) -> None:
    anchor = model.anchor(model.first_change())
    assert anchor.source is not None
    for layout in LAYOUTS:
        model.set_options(layout=layout)
        index = model.index_of_anchor(anchor)
        assert isinstance(model.lines[index], RowLine | RawLine)
        if layout not in ("human", "results"):
            assert model.source_line(index) == anchor.source


def test_a_bookmark_brings_back_what_was_unfolded(model: DiffModel) -> None:
    model.set_options(context=model.options.context + CONTEXT)
    model.set_options(whole=model.options.whole ^ {1})
    bookmark = model.bookmark(model.first_change(), 3)
    lines, review = list(model.lines), model.review
    model.show(Review((), ""))
    assert not model.lines
    assert model.options.context == 3
    model.show(review, None, bookmark)
    assert model.lines == lines
    assert model.index_of(bookmark.position) == model.first_change()


def test_findings_and_marks_are_noted_on_their_rows(model: DiffModel) -> None:
    mark = Mark(side="agent", file="a.txt", line=31, mark="wrong")
    model.set_remarks((result(11), result(31), result(31, "human")), (mark,))
    first = next_remark(model, 0, 1)
    assert first is not None
    (found,) = model.remarks_on(first)
    assert isinstance(found, Finding)
    second = next_remark(model, model.index_of(first), 1)
    assert second is not None
    assert model.remarks_on(second)[0] == mark
    assert len(model.remarks_on(second)) == 2
    compared = Review(model.review.files, "", patch=AGENT, left="another attempt")
    model.show(compared)
    model.set_remarks((result(11, "human"),), ())
    assert not model.findings, "the left side is not the human's now"


def test_lines_prepared_in_a_thread_are_those_that_are_shown(model: DiffModel) -> None:
    review = model.review
    prepared = DrawnFiles(review, model.options)
    prepared.prepare(0)
    lines = list(model.lines)
    model.show(review, prepared)
    assert model.drawn is prepared
    assert model.lines == lines
    model.open_at(next(index for index, line in enumerate(lines) if isinstance(line, Fold)))
    model.show(review, prepared)
    assert model.lines == lines, "what was unfolded is not in the lines that were prepared"
    model.set_options(layout="raw")
    assert model.drawn is not prepared
    assert [model.patch.text(line.row) for line in model.lines if isinstance(line, RawLine)] == (
        AGENT.decode().splitlines()
    )


def test_a_search_goes_round_and_knows_what_is_folded(model: DiffModel) -> None:
    model.search.set_needle("LINE 3")
    first, last = model.search.matches[0], model.search.matches[-1]
    assert model.search.next_match(first, -1) == last
    assert model.search.next_match(last, 1) == first
    assert model.search.next_match(first, 1, here=True) == first
    assert model.search.describe(last) == f"{len(model.search.matches)} of {len(model.search.matches)}"
    assert model.count_in_folds() > 0
    before = len(model.search.matches)
    model.set_options(whole=model.options.whole ^ {0})
    assert len(model.search.matches) > before
    model.search.set_needle("")
    assert model.search.next_match(first, 1) is None


@pytest.mark.parametrize("wraps", WRAPPINGS)
def test_every_layout_is_drawn_within_its_columns(model: DiffModel, wraps: Wrapping) -> None:
    painter = DiffPainter(model, PlainStyles(), UNICODE)
    model.set_options(wraps=wraps)
    for layout in LAYOUTS:
        model.set_options(layout=layout)
        for index, line in enumerate(model.lines):
            pieces = painter.pieces(index, 100, x=0 if wraps == "all" else 4)
            assert len(text_of(pieces)) == 100 or not isinstance(line, RowLine | RawLine)
        for y in (0, 1):
            assert text_of(painter.top_line(0, y, 2, 100))


def test_a_cut_and_an_added_line_have_sign_and_style(model: DiffModel) -> None:
    painter = DiffPainter(model, PlainStyles(), UNICODE)
    index = model.first_change()
    cut = painter.pieces(index, 100)
    assert text_of(cut).count("-line 11") == 2
    assert any(text == "-" and style.meta["name"] == "removed" for text, style in cut)
    added = text_of(painter.pieces(index + 1, 100))
    assert added.count("+line eleven") == 2
    assert painter.text_in(index + 1, 0) == "line eleven\n"
