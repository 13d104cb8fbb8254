"""Reads the head and the end of a Codex transcript, whatever agent its file is named after."""

from __future__ import annotations

import re

import msgspec

_HEAD = re.compile(rb"\AOpenAI Codex v[^\n]*\n-+\n(.*?)\n-+\n", re.DOTALL)
_MODEL = re.compile(rb"^model: ([^\n]+)$", re.MULTILINE)
_TOKENS = re.compile(rb"\ntokens used:?\s+([\d,]{1,18})\s*\Z")


class CodexLog(msgspec.Struct, frozen=True):
    """``total_tokens`` is the one figure that Codex prints; input and output are not told apart."""

    model: str | None
    total_tokens: int | None


def find_codex(head: bytes, tail: bytes) -> CodexLog | None:
    """What a Codex transcript says of itself, ``None`` where the log is not one."""
    header = _HEAD.match(head)
    if header is None:
        return None
    model = _MODEL.search(header[1])
    tokens = _TOKENS.search(tail)
    return CodexLog(
        model[1].decode("utf-8", "replace").strip() if model else None,
        int(tokens[1].replace(b",", b"")) if tokens and tokens[1].strip(b",") else None,
    )
