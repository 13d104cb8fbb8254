"""``similarity``: how much of what the human did the agent's patch has in common with it."""

import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple, TypeVar

from reviewer.check_values import SimilarityValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.files import touched
from reviewer.checks.reading.changes import (
    cached_by_identity,
    changed_lines,
    edits,
    stripper,
    without_moved_lines,
)
from reviewer.checks.reading.edited_functions import (
    OutlineOf,
    has_functions,
    touched_functions,
)
from reviewer.checks.reading.only_comments import is_same_code
from reviewer.checks.results import Unanswerable, and_more, at_most
from reviewer.diffs.functions import TOP_LEVEL, FunctionOutline
from reviewer.diffs.languages import MAX_LINE
from reviewer.model import CheckResult, Evidence, FileChange
from reviewer.sources.git.repository import GitError
from reviewer.text import plural

name = "similarity"
version = 5
inputs: tuple[Input, ...] = ("patch", "reference")
control = False
explain = Explanation(
    asks="How much do the two changes have in common?",
    how=(
        "Four shares, each what both have over what either has, from 0 to 1: functions changed; base lines "
        "removed or replaced; tokens that are added, and tokens that are removed, on the whole (words of "
        "code of two letters or more, without comments, keywords and lines that are only moved; each counts"
        " as often as it comes). A share is empty where the human's side has nothing to compare, and the "
        "mean is over those that are there. The overlap of files is given and left out of the mean: a patch"
        " that has nothing to do with the task can change the right files. A patch with the human's very "
        "lines is called identical; one whose files the language's lexer shows to differ in comments and "
        "white space only, the human's code but for these. Where an edit stands is found in the base, as "
        "git finds it."
    ),
    informs="both changes are here. No share is a verdict.",
    unknown=(
        "the patch does not fit its base, or the human's change is not here. Without the base nothing is "
        "said of functions."
    ),
    blind=(
        "It compares text, not meaning: the same idea in other words scores low, and an unfinished copy "
        "scores high."
    ),
)

_COMMON = frozenset(keyword.kwlist).union((
    "self", "cls", "int", "float", "bool", "str", "void", "const", "auto", "static", "char", "unsigned", "struct",
    "template", "typename", "sizeof", "else", "case", "switch", "default", "break", "using", "namespace", "nullptr",
    "true", "false",
))  # fmt: skip
"""Words that any two changes share."""

_MOST = 40
"""Functions that are listed at most, of either kind."""

_T = TypeVar("_T")
Function = tuple[str, str]
"""The base path of a file, and a function in it."""


