"""What becomes at run time of a name that a linter calls undefined.

The linter reads from top to bottom, Python runs: a loop may have bound the name before, a builtin stands behind a
deleted one, an annotation is never evaluated. Each finding is looked at again by the rules of the language.
"""

import ast
import builtins
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from reviewer.checks.reading.bindings import (
    Comprehension,
    Function,
    ModuleTree,
    Scope,
    WayPoint,
    binds,
    bound_names,
    own_nodes,
    read_module,
    scopes_around,
)
from reviewer.checks.reading.namespaces import is_builtins, is_exec, is_namespace, names_in, written_names

Fate = Literal["raises", "quiet", "unknown", "fine"]
FATES: tuple[Fate, ...] = ("raises", "quiet", "unknown", "fine")
"""``raises``: NameError wherever it is reached. ``quiet``: nothing defines it, but a usual run does not end of it."""


class Verdict(NamedTuple):
    """What becomes of a name, and why, where it does not raise."""

    fate: Fate
    reason: str = ""


RAISES, FINE = Verdict("raises"), Verdict("fine")

_KNOWN = frozenset(dir(builtins)) | {
    "__file__", "__cached__", "__builtins__", "__annotations__", "WindowsError"
}  # fmt: skip
"""Builtins, and what every module has."""
_NEWER = frozenset(
    {"PythonFinalizationError", "BaseExceptionGroup", "ExceptionGroup", "EncodingWarning", "aiter", "anext"}
)
_GIVEN = frozenset(
    {
        "_", "N_", "gettext", "ngettext", "pgettext", "npgettext",  # gettext.install
        "get_ipython", "display", "In", "Out", "dbutils", "spark",  # notebooks
        "profile", "reveal_type", "reveal_locals", "ic", "snakemake", "get_config", "load_subconfig", "exit", "quit",
    }
)  # fmt: skip
"""Names that tools put into builtins, or take away, before the code runs."""
_PYTHON_2 = frozenset(
    {
        "apply", "basestring", "buffer", "cmp", "coerce", "execfile", "file", "intern", "long", "raw_input", "reduce",
        "reload", "unichr", "unicode", "xrange", "StandardError",
    }
)  # fmt: skip
_AXES = ("jaxtyping", "torchtyping", "nptyping", "tensor_annotations", "array_annotations")
"""Libraries whose types take strings that name axes, no types."""
_VERSIONS = re.compile(
    r"(?i)\b(?:\w*py_?(?:thon)?_?[23]k?|version|version_info|hexversion|platform|os\.name|str is bytes|bytes is str)\b"
)
_CATCHES = ("NameError", "UnboundLocalError")
_CATCH_ALL = ("Exception", "BaseException")
_SPACES = ("globals", "builtins", "__builtins__", "__builtin__", "dir", "vars", "locals")
_EXPECTED = re.compile(r"(?i)#\s*noqa\s*:[\w\s,]*\bF82[13]\b")
"""What tells a linter, of this fault alone, that a name is given by what runs the file or makes another of it."""
_CONTEXTS = ("suppress", "raises", "assertRaises", "assertRaisesRegex")


