"""Code that makes names by hand: ``exec``, ``globals()``, ``sys.modules[__name__]``, builtins."""

import ast
from collections.abc import Mapping

from reviewer.checks.reading.bindings import WayPoint

_NAMED = (ast.Name, ast.Attribute)


def names_in(node: ast.AST | None) -> set[str]:
    """Names and attributes in an expression, by their last part."""
    nodes = ast.walk(node) if node is not None else ()
    return {
        part.id if isinstance(part, ast.Name) else part.attr for part in nodes if isinstance(part, _NAMED)
    }


def is_exec(node: ast.AST) -> bool:
    """Whether code is run that may bind any name of the module."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    if node.func.id == "execfile":
        return True
    spaces = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
    return node.func.id == "exec" and (not spaces or "globals" in names_in(spaces[0]))


def is_namespace(node: ast.AST, *, at_top: bool) -> bool:
    """Whether an expression is the module's own namespace."""
    match node:
        case ast.Call(func=ast.Name(id="globals"), args=[]):
            return True
        case ast.Call(func=ast.Name(id="locals" | "vars"), args=[]):
            return at_top
        case ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name(id="__name__")):
            return True
    return False


def is_builtins(node: ast.AST) -> bool:
    """Whether an expression is the module of builtins."""
    return isinstance(node, ast.Name) and node.id in ("builtins", "__builtins__", "__builtin__")


_WRITING_METHODS = ("update", "setdefault", "__setitem__", "__ior__")
_READING_CALLS = (
    "getattr", "hasattr", "isinstance", "dict", "list", "set", "sorted", "eval", "len", "dir", "repr", "str", "print",
)  # fmt: skip


def _around(node: ast.AST, above: Mapping[ast.AST, WayPoint]) -> ast.AST | None:
    return above[node].node if node in above else None


def written_names(node: ast.AST, above: Mapping[ast.AST, WayPoint]) -> tuple[str, ...]:
    """The names that are written into a namespace, an empty one for any; none where it is only read."""
    outer = _around(node, above)
    if isinstance(outer, ast.Attribute) and outer.attr == "__dict__":
        node, outer = outer, _around(outer, above)
    match outer:
        case ast.Subscript(slice=key, ctx=context) if outer.value is node:
            if isinstance(context, ast.Load):
                return ()
            return (key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else "",)
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return (name,)
        case ast.Attribute(attr=name):
            return ("",) if name in _WRITING_METHODS and isinstance(_around(outer, above), ast.Call) else ()
        case ast.Call(func=ast.Name(id=called)) if called in _READING_CALLS:
            return ()
        case ast.Call():
            # Whom it is given to may write what it is told by name: setattr, and lazy loaders of modules.
            literals = [part.value for part in outer.args if isinstance(part, ast.Constant)]
            return tuple(part for part in literals if isinstance(part, str)) or ("",)
        case ast.Compare() | ast.Expr() | ast.keyword(arg=None) | ast.comprehension() | ast.For():
            return ()
    return ("",)
