"""Writes a report as HTML: no script, no network, every text from data escaped by one function."""

import base64
import html
import itertools
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from reviewer.reports.document import document as parts
from reviewer.reports.document import svg
from reviewer.reports.document.document import Address
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.spans import SIGNS, Code, Link, Sign, Span, Spans, Strong, Text
from reviewer.reports.tables.table import Table, document_lines, spans_of

MARK = '<meta name="generator" content="reviewer report">'
"""What tells a report in HTML from other files."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing is loaded and nothing is run, even if some markup had come through."""

_SHORT = 24
_SHORT_NAME = 14
"""Characters of a sign's text, and of an attempt's or commit's name, up to which it stands on one line."""
_DIFF_KINDS = {"+": "add", "-": "cut", "@": "hunk"}
_HEADERS = (
    "diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "old mode", "new mode", "rename ", "similarity ",
)  # fmt: skip


def write(document: parts.Document) -> Iterator[str]:
    """The document, piece by piece."""
    style = "".join(map(_style, ("light.css", "plot.css", "report.css")))
    yield (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )
    yield f'<main id="top">\n<h1>{escape(document.title)}</h1>\n<dl class="stamp">\n'
    for name, value in document.stamp:
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n"
    yield "</dl>\n"
    for block in document.blocks:
        yield from _block(block, document.address)
    # Contents come after what they lead to: Chromium looks for the target of a link when it meets the link.
    yield '</main>\n<nav aria-label="Contents">\n<details>\n<summary>Contents</summary>\n'
    yield from _contents(document.contents, document.address)
    yield "</details>\n</nav>\n</body>\n</html>\n"


@lru_cache(4096)  # most texts of a report are names and words that come again
def escape(text: str) -> str:
    """Text from data on one line as HTML text or an attribute's value: the only way that text gets in."""
    return html.escape(safe_line(text), quote=True)


@cache
def _style(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _contents(entries: Sequence[parts.ContentsEntry], address: Address) -> Iterator[str]:
    if not entries:
        return
    yield "<ol>\n"
    for entry in entries:
        link = f'<a href="{escape(address(entry.anchor))}">{escape(entry.title)}</a>'
        if entry.below:
            yield f"<li><details><summary>{link}</summary>\n"
            yield from _contents(entry.below, address)
            yield "</details></li>\n"
        else:
            yield f"<li>{link}</li>\n"
    yield "</ol>\n"


def _block(block: parts.Block, address: Address) -> Iterator[str]:
    match block:
        case parts.Heading():
            yield f"<h{block.level}{_id(block.anchor)}>{_spans(block.spans, address)}</h{block.level}>\n"
        case parts.Para():
            kind = ' class="small"' if block.small else ""
            yield f"<p{kind}>{_spans(block.spans, address)}</p>\n"
        case parts.Items():
            yield "<ul>\n"
            for item, below in block.items:
                inner = "".join(f"<li>{_spans(spans, address)}</li>" for spans in below)
                yield f"<li>{_spans(item, address)}{f'<ul>{inner}</ul>' if inner else ''}</li>\n"
            yield "</ul>\n"
        case Table():
            yield from _table(block, address)
        case parts.Quote():
            text = "\n".join(escape(line) for line in block.text.strip("\n").split("\n"))
            yield f"<blockquote><p>{text}</p><footer>{escape(block.by)}</footer></blockquote>\n"
        case parts.Gap():
            yield f'<p class="gap"><b>To be written:</b> {escape(block.missing)} <i>({escape(block.how)})</i></p>\n'
        case parts.Listing():
            kind = ' class="diff"' if block.diff else ""
            lines = "".join(_diff_lines(block.lines)) if block.diff else "\n".join(map(escape, block.lines))
            yield f"<pre{kind}>{lines}</pre>\n"
            if block.omitted:
                yield f'<p class="small">{block.omitted} more lines are left out.</p>\n'
        case parts.Details():
            printed = ' class="printed"' if block.printed else ""
            yield f"<details{printed}><summary>{_spans(block.title, address)}</summary>\n"
            for inner_block in block.blocks:
                yield from _block(inner_block, address)
            yield "</details>\n"
        case parts.Plot():
            yield f"<figure>{block.svg}<figcaption>{escape(block.caption)} {_download(block)}</figcaption></figure>\n"


def _download(plot: parts.Plot) -> str:
    """A link that saves a drawing as a file of its own, in the light colours."""
    file = svg.standalone(plot.svg, _style("light.css") + _style("plot.css"))
    data = base64.b64encode(file.encode()).decode()
    return f'<a download="{escape(plot.name)}.svg" href="data:image/svg+xml;base64,{data}">Save as SVG</a>'


def _diff_lines(lines: Sequence[str]) -> Iterator[str]:
    """Lines of one kind in a row stand in one element: a report has some ten thousand of them."""
    for kind, run in itertools.groupby(lines, _diff_kind):
        text = "".join(f"{escape(line)}\n" for line in run)
        yield f'<span class="{kind}">{text}</span>' if kind else text


def _diff_kind(line: str) -> str:
    return "head" if line.startswith(_HEADERS) else _DIFF_KINDS.get(line[:1], "")


def _table(table: Table, address: Address) -> Iterator[str]:
    kinds = ["" if column in table.left else ' class="n"' for column in range(len(table.header))]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, table.header, strict=True))
    yield f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
    for line in document_lines(table):
        shown = zip(kinds, line.cells, strict=True)
        cells = "".join(f"<td{kind}>{_spans(spans_of(cell), address)}</td>" for kind, cell in shown)
        yield f"<tr{_id(line.anchor)}>{cells}</tr>\n"
    yield "</tbody></table></div>\n"
    yield from (f'<p class="small">{escape(note)}</p>\n' for note in table.notes)


def _id(anchor: str | None) -> str:
    return f' id="{escape(anchor)}"' if anchor else ""


def _spans(spans: Spans, address: Address) -> str:
    return "".join(_span(span, address) for span in spans)


def _span(span: Span, address: Address) -> str:
    match span:
        case Text():
            return escape(span.text)
        case Strong():
            return f"<strong>{escape(span.text)}</strong>"
        case Code():
            return f"<code>{escape(span.text)}</code>"
        case Sign():
            short = " short" if len(span.text) <= _SHORT else ""
            return f'<span class="s {span.known_kind}{short}">{SIGNS[span.known_kind]} {escape(span.text)}</span>'
        case Link():
            short = ' class="short"' if len(span.text) <= _SHORT_NAME else ""
            shown = f"<code{short}>{escape(span.text)}</code>" if span.code else escape(span.text)
            return f'<a href="{escape(address(span.to))}">{shown}</a>'
