"""``names``: does the patched Python use names that nothing defines."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from msgspec.structs import replace

from reviewer.check_values import NameFault, NamesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.leftovers import find_leftovers
from reviewer.checks.reading.application import PatchedFile, python_files
from reviewer.checks.reading.bindings import UNREADABLE
from reviewer.checks.reading.linter import UNPARSED, Diagnosis, Linter, LintResult, PythonSource, to_utf8
from reviewer.checks.reading.undefined import FATES, PythonText, Verdict, rows
from reviewer.checks.results import Unanswerable, and_more, at_first, skipped, unknown_result
from reviewer.model import CheckResult, Evidence, FileChange
from reviewer.sources.git.process import GitError
from reviewer.text import plural

name = "names"
version = 7
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks=(
        "Does the patched Python use names that nothing defines: a missing import, `self` at module level, "
        "a local used before it has a value?"
    ),
    how=(
        "ruff reads the whole file as patched (rules F821 and F823, with `noqa` switched off) and, where it"
        " finds something, as it was: new is a rule and a name that the base has nowhere in the file, "
        "however often they come. What is new is looked at again by Python's own rules of scopes: a loop "
        "may have bound it, a builtin may stand behind it, an `except NameError` may wait for it. In each "
        "batch a file with a known bad name must be reported, or nothing is believed."
    ),
    passes="no name is newly undefined.",
    fails=(
        "a new name is defined nowhere. A fault that a usual run does not end of says why (an annotation "
        "that Python never evaluates, an error that is caught, a new file that nothing refers to); of the "
        "others `wrong` is suggested."
    ),
    unknown=(
        "the base is not here; the patch does not apply; the file cannot be parsed, which follows from "
        "`syntax`; only a string names it (types of jaxtyping and the like are no names at all); tools, a "
        "file of the base, `exec` or `globals()` may make it at run time; it is Python 2's; its line has "
        "`noqa: F821`; it is a module of the same package; or only a star import could define it."
    ),
    blind="It does not see attributes (`self.missing`), nor whether what is imported exists.",
)

_UNDEFINED, _MAYBE = ("F821", "F823"), "F405"
_MODULE_ENDS = (".py", ".pyx", ".pyi", "/__init__.py")
_USES = 50
"""Uses of a name in a file that are looked at."""
_BUILTINS = re.compile(rb"builtin(?:s\b|s?__)")
"""What is in every file that names the module: letters first, which are found ten times faster in all files of a base."""


class _Fault(NamedTuple):
    name: str
    found: NameFault


def prepare(contexts: Iterable[Context], linter: Linter) -> None:
    """Have the linter read the files of many attempts in one process; :func:`run` then finds the answers.

    Where there is no base, or the patch does not apply, :func:`run` says so.
    """
    files: list[PatchedFile] = []
    for context in contexts:
        with suppress(Unanswerable, GitError):
            files += python_files(context.patched) if context.files else []
    _lint(linter, files)


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`NamesValue`."""
    if not context.files:
        return skipped(name)
    files = python_files(context.patched)
    if not files:
        return skipped(name, "no Python is changed")
    faults: list[_Fault] = []
    unknown: list[str] = []
    for file, (after, before) in zip(files, _lint(context.resources.linter, files), strict=True):
        if after.diagnoses:
            context.resources.announce(name, file.change.path)
        try:
            new, unclear = _judge(file, after, before)
        except Unanswerable as reason:
            new, unclear = [], [f"{file.change.path}: {reason}"]
        faults += new
        unknown += unclear
    given = _given_elsewhere(context, files, {name for name, _ in faults}) if faults else {}
    given |= _modules(context, files, faults)
    unknown += [f"{at.file}:{at.line}: `{name}`: {given[name]}" for name, at in faults if name in given]
    undefined = [at for name, at in faults if name not in given]
    if {at.file for at in undefined}.intersection(file.change.path for file in files if file.base is None):
        leftovers = find_leftovers(context)
        undefined = [
            replace(at, quiet=at.quiet or "in a new file that nothing refers to")
            if at.file in leftovers
            else at
            for at in undefined
        ]
    return _result(undefined, unknown, len(files))


def _given_elsewhere(context: Context, files: Sequence[PatchedFile], wanted: set[str]) -> dict[str, str]:
    """Names that may have a value though their own file gives them none, with the reason.

    A file of the base or of the patch puts them into builtins, or the patch took them, undefined, out of a file.
    """
    found: dict[str, str] = {}
    word = re.compile(rf"\b(?:{'|'.join(map(re.escape, wanted))})\b".encode())
    old = [file for file in files if file.base is not None and word.search(file.base)]
    for file, result in zip(old, context.resources.linter.read(_source(f, f.base) for f in old), strict=True):
        undefined = {name for code, name in _by_name(_text(file.base), result) if code in _UNDEFINED}
        moved = undefined.difference(match.decode() for match in word.findall(file.patched or b""))
        found |= dict.fromkeys(moved, f"{file.change.old} of the base does not define it either")
    texts = {file.change.path: file.patched or b"" for file in files}
    for path, data in (context.base_files.find(_BUILTINS, ".py") | texts).items():
        with suppress(*UNREADABLE):
            if _BUILTINS.search(data):
                given = PythonText(_text(data), stub=False, package=False).built_in
                found |= dict.fromkeys(given, f"{path} puts it into builtins")
    return found


