"""Reads the head and the end of a Codex transcript, whatever agent its file is named after."""

from __future__ import annotations

import re

from reviewer.sources.facts import FactName, Statement

_HEAD = re.compile(rb"\AOpenAI Codex v[^\n]*\n-+\n(.*?)\n-+\n", re.DOTALL)
_MODEL = re.compile(rb"^model: ([^\n]+)$", re.MULTILINE)
_TOKENS = re.compile(rb"\ntokens used:?\s+([\d,]{1,18})\s*\Z")


def read_codex(name: str, head: bytes, tail: bytes) -> list[Statement] | None:
    """What a Codex transcript says of itself, ``None`` where the log is not one.

    Codex prints one number of tokens, those read and those written together.
    """
    header = _HEAD.match(head)
    if header is None:
        return None
    model = _MODEL.search(header[1])
    tokens = _TOKENS.search(tail)
    total = int(tokens[1].replace(b",", b"")) if tokens and tokens[1].strip(b",") else None
    source = f"{name}, transcript"
    return [
        Statement(FactName.TOTAL_TOKENS, total, source),
        Statement(FactName.MODEL, model[1].decode("utf-8", "replace").strip() if model else None, source),
    ]
