"""``copies``: is an in-place operation done on a copy that nothing keeps.

``x[rows].zero_()`` leaves ``x`` as it was where ``rows`` is a list, a mask or an array of indices: the index copies,
the copy is changed and thrown away. Only slices and integers give a view. No error tells of it.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from reviewer.check_values import CopiesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.application import PatchedFile, python_files
from reviewer.checks.reading.bindings import UNREADABLE, own_statements, read_module, scopes_inside
from reviewer.checks.reading.indices import KINDS, IndexFinding, IndexKind, Indices
from reviewer.checks.results import at_first, without_python
from reviewer.diffs.languages import is_source
from reviewer.model import CheckResult, Evidence, Outcome

name = "copies"
version = 1
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks="Does the patch change a copy in place and throw it away?",
    how=(
        "Looked at is every new statement of a Python source file that calls an in-place method (`zero_`, "
        "`copy_`, `fill_`, `add_`, …) on something indexed, assigns into it, or names it as `out=`, and "
        "does not keep the result: `x[rows].zero_()`, `x[mask][0] = 1`, `x.clone().add_(1)`."
    ),
    passes="there is no such statement.",
    warns=(
        "the index is a tensor of which nothing shows that it has a dimension (without one it counts as an "
        "integer, which gives a view)."
    ),
    fails=(
        "the index is shown to be a list, a mask or an array by what stands in the same function: a "
        "literal, what it is assigned, what a parameter is declared as together with its uses."
    ),
    unknown="nothing shows what the index is, the base is not here, or the patch does not apply.",
    blind="It does not know what x is: an own class may give views for lists.",
)

_WORTH_READING = re.compile(r"\.[a-z]\w*_\(|\]\s*\[|\bout\s*=|\]\s*\.(?:fill|sort|partition|put)\(")
_MUTATING = re.compile(r"(?!_)\w*[a-z0-9]_$|^(?:fill|sort|partition|put)$")
_VIEWS = frozenset(
    {
        "view", "view_as", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "t", "permute", "narrow", "select",
        "expand", "contiguous", "detach", "swapaxes", "movedim", "diagonal", "unfold",
    }
)  # fmt: skip
_COPIES = frozenset({"index_select", "masked_select", "gather", "take", "take_along_dim", "clone"})
"""Methods that give a view, and those that give a new array."""
_ATTRIBUTES = frozenset({"data", "T", "mT", "H", "mH", "real", "imag"})
_EVIDENCE = 50
"""Statements that are given as evidence."""
_ANSWERS: dict[IndexKind, tuple[Outcome, str]] = {
    "copy": ("fail", " changes a copy and throws it away"),
    "tensor": ("warn", " changes a copy, unless the index has no dimension"),
    "unknown": ("unknown", ": nothing shows whether the index gives a view or a copy"),
}
"""Outcome and summary by what the index is, the worst first."""


class _Changed(NamedTuple):
    """An expression that is changed in place; ``of_tensor``: as only tensors are, no lists or dictionaries."""

    what: ast.expr
    of_tensor: bool


class _Change(NamedTuple):
    """A statement that changes something indexed, and what its indices are taken together."""

    line: int
    text: str
    by: IndexFinding


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`CopiesValue`."""
    if (nothing := without_python(name, context.files)) is not None:
        return nothing
    found: dict[str, list[Evidence]] = {kind: [] for kind in _ANSWERS}
    for file in python_files(context.patched):
        if is_source(file.change.path):
            context.resources.announce(name, file.change.path)
            for change in _new_changes(file):
                why = f" ({change.by.why})" if change.by.why else ""
                at = Evidence(file=file.change.path, line=change.line, text=f"{change.text}{why}")
                found[change.by.kind].append(at)
    value = CopiesValue(len(found["copy"]), len(found["tensor"]), len(found["unknown"]))
    for kind, (outcome, text) in _ANSWERS.items():
        if evidence := found[kind]:
            return CheckResult(name, outcome, at_first(evidence, text), value, tuple(evidence[:_EVIDENCE]))
    return CheckResult(name, "pass", "no new in-place operation on a copy", value)


def _new_changes(file: PatchedFile) -> Iterator[_Change]:
    """Changes of something indexed that the patch brings, those that only moved left out."""
    hunks = file.change.hunks
    shown = ("\n".join(line.text for line in hunk.lines if line.kind != "-") for hunk in hunks)
    if not any(map(_WORTH_READING.search, shown)):
        return
    added = {line.target for hunk in hunks for line in hunk.lines if line.kind == "+"}
    fresh = [change for change in _changes(file.patched, lines=added) if change.by.kind != "view"]
    texts = {change.text for change in fresh}
    old = {change.text for change in _changes(file.base, texts=texts)} if fresh else set()
    yield from (change for change in fresh if change.text not in old)


def _changes(
    data: bytes | None, lines: set[int | None] | None = None, texts: set[str] | None = None
) -> Iterator[_Change]:
    """The changes of something indexed on these lines, or that read so. What cannot be parsed has none."""
    try:
        tree = read_module(data or b"").root
    except UNREADABLE:
        return
    for scope in scopes_inside(tree, lines):
        indices = Indices(scope)
        for node in own_statements(scope, lines):
            changed = tuple(_changed(node))
            text = ast.unparse(node) if changed else ""
            for each in changed if texts is None or text in texts else ():
                found = _index(each.what, indices)
                if found is not None and (found.kind == "copy" or each.of_tensor):
                    yield _Change(node.lineno, text, found)


def _changed(node: ast.stmt) -> Iterator[_Changed]:
    """What a statement changes in place without keeping the result."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=method))) if _MUTATING.search(
            method
        ):
            yield _Changed(value, of_tensor=method.endswith("_"))
        case ast.Expr(value=ast.Call(keywords=keywords)):
            yield from (_Changed(each.value, of_tensor=True) for each in keywords if each.arg == "out")
        case ast.Assign(targets=targets):
            parts = (target.value for target in targets if isinstance(target, ast.Subscript))
            yield from (_Changed(part, of_tensor=False) for part in parts)
        case ast.AugAssign(target=ast.Subscript(value=value)):
            yield _Changed(value, of_tensor=False)


def _index(changed: ast.expr, indices: Indices) -> IndexFinding | None:
    """The index that decides whether this is a view, ``None`` where there is none: the first that copies does."""
    found: list[IndexFinding] = []
    while True:
        match changed:
            case ast.Subscript(value=value, slice=index):
                found.append(indices.kind(index, ast.unparse(value)))
                changed = value
            case ast.Attribute(value=value, attr=name) if name in _ATTRIBUTES:
                changed = value
            case ast.Call(func=ast.Attribute(attr=name)) if name in _COPIES:
                return IndexFinding("copy", f"what `{name}` gives")
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _VIEWS or _MUTATING.search(
                name
            ):
                changed = value
            case _:
                break
    return min(found, key=lambda each: KINDS.index(each.kind), default=None)
