"""What the driver leaves out of a frame: a terminal shows the same cells in the same styles."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from reviewer.tui.thin_driver import thinned

COLUMNS, LINES = 30, 3

colours = st.sampled_from([None, "red", "bright_blue", "color(200)", "#102030", "default"])
flags = st.sets(st.sampled_from(["bold", "dim", "italic", "underline", "reverse", "strike"]), max_size=3)
styles = st.builds(
    lambda text, ground, on: Style(color=text, bgcolor=ground) + Style.parse(" ".join(on)), colours, colours, flags
)  # fmt: skip
texts = st.sampled_from(["a", "bc ", "   ", " ", "…", "漢", "e\u0301"])
lines = st.lists(st.tuples(texts, styles), max_size=8)
Frame = dict[int, list[tuple[str, Style]]]
frames = st.dictionaries(st.integers(0, LINES - 1), lines, min_size=1)
"""Lines to paint by where they stand."""

Cell = tuple[str, str, str, bool, bool, bool, bool, bool]


def cells(*written: str) -> list[Cell]:
    """What a terminal shows; of a blank only what is seen of it, and at the end what it would paint next."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(screen)
    for text in written:
        stream.feed(text)
    found = [screen.buffer[y][x] for y in range(LINES) for x in range(COLUMNS)]
    shown: list[Cell] = []
    for char in (*found, screen.cursor.attrs):
        seen = char.data.strip() or char.underscore or char.reverse or char.strikethrough
        ink = (char.fg, char.bold, char.italics) if seen else ("", False, False)
        shown.append((char.data, char.bg, *ink, char.underscore, char.reverse, char.strikethrough))
    return shown


def rendered(frame: Frame, colours: str) -> str:
    """A frame as Textual's compositor writes it."""
    console = Console(color_system=colours, force_terminal=True)  # type: ignore[arg-type]
    return "\n".join(
        f"{Control.move_to(2, y).segment.text}{Strip(Segment(*piece) for piece in line).render(console)}"
        for y, line in sorted(frame.items())
    )


@given(frames, frames, st.sampled_from(["truecolor", "256", "standard"]))
def test_a_terminal_shows_what_it_did(first: Frame, second: Frame, colours: str) -> None:
    before = [rendered(first, colours), rendered(second, colours)]
    after = [*map(thinned, before)]
    assert cells(*after) == cells(*before)
    assert sum(map(len, after)) <= sum(map(len, before))
    assert [*map(thinned, after)] == after


def test_a_style_is_written_where_it_changes() -> None:
    assert thinned("\x1b[1;31;44ma\x1b[0m\x1b[1;31;44mb\x1b[0m") == "\x1b[1;31;44mab\x1b[0m"
    assert thinned("\x1b[31;44ma\x1b[0m\x1b[32;44m \x1b[0m\x1b[31;44mb\x1b[0m") == "\x1b[31;44ma b\x1b[0m"
    assert (
        thinned("\x1b[31;44ma\x1b[0m\n\x1b[2;1H\x1b[32;44mb\x1b[0m")
        == "\x1b[31;44ma\x1b[2;1H\x1b[32mb\x1b[0m"
    )


def test_bold_and_dim_end_together_and_what_stays_is_written_again() -> None:
    text = "\x1b[1;2;38;2;1;2;3;48;2;4;5;6ma\x1b[0m\x1b[2;38;2;1;2;3;48;2;4;5;6mb\x1b[0m"
    assert thinned(text) == "\x1b[1;2;38;2;1;2;3;48;2;4;5;6ma\x1b[22;2mb\x1b[0m"


def test_what_is_no_frame_is_left_alone() -> None:
    for text in ("\x1b7\x1b[2;2H\x1b[6n\x1b8", "\x1b[?1049h", "\x1b[31", "a\nb", ""):
        assert thinned(text) == text
