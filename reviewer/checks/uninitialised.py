"""``uninitialised``: is memory no longer given a value that it had before.

``zeros`` made ``empty`` is the commonest change that an agent makes to look like an optimisation, and
wrong wherever what is not written is read.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from reviewer.check_values import UninitialisedValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.memory import Memory
from reviewer.checks.results import Unanswerable, at_first, skipped
from reviewer.config import CheckSettings
from reviewer.diffs.languages import MAX_LINE, is_source
from reviewer.model import CheckResult, Evidence, FileChange, Hunk, PatchLine
from reviewer.sources.git.process import GitError

name = "uninitialised"
version = 2
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks="Does memory that had a value get none any more?",
    how=(
        "Looked at is where one edit of a source file takes away zeros, ones or full and brings empty in "
        "their place; the whole patched function behind it is read (of a private attribute, the file)."
    ),
    passes=(
        "there is no such edit, or all of the memory is filled at once (`fill_`, `x[:] =`, `x[0] =` and "
        "`x[1:] =`)."
    ),
    warns="the memory is only read or returned.",
    unknown=(
        "the base is not here, or the memory is written to in part, or given to something that may fill it:"
        " a call (a kernel, `out=`), another name for it, an attribute that other files see."
    ),
    blind="It does not see a fill that was taken away.",
)

_EVIDENCE = 50
"""Lines that are given as evidence."""


class _Unfilled(NamedTuple):
    """Lines that make memory without a value: those whose memory is only read, and those where that is not known."""

    read: list[Evidence]
    unclear: list[Evidence]
    reason: str


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is an :class:`UninitialisedValue`."""
    if not context.files:
        return skipped(name)
    settings = context.resources.settings
    made = list(_in_files(context.files, settings))
    found = (
        _look_behind(context, made, re.compile(settings.uninitialised_after))
        if made
        else _Unfilled([], [], "")
    )
    if not found.read and not found.unclear:
        return CheckResult(name, "pass", "no memory loses its first value", UninitialisedValue(0, None))
    evidence = found.read or found.unclear
    same = _human_too(context, {each.file for each in evidence}, settings)
    human = "; the human change does so there too" if same else ""
    value = UninitialisedValue(len(found.read), same)
    if found.read:
        summary = at_first(evidence, " is not initialised any more") + human
        return CheckResult(name, "warn", summary, value, tuple(evidence[:_EVIDENCE]))
    summary = at_first(evidence, f" loses its first value; {found.reason}") + human
    return CheckResult(name, "unknown", summary, value, tuple(evidence[:_EVIDENCE]))


def _in_files(changes: Iterable[FileChange], settings: CheckSettings) -> Iterator[Evidence]:
    before, after = re.compile(settings.uninitialised_before), re.compile(settings.uninitialised_after)
    for change in changes:
        if is_source(change.path):
            for hunk in change.hunks:
                for line in _in_hunk(hunk, before, after):
                    yield Evidence(file=change.path, line=line.target, text=_cut(line).strip())


def _in_hunk(hunk: Hunk, before: re.Pattern[str], after: re.Pattern[str]) -> Iterator[PatchLine]:
    if any(line.kind == "-" and before.search(_cut(line)) for line in hunk.lines):
        for changed, lines in groupby(hunk.lines, key=lambda line: line.kind != " "):
            yield from _in_edit(list(lines), before, after) if changed else ()


def _in_edit(edit: list[PatchLine], before: re.Pattern[str], after: re.Pattern[str]) -> list[PatchLine]:
    """The lines of one edit that make empty memory in the place of initialised memory."""
    gone = _count(edit, "-", before) - _count(edit, "+", before)
    come = _count(edit, "+", after) - _count(edit, "-", after)
    if gone <= 0 or come <= 0:
        return []
    return [line for line in edit if line.kind == "+" and after.search(_cut(line))][: min(gone, come)]


def _count(lines: Iterable[PatchLine], kind: str, pattern: re.Pattern[str]) -> int:
    return sum(len(pattern.findall(_cut(line))) for line in lines if line.kind == kind)


def _cut(line: PatchLine) -> str:
    return line.text[:MAX_LINE]


def _look_behind(context: Context, made: Iterable[Evidence], makes: re.Pattern[str]) -> _Unfilled:
    """What becomes of the memory that lines make, by the whole patched files."""
    found = _Unfilled([], [], "whether all of it is written before it is read cannot be seen")
    try:
        files = {file.change.path: file.patched or b"" for file in context.patched}
    except (Unanswerable, GitError) as error:
        return _Unfilled([], list(made), f"what becomes of it is not known: {error}")
    for path, lines in groupby(made, key=lambda evidence: evidence.file or ""):
        try:
            memory = Memory(path, files.get(path, b""))
        except Unanswerable as error:
            found = _Unfilled(found.read, [*found.unclear, *lines], str(error))
            continue
        for evidence in lines:
            fate = memory.fate(_find(memory.lines, evidence), makes)
            if fate != "filled":
                (found.read if fate == "read" else found.unclear).append(evidence)
    return found


def _find(lines: Iterable[str], wanted: Evidence) -> int:
    """The line (from 1) of a file on which a line of the patch stands: the nearest with its text."""
    at = [
        number
        for number, line in enumerate(lines, 1)
        if wanted.text in line and line[:MAX_LINE].strip() == wanted.text
    ]
    return min(at, key=lambda number: abs(number - (wanted.line or 0)), default=0)


def _human_too(context: Context, files: set[str | None], settings: CheckSettings) -> bool | None:
    """Whether the human change does so in one of these files; ``None`` where it is not known."""
    try:
        changes = [change for change in context.human_files if change.path in files]
    except (Unanswerable, GitError):
        return None
    return any(True for _ in _in_files(changes, settings))
