"""What becomes of memory that is made without a value: filled, given to what may fill it, or only read.

Python is read as a tree. Of other languages the lines are: there a name that is used again may be filled.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal

from reviewer.checks.reading.bindings import (
    UNREADABLE,
    Function,
    ModuleTree,
    WayPoint,
    above_in,
    read_module,
    statements_inside,
)
from reviewer.checks.results import Unanswerable
from reviewer.diffs.languages import is_python
from reviewer.text import decode

Fate = Literal["filled", "maybe", "read"]
"""All of it gets a value, something may give it one, or nothing that can be seen does."""

_FILLING = r"(?:zero|fill|copy|normal|uniform|exponential|random)_|fill"
"""Methods that give every element a value."""
_CHANGING = re.compile(r"\w+_|put|set\w*|sort|partition|resize|itemset|data|data_ptr|ctypes|numpy|__\w+__")
"""Methods and attributes that change elements, or give away where they lie."""
_READERS = frozenset({
    "len", "print", "isinstance", "type", "id", "int", "float", "bool", "str", "repr", "sum", "min", "max", "any", "all",
    "range", "hasattr",
})  # fmt: skip
_LIBRARY_CALL = re.compile(r"(?:torch|np|numpy|F|jnp|cp|cupy|torch\.nn\.functional)\.(\w+)")
_CHANGED_BY = re.compile(r"\w+_|copyto|put\w*|place|fill_diagonal|nan_to_num|apply_along_axis")
"""Functions of the libraries that change what they are given; the others do it by ``out`` alone."""
_MOST_READ = 2
"""Arguments by position of such a function that are surely none that it writes to."""
_C_NAME = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)")


class Memory:
    """Tells what becomes of what the lines of one file make.

    Raises :class:`Unanswerable` for Python that cannot be parsed.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.lines = decode(data).split("\n")
        """The file's lines, without their ends."""
        self._tree: ModuleTree | None = None
        self._above: Mapping[ast.AST, WayPoint] = {}
        """What is around each node, as far as it counts: in the whole module, or in the function that is looked at."""
        self._above_in = lru_cache(maxsize=1)(above_in)
        if is_python(path):
            try:
                self._tree = read_module(data)
            except UNREADABLE as error:
                raise Unanswerable(f"{path} cannot be parsed: {error}") from None

    def fate(self, line: int, makes: re.Pattern[str]) -> Fate:
        """Of what is made on a line (from 1) by calls of a function whose name matches; the worst of several."""
        if self._tree is None:
            return self._fate_in_lines(line)
        around = (each for each in statements_inside(self._tree.root, {line}) if isinstance(each, Function))
        if (function := next(around, None)) is not None:
            self._above = {function: WayPoint(self._tree.root, "body"), **self._above_in(function)}
        else:
            self._above = self._tree.above
        made = (node for node in self._above if isinstance(node, ast.Call))
        calls = [call for call in made if call.func.lineno <= line <= (call.func.end_lineno or 0)]
        fates = {
            self._fate(call, set())
            for call in calls
            if makes.search(ast.unparse(call.func)) and not _is_empty(call)
        }
        return "read" if "read" in fates else "maybe" if "maybe" in fates or not calls else "filled"

    def _fate_in_lines(self, line: int) -> Fate:
        name = _C_NAME.search(self.lines[line - 1]) if line <= len(self.lines) else None
        if name is None:
            return "maybe"
        used = re.compile(rf"(?<!return )(?<![\w.]){name[1]}\b(?:(?:\.|->)(?P<fills>{_FILLING})\()?")
        found = [match["fills"] for text in self.lines[line:] for match in used.finditer(text)]
        return "filled" if any(found) else "maybe" if found else "read"

    def _fate(self, node: ast.AST, seen: set[str]) -> Fate:
        """Of a value: up from its expression to the statement, and on with the names that this one gives it."""
        around, field = self._above[node]
        match around:
            case ast.Attribute(attr=name):
                return self._fate_of_attribute(node, around, name, seen)
            case ast.Subscript(ctx=context) if field == "value" and not isinstance(context, ast.Load):
                return "read" if isinstance(self._above[around].node, ast.AugAssign) else "maybe"
            case ast.Call() if field == "func" or _may_change(around, node):
                return "maybe"
            case ast.keyword():
                call = self._above[around].node
                changed = around.arg == "out" or (isinstance(call, ast.Call) and _may_change(call, node))
                return "maybe" if changed else self._fate(call, seen)
            case ast.Assign(targets=targets):
                return self._fate_of_targets(targets, around, seen)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return self._fate_of_targets([target], node, seen)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                return self._fate_of_targets([target], around.iter, seen)
            case ast.BinOp() | ast.Compare() | ast.UnaryOp() | ast.FormattedValue() | ast.Slice():
                return "read"
            case ast.Subscript() | ast.IfExp() if field in ("slice", "test"):
                return "read"
            case ast.Lambda() | ast.comprehension():
                return "maybe"
            case ast.expr():
                return self._fate(around, seen)
            case ast.Return() | ast.Expr() | ast.Assert() | ast.If() | ast.While() | ast.AugAssign():
                return "read"
        return "maybe"

    def _fate_of_attribute(self, node: ast.AST, attribute: ast.Attribute, name: str, seen: set[str]) -> Fate:
        call = self._above[attribute].node
        called = isinstance(call, ast.Call) and call.func is attribute
        if called and re.fullmatch(_FILLING, name):
            return "maybe" if isinstance(node, ast.Subscript) else "filled"
        if _CHANGING.fullmatch(name):
            return "maybe"
        return self._fate(call if called else attribute, seen)

    def _fate_of_targets(self, targets: Iterable[ast.expr], made: ast.AST, seen: set[str]) -> Fate:
        """Of a value under the names that it is given by a statement that ends where ``made`` ends."""
        fates: set[Fate] = set()
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple | ast.List) else (target,):
                fates.add(self._fate_of_name(part, made, seen))
        return "filled" if "filled" in fates else "maybe" if "maybe" in fates else "read"

    def _fate_of_name(self, target: ast.expr, made: ast.AST, seen: set[str]) -> Fate:
        name = (
            target.id
            if isinstance(target, ast.Name)
            else target.attr
            if isinstance(target, ast.Attribute)
            else None
        )
        if name is None or (isinstance(target, ast.Attribute) and not name.startswith("_")):
            return "maybe"  # what is put into something, or can be seen from other files
        if name in seen:
            return "read"
        seen.add(name)
        fates: set[Fate] = set()
        parts: set[str] = set()
        for use in self._uses(target, name, made):
            fate = self._fate(use, seen)
            at_once = self._block(use) == self._block(target)
            parts |= _parts(self._above[use].node) if at_once and fate == "maybe" else set()
            fates.add(fate if at_once or fate != "filled" else "maybe")
        if "filled" in fates or _is_whole(parts):
            return "filled"
        return "maybe" if "maybe" in fates else "read"

    def _uses(self, target: ast.expr, name: str, made: ast.AST) -> Iterator[ast.AST]:
        """Where a name stands later in its function, or an attribute of this name anywhere in the file."""
        if isinstance(target, ast.Attribute):
            assert self._tree is not None
            self._above = self._tree.above
            yield from (
                each
                for each in self._above
                if isinstance(each, ast.Attribute) and each.attr == name and each is not target
            )
            return
        scope: ast.AST = target
        while not isinstance(scope, Function | ast.Module):
            scope = self._above[scope].node
        behind = getattr(made, "end_lineno", 0)
        for each in ast.walk(scope):
            if (
                isinstance(each, ast.Name)
                and each.id == name
                and isinstance(each.ctx, ast.Load)
                and each.lineno > behind
            ):
                yield each

    def _block(self, node: ast.AST) -> tuple[ast.AST, str]:
        """The statement around and its part that a node's own statement stands in."""
        while not isinstance(node, ast.stmt):
            node = self._above[node].node
        return self._above[node]


