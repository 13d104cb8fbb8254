"""Writes a report as Markdown (GitHub's) in which no text from data is markup, a link or HTML."""

import html
import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from reviewer.reports.document import document as parts
from reviewer.reports.document.document import Address, in_page
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.spans import SIGNS, Code, Link, Sign, Span, Spans, Strong, Text
from reviewer.reports.tables.statistics import scope, statistics
from reviewer.reports.tables.table import Table, document_lines, spans_of
from reviewer.stats.summary import Summary

MARK = "<!-- written by reviewer report"
"""How a report in Markdown begins."""

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&#$]|!(?=\s*$)")  # a link may follow a text that ends in "!"
_LINK = re.compile(
    r"(?<=[A-Za-z])(?=://)|(?<=[wW]{3})(?=\.)|(?<=@)(?=\S*\.)|(?<=[xXmM][mM][pP][pP])(?=:)|(?<=ailto)(?=:)"
)
_BREAK = "<!-- -->"
"""Keeps what looks like an address from becoming a link; nothing is shown of it."""
_START = re.compile(r"^(\s*)([-+=](?=[-+=\s]|$)|\d+(?=[.)](?:\s|$)))")
"""What makes a list, a rule or a heading of a line that begins so."""
_TICKS = re.compile(r"`+")


def write(document: parts.Document) -> Iterator[str]:
    """The document, piece by piece."""
    yield f"{MARK}: it is replaced by the next one -->\n\n# {escape(document.title)}\n\n"
    for name, value in document.stamp:
        yield f"**{escape(name)}:** {escape(value)}  \n"
    yield "\n"
    yield from _contents(document.contents, document.address, 0)
    yield "\n"
    for block in document.blocks:
        yield from _block(block, document.address)


def to_markdown(summary: Summary, *, full: bool = True, sections: Sequence[str] = ()) -> str:
    """All statistics, ending in a line feed: ``reviewer stats --format md``."""
    about = parts.items(*(text.strip() for text in scope(summary)))
    opening = (*_block(parts.heading(1, "Statistics"), in_page), *_block(about, in_page))
    return "".join(opening) + tables_to_markdown(statistics(summary, full=full, sections=sections))


def tables_to_markdown(tables: Sequence[Table]) -> str:
    """Tables alone, each below its title."""
    blocks = (block for table in tables for block in (parts.heading(2, table.title), table))
    return "".join(itertools.chain.from_iterable(_block(block, in_page) for block in blocks))


@lru_cache(4096)  # most texts of a report are names and words that come again
def escape(text: str) -> str:
    """Text from data on one line, in which nothing is markup wherever it stands."""
    text = _SPECIAL.sub(lambda match: "\\" + match.group(), safe_line(text))
    text = _LINK.sub(_BREAK, text)
    return _START.sub(_at_start, text).strip()


def _at_start(match: re.Match[str]) -> str:
    mark = match[2]
    return match[1] + (f"{mark}\\" if mark.isdigit() else f"\\{mark}")


def _contents(entries: Sequence[parts.ContentsEntry], address: Address, depth: int) -> Iterator[str]:
    for entry in entries:
        yield f"{'  ' * depth}- [{_keeping_blanks(entry.title)}]({address(entry.anchor)})\n"
        yield from _contents(entry.below, address, depth + 1)


def _block(block: parts.Block, address: Address) -> Iterator[str]:
    match block:
        case parts.Heading():
            anchor = f'<a id="{block.anchor}"></a>\n\n' if block.anchor else ""
            yield f"{anchor}{'#' * block.level} {_spans(block.spans, address)}\n\n"
        case parts.Para():
            yield f"{_spans(block.spans, address)}\n\n"
        case parts.Items():
            for item, below in block.items:
                yield f"- {_spans(item, address)}\n"
                for inner in below:
                    yield f"  - {_spans(inner, address)}\n"
            yield "\n"
        case Table():
            yield from _table(block, address)
        case parts.Quote():
            for text in block.text.strip("\n").split("\n"):
                yield f"> {escape(text)}  \n"
            yield f">\n> — {escape(block.by)}\n\n"
        case parts.Gap():
            yield f"_To be written:_ {escape(block.missing)} ({escape(block.how)})\n\n"
        case parts.Listing():
            yield from _code("diff" if block.diff else "text", block.lines, block.omitted)
        case parts.Details():
            # The blank line makes what follows Markdown again.
            title = "".join(_html(span.text) for span in block.title)
            yield f"<details><summary>{title}</summary>\n\n"
            for inner_block in block.blocks:
                yield from _block(inner_block, address)
            yield "</details>\n\n"
        case parts.Plot():
            if block.text:
                yield from _code("text", block.text, 0)
                yield f"{escape(block.caption)}\n\n"


def _html(text: str) -> str:
    """Text inside one of our few HTML elements."""
    shown = html.escape(safe_line(text), quote=False)
    return _LINK.sub(_BREAK, shown.translate({ord(mark): f"&#{ord(mark)};" for mark in "*_`"}))


def _code(language: str, lines: Sequence[str], omitted: int) -> Iterator[str]:
    text = "".join(f"{safe_line(each)}\n" for each in lines)
    fence = _fence(text).ljust(3, "`")
    yield f"{fence}{language}\n{text}{fence}\n\n"
    if omitted:
        yield f"_{omitted} more lines are left out._\n\n"


def _table(table: Table, address: Address) -> Iterator[str]:
    columns = range(len(table.header))
    yield f"| {' | '.join(map(escape, table.header))} |\n"
    yield f"|{'|'.join('---' if column in table.left else '---:' for column in columns)}|\n"
    for each in document_lines(table):
        cells = [_spans(spans_of(cell), address, table=True) for cell in each.cells]
        if each.anchor:
            cells[0] = f'<a id="{each.anchor}"></a>{cells[0]}'
        yield f"| {' | '.join(cells)} |\n"
    yield "\n"
    if table.notes:
        yield "".join(f"{escape(note)}  \n" for note in table.notes) + "\n"


def _spans(spans: Spans, address: Address, *, table: bool = False) -> str:
    return "".join(_span(span, address, table=table) for span in spans).strip()


def _span(span: Span, address: Address, *, table: bool = False) -> str:
    match span:
        case Text():
            return _keeping_blanks(span.text)
        case Strong():
            return _keeping_blanks(span.text, "**")
        case Code():
            return _code_span(span.text, table)
        case Sign():
            return f"{SIGNS[span.known_kind]} {_keeping_blanks(span.text)}"
        case Link():
            shown = _code_span(span.text, table) if span.code else escape(span.text)
            return f"[{shown}]({address(span.to)})"


def _keeping_blanks(text: str, around: str = "") -> str:
    """Blanks around a text part it from what stands beside it; marks ``around`` it stand inside of them."""
    left = " " if text[:1] == " " else ""
    right = " " if text[-1:] == " " and text.strip() else ""
    shown = escape(text)
    return f"{left}{around}{shown}{around}{right}" if shown else left


def _code_span(text: str, table: bool) -> str:
    shown = safe_line(text).strip()
    if not shown:
        return ""
    if table:
        shown = shown.replace("|", "\\|")  # a table's cells are cut before code is looked for
    fence = _fence(shown)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _fence(text: str) -> str:
    """More ticks than any that stand together in a text."""
    return max(_TICKS.findall(text), key=len, default="") + "`"
