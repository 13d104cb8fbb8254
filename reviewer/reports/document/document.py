"""What a report is made of, whatever it is written as. Every text in here is as data gave it.

The writers (:mod:`reviewer.reports.document.markdown`, :mod:`reviewer.reports.document.html`) make every text safe in one
place each; nothing in this module is markup, but for plots, which only :mod:`reviewer.reports.document.svg` draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

SIGNS = {
    "pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": "–",
    "true_success": "✓", "partial_success": "◐", "false_positive": "✗", "failure": "✗", "unsure": "?",
    "correct": "✓", "partial": "◐", "wrong": "✗", "nothing": "∅",
    "marked": "●", "unmarked": "○",
}  # fmt: skip
"""A sign beside every colour."""


class Text(msgspec.Struct, frozen=True):
    """Running text."""

    text: str


class Strong(msgspec.Struct, frozen=True):
    """Text that stands out."""

    text: str


class Code(msgspec.Struct, frozen=True):
    """A name, a path, a piece of code, on one line."""

    text: str


class Sign(msgspec.Struct, frozen=True):
    """A word with the sign and colour of its kind: one of :data:`SIGNS`, any other is shown as ``info``."""

    kind: str
    text: str

    @property
    def known_kind(self) -> str:
        """A kind that writers may rely on, whatever a rubric calls its judgements."""
        return self.kind if self.kind in SIGNS else "info"


class Link(msgspec.Struct, frozen=True):
    """A link to an anchor of this report; ``code`` shows its text as a name."""

    text: str
    to: str
    code: bool = False


Span = Text | Strong | Code | Sign | Link
Spans = tuple[Span, ...]


def line(*parts: str | Span | Iterable[Span]) -> Spans:
    """Spans from texts, spans and rows of spans."""
    spans: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            spans.append(Text(part))
        elif isinstance(part, Text | Strong | Code | Sign | Link):
            spans.append(part)
        else:
            spans += part
    return tuple(spans)


def joined(parts: Sequence[Span | Spans], between: str = ", ") -> Spans:
    """Spans with a text between each two."""
    spans: list[Span] = []
    for place, part in enumerate(parts):
        if place:
            spans.append(Text(between))
        spans += part if isinstance(part, tuple) else (part,)
    return tuple(spans)


class Heading(msgspec.Struct, frozen=True):
    """A heading; level 1 is the report's title."""

    level: int
    spans: Spans
    anchor: str | None = None


class Para(msgspec.Struct, frozen=True):
    """A paragraph; a ``small`` one explains figures."""

    spans: Spans
    small: bool = False


class Items(msgspec.Struct, frozen=True):
    """A list, each item with further ones below it."""

    items: tuple[tuple[Spans, tuple[Spans, ...]], ...]


class Row(msgspec.Struct, frozen=True):
    """A row of a table, perhaps with an anchor."""

    cells: tuple[Spans, ...]
    anchor: str | None = None


class Table(msgspec.Struct, frozen=True):
    """A table; the columns in ``right`` hold figures."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    right: frozenset[int] = frozenset()
    caption: str | None = None


class Quote(msgspec.Struct, frozen=True):
    """Prose that a person wrote, line breaks kept, with whose it is."""

    text: str
    by: str


class Gap(msgspec.Struct, frozen=True):
    """Text that a person must write and nobody has: what is missing, and how to write it."""

    missing: str
    how: str


class Listing(msgspec.Struct, frozen=True):
    """Lines as they are: a task text, a message, a command."""

    lines: tuple[str, ...]
    left_out: int = 0


class Diff(msgspec.Struct, frozen=True):
    """Lines of a patch; ``left_out`` further ones are not shown."""

    lines: tuple[str, ...]
    left_out: int = 0


class Fold(msgspec.Struct, frozen=True):
    """What is shown when asked for."""

    title: Spans
    blocks: tuple[Block, ...]


class Plot(msgspec.Struct, frozen=True):
    """A drawing by :mod:`reviewer.reports.document.svg`, and the same in lines of text for where there are no drawings."""

    svg: str
    caption: str
    text: tuple[str, ...] = ()


Block = Heading | Para | Items | Table | Quote | Gap | Listing | Diff | Fold | Plot


class Entry(msgspec.Struct, frozen=True):
    """A line of the table of contents, with those below it."""

    title: Spans
    anchor: str
    below: tuple[Entry, ...] = ()


class Document(msgspec.Struct, frozen=True):
    """A report: its title, what it is stamped with, contents, and blocks, made as they are written."""

    title: str
    stamp: tuple[tuple[str, str], ...]
    contents: tuple[Entry, ...]
    blocks: Iterable[Block]


def cell(content: str | Span | Spans) -> Spans:
    """The content of a table's cell."""
    return content if isinstance(content, tuple) else line(content)


def row(*cells: str | Span | Spans, anchor: str | None = None) -> Row:
    """A row from texts, spans and rows of spans."""
    return Row(tuple(cell(content) for content in cells), anchor)


def items(*contents: str | Span | Spans) -> Items:
    """A list without anything below its items."""
    return Items(tuple((cell(content), ()) for content in contents))


def clipped(lines: Sequence[str], most: int) -> tuple[tuple[str, ...], int]:
    """The first ``most`` lines, and how many are left out; a few more than that are shown all the same."""
    if len(lines) <= most + most // 10:
        return tuple(lines), 0
    return tuple(lines[:most]), len(lines) - most
