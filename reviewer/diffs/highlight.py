"""Syntax colours of a whole file as spans of a few coarse kinds, by pygments.

The functions import pygments when first called: it loads slowly, and many screens need no colours.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from reviewer.diffs.languages import MAX_LINE

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

Kind = Literal["comment", "string", "number", "keyword", "function", "type", "operator", "decorator"]
Span = tuple[int, int, Kind]

MAX_CHARACTERS = 1_000_000
"""A longer file gets no colours."""

MAX_SECONDS = 2.0
"""When the lexer has taken this long, the rest of the file stays without colours."""

_ENDINGS = {
    ".cu": "cuda", ".cuh": "cuda", ".h": "cuda", ".hpp": "cpp", ".cpp": "cpp", ".cc": "cpp", ".cxx": "cpp",
    ".c": "c", ".hip": "cuda", ".py": "python", ".pyi": "python", ".json": "json", ".yaml": "yaml",
    ".yml": "yaml", ".toml": "toml", ".sh": "bash", ".md": "markdown", ".cmake": "cmake",
}  # fmt: skip
_NAMES = {"dockerfile": "docker", "containerfile": "docker", "cmakelists.txt": "cmake", "makefile": "make"}


def highlight(path: str, lines: list[str]) -> list[list[Span]]:
    """Spans (start, end, kind) for each line, in order and without overlap; plain text has none.

    ``lines`` are the whole text in order, with or without terminators. A file of unknown kind and one
    that is too long has no spans; lines that are too long have none of their own.
    """
    result: list[list[Span]] = [[] for _ in lines]
    lexer = _lexer(path)
    if lexer is None or sum(map(len, lines)) > MAX_CHARACTERS:
        return result
    texts = [line.removesuffix("\n") if len(line) <= MAX_LINE else "" for line in lines]
    starts = [0, *accumulate(len(line) + 1 for line in texts)]
    deadline = time.monotonic() + MAX_SECONDS
    for start, token, value in lexer.get_tokens_unprocessed("\n".join(texts) + "\n"):
        kind = _kind(token)
        if kind is None:
            continue
        number = bisect_right(starts, start) - 1
        for piece in value.split("\n"):
            column = start - starts[number]
            if piece.strip():
                _append(result[number], column, column + len(piece), kind)
            start += len(piece) + 1
            number += 1
        if time.monotonic() > deadline:
            break
    return result


def _append(spans: list[Span], start: int, end: int, kind: Kind) -> None:
    if spans and start < spans[-1][1]:  # some lexers give nested tokens: the first one stands
        return
    if spans and spans[-1][1:] == (start, kind):
        start = spans.pop()[0]
    spans.append((start, end, kind))


def _lexer(path: str) -> Lexer | None:
    """A fresh lexer by file name; none for plain text and unknown names."""
    from pygments.lexers import find_lexer_class_for_filename, get_lexer_by_name

    name = path.rpartition("/")[2].lower()
    stem, dot, ending = name.rpartition(".")
    alias = _NAMES.get(name) or _NAMES.get(name.partition(".")[0]) or _ENDINGS.get(dot + ending)
    if alias is None and stem:
        found = find_lexer_class_for_filename(name)
        alias = found.aliases[0] if found is not None and found.aliases else None
    return None if alias in (None, "text") else get_lexer_by_name(alias)


@cache
def _kind(token: _TokenType) -> Kind | None:
    from pygments.token import Token

    kinds: tuple[tuple[_TokenType, Kind], ...] = (
        (Token.Comment.Preproc, "decorator"),
        (Token.Comment, "comment"),
        (Token.Literal.String, "string"),
        (Token.Literal.Number, "number"),
        (Token.Keyword.Type, "type"),
        (Token.Keyword, "keyword"),
        (Token.Operator.Word, "keyword"),
        (Token.Operator, "operator"),
        (Token.Name.Function, "function"),
        (Token.Name.Class, "type"),
        (Token.Name.Builtin, "type"),
        (Token.Name.Exception, "type"),
        (Token.Name.Decorator, "decorator"),
        (Token.Name.Tag, "keyword"),
        (Token.Generic.Heading, "keyword"),
        (Token.Generic.Subheading, "keyword"),
    )
    return next((kind for parent, kind in kinds if token in parent), None)
