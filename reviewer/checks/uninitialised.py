"""``uninitialised``: is memory no longer given a value that it had before.

``zeros`` made ``empty`` is the commonest change that an agent makes to look like an optimisation, and
wrong wherever what is not written is read. Measured on 99 human commits of vLLM and the 230 patches of
agents on them: 1 human change does it in source files (1 %), and 52 patches (23 %).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from reviewer.check_values import UninitialisedValue
from reviewer.checks.context import Context, Input
from reviewer.checks.results import Unanswerable, at_first, skipped
from reviewer.config import CheckSettings
from reviewer.diffs.languages import MAX_LINE, is_source
from reviewer.model import CheckResult, Evidence, FileChange, Hunk, PatchLine
from reviewer.sources.git.process import GitError

name = "uninitialised"
version = 1
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = (
    "Does memory that had a value get none any more? Warns where one edit of a source file takes away zeros, ones or "
    "full and brings empty in their place, and nothing in the hunk fills all of what it is assigned to. That may be right "
    "(all of it is written before it is read) and cannot be seen in the patch alone: a person must look. It does "
    "not see a fill that was taken away, nor memory that is made and filled far apart."
)

_EVIDENCE = 50
"""Lines that are given as evidence."""
_ASSIGNED = re.compile(r"\s*([\w.]+)\s*(?::[^=]+)?=(?!=)")
_FILLING = r"\.(?:(?:zero|fill|copy|normal|uniform|exponential|random)_|fill)\("
_FILLED = re.compile(rf"(?<![\w.])([\w.]+)(?:{_FILLING}|\[[:.]*\]\s*=(?!=))")
_CHAINED = re.compile(rf"\)\s*{_FILLING}")


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is an :class:`UninitialisedValue`."""
    if not context.files:
        return skipped(name)
    settings = context.resources.settings
    found = list(_in_files(context.files, settings))
    if not found:
        return CheckResult(name, "pass", "no memory loses its first value", UninitialisedValue(0, None))
    same = _human_too(context, {evidence.file for evidence in found}, settings)
    human = "; the human change does so there too" if same else ""
    summary = at_first(found, " is not initialised any more") + human
    value = UninitialisedValue(len(found), same)
    return CheckResult(name, "warn", summary, value, tuple(found[:_EVIDENCE]))


def _in_files(changes: Iterable[FileChange], settings: CheckSettings) -> Iterator[Evidence]:
    before, after = re.compile(settings.uninitialised_before), re.compile(settings.uninitialised_after)
    for change in changes:
        if is_source(change.path):
            for hunk in change.hunks:
                for line in _in_hunk(hunk, before, after):
                    yield Evidence(file=change.path, line=line.target, text=_cut(line).strip())


def _in_hunk(hunk: Hunk, before: re.Pattern[str], after: re.Pattern[str]) -> Iterator[PatchLine]:
    if not any(line.kind == "-" and before.search(_cut(line)) for line in hunk.lines):
        return
    filled = {name for line in hunk.lines if line.kind != "-" for name in _FILLED.findall(_cut(line))}
    for changed, lines in groupby(hunk.lines, key=lambda line: line.kind != " "):
        for line in _in_edit(list(lines), before, after) if changed else ():
            assigned = _ASSIGNED.match(_cut(line))
            if assigned is None or assigned[1] not in filled:
                yield line


def _in_edit(edit: list[PatchLine], before: re.Pattern[str], after: re.Pattern[str]) -> list[PatchLine]:
    """The lines of one edit that make empty memory in the place of initialised memory."""
    gone = _count(edit, "-", before) - _count(edit, "+", before)
    come = _count(edit, "+", after) - _count(edit, "-", after)
    if gone <= 0 or come <= 0:
        return []
    made = [line for line in edit if line.kind == "+" and after.search(_cut(line))]
    return [line for line in made if not _CHAINED.search(_cut(line))][: min(gone, come)]


def _count(lines: Iterable[PatchLine], kind: str, pattern: re.Pattern[str]) -> int:
    return sum(len(pattern.findall(_cut(line))) for line in lines if line.kind == kind)


def _cut(line: PatchLine) -> str:
    return line.text[:MAX_LINE]


def _human_too(context: Context, files: set[str | None], settings: CheckSettings) -> bool | None:
    """Whether the human change does so in one of these files; ``None`` where it is not known."""
    try:
        changes = [change for change in context.human_files if change.path in files]
    except (Unanswerable, GitError):
        return None
    return any(True for _ in _in_files(changes, settings))
