"""``names``: does the patched Python use names that nothing defines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress

from reviewer.check_values import NameFault, NamesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.linter import UNPARSED, Diagnosis, Linter, LintResult, PythonSource
from reviewer.checks.results import Unanswerable, and_more, at_first, skipped, unknown_result
from reviewer.diffs.languages import is_python
from reviewer.model import CheckResult, Evidence, FileChange
from reviewer.sources.git.process import GitError
from reviewer.text import plural

name = "names"
version = 4
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = (
    "Does the patched Python use names that nothing defines: a missing import, `self` at module level, a local "
    "used before it has a value? ruff reads the whole file as patched (rules F821 and F823, with every `noqa` "
    "switched off) and, where it finds something, as it was: only what is new since the base counts, by rule and "
    "message. A file with a star import can hide anything: if the new finding is only that (F405), the answer is "
    "unknown; so it is for a file that cannot be parsed, which follows from `syntax`. In each batch a file with "
    "a known bad name must be reported, or nothing is believed. It cannot see attributes (`self.missing`), names "
    "made at run time (`globals()`, `exec`), nor whether what is imported exists."
)

_UNDEFINED, _MAYBE = ("F821", "F823"), "F405"


def prepare(contexts: Iterable[Context], linter: Linter) -> None:
    """Have the linter read the files of many attempts in one process; :func:`run` then finds the answers.

    Where there is no base, or the patch does not apply, :func:`run` says so.
    """
    files: list[PatchedFile] = []
    for context in contexts:
        with suppress(Unanswerable, GitError):
            files += _python(context) if context.files else []
    _lint(linter, files)


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`NamesValue`."""
    if not context.files:
        return skipped(name)
    files = _python(context)
    if not files:
        return skipped(name, "no Python is changed")
    faults: list[NameFault] = []
    unknown: list[str] = []
    for file, (after, before) in zip(files, _lint(context.resources.linter, files), strict=True):
        try:
            faults += _new_faults(file.change, after, before)
        except Unanswerable as reason:
            unknown.append(f"{file.change.path}: {reason}")
    return _result(faults, unknown, len(files))


def _python(context: Context) -> list[PatchedFile]:
    """The Python files that are there after the patch. Raises as :attr:`Context.patched`."""
    return [file for file in context.patched if file.patched is not None and is_python(file.change.path)]


def _lint(linter: Linter, files: Sequence[PatchedFile]) -> list[tuple[LintResult, LintResult]]:
    """What is found in files as patched, and in their bases; where nothing is, the base is not read."""
    after = linter.read(_source(file, file.patched) for file in files)
    fresh = [index for index, found in enumerate(after) if found.diagnoses and files[index].base is not None]
    bases = linter.read(_source(files[index], files[index].base) for index in fresh)
    before = dict(zip(fresh, bases, strict=True))
    return [(found, before.get(index, LintResult())) for index, found in enumerate(after)]


def _source(file: PatchedFile, data: bytes | None) -> PythonSource:
    return PythonSource(data or b"", stub=file.change.path.endswith(".pyi"))


def _new_faults(change: FileChange, after: LintResult, before: LintResult) -> list[NameFault]:
    """What is new in one file. Raises :class:`Unanswerable` where that cannot be said."""
    if after == UNPARSED:
        raise Unanswerable("cannot be parsed, which follows from `syntax`")
    if after.problem is not None:
        raise Unanswerable(after.problem)
    if before.problem is not None:
        raise Unanswerable(f"the base {before.problem}")
    known = Counter((found.code, found.message) for found in before.diagnoses)
    groups: dict[tuple[str | None, str], list[Diagnosis]] = {}
    for found in after.diagnoses:
        groups.setdefault((found.code, found.message), []).append(found)
    fresh = [group for key, group in groups.items() if len(group) > known[key]]
    if change.path.rpartition("/")[2].startswith("__init__.py"):  # which ruff reads under another name
        fresh = [group for group in fresh if "`__path__`" not in group[0].message]
    undefined = [_fault(change, group) for group in fresh if group[0].code in _UNDEFINED]
    if not undefined and any(group[0].code == _MAYBE for group in fresh):
        raise Unanswerable("only a star import could define what is new")
    return undefined


def _fault(change: FileChange, group: Sequence[Diagnosis]) -> NameFault:
    added = {line.target for hunk in change.hunks for line in hunk.lines if line.kind == "+"}
    first = next((found for found in group if found.line in added), group[0])
    return NameFault(change.path, first.line, first.message)


def _result(faults: list[NameFault], unknown: list[str], files: int) -> CheckResult:
    value = NamesValue(names=tuple(faults), unknown=tuple(unknown), files=files)
    if faults:
        evidence = [Evidence(file=fault.file, line=fault.line, text=fault.message) for fault in faults]
        return CheckResult(name, "fail", at_first(evidence, f": {faults[0].message}"), value, tuple(evidence))
    if unknown:
        return unknown_result(name, f"{unknown[0]}{and_more(unknown)}", value)
    summary = f"no new undefined name in {plural(files, 'Python file')}"
    return CheckResult(name, "pass", summary, value)