class ComparedChange(NamedTuple):
    """One side's change as it is compared."""

    functions: dict[Function, tuple[int, set[int]]]
    """With the line in that side's file where each is first changed, and the base lines that go in it."""
    outlined: bool
    """Whether the base of every file was there, so that these are all."""
    base_lines: set[tuple[str, int]]
    added: dict[str, int]
    removed: dict[str, int]


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`SimilarityValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    fitted = context.fitted
    if fitted.misfits:
        reasons = tuple(Evidence(file=path, text=text) for path, text in fitted.misfits.items())
        summary = f"the patch does not fit its base: {reasons[0].file}: {reasons[0].text}{and_more(reasons)}"
        return CheckResult(name, "unknown", summary, None, reasons)
    return compare(fitted.files, context.human_files, context.base_outline, lambda: _has_same_code(context))


def _has_same_code(context: Context) -> bool:
    """Whether whole files show that agent and human differ in comments and white space at most."""
    try:
        return all(
            is_same_code(file.change.path, file.patched or b"", context.human_text(file.change.path) or b"")
            for file in context.patched
        )
    except (Unanswerable, GitError):
        return False


def compare(
    agent: Sequence[FileChange],
    human: Sequence[FileChange],
    outline_of: OutlineOf,
    has_same_code: Callable[[], bool] = lambda: True,
) -> CheckResult:
    """The answer for two changes to one base; ``has_same_code`` is asked where their lines look so."""
    ours, theirs = read_change(agent, outline_of), read_change(human, outline_of)
    outlined = ours.outlined and theirs.outlined
    shares = {
        "functions": _share(ours.functions.keys(), theirs.functions.keys()) if outlined else None,
        "base lines": _share(ours.base_lines, theirs.base_lines),
        "added": _weighted(ours.added, theirs.added),
        "removed": _weighted(ours.removed, theirs.removed),
    }
    known = [share for share in shares.values() if share is not None]
    mean = sum(known) / len(known) if known else None
    files = _share(touched(agent), touched(human))
    same_words = ours.added == theirs.added and ours.removed == theirs.removed  # else nothing below can be
    same = same_words and _texts(agent) == _texts(human)
    same_code = same or (same_words and _code(agent) == _code(human) and has_same_code())
    functions, lines, added, removed, all_four, paths = map(_rounded, (*shares.values(), mean, files))
    value = SimilarityValue(functions, lines, added, removed, all_four, paths, same, same_code)
    parts = ", ".join(f"{words} {_format_share(share)}" for words, share in shares.items())
    start = "the human's code but for comments and white space; " if same_code else ""
    summary = f"{start}{_format_share(mean)} in common ({parts}; files {_format_share(files)})"
    evidence = (*_common(ours, theirs), *_only_human(ours, theirs)) if outlined else ()
    return CheckResult(name, "info", "identical to the human patch" if same else summary, value, evidence)


def read_change(changes: Sequence[FileChange], outline_of: OutlineOf) -> ComparedChange:
    """What one side's change is compared by."""
    compared = ComparedChange({}, True, set(), {}, {})
    for change in changes:
        path = change.old or change.path
        asked = change.hunks and has_functions(change)
        outline = outline_of(change) if asked else None
        if asked and change.old is not None and outline is None:
            compared = compared._replace(outlined=False)
        for function, (first, lines) in _by_function(change, outline).items():
            if function != TOP_LEVEL:
                compared.functions.setdefault((path, function), (first, set()))[1].update(lines)
            compared.base_lines.update([(path, line) for line in lines])
        unmoved = without_moved_lines(change)
        _count(unmoved.added_words, compared.added)
        _count(unmoved.removed_words, compared.removed)
    return compared


def _count(words: Mapping[str, int], into: dict[str, int]) -> None:
    for word, count in words.items():
        if word not in _COMMON:
            into[word] = into.get(word, 0) + count


@cached_by_identity
def _by_function(change: FileChange, outline: FunctionOutline | None) -> dict[str, tuple[int, set[int]]]:
    """By function, the line where it is first changed and the base lines that go."""
    found: dict[str, tuple[int, set[int]]] = {}
    for edit in edits(change):
        lines = {line.number for line in edit.removed if line.text.strip()}
        for function in touched_functions(edit, outline) or (TOP_LEVEL,):
            found.setdefault(function, (edit.at, set()))[1].update(lines)
    return found


def _texts(changes: Iterable[FileChange]) -> dict[str, list[str]]:
    """Every changed line of each file behind its sign, in order."""
    return {change.path: [line.kind + line.text for line in changed_lines((change,))] for change in changes}


def _code(changes: Iterable[FileChange]) -> dict[str, list[str]]:
    """Like :func:`_texts`, without comments, blank lines and white space at the ends."""
    found: dict[str, list[str]] = {}
    for change in changes:
        strip = stripper(change.path)
        for line in changed_lines((change,)):
            text = line.text.strip() if len(line.text) > MAX_LINE else strip(line.text)
            if text:
                found.setdefault(change.path, []).append(line.kind + text)
    return found


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


def _format_share(share: float | None) -> str:
    return "–" if share is None else f"{share:.2f}"


def _common(ours: ComparedChange, theirs: ComparedChange) -> tuple[Evidence, ...]:
    found = []
    for (path, function), (line, lines) in ours.functions.items():
        if (path, function) in theirs.functions:
            both = len(lines & theirs.functions[path, function][1])
            text = f"both change {function}" + (f", {plural(both, 'base line')} in common" if both else "")
            found.append(Evidence(file=path, line=line, side="agent", text=text))
    return at_most(_MOST, found, "functions")


def _only_human(ours: ComparedChange, theirs: ComparedChange) -> tuple[Evidence, ...]:
    found = (
        Evidence(file=path, line=line, side="human", text=f"the human changes {function}, the agent does not")
        for (path, function), (line, _) in theirs.functions.items()
        if (path, function) not in ours.functions
    )
    return at_most(_MOST, found, "functions")
