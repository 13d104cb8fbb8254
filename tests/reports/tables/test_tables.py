"""Every table is built once: text, Markdown and HTML write the same figures of it."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from reviewer.model import Decision, Gold
from reviewer.reports.document import html, markdown
from reviewer.reports.document.document import Document
from reviewer.reports.painted import plain
from reviewer.reports.tables import figure
from reviewer.reports.tables.parts import breakdown
from reviewer.reports.tables.section_names import SECTIONS
from reviewer.reports.tables.spans import Link, Sign, Text, line
from reviewer.reports.tables.statistics import statistics
from reviewer.reports.tables.success import funnel
from reviewer.reports.tables.table import (
    Cell,
    Table,
    document_lines,
    spans_of,
    table_line,
    text_of,
    without_columns,
)
from reviewer.reports.tables.text import laid_out, paint
from reviewer.stats.rates import WAITING, plain_rate
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import Summary, summarise

MARKUP = "$x$ https://example.com www.example.com *a* |b| <i>"


@pytest.fixture(scope="module")
def summary() -> Summary:
    gold = Gold(attempt="", judgement="correct", verdict="true_success", strength="agreed")
    rows = [
        StatRow(
            attempt=f"r{i % 3}/{i}", run=f"r{i % 3}", commit=f"c{i % 5}", agent="a" if i % 2 else None,
            marked=i % 2 == 0, acted=True, non_empty=i % 3 > 0, duration=float(i), cluster="x" if i < 4 else None,
            cause=f"cause {i % 4}", outcomes={"syntax": "fail" if i % 4 == 0 else "pass"}, shared=i == 7,
            gold=gold if i % 2 else None, labelled=i % 2 == 1,
        )
        for i in range(30)
    ]  # fmt: skip
    decisions = {
        name: {row.attempt: Decision(attempt=row.attempt, judgement=judgement) for row in rows[:20]}
        for name, judgement in (("ada", "correct"), ("grace", "wrong"))
    }
    return summarise(rows, decisions_by_annotator=decisions)


def test_every_writer_writes_every_figure_of_every_table(summary: Summary) -> None:
    tables = statistics(summary, full=True)
    assert len({table.title for table in tables}) == len(tables) > 15
    for table in tables:
        text = re.sub(r" +", " ", plain(paint(table, None)))
        source = markdown.tables_to_markdown([table])
        page = "".join(html.write(Document("t", (), (), (table,))))
        for each in without_columns(table, table.extra).lines:
            assert re.sub(r" +", " ", " ".join(filter(None, each.texts))) in text
        for each in document_lines(table):
            shown = ["".join(span.text for span in spans_of(cell)) for cell in each.cells]
            assert f"| {' | '.join(map(markdown.escape, shown))} |" in source
            assert all(f">{html.escape(cell)}</td>" in page for cell in shown)


def test_cells_say_in_documents_in_full_what_a_terminal_has_no_room_for() -> None:
    rate = plain_rate(3, 9)
    cells: tuple[tuple[Cell, str, str], ...] = (
        (figure.number(1234), "1234", "1234"),
        (figure.amount(1_234_567), "1.2 M", "1,234,567"),
        (figure.percent(0.125), "12.5 %", "12.5 %"),
        (figure.fraction(3, 9), "3/9", "3/9"),
        (figure.fraction(None, 9), "9", "mean of 9"),
        (figure.interval(0.1, 0.25), "10.0–25.0", "10.0–25.0"),
        (figure.rate_cells(replace(rate, method=WAITING))[2], "…", "…"),
        (figure.rate_in_words(rate), "3/9 33.3 % 12.1–64.6", "3/9 33.3 % 12.1–64.6"),
        (figure.rate_in_words(None), "–", "–"),
        (figure.coefficient(0.5, (0.25, 0.75)), "0.50", "0.50 (0.25–0.75)"),
        (figure.duration(84.5), "1 min", "84.50 s"),
        (figure.money(1.5), "$1.50", "$1.50"),
        (line("a ", Link("b", "there")), "a b", "a b"),
        (Sign("fail", "bad"), "✗ bad", "bad"),
        (Text("a\x1b[2J\n"), "a␛[2J␊", "a\x1b[2J\n"),
    )
    for cell, short, full in cells:
        assert text_of(cell) == short
        assert "".join(span.text for span in spans_of(cell)) == full


def test_lines_below_others_have_their_whole_name_in_documents() -> None:
    lines = (
        table_line("all", ""),
        table_line("first", "1", depth=1),
        table_line("", "2", depth=2),
        table_line("b", "3"),
    )
    table = Table(header=("", "n"), lines=lines)
    assert [each.texts for each in document_lines(table)] == [
        ("all, first", "1"),
        ("all, first", "2"),
        ("b", "3"),
    ]
    assert laid_out(table, None)[0][1:4] == ["  all", "    first  1", "           2"]  # fmt: skip


def test_columns_are_left_out_with_their_names_and_alignments() -> None:
    table = Table(
        header=("a", "b", "c"),
        lines=(table_line("x", figure.number(1), "y"),),
        left=(0, 2),
        extra=(1,),
        weak=(2, 1),
    )
    kept = without_columns(table, table.extra)
    assert (kept.header, kept.left, kept.extra, kept.weak) == (("a", "c"), (0, 1), (), (1,))
    assert kept.lines[0].texts == ("x", "y")
    assert laid_out(table, None)[0] == laid_out(kept, None)[0]


@pytest.mark.parametrize("width", range(1, 120, 7))
def test_a_narrow_terminal_is_told_which_columns_there_is_no_room_for(summary: Summary, width: int) -> None:
    for table in statistics(summary, full=True):
        lines, notes = laid_out(table, width)
        absent = [note for note in notes if note.startswith("no room for: ")]
        assert len(lines) == len(table.lines) + 1
        assert bool(absent) == (len(lines[0].split()) < len(laid_out(table, None)[0][0].split()))


def test_bars_stand_behind_the_levels_and_what_is_unknown_is_lighter(summary: Summary) -> None:
    lines = plain(paint(funnel(summary), 100)).splitlines()
    assert lines[1].count("█") > lines[2].count("█") > 0


def test_parts_keep_the_order_that_statistics_give_them(summary: Summary) -> None:
    for name, groups in summary.breakdowns.items():
        assert [each.texts[0] for each in breakdown(name, groups).lines] == [group.name for group in groups]


def test_nothing_in_statistics_as_markdown_is_markup() -> None:
    rows = [StatRow(attempt="r/0", run=MARKUP, cause=MARKUP, agent=MARKUP)]
    source = markdown.to_markdown(summarise(rows))
    assert markdown.escape(MARKUP) in source
    assert "$x$" not in source.replace("\\$", "")
    for address in ("https://example.com", "www.example.com"):
        assert address not in source


def test_every_table_is_in_one_section(summary: Summary) -> None:
    whole = [table.title for table in statistics(summary, full=True)]
    apart = [table.title for name in SECTIONS for table in statistics(summary, full=False, sections=[name])]
    assert apart == whole
    assert [t.title for t in statistics(summary, full=False, sections=["runs", "funnel"])] == [
        "runs",
        "funnel",
    ]
