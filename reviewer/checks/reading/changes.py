"""Changes as the heuristic checks read them: edits by their lines in the base, and what is net of moves."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

import msgspec

from reviewer.checks.sized_cache import SizedCache
from reviewer.diffs.languages import MAX_LINE, OBEYED, comment_sign, is_artefact, is_c_like
from reviewer.model import FileChange, Hunk, Patch, PatchLine

WORD = re.compile(r"[A-Za-z_]\w+")
"""An identifier or keyword of two letters or more."""


class CodeLine(msgspec.Struct, frozen=True, gc=False):
    """A changed line: number in the file of its side (from 1), and its text, cut at ``MAX_LINE``."""

    number: int
    text: str


class Edit(msgspec.Struct, frozen=True, gc=False):
    """A run of changed lines without context between: ``base[lo:hi]`` goes, ``added`` comes (from 0).

    ``at`` is the agent's (or human's) line where the edit is seen: its first added line, else the line
    that follows. ``anchor`` is an old line of the hunk beside it (index from 0, text), by which a hunk
    that does not stand where it says is found out.
    """

    path: str
    lo: int
    hi: int
    removed: tuple[CodeLine, ...]
    added: tuple[CodeLine, ...]
    at: int
    section: str
    anchor: CodeLine | None


_C = TypeVar("_C", bound=FileChange | Patch | tuple[FileChange, ...])
_P = ParamSpec("_P")
_R = TypeVar("_R")
_ANSWERS = 1_000
"""Answers that are kept at most of one kind."""
_LINES = 100_000
"""Lines of the changes that these are about."""


def cached_by_identity(compute: Callable[Concatenate[_C, _P], _R], /) -> Callable[Concatenate[_C, _P], _R]:
    """Keep answers about the last changes: several checks and attempts ask about the same one.

    Calls are the same where their arguments are the same objects, since hashing them costs more.
    """
    answers = SizedCache[tuple[int, ...], tuple[_R, _C, tuple[object, ...]]](_ANSWERS, _LINES)

    @wraps(compute)
    def wrapped(change: _C, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        key = (id(change), *map(id, args))
        found = answers.get(key)
        if found is None:
            # The arguments are kept too, since another object may have the number of one that is gone.
            found = compute(change, *args, **kwargs), change, args
            answers.put(key, found, _count_lines(change))
        return found[0]

    return wrapped


def _count_lines(change: FileChange | Patch | tuple[FileChange, ...]) -> int:
    if isinstance(change, FileChange):
        return sum(len(hunk.lines) for hunk in change.hunks)
    return sum(map(_count_lines, change.files if isinstance(change, Patch) else change))


@cached_by_identity
def without_artefacts(patch: Patch, artefacts: tuple[str, ...]) -> tuple[FileChange, ...]:
    """What a patch changes but for what the harness left there."""
    return tuple(change for change in patch.files if not is_artefact(change.path, artefacts))


def changed_lines(changes: Iterable[FileChange]) -> Iterator[PatchLine]:
    """Every added and removed line, in the order of the patch."""
    return (line for change in changes for line in change.lines if line.kind != " ")


@cached_by_identity
def edits(change: FileChange) -> tuple[Edit, ...]:
    """All edits of one file in the order of the patch."""
    return tuple(edit for hunk in change.hunks for edit in _edits_of(change.path, hunk))


def _edits_of(path: str, hunk: Hunk) -> Iterator[Edit]:
    base = hunk.source_start - 1 if hunk.source_length else hunk.source_start
    target = hunk.target_start if hunk.target_length else hunk.target_start + 1
    lo, removed, added = base, list[CodeLine](), list[CodeLine]()
    anchor: CodeLine | None = None
    for line in hunk.lines:
        if line.kind == "+":
            added.append(CodeLine(target, line.text[:MAX_LINE]))
            target += 1
            continue
        if line.kind == "-":
            removed.append(CodeLine(base + 1, line.text[:MAX_LINE]))
            anchor = anchor or CodeLine(base, line.text)
        else:
            if removed or added:
                first = added[0].number if added else target
                beside = anchor or CodeLine(base, line.text)
                yield Edit(path, lo, base, tuple(removed), tuple(added), first, hunk.section, beside)
                removed, added = [], []
            anchor = None
            lo = base + 1
            target += 1
        base += 1
    if removed or added:
        first = added[0].number if added else target
        yield Edit(path, lo, base, tuple(removed), tuple(added), first, hunk.section, anchor)


class UnmovedLines(NamedTuple):
    """What a change adds and removes after leaving out lines that are only moved or indented anew.

    Lines are code without comments, stripped, none of them blank. ``added_words`` and ``removed_words`` count
    their words, less those that stand on both sides.
    """

    added: list[CodeLine]
    removed: list[CodeLine]
    added_words: dict[str, int]
    removed_words: dict[str, int]


def subtract_counts(counts: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    """Counts less others, where that is positive (``Counter`` does this five times slower)."""
    if not others:
        return dict(counts)
    return {word: rest for word, count in counts.items() if (rest := count - others.get(word, 0)) > 0}


@cached_by_identity
def without_moved_lines(change: FileChange) -> UnmovedLines:
    """What one file's change adds and removes on the whole."""
    strip = stripper(change.path)
    added = _code_lines((line for edit in edits(change) for line in edit.added), strip)
    removed = _code_lines((line for edit in edits(change) for line in edit.removed), strip)
    moved = Counter(line.text for line in added) & Counter(line.text for line in removed)
    if moved:
        added, removed = drop_moved(added, Counter(moved)), drop_moved(removed, Counter(moved))
    came = Counter(WORD.findall("\n".join([line.text for line in added])))
    went = Counter(WORD.findall("\n".join([line.text for line in removed])))
    return UnmovedLines(added, removed, subtract_counts(came, went), subtract_counts(went, came))


