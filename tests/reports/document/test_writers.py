"""Whatever text comes from data, it stays text: in Markdown as a GitHub reader sees it, and in HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hostile import HOSTILE_STRINGS, leaks
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reviewer.reports.document import html, markdown
from reviewer.reports.document.document import (
    ContentsEntry,
    Details,
    Document,
    Gap,
    Heading,
    Listing,
    Para,
    Quote,
    items,
)
from reviewer.reports.safe import safe_line
from reviewer.reports.tables.spans import Code, Link, Sign, Strong, line
from reviewer.reports.tables.table import Table, table_line

MARKUP = [
    "<script>document.title='owned'</script><img src=x onerror=alert(1)>",
    "</pre></details></td></table><b>bold</b><!-- comment --> &lt; &amp;",
    '"><svg onload=alert(1)> \' onmouseover=alert(1) x="',
    "[link](https://example.com) ![image](x.png) <https://example.com> <a@b.org>",
    "https://example.com www.example.com mail a@example.com ftp://x.org xmpp:a@b.c mailto:a@b.c @user #12",
    "# heading\n> quote\n- item\n1. item\n```\ncode\n```\n    indented\n***\n===",
    "| a | b |\n|---|---|\n| `x|y` | \\| |",
    "*a* **b** _c_ __d__ ~~e~~ `f` ``g`` $x$ \\",
    "[ref]: https://example.com\n[^1]: note",
    "- [ ] task", "+ plus", "2) two", "<details open>", "</details>", "`", "``", " `", "a\\", "<!--", "-->", "@<script>alert(1)</script>",
]  # fmt: skip

_TEXTS = st.one_of(
    st.sampled_from([*MARKUP, *HOSTILE_STRINGS]),
    st.text(max_size=40),
    st.text(alphabet="`*_[]()<>|~\\#-+=.!:/@& \n1ahtpsw", max_size=24),
)

_OURS = {"details", "summary", "a"}


def document(text: str) -> Document:
    """A document that has the text in every place that a text can have."""
    return Document(
        title=text,
        stamp=(("Scope", text), (text, "x")),
        contents=(ContentsEntry(text, "top", (ContentsEntry(text, "top"),)),),
        blocks=(
            Heading(2, line(text, Code(text)), "here"),
            Para(line(text, Strong(text or "x"), Code(text), Sign("fail", text), Sign(text, text), Link(text or "x", "here"))),
            Para(line("- ", text, " after")),
            items(line(text), line(Code(text), text), line(Link(text or "x", "here", code=True))),
            Table(
                header=(text, "b"),
                lines=(
                    table_line(text, Code(text), anchor="there"),
                    table_line(Link(text or "x", "there", code=True), text or "x"),
                ),
                notes=(text,),
            ),
            Quote(text, text),
            Gap(text, text),
            Listing((text, *text.split("\n"))),
            Listing((f"+{text}", f"-{text}", text), diff=True),
            Details(line(text, Code(text)), (Para(line(text)), Listing((text,), 3, diff=True))),
        ),
    )  # fmt: skip


def tokens(source: str):
    """All tokens of a reader of GitHub's Markdown that takes HTML and makes links of addresses."""
    for token in MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(source):
        yield token
        yield from token.children or ()


@given(_TEXTS)
@example("a|b`c")
@example("@<script>alert(1)</script>")
@example(" ")
def test_nothing_in_markdown_is_markup(text: str) -> None:
    source = "".join(markdown.write(document(text)))
    assert leaks(source.encode()) == []
    headings = 0
    for token in tokens(source):
        assert token.type not in ("image", "s_open", "hr", "ordered_list_open")
        if token.type == "link_open":
            assert token.attrs["href"] in ("#top", "#here", "#there")
        if token.type in ("html_inline", "html_block"):
            rest = re.sub(r"<!--.*?-->", "", token.content, flags=re.DOTALL)
            tags = re.findall(r"<\s*/?\s*([^\s>/]*)([^>]*)>", rest)
            assert {tag for tag, _ in tags} <= _OURS, token.content
            assert all(re.fullmatch(r'| id="[a-z]+"', attributes) for _, attributes in tags), token.content
        headings += token.type == "heading_open"
    assert headings == 2


@given(st.text(max_size=30))
@example("a|b`c")
@example("``")
@example("<!-- -->")
def test_markdown_tells_the_text_as_it_is(text: str) -> None:
    shown = safe_line(text).strip()
    for before in ("", "x "):
        source = before + markdown.escape(text)
        shown_as = [t for t in tokens(source) if t.type in ("text", "text_special", "html_inline")]
        # a comment of ours keeps signs apart; one in the text is text
        found = "".join(t.content for t in shown_as if (t.type, t.content) != ("html_inline", "<!-- -->"))
        assert found.strip() == (before + shown).strip()


def test_strong_text_is_strong_whatever_stands_beside_it() -> None:
    parts = Document(
        "t", (), (), (Para(line(Strong("Files changed: "), "2 files ", Sign("fail", "bad "), "end")),)
    )
    source = "".join(markdown.write(parts))
    assert "**Files changed:** 2 files ✗ bad end" in source
    assert sum(token.type == "strong_open" for token in tokens(source)) == 1


@pytest.mark.parametrize(
    "address", ["https://example.com/a", "www.example.com", "ftp://a.org", "x@example.com"]
)
def test_addresses_in_markdown_are_no_links(address: str) -> None:
    assert address not in markdown.escape(f"see {address} there")
    assert address in markdown.escape(f"see {address} there").replace("<!-- -->", "")


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def elements(source: str) -> _Elements:
    found = _Elements()
    found.feed(source)
    found.close()
    assert found.open == []
    return found


@given(_TEXTS)
def test_nothing_in_html_is_markup(text: str) -> None:
    text = text or "some"
    source = "".join(html.write(document(text)))
    assert leaks(source.encode()) == []
    found, plain = elements(source), elements("".join(html.write(document("x"))))
    assert [tag for tag, _ in found.tags if tag != "span"] == [tag for tag, _ in plain.tags if tag != "span"]
    for tag, attributes in found.tags:
        assert set(attributes) <= {
            "lang",
            "charset",
            "name",
            "content",
            "http-equiv",
            "aria-label",
            "href",
            "id",
            "class",
        }, tag
        if "href" in attributes:
            assert (attributes["href"] or "").startswith("#")
    assert safe_line(text).strip() in "".join(found.texts).replace("\n", " ") or not text.strip()


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    source = "".join(html.write(document("x")))
    assert "default-src 'none'" in source.replace("&#x27;", "'")
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\((?!#)|src=", source)
