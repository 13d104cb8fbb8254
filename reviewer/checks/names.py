"""``names``: does the patched Python use names that nothing defines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from reviewer.check_values import NameFault, NamesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.languages import is_python
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.linter import Answer, Diagnosis, Linted, Text
from reviewer.checks.unanswered import Unanswerable, skipped
from reviewer.model import CheckResult, Evidence, FileChange
from reviewer.sources.git.process import GitError

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


def prepare(contexts: Iterable[Context]) -> None:
    """Have the linter read the files of many attempts in one process; :func:`run` then finds the answers.

    What cannot be had (no base, a patch that does not apply) is left for :func:`run` to say.
    """
    files: list[PatchedFile] = []
    linted: Linted | None = None
    for context in contexts:
        try:
            files += _python(context) if context.files else []
        except (Unanswerable, GitError):
            continue
        linted = context.bench.linted
    if linted is not None:
        _read(linted, files)


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`NamesValue`."""
    if not context.files:
        return skipped(name)
    files = _python(context)
    if not files:
        return skipped(name, "no Python is changed")
    faults: list[NameFault] = []
    unknown: list[str] = []
    for file, (after, before) in zip(files, _read(context.bench.linted, files), strict=True):
        found = _faults(file.change, after, before)
        if isinstance(found, str):
            unknown.append(f"{file.change.path}: {found}")
        else:
            faults += found
    return _result(faults, unknown, len(files))


def _python(context: Context) -> list[PatchedFile]:
    """The Python files that are there after the patch. Raises as :attr:`Context.patched`."""
    return [file for file in context.patched if file.patched is not None and is_python(file.change.path)]


def _read(linted: Linted, files: Sequence[PatchedFile]) -> list[tuple[Answer, Answer]]:
    """What is found in files as patched, and in their bases; where nothing is, the base is not read."""
    after = linted.read(_text(file, file.patched) for file in files)
    asked = [
        place
        for place, found in enumerate(after)
        if found and not isinstance(found, str) and files[place].base is not None
    ]
    before = dict(
        zip(asked, linted.read(_text(files[place], files[place].base) for place in asked), strict=True)
    )
    return [(found, before.get(place, ())) for place, found in enumerate(after)]


def _text(file: PatchedFile, data: bytes | None) -> Text:
    return Text(data or b"", stub=file.change.path.endswith(".pyi"))


def _faults(change: FileChange, after: Answer, before: Answer) -> list[NameFault] | str:
    """What is new in one file, or why that cannot be told."""
    if isinstance(after, str):
        return after if after != Linted.UNPARSED else "cannot be parsed, which follows from `syntax`"
    if isinstance(before, str):
        return f"the base {before}"
    known = Counter((one.code, one.message) for one in before)
    fresh = [group for key, group in _grouped(after) if len(group) > known[key]]
    if change.path.rpartition("/")[2].startswith("__init__.py"):  # which ruff reads under another name
        fresh = [group for group in fresh if "`__path__`" not in group[0].message]
    undefined = [_fault(change, group) for group in fresh if group[0].code in _UNDEFINED]
    if not undefined and any(group[0].code == _MAYBE for group in fresh):
        return "only a star import could define what is new"
    return undefined


def _grouped(diagnoses: Sequence[Diagnosis]) -> Iterator[tuple[tuple[str, str], list[Diagnosis]]]:
    groups: dict[tuple[str, str], list[Diagnosis]] = {}
    for one in diagnoses:
        groups.setdefault((one.code, one.message), []).append(one)
    yield from groups.items()


def _fault(change: FileChange, group: Sequence[Diagnosis]) -> NameFault:
    added = {line.target for hunk in change.hunks for line in hunk.lines if line.kind == "+"}
    first = next((one for one in group if one.line in added), group[0])
    return NameFault(change.path, first.line, first.message)


def _result(faults: list[NameFault], unknown: list[str], files: int) -> CheckResult:
    value = NamesValue(names=tuple(faults), unknown=tuple(unknown), files=files)
    if faults:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return CheckResult(
            name=name,
            outcome="fail",
            summary=f"{first.file}:{first.line}: {first.message}{more}",
            value=value,
            evidence=tuple(Evidence(file=one.file, line=one.line, text=one.message) for one in faults),
        )
    if unknown:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        return CheckResult(name=name, outcome="unknown", summary=f"{unknown[0]}{more}", value=value)
    read = "1 Python file" if files == 1 else f"{files} Python files"
    return CheckResult(name=name, outcome="pass", summary=f"no new undefined name in {read}", value=value)
