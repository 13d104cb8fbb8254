"""Safe text in an exact number of columns, whatever is cut off marked where it is cut."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from rich.cells import get_character_cell_size
from rich.style import Style

from reviewer.cells import columns_in

CUT = "…"
_BORDERS = " │┃┤╮╯╗╝║|"
_EDGE = 200
"""Characters at the end of a line that may be no more than blanks and the border of a box: they are cut without a mark."""

Piece = tuple[str, Style]
"""A stretch of text that is already safe to show, and its style."""
Spans = Iterable[tuple[int, int, Style]]
"""Start, end (in characters) and the style that lies over them; later ones on top."""


def columns_of(pieces: Iterable[tuple[str, object]]) -> int:
    """How many columns pieces take, one beside the other."""
    return sum([columns_in(text) for text, _ in pieces])


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
    left = right = ""
    if longer and end > start and (len(text) - end > _EDGE or text[end:].strip(_BORDERS)):
        end -= 1
        right = CUT
    if (left_mark if left_mark is not None else x > 0) and text.strip():
        if lead:
            left, lead = CUT, lead - 1
        elif start < end:
            left = CUT + " " * (get_character_cell_size(text[start]) - 1)
            start += 1
        elif not right:
            left = CUT
    mark = style if cut is None else style + cut
    free = width - len(left) - lead - columns_in(text[start:end]) - len(right)
    body = styled(text, start, end, style, spans)
    pieces = [(left, mark), (" " * lead, style), *body, (" " * free, style), (right, mark)]
    return [piece for piece in pieces if piece[0]]


def part_from(text: str, x: int, width: int) -> str:
    """About ``width`` columns of what is cut at column ``x``, from the start of the cell or word; empty where nothing is."""
    start, _, _, longer = _cut(text, x, 1)
    near = max(start - width // 2, 0)
    cell, word = text.rfind("  ", near, start + 1), text.rfind(" ", near, start)
    return text[cell if cell >= 0 else max(word, near) :][:width].strip() if longer else ""


def painted_part(text: str, start: int, end: int, width: int, style: Style, spans: Spans = ()) -> list[Piece]:
    """The characters from ``start`` to ``end``, as :func:`wrap_spans` gives them, in ``width`` columns."""
    free = width - columns_in(text[start:end])
    pieces = styled(text, start, end, style, spans)
    return [*pieces, (" " * free, style)] if free > 0 else pieces


def styled(text: str, start: int, end: int, style: Style, spans: Spans = ()) -> list[Piece]:
    """The characters from ``start`` to ``end`` in ``style``, cut into pieces where spans lie over it."""
    inside = (span for span in spans if span[0] < end and span[1] > start)
    within = [(max(first, start), min(last, end), over) for first, last, over in inside]
    edges = sorted({start, end, *(edge for first, last, _ in within for edge in (first, last))})
    pieces: list[Piece] = []
    for begin, stop in pairwise(edges):
        combined = style
        for first, last, over in within:
            if first <= begin < last:
                combined += over
        pieces.append((text[begin:stop], combined))
    return pieces


def match_spans(text: str, needle: str, style: Style) -> Iterator[tuple[int, int, Style]]:
    """Where a text holds ``needle``, given in lower case; nowhere for an empty one."""
    lowered = text.lower()
    if not needle or len(lowered) != len(text):  # the offsets would be those of another text
        return
    start = lowered.find(needle)
    while start >= 0:
        yield start, start + len(needle), style
        start = lowered.find(needle, start + len(needle))


def wrap_spans(text: str, width: int, first: int = 0) -> Sequence[tuple[int, int]]:
    """Start and end of the stretches of at most ``width`` columns that a text wraps into, from ``first`` on."""
    if len(text) - first <= width and text.isascii():  # as most lines are
        return [(first, max(len(text), first))]
    return _wrap_spans(text, max(width, 2), first)


@lru_cache(maxsize=16)  # of a line of a megabyte each of the twenty thousand parts asks for all
def _wrap_spans(text: str, width: int, first: int) -> Sequence[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = first
    while start < len(text) or not spans:
        end = _fitting_end(text, start, width)
        if end < len(text):
            end = _break_before(text, start, end)
        spans.append((start, end))
        start = end
    return spans


def _fitting_end(text: str, start: int, width: int) -> int:
    """Where ``width`` columns from ``start`` end."""
    if text.isascii():
        return max(min(start + width, len(text)), start)
    columns = 0
    for index in range(start, len(text)):
        columns += get_character_cell_size(text[index])
        if columns > width:
            return index
    return max(len(text), start)


def _break_before(text: str, start: int, end: int) -> int:
    """Where to break a stretch: at the last blank of its second half, else at a word's end there, else at its end."""
    middle = (start + end) // 2
    if text[end] == " " or not _in_word(text[end]):
        return end
    if (blank := text.rfind(" ", middle, end)) >= 0:
        return blank + 1
    breaks = (index for index in range(end, middle, -1) if not _in_word(text[index - 1]))
    return next(breaks, end)


def _in_word(character: str) -> bool:
    """Whether a character belongs to a word; what is not ASCII may be part of the character before it."""
    return character.isalnum() or character == "_" or not character.isascii()


def _cut(text: str, x: int, width: int) -> tuple[int, int, int, bool]:
    """First and last character, blank columns in front (half a wide character), and whether there is more."""
    if text.isascii():
        return min(x, len(text)), min(len(text), x + width), 0, len(text) > x + width
    column, start, lead = 0, len(text), 0
    for index, character in enumerate(text):
        size = get_character_cell_size(character)
        if column >= x and start > index:
            start, lead = index, column - x
        if start <= index and column + size > x + width:
            return start, index, lead, True
        column += size
    return start, len(text), lead, False
