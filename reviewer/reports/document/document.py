"""The parts of a report, independent of its format. Every text in them is as the data has it.

The writers (:mod:`reviewer.reports.document.markdown`, :mod:`reviewer.reports.document.html`) make every text safe, each in
one function; nothing in this module is markup, but for plots, which only :mod:`reviewer.reports.document.svg` draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from reviewer.reports.tables.spans import Span, Spans, line
from reviewer.reports.tables.table import Table


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


class Quote(msgspec.Struct, frozen=True):
    """Prose that a person wrote, line breaks kept, with whose it is."""

    text: str
    by: str


class Gap(msgspec.Struct, frozen=True):
    """Text that a person must write and nobody has: what is missing, and how to write it."""

    missing: str
    how: str


class Listing(msgspec.Struct, frozen=True):
    """Lines as they are: of a ``diff``, a task text, a message; ``omitted`` further ones are not shown."""

    lines: tuple[str, ...]
    omitted: int = 0
    diff: bool = False


class Details(msgspec.Struct, frozen=True):
    """What is shown when asked for; on paper where ``printed``."""

    title: Spans
    blocks: tuple[Block, ...]
    printed: bool = False


class Plot(msgspec.Struct, frozen=True):
    """A drawing by :mod:`reviewer.reports.document.svg`, and the same in lines of text for where there are no drawings.

    ``name`` is the drawing's file name, without an ending.
    """

    name: str
    svg: str
    caption: str
    text: tuple[str, ...] = ()


Block = Heading | Para | Items | Table | Quote | Gap | Listing | Details | Plot


Address = Callable[[str], str]
"""The link to an anchor, which may be on another page."""


def in_page(anchor: str) -> str:
    """The link to an anchor of the same page."""
    return f"#{anchor}"


class ContentsEntry(msgspec.Struct, frozen=True):
    """A line of the table of contents, with those below it."""

    title: str
    anchor: str
    below: tuple[ContentsEntry, ...] = ()


class Document(msgspec.Struct, frozen=True):
    """A page of a report: its title, what it is stamped with, contents, and blocks, made as they are written."""

    title: str
    stamp: tuple[tuple[str, str], ...]
    contents: tuple[ContentsEntry, ...]
    blocks: Iterable[Block]
    address: Address = in_page


def heading(level: int, *parts: str | Span | Spans, anchor: str | None = None) -> Heading:
    """A heading from texts and spans."""
    return Heading(level, line(*parts), anchor)


def para(*parts: str | Span | Spans, small: bool = False) -> Para:
    """A paragraph from texts and spans."""
    return Para(line(*parts), small)


def items(*contents: str | Spans) -> Items:
    """A list without anything below its items."""
    return Items(tuple((line(content) if isinstance(content, str) else content, ()) for content in contents))


def excerpt(
    title: str | Spans, lines: Sequence[str], most: int, *, diff: bool = False, printed: bool = False
) -> Details:
    """The first ``most`` lines, shown when asked for; a few more than that are shown all the same."""
    shown = len(lines) if len(lines) <= most + most // 10 else most
    return Details(line(title), (Listing(tuple(lines[:shown]), len(lines) - shown, diff),), printed)


def titled(title: Heading | Para, table: Table) -> Iterator[Block]:
    """A table below its title, neither where the table holds nothing."""
    if table.lines:
        yield title
        yield table


def folded(title: str | Spans, block: Block) -> Details:
    """A block that is shown when asked for."""
    return Details(line(title), (block,))


def capped(shown: Sequence[Spans], most: int) -> tuple[Spans, ...]:
    """The first ``most`` items of a list, and how many more there are."""
    more = len(shown) - most
    return (*shown[:most], line(f"and {more} more")) if more > 0 else tuple(shown)