def _modules(context: Context, files: Sequence[PatchedFile], faults: Iterable[_Fault]) -> dict[str, str]:
    """Undefined names of a package's ``__init__`` that are modules in it: importing one anywhere binds its name there."""
    folders = {(name, at.file.rpartition("/")[0]) for name, at in faults if "/__init__." in at.file}
    paths = {f"{folder}/{name}{end}": name for name, folder in folders for end in _MODULE_ENDS}
    there = {*context.base_files.entries(paths), *(file.change.path for file in files)} if paths else set()
    return {name: f"{path} is a module of this package, which is bound where it is imported"
            for path, name in paths.items() if path in there}  # fmt: skip


def _lint(linter: Linter, files: Sequence[PatchedFile]) -> list[tuple[LintResult, LintResult]]:
    """What is found in files as patched, and in their bases; where nothing is, the base is not read."""
    after = linter.read(_source(file, file.patched) for file in files)
    fresh = [index for index, found in enumerate(after) if found.diagnoses and files[index].base is not None]
    bases = linter.read(_source(files[index], files[index].base) for index in fresh)
    before = dict(zip(fresh, bases, strict=True))
    return [(found, before.get(index, LintResult())) for index, found in enumerate(after)]


def _source(file: PatchedFile, data: bytes | None) -> PythonSource:
    return PythonSource(data or b"", stub=file.change.path.endswith(".pyi"))


def _judge(file: PatchedFile, after: LintResult, before: LintResult) -> tuple[list[_Fault], list[str]]:
    """What is new in one file: names that nothing defines, and why it is not known of others.

    Raises :class:`Unanswerable` where nothing can be said.
    """
    if after == UNPARSED:
        raise Unanswerable("cannot be parsed, which follows from `syntax`")
    if after.problem is not None:
        raise Unanswerable(after.problem)
    if before.problem is not None:
        raise Unanswerable(f"the base {before.problem}")
    if not after.diagnoses:
        return [], []
    path = file.change.path
    text = _text(file.patched)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    source = PythonText(
        text, stub=path.endswith(".pyi"), package=stem == "__init__", importable=stem.isidentifier()
    )
    old = set(_by_name(_text(file.base), before))
    faults: list[_Fault] = []
    unknown: list[str] = []
    for key, found in _by_name(text, after).items():
        if key not in old and key[0] in _UNDEFINED:
            verdict, at = _worst(file.change, source, key[1], found)
            if verdict.fate in ("raises", "quiet"):
                faults.append(_Fault(key[1], _fault(path, key, at, verdict.reason or None)))
            elif verdict.fate == "unknown":
                unknown.append(f"{path}:{at}: `{key[1]}`: {verdict.reason}")
        elif key not in old and key[0] == _MAYBE:
            unknown.append(f"{path}:{found[0].line}: only a star import could define `{key[1]}`")
    return faults, unknown


def _by_name(text: str, result: LintResult) -> dict[tuple[str, str], list[Diagnosis]]:
    """What was found, by rule and name: new is what has none of its kind in the base, however often it is used."""
    groups: dict[tuple[str, str], list[Diagnosis]] = {}
    lines = rows(text)
    for found in result.diagnoses:
        start, end = found.columns
        groups.setdefault((found.code or "", lines[found.line - 1][start - 1 : end - 1]), []).append(found)
    return groups


def _worst(
    change: FileChange, source: PythonText, name: str, found: Sequence[Diagnosis]
) -> tuple[Verdict, int]:
    """The worst of what becomes of a name's uses and its line, one that the patch adds if there is one."""
    added = {line.target for hunk in change.hunks for line in hunk.lines if line.kind == "+"}
    found = sorted(found, key=lambda use: use.line not in added)[:_USES]
    worst = Verdict("fine"), found[0].line
    try:
        for use in found:
            verdict = source.judge(use.line, use.columns[0], name)
            if FATES.index(verdict.fate) < FATES.index(worst[0].fate):
                worst = verdict, use.line
            if verdict.fate == FATES[0]:
                break
    except UNREADABLE as error:
        return Verdict("unknown", f"it cannot be read: {type(error).__name__}"), found[0].line
    return worst


def _fault(path: str, key: tuple[str, str], line: int, quiet: str | None) -> NameFault:
    text = f"Undefined name `{key[1]}`" if key[0] == "F821" else f"Local variable `{key[1]}` without a value"
    return NameFault(path, line, f"{text} ({quiet})" if quiet else text, quiet)


def _text(data: bytes | None) -> str:
    """A source as the linter was given it."""
    return (to_utf8(data or b"") or b"").decode("utf-8")


def _result(faults: list[NameFault], unknown: list[str], files: int) -> CheckResult:
    value = NamesValue(names=tuple(faults), unknown=tuple(unknown), files=files)
    if faults:
        evidence = [Evidence(file=fault.file, line=fault.line, text=fault.message) for fault in faults]
        return CheckResult(name, "fail", at_first(evidence, f": {faults[0].message}"), value, tuple(evidence))
    if unknown:
        return unknown_result(name, f"{unknown[0]}{and_more(unknown)}", value)
    summary = f"no new undefined name in {plural(files, 'Python file')}"
    return CheckResult(name, "pass", summary, value)
