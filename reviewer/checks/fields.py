"""``fields``: does a new attribute break the dataclass or the pydantic model that it is added to.

Such an attribute is no plain variable of the class: the decorator or the base class makes a field or a private
attribute of it. Each fault was tried with Python 3.11 and pydantic 2.14.
"""

import re
from collections.abc import Iterator

from reviewer.check_values import FieldFault, FieldsValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.application import PatchedFile, python_files
from reviewer.checks.reading.bindings import UNREADABLE, read_module
from reviewer.checks.reading.class_attributes import ClassAttribute, DataModule, FieldClass
from reviewer.checks.results import and_more, without_python
from reviewer.diffs.languages import is_source
from reviewer.model import CheckResult, Evidence

name = "fields"
version = 1
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks="Does the patch add an attribute to a dataclass or a pydantic model that breaks it?",
    how=(
        "What a class is, is read from the imports and bases in the same file: one whose base is imported "
        "from elsewhere is not looked at."
    ),
    passes="no new attribute does.",
    warns="nothing in the file tells pydantic 2 from 1.",
    fails=(
        "Python or pydantic raises for certain: a dataclass field whose default is a list, a dictionary or "
        "a set, or that has none behind one that has; a `default_factory` field used through the class, "
        "which has no such attribute; in a model of pydantic 2 an underscored name with `Field(…)`, a "
        "literal without a type, or an underscored attribute used through the class (`cls._cache[…]`), "
        "where it is a `ModelPrivateAttr` and not its value."
    ),
    unknown="the base is not here, or the patch does not apply.",
)

_WORTH_READING = re.compile(
    r"""(?mx) ^[ \t]+ \w+ [ \t]* (?: : [ \t]* [\w"'.] [^\n]* (?<! [,:] ) $ | = [ \t]* (?: [\[{"'\d] | (?:\w+\.)?Field\( ) )
    | \bdataclass\b | \bcls\.\w | \btype\(self\)\. | __class__\. | \b[A-Z]\w*\._\w"""
)
"""What an attribute of a class looks like, and one that is used through it."""
_EVIDENCE = 50
"""Attributes that are given as evidence."""


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`FieldsValue`."""
    if (nothing := without_python(name, context.files)) is not None:
        return nothing
    broken: list[FieldFault] = []
    doubtful: list[FieldFault] = []
    for file in python_files(context.patched):
        if is_source(file.change.path):
            context.resources.announce(name, file.change.path)
            for certain, fault in _in_file(file):
                (broken if certain else doubtful).append(fault)
    value = FieldsValue(tuple(broken), tuple(doubtful))
    faults = broken or doubtful
    if not faults:
        return CheckResult(name, "pass", "no new attribute breaks its class", value)
    evidence = (
        Evidence(file=fault.file, line=fault.line, text=fault.message) for fault in faults[:_EVIDENCE]
    )
    summary = f"{faults[0].file}:{faults[0].line}: {faults[0].message}{and_more(faults)}"
    return CheckResult(name, "fail" if broken else "warn", summary, value, tuple(evidence))


def _in_file(file: PatchedFile) -> Iterator[tuple[bool, FieldFault]]:
    """The faults that the patch brings, each with whether it is certain. What cannot be parsed has none."""
    hunks = ("\n".join(line.text for line in hunk.lines if line.kind == "+") for hunk in file.change.hunks)
    if not any(_WORTH_READING.search(text) for text in hunks):
        return
    new = list(_faults(file.change.path, file.patched or b""))
    old = {fault.message for _, fault in _faults(file.change.path, file.base or b"")} if new else set()
    yield from (found for found in new if found[1].message not in old)


def _faults(path: str, data: bytes) -> Iterator[tuple[bool, FieldFault]]:
    if b"dataclass" not in data and b"pydantic" not in data:
        return
    try:
        module = DataModule(read_module(data))
        found = [
            (certain, FieldFault(path, line, f"`{each.name}.{message}"))
            for each in module.classes()
            for certain, line, message in _of_class(module, each)
        ]
    except UNREADABLE:
        return
    yield from found


def _of_class(module: DataModule, each: FieldClass) -> Iterator[tuple[bool, int, str]]:
    """Whether it is certain, line and text of each fault of a class."""
    if each.kind != "model":
        yield from ((True, *found) for found in _of_dataclass(module, each))
        return
    doubt = "" if module.has_pydantic_2 else ", in pydantic 2"
    for attribute in each.attributes:
        for line, text in _of_model(module, each, attribute):
            yield module.has_pydantic_2, line, text + doubt


def _of_dataclass(module: DataModule, each: FieldClass) -> Iterator[tuple[int, str]]:
    for attribute in each.attributes:
        if not attribute.type or attribute.of_class:
            continue
        if attribute.has_mutable_default:
            yield attribute.line, f"{attribute.name}`: a mutable default (ValueError at import)"
        used = module.use_through_class(each, attribute.name) if attribute.factory else None
        if used is not None:
            yield used, f"{attribute.name}` has a default_factory: the class itself has none (AttributeError)"
    yield from _without_default(each)


def _of_model(module: DataModule, each: FieldClass, attribute: ClassAttribute) -> Iterator[tuple[int, str]]:
    name = attribute.name
    if name.startswith("__") or attribute.of_class:
        return
    if not name.startswith("_"):
        literal = attribute.value is not None and not attribute.type and attribute.is_literal
        if literal and name != "model_config" and each.is_whole:
            yield attribute.line, f"{name}`: a value without a type (PydanticUserError at import)"
    elif attribute.option_of == "Field":
        yield attribute.line, f"{name}`: an underscore before a field (error at import)"
    elif (used := module.use_through_class(each, name)) is not None:
        yield used, f"{name}` is a ModelPrivateAttr in the class, its value is in instances only"


def _without_default(each: FieldClass) -> Iterator[tuple[int, str]]:
    """Fields without a default behind one that has it; not where a base may have set their order."""
    if not each.is_whole or each.kw_only:
        return
    given: str | None = None
    for attribute in each.attributes:
        if attribute.type.rpartition(".")[2] == "KW_ONLY":
            return
        if not attribute.type or attribute.of_class or attribute.apart:
            continue
        if attribute.has_default:
            given = attribute.name
        elif given is not None:
            yield (
                attribute.line,
                f"{attribute.name}` has no default and stands behind `{given}` (TypeError at import)",
            )