def _may_change(call: ast.Call, given: ast.AST) -> bool:
    """Whether a function may change what it is given."""
    if isinstance(call.func, ast.Name) and call.func.id in _READERS:
        return False
    match = _LIBRARY_CALL.fullmatch(ast.unparse(call.func))
    return match is None or bool(_CHANGED_BY.fullmatch(match[1])) or given in call.args[_MOST_READ:]


def _parts(around: ast.AST) -> set[str]:
    """The first dimension of what a subscript writes to, as it is written; nothing where it only reads."""
    if not isinstance(around, ast.Subscript) or not isinstance(around.ctx, ast.Store):
        return set()
    index = (
        around.slice.elts[0] if isinstance(around.slice, ast.Tuple) and around.slice.elts else around.slice
    )
    whole = isinstance(around.slice, ast.Tuple) and all(
        ast.unparse(each) in (":", "...") for each in around.slice.elts
    )
    return {":"} if whole else set() if isinstance(around.slice, ast.Tuple) else {ast.unparse(index)}


def _is_whole(parts: set[str]) -> bool:
    """Whether parts are all of an array: ``[:]``, ``[:n]`` and ``[n:]``, ``[0]`` and ``[1:]``."""
    starts = {part[1:] for part in parts if part.startswith(":")} | ({"1"} if "0" in parts else set())
    return bool(parts & {":", "...", "Ellipsis"}) or any(f"{start}:" in parts for start in starts)


def _is_empty(call: ast.Call) -> bool:
    """Whether an array is made that has no element."""
    sizes = [
        each
        for given in call.args
        for each in (given.elts if isinstance(given, ast.Tuple | ast.List) else [given])
    ]
    return any(isinstance(size, ast.Constant) and size.value == 0 for size in sizes)
