"""``similarity``: how much of what the human did the agent's patch has in common with it."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple, TypeVar

from reviewer.check_values import SimilarityValue
from reviewer.checks.context import Context, Input
from reviewer.checks.files import touched
from reviewer.checks.reading.changes import MAX_LINE, edits, net, remembered, stripper
from reviewer.checks.reading.places import NAMELESS, Outline, edit_places, has_functions, outlines
from reviewer.model import CheckResult, Evidence, FileChange

name = "similarity"
version = 2
inputs: tuple[Input, ...] = ("patch", "reference")
control = False
explain = (
    "How much do the two changes have in common? Four shares, each what both have over what either has, from 0 "
    "to 1: functions changed; base lines removed or replaced; tokens that are added, and tokens that are "
    "removed, on the whole (words of code of two letters or more, without comments, keywords and lines that are "
    "only moved; each counts as often as it comes). A share is empty where the human's side has nothing to compare, and "
    "the mean is over those that are there. The overlap of files is told and left out of the mean: a patch that "
    "has nothing to do with the task can change the right files. A patch with the human's very lines is called "
    "identical. It compares text, not meaning: the same idea in other words scores low, an unfinished copy "
    "scores high, and where an edit stands is taken from the patch's own line numbers. No share is a verdict."
)

_COMMON = frozenset(keyword.kwlist) | frozenset(
    [
        "self",
        "cls",
        "int",
        "float",
        "bool",
        "str",
        "void",
        "const",
        "auto",
        "static",
        "char",
        "unsigned",
        "struct",
        "template",
        "typename",
        "sizeof",
        "else",
        "case",
        "switch",
        "default",
        "break",
        "using",
        "namespace",
        "nullptr",
        "true",
        "false",
    ]
)
"""Words that any two changes share."""

_MOST = 40
"""Functions that are told at most, of either kind."""

_T = TypeVar("_T")
Place = tuple[str, str]
"""The base path of a file, and a function in it."""


class Shares(NamedTuple):
    """What both have over what either has; ``None`` where the human's side has nothing."""

    functions: float | None
    base_lines: float | None
    added_tokens: float | None
    removed_tokens: float | None

    @property
    def mean(self) -> float | None:
        """The mean of those that are there."""
        there = [share for share in self if share is not None]
        return sum(there) / len(there) if there else None


class Reading(NamedTuple):
    """One side's change as it is compared."""

    functions: dict[Place, int]
    """With the line in that side's file where each is first changed."""
    base_lines: set[tuple[str, int]]
    added: dict[str, int]
    removed: dict[str, int]
    lines_of: dict[Place, set[int]]
    """The base lines that go in each function."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`SimilarityValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    return compare(context.files, context.human_files, outlines(context.base_text))


def compare(
    agent: Sequence[FileChange],
    human: Sequence[FileChange],
    outline_of: Callable[[FileChange], Outline | None],
) -> CheckResult:
    """The answer for two changes to one base."""
    ours, theirs = read(agent, outline_of), read(human, outline_of)
    shares = Shares(
        _share(ours.functions.keys(), theirs.functions.keys()),
        _share(ours.base_lines, theirs.base_lines),
        _weighted(ours.added, theirs.added),
        _weighted(ours.removed, theirs.removed),
    )
    files = _share(touched(agent), touched(human))
    same_words = ours.added == theirs.added and ours.removed == theirs.removed  # else nothing below can be
    same = same_words and said(agent) == said(human)
    same_code = same_words and code(agent) == code(human)
    value = SimilarityValue(
        functions=_rounded(shares.functions),
        base_lines=_rounded(shares.base_lines),
        added_tokens=_rounded(shares.added_tokens),
        removed_tokens=_rounded(shares.removed_tokens),
        mean=_rounded(shares.mean),
        files=_rounded(files),
        identical=same,
        same_code=same_code,
    )
    return CheckResult(
        name=name,
        outcome="info",
        summary=_summary(shares, files, same, same_code),
        value=value,
        evidence=(*_common(ours, theirs), *_left_alone(ours, theirs)),
    )


def read(changes: Sequence[FileChange], outline_of: Callable[[FileChange], Outline | None]) -> Reading:
    """What one side's change is compared by."""
    reading = Reading({}, set(), {}, {}, {})
    for change in changes:
        path = change.old or change.path
        outline = outline_of(change) if change.hunks and has_functions(change) else None
        for place, (first, lines) in _places(change, outline).items():
            if place:
                reading.functions.setdefault((path, place), first)
                reading.lines_of.setdefault((path, place), set()).update(lines)
            reading.base_lines.update([(path, line) for line in lines])
        words = net(change)
        _count(words.came, reading.added)
        _count(words.went, reading.removed)
    return reading


