"""C, C++ and CUDA as one configuration of the preprocessor would leave it, for parsers that know none."""

from __future__ import annotations

import re

_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")
_QUALIFIER = re.compile(rb"\b__(?:device|host|forceinline)__\b")
_MOST = 4
"""Branches of one conditional that are tried; what comes after them is not read."""


def configurations(data: bytes) -> list[bytes]:
    """The text with only the first branch of every conditional, only the second, and so on.

    The last branch stands in where there are fewer. Lines keep their numbers; what is left out is blank, and
    so are ``__device__`` and ``__host__``, which the grammar does not know in front of a lambda's body.
    Empty where nothing would change, or where the conditionals are not balanced.
    """
    lines = _QUALIFIER.sub(lambda found: b" " * len(found[0]), data).split(b"\n")
    branches: list[int] = []  # of each conditional, how many
    open_: list[tuple[int, int]] = []  # conditional and branch, of those around the line
    around: list[tuple[tuple[int, int], ...] | None] = []  # of each line; None for a directive's own
    continued = False
    for line in lines:
        found = None if continued else _DIRECTIVE.match(line)
        if not found and not continued:
            around.append(tuple(open_))
            continue
        continued = line.rstrip(b"\r").endswith(b"\\")
        around.append(None)
        if not found:
            continue
        word = found[1]
        if word.startswith(b"if"):
            open_.append((len(branches), 0))
            branches.append(1)
        elif not open_:
            return []
        elif word == b"endif":
            open_.pop()
        else:
            conditional, _ = open_.pop()
            open_.append((conditional, branches[conditional]))
            branches[conditional] += 1
    if open_:
        return []
    texts = []
    for wanted in range(min(max(branches, default=1), _MOST)):
        kept = [
            line
            if conditionals is not None
            and all(branch == min(wanted, branches[number] - 1) for number, branch in conditionals)
            else b""
            for line, conditionals in zip(lines, around, strict=True)
        ]
        texts.append(b"\n".join(kept))
    return [] if texts == [data] else texts
