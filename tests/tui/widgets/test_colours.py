"""Colours inside a line: nothing of the text is lost, whatever is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from reviewer.tui.widgets.columns import painted

LINES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 70), st.just(Style(bold=True))), max_size=5)


def window(text: str, x: int, width: int) -> str:
    return "".join(part for part, _ in painted(text, x, width, Style.null()))


@given(LINES, st.integers(0, 30), st.integers(1, 40), SPANS)
def test_coloured_text_is_the_plain_window(text: str, x: int, width: int, spans: list) -> None:
    pieces = painted(text, x, width, Style(), spans)
    assert "".join(part for part, _ in pieces) == window(text, x, width)


@given(st.text(max_size=40), st.integers(0, 30), st.integers(2, 40))
def test_a_window_has_its_width(text: str, x: int, width: int) -> None:
    from reviewer.text import one_line

    assert cell_len(window(one_line(text), x, width)) == width


def test_what_is_cut_is_marked() -> None:
    assert window("abcdef", 0, 4) == "abc…"
    assert window("abcdef", 2, 4) == "…def"
    assert window("abcdef", 0, 6) == "abcdef"
    assert window("漢字漢字", 0, 4) == "漢 …"
