"""Edits trees and writes the difference of two trees as git does."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence

from _make.gitpack import Tree

Edits = Mapping[str, str | bytes | Sequence[tuple[str, str]] | None]
"""By path: the whole new text, ``None`` to delete, or replacements of text that occurs exactly once."""


def edit(base: Tree, edits: Edits) -> Tree:
    """A copy of ``base`` with ``edits``; fails where a text to be replaced is not there exactly once."""
    tree = dict(base)
    for path, change in edits.items():
        if change is None:
            del tree[path]
        elif isinstance(change, str | bytes):
            tree[path] = change if isinstance(change, bytes) else change.encode()
        else:
            text = tree[path].decode()
            for old, new in change:
                if text.count(old) != 1:
                    raise ValueError(f"{path}: {text.count(old)} times {old!r}")
                text = text.replace(old, new)
            tree[path] = text.encode()
    return tree


def diff(old: Tree, new: Tree, renames: Mapping[str, str] | None = None) -> bytes:
    """What changed from ``old`` to ``new``, file by file in the order of paths; ``renames`` is old to new."""
    moved = {target: source for source, target in (renames or {}).items()}
    paths = sorted((old.keys() | new.keys()) - moved.keys() - set(moved.values()) | moved.keys())
    out = b""
    for path in paths:
        source = moved.get(path, path)
        if old.get(source) != new.get(path) or source != path:
            out += _file(source, path, old.get(source), new.get(path))
    return out


def _file(source: str, target: str, old: bytes | None, new: bytes | None) -> bytes:
    head = f"diff --git a/{source} b/{target}\n"
    ids = f"index {_blob(old)}..{_blob(new)}"
    if old is None:
        head += f"new file mode 100644\n{ids}\n"
    elif new is None:
        head += f"deleted file mode 100644\n{ids}\n"
    elif source != target:
        share = difflib.SequenceMatcher(None, _lines(old), _lines(new), autojunk=False).ratio()
        head += f"similarity index {int(share * 100)}%\nrename from {source}\nrename to {target}\n"
        head += f"{ids} 100644\n" if old != new else ""
    else:
        head += f"{ids} 100644\n"
    hunks = _hunks(old or b"", new or b"")
    if hunks:
        head += f"--- {'/dev/null' if old is None else f'a/{source}'}\n"
        head += f"+++ {'/dev/null' if new is None else f'b/{target}'}\n"
    return head.encode() + hunks


def _blob(data: bytes | None) -> str:
    if data is None:
        return "0000000"
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()[:7]


def _lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+$", data)


def _hunks(old: bytes, new: bytes) -> bytes:
    before, after = _lines(old), _lines(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    out = b""
    for group in matcher.get_grouped_opcodes(3):
        lo, hi, to, end = group[0][1], group[-1][2], group[0][3], group[-1][4]
        out += f"@@ -{_range(lo, hi)} +{_range(to, end)} @@".encode() + _section(before[:lo]) + b"\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                out += b"".join(_row(b" ", line) for line in before[i1:i2])
            else:
                out += b"".join(_row(b"-", line) for line in before[i1:i2])
                out += b"".join(_row(b"+", line) for line in after[j1:j2])
    return out


def _range(lo: int, hi: int) -> str:
    start = lo + 1 if hi > lo else lo
    return f"{start}" if hi - lo == 1 else f"{start},{hi - lo}"


def _section(above: list[bytes]) -> bytes:
    """The last line above that begins with a letter, as git shows it behind the hunk's header."""
    found = next((line for line in reversed(above) if re.match(rb"[A-Za-z_$]", line)), None)
    return b" " + found.rstrip()[:80] if found else b""


def _row(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + b"\n\\ No newline at end of file\n"
