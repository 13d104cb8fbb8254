"""What an index is: one that gives a view of an array, or one that copies what it picks.

NumPy and PyTorch give a view for integers, slices, ``None`` and ``...``, and a copy for lists, masks and arrays
(numpy.org, "Indexing on ndarrays"; pytorch.org, "Tensor views"). A tensor without a dimension counts as an integer.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import Literal, NamedTuple

from reviewer.checks.reading.bindings import Function, own_nodes, parameters

IndexKind = Literal["copy", "tensor", "unknown", "view"]
KINDS: tuple[IndexKind, ...] = ("copy", "tensor", "unknown", "view")
"""``tensor``: one of which it is not known whether it has a dimension, so a copy most likely."""


class IndexFinding(NamedTuple):
    """What an index is, and by what that is known."""

    kind: IndexKind
    why: str = ""


_VIEW, _UNKNOWN = IndexFinding("view"), IndexFinding("unknown")
_LIST, _MASK, _ARRAY = (
    IndexFinding("copy", "a list"),
    IndexFinding("copy", "a mask"),
    IndexFinding("copy", "an array"),
)
_TENSOR = IndexFinding("tensor", "a tensor")
_DEPTH = 12
"""Steps from a name to what it was made of."""
_LISTS = ("list", "sorted", "range")
_NUMBERS = ("int", "len", "abs", "round", "ord", "hash", "id", "slice", "str")
_LIBRARIES = ("torch", "np", "numpy", "cp", "cupy", "jnp")
_FROM_LITERAL = ("tensor", "array", "as_tensor", "asarray", "LongTensor", "IntTensor", "BoolTensor")
_WITH_A_DIMENSION = (
    "arange", "randperm", "nonzero", "argwhere", "flatnonzero", "cat", "stack", "concat", "concatenate", "linspace",
    "repeat_interleave", "multinomial", "atleast_1d", "unique", "from_numpy", "frombuffer",
)  # fmt: skip
_MASKS = (
    "isnan", "isinf", "isfinite", "isin", "isclose", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or",
    "logical_not", "logical_xor", "less", "greater", "equal", "not_equal",
)  # fmt: skip
_KEEP = (
    "to", "long", "int", "bool", "cuda", "cpu", "clone", "contiguous", "detach", "unsqueeze", "flatten", "tolist",
    "numpy", "astype", "copy", "ravel", "type",
)  # fmt: skip
"""Methods that give a tensor of at least as many dimensions, or a list of it."""
_OF_TENSORS = frozenset((
    "shape", "dim", "ndim", "numel", "dtype", "device", "unsqueeze", "cuda", "cpu", "numpy", "long", "nonzero",
))  # fmt: skip
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


class Indices:
    """Tells the indices of one scope apart, by what its names are assigned, declared and used as."""

    def __init__(self, scope: ast.Module | ast.ClassDef | Function) -> None:
        self._scope = scope

    def kind(self, index: ast.expr, base: str = "", depth: int = 0) -> IndexFinding:
        """What an index into ``base`` (its source) is."""
        if depth > _DEPTH:
            return _UNKNOWN
        match index:
            case ast.Constant() | ast.Slice() | ast.JoinedStr():
                return _VIEW
            case ast.List() | ast.ListComp():
                return _LIST
            case ast.Tuple(elts=parts):
                return _any([self.kind(part, base, depth + 1) for part in parts])
            case ast.Compare(ops=[*operators]) if all(isinstance(each, _COMPARISONS) for each in operators):
                return self._comparison(index, base, depth)
            case ast.UnaryOp(op=operator, operand=operand):
                return self._unary(operator, operand, base, depth)
            case ast.BinOp(left=first, right=second):
                return _any([self.kind(first, base, depth + 1), self.kind(second, base, depth + 1)])
            case ast.IfExp(body=first, orelse=second):
                return _both([self.kind(first, base, depth + 1), self.kind(second, base, depth + 1)])
            case ast.Call():
                return self._call(index, base, depth)
            case ast.Subscript(value=value, slice=inner):
                copies = self.kind(inner, ast.unparse(value), depth + 1).kind == "copy"
                copies = copies or (
                    isinstance(inner, ast.Slice) and self.kind(value, base, depth + 1).kind == "copy"
                )
                return IndexFinding("copy", "a part of an array") if copies else _UNKNOWN
            case ast.Name() | ast.Attribute():
                return self._named(ast.unparse(index), base, depth)
        return _UNKNOWN

    def _comparison(self, index: ast.Compare, base: str, depth: int) -> IndexFinding:
        for side in (index.left, *index.comparators):
            if ast.unparse(side) == base or self.kind(side, base, depth + 1).kind in ("copy", "tensor"):
                return _MASK
        return _UNKNOWN

    def _unary(self, operator: ast.unaryop, operand: ast.expr, base: str, depth: int) -> IndexFinding:
        found = self.kind(operand, base, depth + 1)
        if isinstance(operator, ast.Not):
            return _VIEW
        if isinstance(operator, ast.Invert) and ast.unparse(operand) in self._iterated:
            return _MASK
        return found

    def _call(self, call: ast.Call, base: str, depth: int) -> IndexFinding:
        match call.func:
            case ast.Name(id=name) if name in _LISTS:
                return IndexFinding("copy", f"a {'range' if name == 'range' else 'list'}")
            case ast.Name(id=name) if name in _NUMBERS:
                return _VIEW
            case ast.Attribute(attr="item"):
                return _VIEW
            case ast.Attribute(value=ast.Name(id=library), attr=name) if library in _LIBRARIES:
                return self._of_library(call, name, base, depth)
            case ast.Attribute(attr="nonzero" | "argsort"):
                return IndexFinding("copy", f"what `{call.func.attr}` gives")
            case ast.Attribute(value=value, attr=name) if name in _MASKS:
                found = self.kind(value, base, depth + 1).kind in ("copy", "tensor")
                return _MASK if found or ast.unparse(value) == base else _UNKNOWN
            case ast.Attribute(value=value, attr=name) if name in _KEEP:
                return self.kind(value, base, depth + 1)
        return _UNKNOWN

    def _of_library(self, call: ast.Call, name: str, base: str, depth: int) -> IndexFinding:
        first = call.args[0] if call.args else None
        types = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "dtype"]
        if name in _MASKS or any(given in ("torch.bool", "bool", "np.bool_") for given in types):
            return _MASK
        if name in _WITH_A_DIMENSION or (name == "where" and len(call.args) == 1):
            return IndexFinding("copy", f"an array of `{name}`")
        if name in _FROM_LITERAL and first is not None:
            made = self.kind(first, base, depth + 1)
            return _ARRAY if made.kind == "copy" else _UNKNOWN
        return _UNKNOWN

    def _named(self, name: str, base: str, depth: int) -> IndexFinding:
        """A name or attribute: by all that is assigned to it, else by how it is declared, else by its uses."""
        values = self._assigned.get(name, [])
        found = [_UNKNOWN if value is None else self.kind(value, base, depth + 1) for value in values]
        known = _both(found) if found else _UNKNOWN
        if known.kind in ("view", "copy"):
            return known
        if not found and isinstance(self._scope, Function) and name in (given := parameters(self._scope)):
            known = _declared(given[name].annotation)
            if known.kind in ("view", "copy"):
                return known
        if known.kind == "tensor" or name in self._as_tensors:
            return _ARRAY if name in self._iterated else _TENSOR
        return _UNKNOWN

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(own_nodes(self._scope))

    @cached_property
    def _assigned(self) -> dict[str, list[ast.expr | None]]:
        """All that names and attributes are made of; ``None`` for what is not known."""
        found: dict[str, list[ast.expr | None]] = {}
        for node in self._nodes:
            for target, value in _assignments(node):
                found.setdefault(ast.unparse(target), []).append(value)
        return found

    @cached_property
    def _iterated(self) -> frozenset[str]:
        """What has a length in this scope: it is iterated over or indexed, or its length or a dimension is asked for."""
        return frozenset(ast.unparse(what) for node in self._nodes for what in _with_length(node))

    @cached_property
    def _as_tensors(self) -> frozenset[str]:
        """What is used in this scope as only tensors and arrays can be."""
        return frozenset(ast.unparse(what) for node in self._nodes if (what := _as_tensor(node)) is not None)


def _with_length(node: ast.AST) -> Sequence[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="len" | "any" | "all" | "enumerate" | "zip"), args=given):
            return given
        case (
            ast.For(iter=what)
            | ast.comprehension(iter=what)
            | ast.Subscript(value=ast.Attribute(value=what, attr="shape"))
            | ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr="any" | "all"), args=[what, *_])
            | ast.Call(func=ast.Attribute(value=what, attr="any" | "all"))
            | ast.Call(func=ast.Attribute(value=what, attr="size"), args=[_])
            | ast.Subscript(value=what)
        ):
            return (what,)
    return ()


def _as_tensor(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Attribute(value=what, attr=name) if name in _OF_TENSORS:
            return what
        case ast.Subscript(value=what, slice=ast.Compare() | ast.UnaryOp(op=ast.Invert())):
            return what
    return None


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Names and attributes that a node gives a value, and the value; ``None`` where it is one of several."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield target, value
        case ast.AugAssign(target=target, value=value):
            yield target, ast.BinOp(target, node.op, value) if isinstance(value, ast.Constant) else None
        case ast.For(target=target, iter=what) | ast.comprehension(target=target, iter=what):
            yield from _turns(target, what)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(target, None)


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    match target, value:
        case ast.Tuple(elts=parts) | ast.List(elts=parts), _:
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for part, of in zip(parts, values if len(values) == len(parts) else repeat(None), strict=False):
                yield from _targets(part, of)
        case ast.Starred(value=inner), _:
            yield from _targets(inner, None)
        case ast.Name() | ast.Attribute(), _:
            yield target, value


def _turns(target: ast.expr, what: ast.expr) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """What a loop gives its targets: ``range`` and ``enumerate`` count in integers."""
    number = ast.Constant(0)
    match target, what:
        case _, ast.Call(func=ast.Name(id="range")):
            yield from _targets(target, number)
        case ast.Tuple(elts=[first, second]), ast.Call(func=ast.Name(id="enumerate")):
            yield from _targets(first, number)
            yield from _targets(second, None)
        case _:
            yield from _targets(target, None)


def _declared(annotation: ast.expr | None) -> IndexFinding:
    """What a parameter's annotation says; ``None`` beside a type is left out."""
    match annotation:
        case ast.Constant(value=str(text)):
            try:
                return _declared(ast.parse(text, mode="eval").body)
            except (SyntaxError, ValueError):
                return _UNKNOWN
        case (
            ast.BinOp(left=kind, right=ast.Constant(value=None))
            | ast.BinOp(left=ast.Constant(value=None), right=kind)
            | ast.Subscript(value=ast.Name(id="Optional"), slice=kind)
        ):
            return _declared(kind)
    name = ast.unparse(annotation).partition("[")[0].rpartition(".")[2] if annotation is not None else ""
    return _DECLARED.get(name, _UNKNOWN)


_DECLARED = {
    **dict.fromkeys(("int", "slice", "str"), _VIEW),
    **dict.fromkeys(("list", "List"), _LIST),
    "BoolTensor": _MASK,
    **dict.fromkeys(("Tensor", "ndarray", "LongTensor", "IntTensor"), _TENSOR),
}


def _any(found: list[IndexFinding]) -> IndexFinding:
    """Of parts that act together: one that copies makes the whole a copy."""
    return min(found, key=lambda each: KINDS.index(each.kind), default=_VIEW)


def _both(found: list[IndexFinding]) -> IndexFinding:
    """Of values that one thing may have: what all of them are."""
    kinds = {index.kind for index in found}
    if len(kinds) == 1:
        return found[0]
    return _TENSOR if kinds == {"copy", "tensor"} else _UNKNOWN
