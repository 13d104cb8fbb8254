"""Safe text in an exact number of columns, whatever is cut off marked where it is cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, get_character_cell_size, set_cell_size

if TYPE_CHECKING:
    from rich.style import Style

    from reviewer.tui.widgets.line_pane import Piece

CUT = "…"

Spans = Iterable[tuple[int, int, "Style"]]
"""Start, end (in characters) and the style that lies over them; later ones on top."""


def window(text: str, x: int, width: int) -> str:
    """``width`` columns of safe text from column ``x`` on; ``…`` where it is cut."""
    if width <= 0:
        return ""
    start, end, lead, longer = _cut(text, x, width)
    part = set_cell_size(" " * lead + text[start:end], width)
    if longer:
        part = set_cell_size(part, width - 1) + CUT
    if x and text.strip():
        part = CUT + set_cell_size(part[1:], width - 1)
    return part


def painted(
    text: str,
    x: int,
    width: int,
    style: Style,
    spans: Spans = (),
    *,
    cut: Style | None = None,
    left_mark: bool | None = None,
) -> list[Piece]:
    """``width`` columns of safe text from column ``x`` on, spans over ``style``.

    What is cut off shows as ``…`` in the style ``cut``; at the left where ``left_mark`` says so, else
    wherever ``x`` is not 0.
    """
    if width <= 0:
        return []
    start, end, lead, longer = _cut(text, x, width)
    characters, styles = list(text[start:end]), _styles(start, end, style, spans)
    room = width - lead - columns_of(text[start:end])
    mark = style if cut is None else style + cut
    if longer and characters:
        last = get_character_cell_size(characters[-1])
        characters[-1], styles[-1], room = CUT + " " * (last - 1 + room), mark, 0
    if (left_mark if left_mark is not None else x > 0) and text.strip():
        if lead:
            characters, styles, lead = [CUT, *characters], [mark, *styles], lead - 1
        elif not characters:
            characters, styles, room = [CUT], [mark], room - 1
        elif characters[0][0] != CUT:
            first = get_character_cell_size(characters[0])
            characters[0], styles[0] = CUT + " " * (first - 1), mark
    pieces = [(" " * lead, style)] if lead > 0 else []
    pieces += _joined(characters, styles)
    return [*pieces, (" " * room, style)] if room > 0 else pieces


def painted_part(text: str, start: int, end: int, width: int, style: Style, spans: Spans = ()) -> list[Piece]:
    """The characters from ``start`` to ``end``, as :func:`parts` gives them, in ``width`` columns."""
    pieces = _joined(text[start:end], _styles(start, end, style, spans))
    room = width - columns_of(text[start:end])
    return [*pieces, (" " * room, style)] if room > 0 else pieces


def parts(text: str, width: int, first: int = 0) -> list[tuple[int, int]]:
    """Start and end of the stretches of at most ``width`` columns that a text wraps into, from ``first`` on."""
    width = max(width, 2)
    if text.isascii():
        return [(at, min(at + width, len(text))) for at in range(first, len(text), width)] or [(first, first)]
    result: list[tuple[int, int]] = []
    start, column = first, 0
    for place in range(first, len(text)):
        size = get_character_cell_size(text[place])
        if column + size > width:
            result.append((start, place))
            start, column = place, 0
        column += size
    return [*result, (start, max(len(text), start))]


def _styles(start: int, end: int, style: Style, spans: Spans) -> list[Style]:
    styles = [style] * max(end - start, 0)
    for begin, stop, over in spans:
        for place in range(max(begin, start), min(stop, end)):
            styles[place - start] = styles[place - start] + over
    return styles


def _joined(characters: Sequence[str], styles: Sequence[Style]) -> list[Piece]:
    pieces: list[Piece] = []
    begin = 0
    for place in range(1, len(styles) + 1):
        if place == len(styles) or styles[place] is not styles[begin]:
            pieces.append(("".join(characters[begin:place]), styles[begin]))
            begin = place
    return pieces


def _cut(text: str, x: int, width: int) -> tuple[int, int, int, bool]:
    """First and last character, blank columns in front (half a wide character), and whether there is more."""
    if text.isascii():
        return min(x, len(text)), min(len(text), x + width), 0, len(text) > x + width
    column, start, lead = 0, len(text), 0
    for place, character in enumerate(text):
        size = get_character_cell_size(character)
        if column >= x and start > place:
            start, lead = place, column - x
        if start <= place and column + size > x + width:
            return start, place, lead, True
        column += size
    return start, len(text), lead, False


def columns_of(text: str) -> int:
    """How many columns a safe text takes."""
    return len(text) if text.isascii() else cell_len(text)