class PythonText:
    """A source in which a linter found names, parsed when first asked. Raises ``SyntaxError`` and the like then."""

    def __init__(self, text: str, *, stub: bool, package: bool, importable: bool = True) -> None:
        self._text = text
        self._importable = importable or text.startswith("#!")
        self._stub = stub
        self._package = package
        self._known: dict[Scope, tuple[set[str], set[str]]] = {}

    @cached_property
    def _tree(self) -> ModuleTree:
        return read_module(self._text)

    @property
    def _above(self) -> dict[ast.AST, WayPoint]:
        return self._tree.above

    @cached_property
    def _places(self) -> dict[tuple[int, int], ast.Name]:
        """Names by row and column (in bytes, from 0)."""
        names = (node for node in self._above if isinstance(node, ast.Name))
        return {(node.lineno, node.col_offset): node for node in names}

    @cached_property
    def _lines(self) -> list[str]:
        return rows(self._text)

    def judge(self, row: int, start: int, name: str) -> Verdict:
        """What becomes of the name at a place. Raises ``RecursionError`` where the code is nested too deeply."""
        if name == "__path__" and self._package:
            return FINE
        node = self._find(row, len(self._lines[row - 1][: start - 1].encode()), name)
        if node is None:
            return Verdict("unknown", "it is not known what stands there")
        way = self._tree.path_to(node)
        if isinstance(node, ast.Constant):
            return self._in_string(way)
        scopes = scopes_around(way)
        around = self._by_surroundings(name, way, in_function=isinstance(scopes[0], Function))
        if around == FINE:
            return FINE
        found = self._by_scope(node, name, scopes) or self._by_name(name)
        if found.fate == "raises" and _EXPECTED.search(self._lines[row - 1]):
            return Verdict("unknown", "its line expects that nothing here defines it (`noqa: F821`)")
        return around if found.fate == "raises" else found

    def _find(self, row: int, column: int, name: str) -> ast.AST | None:
        """The node of a name, else the string around it; ``None`` where there is neither."""
        if (row, column) in self._places:
            return self._places[row, column]
        around: ast.Constant | None = None
        for node in self._above:
            if isinstance(node, ast.Constant | ast.JoinedStr) and _covers(node, row, column):
                if isinstance(
                    node, ast.JoinedStr
                ):  # before 3.12 the parts of one have no places of their own
                    inner = (
                        part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == name
                    )
                    return next(inner, None)
                around = node if isinstance(node.value, str) else around
        return around

    def _in_string(self, way: Sequence[WayPoint]) -> Verdict:
        for node, _ in way:
            if isinstance(node, ast.Subscript) and _root(node.value) in self._axes:
                return FINE
        return Verdict("unknown", "only a string names it, which Python does not evaluate")

    @cached_property
    def _axes(self) -> frozenset[str]:
        """Names in the module that come from libraries with named axes."""
        found = set()
        for node in self._above:
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _AXES:
                found |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                taken = [alias for alias in node.names if alias.name.partition(".")[0] in _AXES]
                found |= {alias.asname or alias.name.partition(".")[0] for alias in taken}
        return frozenset(found)

    def _by_scope(self, node: ast.AST, name: str, scopes: Sequence[Scope]) -> Verdict | None:
        """What the scopes that a name can belong to say; ``None`` where none of them binds it."""
        later, within = False, node
        for scope in scopes:
            bound, elsewhere = self._bound(scope)
            if name in elsewhere:
                later = True
            elif name in bound and (later or isinstance(scope, Comprehension)):
                return FINE  # what is run later may find its value
            elif name in bound and not isinstance(scope, Comprehension):
                has = self._tree.may_have_value(scope, name, node)
                if has:
                    return FINE
                if has is None:
                    return Verdict("quiet", "where it is never reached")
                if isinstance(scope, Function):
                    return RAISES  # it is the function's own: no builtin stands behind it
            if not isinstance(scope, Comprehension):
                if self._tree.may_have_value(scope, name, within) is None:
                    return Verdict("quiet", "where it is never reached")
                within = scope
            later = later or isinstance(scope, Function)
        return FINE if name in _KNOWN or name in self._made else None

    def _bound(self, scope: Scope) -> tuple[set[str], set[str]]:
        if scope not in self._known:
            self._known[scope] = bound_names(scope)
        return self._known[scope]

    def _by_name(self, name: str) -> Verdict:
        """What can be said of a name that nothing in the module binds."""
        if name in _GIVEN:
            return Verdict("unknown", "tools put it into builtins at run time")
        if name in _NEWER:
            return Verdict("unknown", "a builtin of a newer Python")
        if name in _PYTHON_2 and (self._branches or not self._only_python_3):
            return Verdict("unknown", "a builtin of Python 2, for which the file may be")
        if name in self._asked:
            return Verdict("unknown", "the file itself asks whether it is there")
        if self._maker is not None:
            return Verdict("unknown", f"line {self._maker} makes names at run time")
        if self._importable or any(isinstance(node, ast.Import | ast.ImportFrom) for node in self._above):
            return RAISES
        return Verdict(
            "unknown", "what runs the file may: nothing imports a file of this name, and it imports nothing"
        )

    def _by_surroundings(self, name: str, way: Sequence[WayPoint], *, in_function: bool) -> Verdict:
        """What the code around a name makes of its NameError: it is caught, or a usual run does not meet it."""
        quiet: Verdict | None = None
        deferred = False
        for index in range(len(way) - 1, -1, -1):
            node, field = way[index]
            found = (
                self._lazy(node, field, in_function=in_function)
                or _error_path(node, field)
                or _waited_for(node)
            )
            if not deferred:
                found = _caught(node, field, name) or found
            if (
                test := _tested(node, field, way[index + 1].node if index + 1 < len(way) else None)
            ) is not None:
                found = _under(test, name) or found
            if found == FINE:
                return FINE
            quiet = quiet or found
            deferred = deferred or (isinstance(node, Function) and field == "body")
        return quiet or RAISES

    def _lazy(self, node: ast.AST, field: str, *, in_function: bool) -> Verdict | None:
        if self._stub:
            return Verdict("quiet", "in a stub, which is never run")
        unread = (
            self._future or sys.version_info >= (3, 14) or (isinstance(node, ast.AnnAssign) and in_function)
        )
        if field in ("annotation", "returns") and unread:
            return Verdict("quiet", "in an annotation, which Python does not evaluate")
        if type(node).__name__ == "TypeAlias" or field == "type_params":
            return Verdict("quiet", "in a type, which Python does not evaluate by itself")
        return None

    @cached_property
    def _future(self) -> bool:
        imports = (node for node in self._tree.root.body if isinstance(node, ast.ImportFrom))
        return any(
            node.module == "__future__" and any(alias.name == "annotations" for alias in node.names)
            for node in imports
        )

    @cached_property
    def _branches(self) -> bool:
        """Whether the module asks anywhere which Python runs it, or is Cython's."""
        tests = [test for node in self._above for test in _tests(node)]
        imports = [node for node in self._above if isinstance(node, ast.Import)]
        cython = any(alias.name.partition(".")[0] == "cython" for node in imports for alias in node.names)
        return cython or any(_VERSIONS.search(ast.unparse(test)) for test in tests)

    @cached_property
    def _asked(self) -> frozenset[str]:
        """Names that are tried in the module where NameError is waited for, or asked for by ``hasattr`` and ``in``."""
        found: set[str] = set()
        for node in self._above:
            if isinstance(node, ast.Try | ast.TryStar) and _caught(node, "body", "") == FINE:
                found.update(*map(names_in, node.body))
            else:
                found |= _asked_for(node)
        return frozenset(found)

    @cached_property
    def _only_python_3(self) -> bool:
        return any(_is_python_3(node) for node in self._above)

    @cached_property
    def _made(self) -> frozenset[str]:
        """Names that functions make global, and that are written into ``globals()`` or builtins by a literal key."""
        made = {name for node in self._above if isinstance(node, ast.Global) for name in node.names}
        written = {name for _, name in self._writes if name}
        bound = {name for node in self._above for name in binds(node)} if made else set()
        return frozenset(made & bound | written)

    @property
    def _maker(self) -> int | None:
        """The first line that may write any name into the module or into builtins."""
        return next((line for line, name in self._writes if not name), None)

    @cached_property
    def _writes(self) -> list[tuple[int, str]]:
        """Lines that write into a namespace by hand, and the name, empty where it is not a literal."""
        top = set(own_nodes(self._tree.root))
        found = []
        for node in self._above:
            line = getattr(node, "lineno", 1)
            if is_exec(node):
                found.append((line, ""))
            elif is_builtins(node) or is_namespace(node, at_top=node in top):
                found += [(line, name) for name in written_names(node, self._above)]
        return sorted(found)

    @property
    def built_in(self) -> frozenset[str]:
        """Names that are put into builtins, an empty one for any. Raises as :meth:`judge`."""
        spaces = [node for node in self._above if is_builtins(node)]
        return frozenset(name for node in spaces for name in written_names(node, self._above))