def _count(words: Mapping[str, int], into: dict[str, int]) -> None:
    for word, count in words.items():
        if word not in _COMMON:
            into[word] = into.get(word, 0) + count


@remembered
def _places(change: FileChange, outline: Outline | None) -> dict[str, tuple[int, set[int]]]:
    """By function, the line where it is first changed and the base lines that go; ``""`` has those of none."""
    found: dict[str, tuple[int, set[int]]] = {}
    for edit in edits(change):
        lines = {line.number for line in edit.removed if line.text.strip()}
        for place in edit_places(edit, outline) or (NAMELESS,):
            found.setdefault(place, (edit.at, set()))[1].update(lines)
    return found


def said(changes: Iterable[FileChange]) -> dict[str, list[str]]:
    """Every changed line of each file behind its sign, in order."""
    return {
        change.path: [
            line.kind + line.text for hunk in change.hunks for line in hunk.lines if line.kind != " "
        ]
        for change in changes
    }


def code(changes: Iterable[FileChange]) -> dict[str, list[str]]:
    """Like :func:`said`, without comments, blank lines and white space at the ends."""
    found = {}
    for change in changes:
        strip = stripper(change.path)
        lines = (line for hunk in change.hunks for line in hunk.lines if line.kind != " ")
        cut = ((x.kind, x.text.strip() if len(x.text) > MAX_LINE else strip(x.text)) for x in lines)
        found[change.path] = [kind + text for kind, text in cut if text]
    return {path: lines for path, lines in found.items() if lines}


def _share(ours: Set[_T], theirs: Set[_T]) -> float | None:
    return len(ours & theirs) / len(ours | theirs) if theirs else None


def _weighted(ours: Mapping[str, int], theirs: Mapping[str, int]) -> float | None:
    """Like :func:`_share`, for words that come several times."""
    if not theirs:
        return None
    both = sum(min(count, theirs[word]) for word, count in ours.items() if word in theirs)
    return both / (sum(ours.values()) + sum(theirs.values()) - both)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def _summary(shares: Shares, files: float | None, same: bool, same_code: bool) -> str:
    if same:
        return "identical to the human patch"
    told = {
        "functions": shares.functions,
        "base lines": shares.base_lines,
        "added": shares.added_tokens,
        "removed": shares.removed_tokens,
    }
    parts = ", ".join(f"{name} {_two(share)}" for name, share in told.items())
    start = "the human's code but for comments and white space; " if same_code else ""
    return f"{start}{_two(shares.mean)} in common ({parts}; files {_two(files)})"


def _two(share: float | None) -> str:
    return "–" if share is None else f"{share:.2f}"


def _common(ours: Reading, theirs: Reading) -> list[Evidence]:
    told = []
    for (path, place), line in ours.functions.items():
        if (path, place) in theirs.functions:
            both = len(ours.lines_of[path, place] & theirs.lines_of[path, place])
            lines = f", {both} base {'line' if both == 1 else 'lines'} in common" if both else ""
            told.append(Evidence(file=path, line=line, side="agent", text=f"both change {place}{lines}"))
    return _at_most(told)


def _left_alone(ours: Reading, theirs: Reading) -> list[Evidence]:
    return _at_most(
        Evidence(file=path, line=line, side="human", text=f"the human changes {place}, the agent does not")
        for (path, place), line in theirs.functions.items()
        if (path, place) not in ours.functions
    )


def _at_most(found: Iterable[Evidence]) -> list[Evidence]:
    told = list(found)
    if len(told) > _MOST:
        told[_MOST:] = [Evidence(text=f"and {len(told) - _MOST} more functions")]
    return told
