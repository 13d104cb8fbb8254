"""Pieces of running text in cells, paragraphs and headings. Every text in them is as the data has it."""

import itertools
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
    """A link to an anchor of this document; ``code`` shows its text as a name."""

    text: str
    to: str
    code: bool = False


def verdict_sign(verdict: str) -> Sign:
    """A verdict in words, with its sign."""
    return Sign(verdict, verdict.replace("_", " "))


Span = Text | Strong | Code | Sign | Link
Spans = tuple[Span, ...]


def line(*parts: str | Span | Iterable[Span]) -> Spans:
    """Spans from texts, spans and rows of spans."""
    spans: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            spans.append(Text(part))
        elif isinstance(part, Span):
            spans.append(part)
        else:
            spans += part
    return tuple(spans)


def named(name: str, *value: str | Span | Iterable[Span]) -> Spans:
    """A value after its name."""
    return line(Strong(f"{name}: "), *value)


def joined(parts: Sequence[Span | Spans], between: str = ", ") -> Spans:
    """Spans with a text between each two."""
    return line(*itertools.chain.from_iterable((between, part) for part in parts))[1:]