def rows(text: str) -> list[str]:
    """The lines of a source as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _covers(node: ast.expr, row: int, column: int) -> bool:
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= (row, column) < end


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _caught(node: ast.AST, field: str, name: str) -> Verdict | None:
    """What becomes of an error in the body of a ``try`` or ``with``."""
    caught: set[str] = set()
    if field == "body" and isinstance(node, ast.Try | ast.TryStar):
        for handler in node.handlers:
            caught |= names_in(handler.type) if handler.type is not None else {"BaseException"}
    elif field == "body" and isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            names = names_in(item.context_expr)
            caught |= names if names & set(_CONTEXTS) else set()
    if caught.isdisjoint((*_CATCHES, *_CATCH_ALL)):
        return None
    asked = name in _PYTHON_2 or not caught.isdisjoint(_CATCHES)
    return FINE if asked else Verdict("quiet", "where the error is caught")


def _asked_for(node: ast.AST) -> set[str]:
    """The name that ``hasattr(builtins, "x")`` or ``"x" in globals()`` asks for."""
    match node:
        case ast.Call(func=ast.Name(id="hasattr"), args=[where, ast.Constant(value=str(name))]):
            return {name} if names_in(where) & set(_SPACES) else set()
        case ast.Compare(left=ast.Constant(value=str(name)), comparators=[where]):
            return {name} if names_in(where) & set(_SPACES) else set()
    return set()


def _waited_for(node: ast.AST) -> Verdict | None:
    """Whether a call is made to see the error: ``assertRaises(NameError, lambda: x)``."""
    if isinstance(node, ast.Call) and names_in(node.func) & set(_CONTEXTS):
        return FINE if any(names_in(given) & set(_CATCHES) for given in node.args[:1]) else None
    return None


def _error_path(node: ast.AST, field: str) -> Verdict | None:
    handles = isinstance(node, ast.ExceptHandler) and field == "body"
    if handles or isinstance(node, ast.Raise) or (isinstance(node, ast.Assert) and field == "msg"):
        return Verdict("quiet", "where an error is handled or raised")
    return None


def _tested(node: ast.AST, field: str, child: ast.AST | None) -> ast.expr | None:
    """The condition under which a part of a node is run."""
    if isinstance(node, ast.If | ast.IfExp | ast.While) and field in ("body", "orelse"):
        return node.test
    if isinstance(node, ast.BoolOp) and child in node.values[1:]:
        return node.values[0]
    return None


def _tests(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
        yield node.test
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.Assign):
        yield node.value if isinstance(node.value, ast.Compare) else node.targets[0]


def _under(test: ast.expr, name: str) -> Verdict | None:
    """What a condition says of a name that is used under it."""
    if any(isinstance(part, ast.Constant) and part.value == name for part in ast.walk(test)):
        return FINE  # such as `if "name" in globals()`
    names = names_in(test)
    if "TYPE_CHECKING" in names:
        return Verdict("quiet", "under TYPE_CHECKING, which is false at run time")
    if _VERSIONS.search(ast.unparse(test)):
        if name in _PYTHON_2:
            return FINE
        return Verdict("quiet", "in some versions of Python or on some platforms only")
    return Verdict("quiet", "when it is run as a script only") if "__name__" in names else None


def _is_python_3(node: ast.AST) -> bool:
    """Whether Python 2 cannot read this."""
    match node:
        case ast.JoinedStr() | ast.AnnAssign() | ast.AsyncFunctionDef() | ast.Nonlocal() | ast.NamedExpr():
            return True
        case ast.Match() | ast.YieldFrom() | ast.MatMult() | ast.Await():
            return True
        case (
            ast.arg(annotation=ast.expr()) | ast.FunctionDef(returns=ast.expr()) | ast.Raise(cause=ast.expr())
        ):
            return True
        case ast.arguments(kwonlyargs=[_, *_]) | ast.arguments(posonlyargs=[_, *_]):
            return True
        case ast.ClassDef(keywords=[_, *_]):
            return True
    return False
