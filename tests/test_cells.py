"""Cells: widths in terminal columns, and figures as text."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from reviewer.cells import (
    cut,
    cut_name,
    cut_start,
    fit,
    format_duration,
    format_interval,
    format_large,
    format_number,
    format_percent,
    format_size,
    format_time,
    pad,
    wrap,
)

TEXTS = ("", "a", "an attempt", "日本語のテキスト", "e\u0301te\u0301 à l'été", "run/vllm_core-3368ff88")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", range(30))
def test_no_cell_is_wider_than_it_may_be(text: str, width: int) -> None:
    for cutter in (cut, cut_start, cut_name):
        assert cell_len(cutter(text, width)) <= width
        assert cutter(text, 40) == text
    assert cell_len(fit(text, width)) == cell_len(fit(text, width, right=True)) == width
    assert cell_len(pad(text, width)) == max(width, cell_len(text))
    assert all(cell_len(line) <= max(width, 2) for line in wrap(text, width))


def test_what_is_cut_off_is_marked_where_it_was() -> None:
    assert cut("an attempt", 5) == "an a…"
    assert cut_start("an attempt", 5) == "…empt"
    assert cut_name("vllm_core-3368ff88", 12) == "…-3368ff88"
    assert cut_name("abcdefghij", 5) == "…ghij"
    assert pad("12", 4, right=True) == "  12"


def test_a_text_is_wrapped_between_words_and_at_line_feeds() -> None:
    assert wrap("one two\nthree", 7) == ["one two", "three"]
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("3368ff88", 3) == ["336", "8ff", "88"]


def test_figures_as_text() -> None:
    figures = (
        (format_number, 12345, "12,345"), (format_number, 1.5, "1.50"), (format_large, 1_250_000, "1.2 M"),
        (format_large, 7, "7"), (format_percent, 0.125, "12.5 %"), (format_size, 2200, "2.2 kB"),
        (format_size, 12, "12 B"), (format_duration, 1.6, "1.6 s"), (format_duration, 1500, "25 min"),
        (format_duration, 9000, "2.5 h"), (format_time, 0, "1970-01-01 00:00"), (format_time, 1e30, "–"),
    )  # fmt: skip
    for write, value, text in figures:
        assert write(value) == text  # type: ignore[operator]
        assert write(None) == "–"  # type: ignore[operator]
    assert format_number(3, "bytes") == "3 bytes"
    assert format_interval(0.101, 0.152) == "10.1–15.2"
    assert format_interval(None, 0.5) == "–"