def _code_lines(lines: Iterable[CodeLine], strip: Callable[[str], str]) -> list[CodeLine]:
    return [CodeLine(line.number, text) for line in lines if (text := strip(line.text))]


class _HasText(Protocol):
    @property
    def text(self) -> str: ...


_L = TypeVar("_L", bound=_HasText)


def drop_moved(lines: Iterable[_L], remaining: Counter[str]) -> list[_L]:
    """Lines without those whose text only moved; ``remaining`` counts what is still to be left out, and goes down."""
    kept = []
    for line in lines:
        if remaining[line.text] > 0:
            remaining[line.text] -= 1
        else:
            kept.append(line)
    return kept


def stripper(path: str) -> Callable[[str], str]:
    """How to take white space and comments off a line of this file; a comment that something obeys is code."""
    if is_c_like(path):
        return _strip_slashes
    # Text files with code are lists of requirements and CMakeLists.txt.
    return _strip_hash if comment_sign(path) == "#" or path.endswith(".txt") else str.strip


def _strip_hash(line: str) -> str:
    text = line.strip()
    if "#" not in text:
        return text
    # A sign inside a string is none: what stands before it must have closed its quotes.
    single = double = start = 0
    sign = text.find("#")
    while sign >= 0:
        single += text.count("'", start, sign)
        double += text.count('"', start, sign)
        if single % 2 == 0 and double % 2 == 0:
            return text if OBEYED.search(text[sign:]) else text[:sign].rstrip()
        start, sign = sign, text.find("#", sign + 1)
    return text


def _strip_slashes(line: str) -> str:
    text = line.strip()
    if text.startswith(("//", "/*", "* ", "*/")) or text == "*":
        return text if OBEYED.search(text) else ""
    sign = text.find("//")
    if sign < 0 or text[:sign].count('"') % 2:
        return text
    return text if OBEYED.search(text[sign:]) else text[:sign].rstrip()


def comment(path: str, line: str) -> str:
    """What a line says in its comment, without the signs; empty where it has none."""
    sign = "//" if is_c_like(path) else "#"
    if sign not in line and "/*" not in line:
        return ""
    text = line.strip()
    if sign == "//" and text.startswith("/*"):
        return text.strip("/* ")
    return text[len(stripper(path)(text)) :].lstrip(sign + " ")
